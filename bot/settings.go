package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"flag"
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

const (
	modeWebhook = "webhook"
	modePolling = "polling"
)

// settings is the configuration, checked, in real types.
type settings struct {
	token             secret
	apiURL            string // without a trailing slash
	webhook           bool
	hookURL           *url.URL // nil when unknown, which only polling mode may be
	secret, previous  secret
	port              int
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
	logFormat         string
	drills            bool
	render            bool   // on Render, where the instances of a deploy overlap
	renderHost        string // the name that Render gave the service
	preview           bool   // a preview of a pull request: it must not take the webhook
}

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

// A variable is one setting: an environment variable and a flag of that name.
type variable struct {
	name, fallback, usage string
	read                  func(*settings, string) error // nil: more than one variable is needed for it
}

// variables is the whole configuration surface, in the order that -h prints it.
func variables() []variable {
	seconds := between(0, time.Hour, time.ParseDuration)
	return []variable{
		{"TELEGRAM_BOT_TOKEN", "", "the token that @BotFather gave you, like 123456:AbC-dEf; or TELEGRAM_BOT_TOKEN_FILE", nil},
		{"TELEGRAM_API_URL", "https://api.telegram.org", "Bot API server, a URL", into(func(s *settings) *string { return &s.apiURL }, parseServer)},
		{"WEBHOOK_ENABLED", "false", "webhook mode when true, polling when false", into(func(s *settings) *bool { return &s.webhook }, strconv.ParseBool)},
		{"WEBHOOK_URL", "", "public https URL such as https://bot.example.com/webhook, its path is the hook's (default RENDER_EXTERNAL_URL + /webhook)", nil},
		{"WEBHOOK_SECRET_TOKEN", "", "1-256 of A-Za-z0-9_-, make one with bot secret; or WEBHOOK_SECRET_TOKEN_FILE", nil},
		{"WEBHOOK_SECRET_TOKEN_PREVIOUS", "", "also accepted, while rotating; or WEBHOOK_SECRET_TOKEN_PREVIOUS_FILE", nil},
		{"WEBHOOK_PORT", "8080", "HTTP port in both modes, 0 for any free one; PORT wins when both are set", into(func(s *settings) *int { return &s.port }, between(0, 65535, strconv.Atoi))},
		{"WEBHOOK_MAX_CONNECTIONS", "40", "how many deliveries at once, 1-100", into(func(s *settings) *int { return &s.maxConnections }, between(1, 100, strconv.Atoi))},
		{"WEBHOOK_IP_ALLOWLIST", "149.154.160.0/20,91.108.4.0/22", "who may post: addresses or prefixes, or off", into(func(s *settings) *[]netip.Prefix { return &s.allowlist }, parsePrefixes)},
		{"TRUSTED_PROXY", "none", "how the client address is found: none, rightmost, render, fly; on Render it is render", into(func(s *settings) *proxyStrategy { return &s.proxy }, oneOf(proxyNone, proxyRightmost, proxyRender, proxyFly))},
		{"WEBHOOK_TLS_CERT", "", "PEM file: serve TLS itself, and upload this certificate to Telegram", nil},
		{"WEBHOOK_TLS_KEY", "", "PEM file with its key", nil},
		{"SHUTDOWN_TIMEOUT", "30s", "how long requests in flight may finish; 25s on Render's free plan", into(func(s *settings) *time.Duration { return &s.shutdown }, between(time.Millisecond, time.Hour, time.ParseDuration))},
		{"PRE_STOP_DELAY", "0s", "how long to keep serving, with health 503, before the drain begins", into(func(s *settings) *time.Duration { return &s.preStop }, seconds)},
		{"POLL_TIMEOUT", "50s", "long polling, whole seconds, 0s to 50s", into(func(s *settings) *time.Duration { return &s.pollTimeout }, wholeSeconds)},
		{"POLL_INTERVAL", "0s", "pause between polls; with POLL_TIMEOUT=0 it is short polling", into(func(s *settings) *time.Duration { return &s.pollInterval }, seconds)},
		{"METRICS_ADDR", "", "own listener for Prometheus metrics, such as 127.0.0.1:9090 (default off)", into(func(s *settings) *string { return &s.metricsAddr }, parseHostPort)},
		{"LOG_LEVEL", "info", "debug, info, warn or error", into(func(s *settings) *slog.Level { return &s.logLevel }, parseLevel)},
		{"LOG_FORMAT", "json", "json or text", into(func(s *settings) *string { return &s.logFormat }, oneOf("json", "text"))},
		{"DRILLS_ENABLED", "false", "true for drill commands: /sleep 1500ms tag, /fail tag, /panic tag", into(func(s *settings) *bool { return &s.drills }, strconv.ParseBool)},
	}
}

