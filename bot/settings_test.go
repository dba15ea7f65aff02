package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func getenv(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func parseSettings(args string, pairs ...string) (*settings, error) {
	sh := &shell{getenv: getenv(pairs...), stdout: io.Discard, stderr: io.Discard}
	session, err := sh.parse(commands()[0], strings.Fields(args))
	if err != nil {
		return nil, err
	}
	return session.settings, nil
}

func TestSettingsDefaults(t *testing.T) {
	s, err := parseSettings("", "TELEGRAM_BOT_TOKEN", "1:a")
	require.NoError(t, err)
	assert.Equal(t, "1:a", s.token.reveal())
	assert.Equal(t, "https://api.telegram.org", s.apiURL)
	assert.False(t, s.webhook)
	assert.Nil(t, s.hookURL)
	assert.Equal(t, 8080, s.port)
	assert.Equal(t, 40, s.maxConnections)
	assert.Equal(t, []netip.Prefix{netip.MustParsePrefix("149.154.160.0/20"), netip.MustParsePrefix("91.108.4.0/22")}, s.allowlist)
	assert.Equal(t, proxyNone, s.proxy)
	assert.Equal(t, 30*time.Second, s.shutdown)
	assert.Zero(t, s.preStop)
	assert.Equal(t, 50*time.Second, s.pollTimeout)
	assert.Zero(t, s.pollInterval)
	assert.Empty(t, s.metricsAddr)
	assert.Equal(t, "json", s.logFormat)
	assert.False(t, s.drills)
}

func TestSettingsSources(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("2:b\n"), 0o600))
	render := []string{"TELEGRAM_BOT_TOKEN", "1:a", "WEBHOOK_ENABLED", "true", "WEBHOOK_SECRET_TOKEN", "s", "RENDER", "true",
		"RENDER_EXTERNAL_URL", "https://x.onrender.com", "PORT", "10000", "WEBHOOK_PORT", "8080"}
	for _, tt := range []struct {
		name, args string
		env        []string
		check      func(t *testing.T, s *settings)
	}{
		{"token from a file", "", []string{"TELEGRAM_BOT_TOKEN_FILE", file}, func(t *testing.T, s *settings) { assert.Equal(t, "2:b", s.token.reveal()) }},
		{"flag wins", "-webhook-max-connections 7", []string{"TELEGRAM_BOT_TOKEN", "1:a", "WEBHOOK_MAX_CONNECTIONS", "9"}, func(t *testing.T, s *settings) { assert.Equal(t, 7, s.maxConnections) }},
		{"flag by the variable's name", "-TELEGRAM_BOT_TOKEN=3:c", nil, func(t *testing.T, s *settings) { assert.Equal(t, "3:c", s.token.reveal()) }},
		{"Render", "", render, func(t *testing.T, s *settings) {
			assert.Equal(t, "https://x.onrender.com/webhook", s.hookURL.String())
			assert.Equal(t, 10000, s.port, "PORT wins")
			assert.Equal(t, proxyRender, s.proxy)
		}},
		{"port flag wins over PORT", "-webhook-port=1234", render, func(t *testing.T, s *settings) { assert.Equal(t, 1234, s.port) }},
		{"explicit proxy on Render", "-trusted-proxy=none", render, func(t *testing.T, s *settings) { assert.Equal(t, proxyNone, s.proxy) }},
		{"single addresses", "-webhook-ip-allowlist=10.1.2.3,::1", []string{"TELEGRAM_BOT_TOKEN", "1:a"}, func(t *testing.T, s *settings) {
			assert.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.1.2.3/32"), netip.MustParsePrefix("::1/128")}, s.allowlist)
		}},
		{"allowlist off", "-webhook-ip-allowlist=off", []string{"TELEGRAM_BOT_TOKEN", "1:a"}, func(t *testing.T, s *settings) { assert.Nil(t, s.allowlist) }},
		{"short polling", "-poll-timeout=0 -poll-interval=1s", []string{"TELEGRAM_BOT_TOKEN", "1:a"}, func(t *testing.T, s *settings) {
			assert.Zero(t, s.pollTimeout)
			assert.Equal(t, time.Second, s.pollInterval)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := parseSettings(tt.args, tt.env...)
			require.NoError(t, err)
			tt.check(t, s)
		})
	}
}

