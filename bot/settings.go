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
	"slices"
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
		{"TRUSTED_PROXY", "none", "how the client address is found: none, rightmost, render, fly; on Render it is render"},
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
	token             secret
	apiURL            string // without a trailing slash
	webhook           bool
	hookURL           *url.URL // nil when unknown, which only polling mode may be
	secret, previous  secret
	port              string
	maxConnections    int
	allowlist         []netip.Prefix // nil lets everybody in
	proxy             proxyStrategy
	certificate       *tls.Certificate // nil: a proxy in front ends TLS
	certificatePEM    []byte
	shutdown, preStop time.Duration
	pollTimeout       time.Duration
	pollInterval      time.Duration
	metricsAddr       string
	logLevel          slog.Level
	logJSON           bool
	drills            bool
	render            bool   // on Render, where the instances of a deploy overlap
	preview           bool   // a preview of a pull request: it must not take the webhook
	renderHost        string // the name that Render gave the service
}

const (
	modeWebhook = "webhook"
	modePolling = "polling"
)

func (s *settings) mode() string {
	if s.webhook {
		return modeWebhook
	}
	return modePolling
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
		apiURL:         read(in, "TELEGRAM_API_URL", parseServer, "a server's URL, like https://api.telegram.org"),
		webhook:        read(in, "WEBHOOK_ENABLED", strconv.ParseBool, "true or false"),
		port:           in.port(),
		maxConnections: read(in, "WEBHOOK_MAX_CONNECTIONS", between(1, 100, strconv.Atoi), "a number from 1 to 100"),
		allowlist:      read(in, "WEBHOOK_IP_ALLOWLIST", parsePrefixes, "prefixes such as 149.154.160.0/20, or off"),
		shutdown:       read(in, "SHUTDOWN_TIMEOUT", between(time.Millisecond, time.Hour, time.ParseDuration), "a time above 0, such as 30s"),
		preStop:        read(in, "PRE_STOP_DELAY", between(0, time.Hour, time.ParseDuration), "a time, such as 5s"),
		pollTimeout:    read(in, "POLL_TIMEOUT", wholeSeconds, "whole seconds from 0s to 50s"),
		pollInterval:   read(in, "POLL_INTERVAL", between(0, time.Hour, time.ParseDuration), "a time, such as 1s"),
		metricsAddr:    read(in, "METRICS_ADDR", parseHostPort, "an address such as 127.0.0.1:9090"),
		logLevel:       read(in, "LOG_LEVEL", parseLevel, "debug, info, warn or error"),
		logJSON:        read(in, "LOG_FORMAT", oneOf("json", "text"), "json or text") == "json",
		drills:         read(in, "DRILLS_ENABLED", strconv.ParseBool, "true or false"),
		render:         in.getenv("RENDER") != "",
		renderHost:     in.getenv("RENDER_EXTERNAL_HOSTNAME"),
		preview:        in.getenv("IS_PULL_REQUEST") == "true",
	}
	s.proxy = in.proxy(s.render)
	s.token = in.secret("TELEGRAM_BOT_TOKEN", `[0-9]+:[A-Za-z0-9_-]+`, true)
	s.secret = in.secret("WEBHOOK_SECRET_TOKEN", `[A-Za-z0-9_-]{1,256}`, s.webhook)
	s.previous = in.secret("WEBHOOK_SECRET_TOKEN_PREVIOUS", `[A-Za-z0-9_-]{1,256}`, false)
	s.hookURL = in.hookURL(s.webhook)
	s.certificate, s.certificatePEM = in.keyPair()
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
	i := slices.IndexFunc(variables(), func(v variable) bool { return v.name == name })
	return cmp.Or(in.given(name), variables()[i].fallback)
}

// read parses one setting; want says what it should have been.
func read[T any](in *input, name string, parse func(string) (T, error), want string) T {
	v, err := parse(in.get(name))
	if err != nil {
		in.fail(name, "is %q: use %s", in.get(name), want)
	}
	return v
}

// errWrong stands for a wrong value: what would be right is said elsewhere.
var errWrong = errors.New("wrong value")

func between[T cmp.Ordered](least, most T, parse func(string) (T, error)) func(string) (T, error) {
	return func(s string) (T, error) {
		v, err := parse(s)
		if err == nil && (v < least || v > most) {
			err = errWrong
		}
		return v, err
	}
}

// wholeSeconds reads a long poll's time-out: Telegram counts no finer, and no
// further than 50.
func wholeSeconds(s string) (time.Duration, error) {
	d, err := between(0, 50*time.Second, time.ParseDuration)(s)
	if err == nil && d%time.Second != 0 {
		err = errWrong
	}
	return d, err
}