// define makes a flag of each variable, under its own name and in the usual
// lower case with dashes.
func (in *input) define(fs *flag.FlagSet) {
	names := []string{}
	for _, v := range variables() {
		names = append(names, v.name)
		if strings.Contains(v.usage, v.name+"_FILE") {
			names = append(names, v.name+"_FILE")
		}
	}
	for _, name := range names {
		set := func(value string) error { in.flags[name] = value; return nil }
		fs.Func(name, "", set)
		fs.Func(strings.ToLower(strings.ReplaceAll(name, "_", "-")), "", set)
	}
}

// into makes a variable's read of a parser and the field that takes the value.
func into[T any](field func(*settings) *T, parse func(string) (T, error)) func(*settings, string) error {
	return func(s *settings, text string) (err error) {
		*field(s), err = parse(text)
		return err
	}
}

// An input reads settings, a flag before the environment before the default,
// and collects every mistake.
type input struct {
	flags    map[string]string
	getenv   func(string) string
	mistakes []error
}

// secretive finds what may be a token, percent-encoded or not, or a password in a
// URL, in a text that others wrote.
var secretive = regexp.MustCompile(`(?i)[0-9]+(:|%(25)*3a)[a-z0-9_%-]{8,}|://[^/\s"]*@`)

func masked(text string) string { return secretive.ReplaceAllString(text, "[secret]") }

// credentials are those of a URL whatever they are made of, in a text that is
// nothing but a value.
var credentials = regexp.MustCompile(`://.*@`)

func maskedValue(text string) string { return masked(credentials.ReplaceAllString(text, "[secret]")) }

// parse checks everything and opens nothing but the files that are named. hooked
// says that a webhook is needed whatever the mode.
func (in *input) parse(hooked bool) *settings {
	s := &settings{
		render:     in.getenv("RENDER") != "",
		renderHost: in.getenv("RENDER_EXTERNAL_HOSTNAME"),
		preview:    in.getenv("IS_PULL_REQUEST") == "true",
	}
	for _, v := range variables() {
		text := cmp.Or(in.given(v.name), v.fallback)
		if v.read != nil && v.read(s, text) != nil {
			in.fail(in.source(v.name), "is %q: %s", maskedValue(text), v.usage)
		}
	}
	s.token = in.secret("TELEGRAM_BOT_TOKEN", `[0-9]+:[A-Za-z0-9_-]+`, true)
	hooked = hooked || s.webhook
	s.secret = in.secret("WEBHOOK_SECRET_TOKEN", `[A-Za-z0-9_-]{1,256}`, hooked)
	s.previous = in.secret("WEBHOOK_SECRET_TOKEN_PREVIOUS", `[A-Za-z0-9_-]{1,256}`, false)
	s.hookURL = in.hookURL(s.apiURL, hooked)
	if token := s.token.reveal(); s.hookURL != nil && token != "" && holds(s.hookURL.String(), token) {
		in.fail("WEBHOOK_URL", "holds the token, which proxies and logs would show: use another path")
	}
	s.certificate, s.certificatePEM = in.keyPair()
	return s
}

func (in *input) fail(name, format string, args ...any) {
	in.mistakes = append(in.mistakes, fmt.Errorf(name+" "+format, args...))
}

// source returns where a setting is taken from: a platform that sets PORT listens
// only there.
func (in *input) source(name string) string {
	if _, flagged := in.flags[name]; !flagged && name == "WEBHOOK_PORT" && in.getenv("PORT") != "" {
		return "PORT"
	}
	return name
}

// given returns what was set, "" for nothing. On Render the proxy is known.
func (in *input) given(name string) string {
	if v, ok := in.flags[name]; ok {
		return v
	}
	v := in.getenv(in.source(name))
	if v == "" && name == "TRUSTED_PROXY" && in.getenv("RENDER") != "" {
		return string(proxyRender)
	}
	return v
}

// errWrong stands for a wrong value. What is right, the variable's usage says.
var errWrong = errors.New("wrong value")

