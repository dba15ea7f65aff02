package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hookproof/bot/internal/telegram"
)

// A variable is one setting: an environment variable and a flag of that name.
type variable struct{ name, fallback, usage string }

// variables is the whole configuration surface, in the order that -h prints it.
func variables() []variable {
	return []variable{
		{"TELEGRAM_BOT_TOKEN", "", "the token @BotFather gave you; or TELEGRAM_BOT_TOKEN_FILE"},
		{"TELEGRAM_API_URL", "https://api.telegram.org", "Bot API server"},
		{"WEBHOOK_ENABLED", "false", "webhook mode when true, polling otherwise"},
		{"WEBHOOK_URL", "", "public https URL, its path is the hook's (default RENDER_EXTERNAL_URL + /webhook)"},
		{"WEBHOOK_SECRET_TOKEN", "", "1-256 of A-Za-z0-9_-, see bot secret; or WEBHOOK_SECRET_TOKEN_FILE"},
		{"WEBHOOK_SECRET_TOKEN_PREVIOUS", "", "also accepted, while rotating; or WEBHOOK_SECRET_TOKEN_PREVIOUS_FILE"},
		{"WEBHOOK_PORT", "8080", "HTTP port, in both modes; PORT wins when both are set"},
		{"WEBHOOK_MAX_CONNECTIONS", "40", "how many deliveries at once, 1-100"},
		{"WEBHOOK_IP_ALLOWLIST", "149.154.160.0/20,91.108.4.0/22", "who may post: prefixes, or off"},
		{"TRUSTED_PROXY", "", "how the client address is found: none, rightmost, render, fly (default render on Render, else none)"},
		{"WEBHOOK_TLS_CERT", "", "PEM `file`: serve TLS itself and upload this certificate to Telegram"},
		{"WEBHOOK_TLS_KEY", "", "PEM file with its key"},
		{"SHUTDOWN_TIMEOUT", "30s", "how long requests in flight may finish; 25s on Render's free plan"},
		{"PRE_STOP_DELAY", "0s", "keep serving, with health 503, before the drain begins"},
		{"POLL_TIMEOUT", "50s", "long polling, whole seconds, 0-50s"},
		{"POLL_INTERVAL", "0s", "pause between polls; with POLL_TIMEOUT=0, short polling"},
		{"METRICS_ADDR", "", "own listener for Prometheus metrics, such as 127.0.0.1:9090 (default off)"},
		{"LOG_LEVEL", "info", "debug, info, warn, error"},
		{"LOG_FORMAT", "json", "json or text"},
		{"DRILLS_ENABLED", "false", "drill commands: /sleep 1500ms tag, /fail tag, /panic tag"},
	}
}

// fileVariables may also be given as a file's name, under NAME_FILE.
func fileVariables() []string {
	return []string{"TELEGRAM_BOT_TOKEN", "WEBHOOK_SECRET_TOKEN", "WEBHOOK_SECRET_TOKEN_PREVIOUS"}
}

// settings is the configuration, checked, in real types.
type settings struct {
	token              secret
	apiURL             string // without a trailing slash
	webhook            bool
	hookURL            *url.URL // nil when unknown, which only polling mode may be
	secret, previous   secret
	port               string
	maxConnections     int
	allowlist          []netip.Prefix // nil lets everybody in
	proxy              proxyStrategy
	certificate        *tls.Certificate // nil: a proxy in front ends TLS
	certificatePEM     []byte
	shutdown, preStop  time.Duration
	pollTimeout        time.Duration
	pollInterval       time.Duration
	metricsAddr        string
	logLevel           slog.Level
	logJSON            bool
	drills             bool
	render             bool // on Render, where the instances of a deploy overlap
	preview            bool // a preview of a pull request: it must not take the webhook
	renderHost, commit string
}

// hook is the registration that the settings describe.
func (s *settings) hook() telegram.Webhook {
	return telegram.Webhook{URL: s.hookURL.String(), MaxConnections: s.maxConnections,
		Secret: s.secret.reveal(), Certificate: s.certificatePEM}
}

// ownHook reports whether link is this bot's webhook.
func (s *settings) ownHook(link string) bool { return s.hookURL != nil && link == s.hookURL.String() }

// An input reads settings, a flag before the environment before the default,
// and collects every mistake.
type input struct {
	flags    map[string]string
	getenv   func(string) string
	mistakes []error
}