func oneOf(choices ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		if !slices.Contains(choices, s) {
			return "", errWrong
		}
		return s, nil
	}
}

func parseLevel(s string) (level slog.Level, err error) {
	return level, level.UnmarshalText([]byte(s))
}

func parseHostPort(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	_, _, err := net.SplitHostPort(s)
	return s, err
}

func parseServer(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return "", errWrong
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func parsePrefixes(s string) (list []netip.Prefix, err error) {
	if s == "off" {
		return nil, nil
	}
	for item := range strings.SplitSeq(s, ",") {
		item = strings.TrimSpace(item)
		p, err := netip.ParsePrefix(item)
		if addr, notAddr := netip.ParseAddr(item); notAddr == nil {
			p, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, err
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// port is the flag, or PORT, or WEBHOOK_PORT: a platform that sets PORT listens
// only there.
func (in *input) port() string {
	port := cmp.Or(in.flags["WEBHOOK_PORT"], in.getenv("PORT"), in.get("WEBHOOK_PORT"))
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		in.fail("WEBHOOK_PORT", "(or PORT) is %q: use a number from 0 to 65535, 0 for any free one", port)
	}
	return strconv.FormatUint(n, 10)
}

func (in *input) proxy(render bool) proxyStrategy {
	if render && in.given("TRUSTED_PROXY") == "" {
		return proxyRender
	}
	choice := oneOf(string(proxyNone), string(proxyRightmost), string(proxyRender), string(proxyFly))
	return proxyStrategy(read(in, "TRUSTED_PROXY", choice, "none, rightmost, render or fly"))
}

// secret reads a value or the file that holds it. No mistake repeats it.
func (in *input) secret(name, shape string, required bool) secret {
	value, file := in.given(name), in.given(name+"_FILE")
	switch {
	case value != "" && file != "":
		in.fail(name, "and %s_FILE are both set: use one", name)
	case file != "":
		raw, err := os.ReadFile(file)
		if err != nil {
			in.fail(name+"_FILE", "can't be read: %w", err)
			return secret{}
		}
		if value = strings.TrimSpace(string(raw)); value == "" {
			in.fail(name+"_FILE", "names an empty file: put the value in it")
		}
	case value == "" && required:
		in.fail(name, "is not set: %s", cure(name))
	}
	if value != "" && !regexp.MustCompile("^"+shape+"$").MatchString(value) {
		in.fail(name, "is not of the form %s: %s", shape, cure(name))
	}
	return newSecret(value)
}

func cure(name string) string {
	if name == "TELEGRAM_BOT_TOKEN" {
		return "set it to the token that @BotFather gave you"
	}
	return "make one with bot secret"
}

// hookURL checks what Telegram would refuse, because setWebhook removes the old
// webhook before it looks at the new one (Bot API server source).
func (in *input) hookURL(required bool) *url.URL {
	const name, example = "WEBHOOK_URL", "use one like https://bot.example.com/webhook"
	link := in.given(name)
	if base := in.getenv("RENDER_EXTERNAL_URL"); link == "" && base != "" {
		link = strings.TrimRight(base, "/") + "/webhook"
	}
	if link == "" {
		if required {
			in.fail(name, "is not set, but webhook mode needs it: "+example)
		}
		return nil
	}
	u, err := url.Parse(link)
	cloud := strings.HasSuffix(in.get("TELEGRAM_API_URL"), "//api.telegram.org") // a server of one's own takes any port
	switch {
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		in.fail(name, "is not a https URL that Telegram can post to: "+example)
	case slices.Contains([]string{"", "/", "/health", "/ready"}, u.Path):
		in.fail(name, "has the path %q: give the hook one of its own, "+example, u.Path)
	case cloud && !slices.Contains([]string{"", "443", "80", "88", "8443"}, u.Port()):
		in.fail(name, "has the port %s: Telegram delivers to 443, 80, 88 and 8443 only", u.Port())
	}
	return u
}

func (in *input) keyPair() (*tls.Certificate, []byte) {
	cert, key := in.given("WEBHOOK_TLS_CERT"), in.given("WEBHOOK_TLS_KEY")
	if cert == "" && key == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(cert)
	pair, errPair := tls.LoadX509KeyPair(cert, key)
	if err = cmp.Or(err, errPair); err != nil {
		in.fail("WEBHOOK_TLS_CERT", "and WEBHOOK_TLS_KEY can't be used together: %w", err)
	}
	return &pair, pem
}