func TestSettingsMistakes(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "TELEGRAM_BOT_TOKEN is not set"},
		{"-telegram-bot-token=nonsense", "TELEGRAM_BOT_TOKEN is not of the form"},
		{"-telegram-bot-token-file=/nonexistent", "TELEGRAM_BOT_TOKEN_FILE can't be read"},
		{"-telegram-bot-token=1:a -telegram-bot-token-file=/x", "are both set"},
		{"-telegram-api-url=api.telegram.org", "TELEGRAM_API_URL"},
		{"-webhook-enabled=yes", "WEBHOOK_ENABLED"},
		{"-webhook-enabled=true", "WEBHOOK_SECRET_TOKEN is not set"},
		{"-webhook-enabled=true", "WEBHOOK_URL is not set"},
		{"-webhook-secret-token=a+b", "WEBHOOK_SECRET_TOKEN is not of the form"},
		{"-webhook-secret-token=" + strings.Repeat("a", 257), "WEBHOOK_SECRET_TOKEN is not of the form"},
		{"-webhook-secret-token-previous=ab=", "WEBHOOK_SECRET_TOKEN_PREVIOUS is not of the form"},
		{"-webhook-url=http://bot.example.com/webhook", "WEBHOOK_URL is not a https URL"},
		{"-webhook-url=https://bot.example.com", "WEBHOOK_URL has the path"},
		{"-webhook-url=https://bot.example.com/health", "WEBHOOK_URL has the path"},
		{"-webhook-url=https://bot.example.com:8080/webhook", "WEBHOOK_URL has the port"},
		{"-telegram-bot-token=1:abc -webhook-url=https://bot.example.com/1:abc", "WEBHOOK_URL holds the token"},
		{"-telegram-bot-token=1:abc -webhook-url=https://bot.example.com/1%3Aabc", "WEBHOOK_URL holds the token"},
		{"-telegram-bot-token=1:abc -webhook-url=https://bot.example.com/1%253Aabc", "WEBHOOK_URL holds the token"},
		{"-telegram-bot-token=1:abc -webhook-url=https://bot.example.com/hook?t=1%3Aabc", "WEBHOOK_URL holds the token"},
		{"-webhook-port=65536", "WEBHOOK_PORT"},
		{"-webhook-max-connections=101", "WEBHOOK_MAX_CONNECTIONS"},
		{"-webhook-ip-allowlist=10.0.0.0/33", "WEBHOOK_IP_ALLOWLIST"},
		{"-webhook-ip-allowlist=,", "WEBHOOK_IP_ALLOWLIST"},
		{"-trusted-proxy=leftmost", "TRUSTED_PROXY"},
		{"-webhook-tls-cert=/nonexistent -webhook-tls-key=/nonexistent", "WEBHOOK_TLS_CERT can't be read: no such file"},
		{"-webhook-tls-cert=/nonexistent", "WEBHOOK_TLS_CERT and WEBHOOK_TLS_KEY belong together"},
		{"-webhook-tls-key=/nonexistent", "WEBHOOK_TLS_CERT and WEBHOOK_TLS_KEY belong together"},
		{"-shutdown-timeout=0", "SHUTDOWN_TIMEOUT"},
		{"-pre-stop-delay=-1s", "PRE_STOP_DELAY"},
		{"-poll-timeout=51s", "POLL_TIMEOUT"},
		{"-poll-timeout=1500ms", "POLL_TIMEOUT"},
		{"-poll-interval=x", "POLL_INTERVAL"},
		{"-metrics-addr=9090", "METRICS_ADDR"},
		{"-log-level=loud", "LOG_LEVEL"},
		{"-log-format=xml", "LOG_FORMAT"},
		{"-drills-enabled=maybe", "DRILLS_ENABLED"},
		{"-no-such-flag", "no-such-flag"},
		{"argument", "argument"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			_, err := parseSettings(tt.args)
			require.ErrorContains(t, err, tt.want)
			assert.ErrorAs(t, err, &usageError{})
		})
	}
}

// What is wrong with PORT is not said of WEBHOOK_PORT.
func TestSettingsNameTheSource(t *testing.T) {
	_, err := parseSettings("", "PORT", "x", "WEBHOOK_PORT", "8080")
	require.ErrorContains(t, err, "\nPORT is \"x\"")
	assert.NotContains(t, err.Error(), "WEBHOOK_PORT is")
	_, err = parseSettings("-webhook-port=y", "PORT", "x")
	assert.ErrorContains(t, err, `WEBHOOK_PORT is "y"`)
}

func TestSettingsNameAllMistakesAtOnce(t *testing.T) {
	out := newLineLog()
	sh := &shell{stdout: out, stderr: out, getenv: getenv("WEBHOOK_ENABLED", "true", "WEBHOOK_PORT", "x", "LOG_LEVEL", "loud",
		"TELEGRAM_BOT_TOKEN", "secret-and-wrong", "WEBHOOK_SECRET_TOKEN", "secret+and+wrong", "WEBHOOK_URL", "http://a/b")}
	assert.Equal(t, 2, sh.exitCode(sh.run(t.Context(), nil)))
	for _, name := range []string{"TELEGRAM_BOT_TOKEN", "WEBHOOK_SECRET_TOKEN", "WEBHOOK_URL", "WEBHOOK_PORT", "LOG_LEVEL"} {
		assert.Contains(t, out.text(), name)
	}
	assert.NotContains(t, out.text(), "secret-and-wrong")
	assert.NotContains(t, out.text(), "secret+and+wrong")
}