// parse checks everything and opens nothing but the files that are named.
func (in *input) parse() (*settings, error) {
	s := &settings{
		apiURL:         in.apiURL(),
		webhook:        in.bool("WEBHOOK_ENABLED"),
		maxConnections: in.number("WEBHOOK_MAX_CONNECTIONS", 1, 100),
		allowlist:      in.allowlist(),
		shutdown:       in.duration("SHUTDOWN_TIMEOUT", time.Millisecond, time.Hour),
		preStop:        in.duration("PRE_STOP_DELAY", 0, time.Hour),
		pollTimeout:    in.duration("POLL_TIMEOUT", 0, 50*time.Second),
		pollInterval:   in.duration("POLL_INTERVAL", 0, time.Hour),
		drills:         in.bool("DRILLS_ENABLED"),
		render:         in.getenv("RENDER") != "",
		preview:        in.getenv("IS_PULL_REQUEST") == "true",
		renderHost:     in.getenv("RENDER_EXTERNAL_HOSTNAME"),
		commit:         in.getenv("RENDER_GIT_COMMIT"),
	}
	s.token = in.secret("TELEGRAM_BOT_TOKEN", regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`), "a token, like 123456:AbC-dEf")
	if s.token.empty() {
		in.fail("TELEGRAM_BOT_TOKEN", "is not set: set it to the token @BotFather gave you")
	}
	s.hookURL = in.hookURL(s.webhook)
	legal := regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	s.secret = in.secret("WEBHOOK_SECRET_TOKEN", legal, "1-256 of A-Za-z0-9_-: make one with bot secret")
	s.previous = in.secret("WEBHOOK_SECRET_TOKEN_PREVIOUS", legal, "1-256 of A-Za-z0-9_-")
	if s.webhook && s.secret.empty() {
		in.fail("WEBHOOK_SECRET_TOKEN", "is not set, but webhook mode needs it: make one with bot secret")
	}
	s.port = in.port()
	s.proxy = in.proxy(s.render)
	s.certificate, s.certificatePEM = in.keyPair()
	s.metricsAddr = in.metricsAddr()
	if err := s.logLevel.UnmarshalText([]byte(in.get("LOG_LEVEL"))); err != nil {
		in.fail("LOG_LEVEL", "is %q: use debug, info, warn or error", in.get("LOG_LEVEL"))
	}
	s.logJSON = in.oneOf("LOG_FORMAT", "json", "text") == "json"
	return s, errors.Join(in.mistakes...)
}

func (in *input) fail(name, format string, args ...any) {
	in.mistakes = append(in.mistakes, fmt.Errorf(name+" "+format, args...))
}

// given returns what was set, without the default.
func (in *input) given(name string) string {
	if v, ok := in.flags[name]; ok {
		return v
	}
	return in.getenv(name)
}

func (in *input) get(name string) string {
	for _, v := range variables() {
		if v.name == name {
			return cmp.Or(in.given(name), v.fallback)
		}
	}
	panic("no setting " + name)
}

func (in *input) bool(name string) bool {
	v, err := strconv.ParseBool(in.get(name))
	if err != nil {
		in.fail(name, "is %q: use true or false", in.get(name))
	}
	return v
}

func (in *input) number(name string, least, most int) int {
	n, err := strconv.Atoi(in.get(name))
	if err != nil || n < least || n > most {
		in.fail(name, "is %q: use a number from %d to %d", in.get(name), least, most)
	}
	return n
}

func (in *input) duration(name string, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(in.get(name))
	if err != nil || d < least || d > most {
		in.fail(name, "is %q: use a time from %v to %v, such as 30s", in.get(name), least, most)
	}
	if name == "POLL_TIMEOUT" && d%time.Second != 0 {
		in.fail(name, "is %q: use whole seconds, Telegram counts no finer", in.get(name))
	}
	return d
}

func (in *input) oneOf(name string, choices ...string) string {
	got := in.get(name)
	for _, c := range choices {
		if got == c {
			return c
		}
	}
	in.fail(name, "is %q: use one of %s", got, strings.Join(choices, ", "))
	return ""
}

// secret reads a value or the file that holds it. No message repeats it.
func (in *input) secret(name string, shape *regexp.Regexp, want string) secret {
	value, file := in.given(name), in.given(name+"_FILE")
	switch {
	case value != "" && file != "":
		in.fail(name, "and %s_FILE are both set: use one", name)
	case file != "":
		raw, err := os.ReadFile(file)
		if err != nil {
			in.fail(name+"_FILE", "can't be read: %w", err)
			return newSecret("unread") // one mistake, not two
		}
		value = strings.TrimSpace(string(raw))
		if value == "" {
			in.fail(name+"_FILE", "names an empty file: put the value in it")
		}
	}
	if value != "" && !shape.MatchString(value) {
		in.fail(name, "is not %s", want)
	}
	return newSecret(value)
}

func (in *input) apiURL() string {
	const name = "TELEGRAM_API_URL"
	u, err := url.Parse(in.get(name))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		in.fail(name, "is not a server's URL: use one like https://api.telegram.org")
		return ""
	}
	return strings.TrimRight(u.String(), "/")
}

// hookURL checks what Telegram would refuse, because setWebhook removes the old
// webhook before it looks at the new one (Bot API server source).
func (in *input) hookURL(required bool) *url.URL {
	const name = "WEBHOOK_URL"
	link := in.given(name)
	if base := in.getenv("RENDER_EXTERNAL_URL"); link == "" && base != "" {
		link = strings.TrimRight(base, "/") + "/webhook"
	}
	if link == "" {
		if required {
			in.fail(name, "is not set, but webhook mode needs it: use one like https://bot.example.com/webhook")
		}
		return nil
	}
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		in.fail(name, "is not a URL that Telegram takes: use one like https://bot.example.com/webhook")
	case u.Scheme != "https":
		in.fail(name, "is %q: Telegram delivers over https only", link)
	case u.Path == "" || u.Path == "/" || u.Path == "/health" || u.Path == "/ready":
		in.fail(name, "is %q: give the hook a path of its own, such as /webhook", link)
	case in.publicAPI() && u.Port() != "" && !strings.Contains(" 443 80 88 8443 ", " "+u.Port()+" "):
		in.fail(name, "is %q: Telegram delivers to the ports 443, 80, 88 and 8443 only", link)
	}
	return u
}

// publicAPI reports whether Telegram's own server is used, which is stricter
// than one run with --local.
func (in *input) publicAPI() bool {
	return strings.Contains(in.get("TELEGRAM_API_URL"), "//api.telegram.org")
}

func (in *input) port() string {
	port := in.flags["WEBHOOK_PORT"]
	port = cmp.Or(port, in.getenv("PORT"), in.get("WEBHOOK_PORT"))
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		in.fail("WEBHOOK_PORT", "(or PORT) is %q: use a number from 0 to 65535, 0 for any free one", port)
	} else {
		port = strconv.FormatUint(n, 10)
	}
	return port
}

func (in *input) allowlist() []netip.Prefix {
	const name = "WEBHOOK_IP_ALLOWLIST"
	if in.get(name) == "off" {
		return nil
	}
	var list []netip.Prefix
	for item := range strings.SplitSeq(in.get(name), ",") {
		item = strings.TrimSpace(item)
		p, err := netip.ParsePrefix(item)
		if a, errAddr := netip.ParseAddr(item); errAddr == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			in.fail(name, "has %q: use prefixes such as 149.154.160.0/20, or off", item)
		}
		list = append(list, p.Masked())
	}
	return list
}

func (in *input) proxy(render bool) proxyStrategy {
	if in.given("TRUSTED_PROXY") == "" {
		if render {
			return proxyRender
		}
		return proxyNone
	}
	return proxyStrategy(in.oneOf("TRUSTED_PROXY", string(proxyNone), string(proxyRightmost), string(proxyRender), string(proxyFly)))
}

func (in *input) keyPair() (*tls.Certificate, []byte) {
	cert, key := in.given("WEBHOOK_TLS_CERT"), in.given("WEBHOOK_TLS_KEY")
	if cert == "" && key == "" {
		return nil, nil
	}
	if cert == "" || key == "" {
		in.fail("WEBHOOK_TLS_CERT", "and WEBHOOK_TLS_KEY belong together: set both or none")
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		in.fail("WEBHOOK_TLS_CERT", "and WEBHOOK_TLS_KEY can't be used: %w", err)
		return nil, nil
	}
	pem, err := os.ReadFile(cert)
	if err != nil {
		in.fail("WEBHOOK_TLS_CERT", "can't be read: %w", err)
	}
	return &pair, pem
}

func (in *input) metricsAddr() string {
	addr := in.get("METRICS_ADDR")
	if addr == "" {
		return ""
	}
	if _, _, err := net.SplitHostPort(addr); err != nil {
		in.fail("METRICS_ADDR", "is %q: use an address such as 127.0.0.1:9090", addr)
	}
	return addr
}