func check[T any](v T, ok bool) (T, error) {
	if !ok {
		return v, errWrong
	}
	return v, nil
}

func between[T cmp.Ordered](least, most T, parse func(string) (T, error)) func(string) (T, error) {
	return func(s string) (T, error) {
		v, err := parse(s)
		return check(v, err == nil && v >= least && v <= most)
	}
}

// wholeSeconds reads a long poll's time-out: Telegram counts no finer, and no
// further than 50.
func wholeSeconds(s string) (time.Duration, error) {
	d, err := between(0, 50*time.Second, time.ParseDuration)(s)
	return check(d, err == nil && d%time.Second == 0)
}

func oneOf[T ~string](choices ...T) func(string) (T, error) {
	return func(s string) (T, error) { return check(T(s), slices.Contains(choices, T(s))) }
}

func parseLevel(s string) (level slog.Level, err error) {
	err = level.UnmarshalText([]byte(s))
	return level, err
}

func parseHostPort(s string) (string, error) {
	_, _, err := net.SplitHostPort(s)
	return check(s, s == "" || err == nil)
}

func parseServer(s string) (string, error) {
	u, err := url.Parse(s)
	ok := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.RawQuery == "" && u.User == nil
	return check(strings.TrimRight(s, "/"), ok)
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

// secret reads a value or the file that holds it. No mistake repeats it.
func (in *input) secret(name, shape string, required bool) secret {
	value, file := in.given(name), in.given(name+"_FILE")
	if file != "" {
		raw := in.file(name + "_FILE")
		switch {
		case value != "":
			in.fail(name, "and %s_FILE are both set: use one", name)
		case raw == nil:
			return secret{}
		default:
			value = strings.TrimSpace(string(raw))
		}
	}
	i := slices.IndexFunc(variables(), func(v variable) bool { return v.name == name })
	switch {
	case value == "" && required:
		in.fail(name, "is not set: %s", variables()[i].usage)
	case value != "" && !regexp.MustCompile("^"+shape+"$").MatchString(value):
		in.fail(name, "is not of the form %s: %s", shape, variables()[i].usage)
	}
	return newSecret(value)
}

// file reads the file that a setting names, nil if it can't. The name is not
// repeated: it may be a secret in the wrong place.
func (in *input) file(setting string) []byte {
	raw, err := os.ReadFile(in.given(setting))
	if e, ok := errors.AsType[*os.PathError](err); ok {
		err = e.Err
	}
	if err != nil {
		in.fail(setting, "can't be read: %w", err)
		return nil
	}
	return raw
}

// hookURL checks what Telegram would refuse, because setWebhook removes the old
// webhook before it looks at the new one (Bot API server source).
func (in *input) hookURL(apiURL string, required bool) *url.URL {
	const name, example = "WEBHOOK_URL", "use one like https://bot.example.com/webhook"
	link := in.given(name)
	if base := in.getenv("RENDER_EXTERNAL_URL"); link == "" && base != "" {
		link = strings.TrimRight(base, "/") + "/webhook"
	}
	if link == "" {
		if required {
			in.fail(name, "is not set, but is needed: "+example)
		}
		return nil
	}
	u, err := url.Parse(link)
	cloud := strings.HasSuffix(apiURL, "//api.telegram.org") // a server of one's own takes any port
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

// holds reports whether part is in a URL, however often it was percent-encoded.
func holds(link, part string) bool {
	for !strings.Contains(link, part) {
		plain, err := url.PathUnescape(link)
		if err != nil || plain == link {
			return false
		}
		link = plain
	}
	return true
}

func (in *input) keyPair() (*tls.Certificate, []byte) {
	cert, key := in.given("WEBHOOK_TLS_CERT"), in.given("WEBHOOK_TLS_KEY")
	if cert == "" || key == "" {
		if cert != key {
			in.fail("WEBHOOK_TLS_CERT", "and WEBHOOK_TLS_KEY belong together: set both or none")
		}
		return nil, nil
	}
	certPEM, keyPEM := in.file("WEBHOOK_TLS_CERT"), in.file("WEBHOOK_TLS_KEY")
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil && certPEM != nil && keyPEM != nil {
		in.fail("WEBHOOK_TLS_CERT", "and WEBHOOK_TLS_KEY can't be used together: %w", err)
	}
	return &pair, certPEM
}