func TestSecretsDoNotPrint(t *testing.T) {
	s := &settings{token: newSecret("hush-hush"), secret: newSecret("hush-hush")}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		assert.NotContains(t, fmt.Sprintf(format, s), "hush", format)
		assert.NotContains(t, fmt.Sprintf(format, *s), "hush", format)
		assert.NotContains(t, fmt.Sprintf(format, s.token), "hush", format)
	}
	l := newLineLog()
	newLog(l, s).Info("x", "settings", s, "token", s.token)
	assert.NotContains(t, l.text(), "hush")
}

func TestKeyring(t *testing.T) {
	k := newKeyring(newSecret("new"), newSecret("old"), newSecret(""))
	assert.True(t, k.opens("new"))
	assert.True(t, k.opens("old"))
	assert.False(t, k.opens(""))
	assert.False(t, k.opens("ne"))
	assert.False(t, newKeyring().opens(""))
	assert.Regexp(t, `^[0-9a-f]{64}$`, generateSecret())
}

func FuzzSettings(f *testing.F) {
	for _, v := range variables() {
		f.Add(v.name, v.fallback)
	}
	f.Add("WEBHOOK_URL", "https://[::1]:443/%2f")
	f.Add("WEBHOOK_IP_ALLOWLIST", "::ffff:1.2.3.4/120,off")
	f.Fuzz(func(t *testing.T, name, value string) {
		if strings.HasSuffix(name, "_FILE") || strings.Contains(name, "TLS") {
			return // would read files
		}
		s, err := parseSettings("", name, value, "TELEGRAM_BOT_TOKEN", "1:a")
		if err == nil {
			require.NotNil(t, s)
			require.Positive(t, s.shutdown)
			return
		}
		require.NotEmpty(t, err.Error())
	})
}

// A token in the wrong place is still a token.
func TestMistakesDoNotPrintSecrets(t *testing.T) {
	for _, value := range []string{"http://u:p4ssword@host/bot123456:SECRETKEYSECRET", "123456:SECRETKEYSECRET"} {
		in := input{getenv: func(name string) string {
			return map[string]string{"TELEGRAM_API_URL": value, "POLL_TIMEOUT": value, "TRUSTED_PROXY": value}[name]
		}}
		in.parse(false)
		said := errors.Join(in.mistakes...).Error()
		assert.Contains(t, said, "POLL_TIMEOUT")
		assert.NotContains(t, said, "SECRETKEY")
		assert.NotContains(t, said, "p4ssword")
	}
}

// A token is found however it is written, and nothing is taken for one that is
// usual in a message.
func TestMasked(t *testing.T) {
	for text, want := range map[string]string{
		"https://a.example/bot123456:AbC-dEf_00/x":           "https://a.example/bot[secret]/x",
		"https://a.example/123456%3AAbC-dEf_00":              "https://a.example/[secret]",
		"https://a.example/123456%3aAbC%2DdEf%5F00?x=1":      "https://a.example/[secret]?x=1",
		"https://a.example/?t=123456%253AAbC-dEf_00&u=1":     "https://a.example/?t=[secret]&u=1",
		"https://a.example/%31%32%33%34%3A%41%62%43%2d%64/x": "https://a.example/%31%32%33%[secret]/x",
		"https://me:p4ss@word@a.example/x":                   "https[secret]a.example/x",
		"127.0.0.1:8080":                                     "127.0.0.1:8080",
		"[2001:db8:85a3::8a2e:370:7334]:8443":                "[2001:db8:85a3::8a2e:370:7334]:8443",
		`Get "https://a.example": refused: ask @BotFather`:   `Get "https://a.example": refused: ask @BotFather`,
		"https://a.example:8443/webhook?page=1%20of%202":     "https://a.example:8443/webhook?page=1%20of%202",
	} {
		assert.Equal(t, want, masked(text))
	}
	for _, password := range []string{"p4ss", "p4 ss", `p4"ss`, "p4/ss", "p4@ss"} {
		assert.Equal(t, "https[secret]a.example/x", maskedValue("https://me:"+password+"@a.example/x"))
	}
}

// What the program says as it ends is masked whatever it quotes.
func TestCommandLineMistakesDoNotPrintSecrets(t *testing.T) {
	readable := filepath.Join(t.TempDir(), "cert.pem")
	require.NoError(t, os.WriteFile(readable, nil, 0o600))
	for _, line := range []string{"-123456:SECRETKEYSECRET", "migrate polling -watch=123456:SECRETKEYSECRET", "123456:SECRETKEYSECRET",
		"-telegram-bot-token-file=123456:SECRETKEYSECRET", "-webhook-secret-token-file=SECRETKEYSECRET", "-webhook-tls-key=x -webhook-tls-cert=SECRETKEYSECRET",
		"-webhook-tls-cert=" + readable + " -webhook-tls-key=SECRETKEYSECRET"} {
		code, out := runCommand(t, nil, line)
		assert.Equal(t, 2, code, line)
		assert.NotContains(t, out, "SECRETKEY")
	}
}
