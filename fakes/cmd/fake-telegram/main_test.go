package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// The test binary is the command when the environment says so: what is tested
// is a process, with its exit code and its signals.
const asCommand = "FAKE_TELEGRAM_TEST_RUNS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Unsetenv(asCommand) // a bot that it starts is not one of us
		main()
		return
	}
	os.Exit(m.Run())
}

// soon is a context that ends long before the test does.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(soon(t), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}

// A process is a running fake-telegram.
type process struct {
	t                   *testing.T
	cmd                 *exec.Cmd
	out                 *bufio.Scanner
	api, console, token string
	said                []string // lines printed, as far as read
}

// start starts the program on free ports and reads what it prints first.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: command(t, append([]string{"-listen", "127.0.0.1:0", "-console", "127.0.0.1:0"}, args...)...)}
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() })
	p.out = bufio.NewScanner(out)
	p.api = strings.Fields(p.until("Bot API"))[2]
	p.console = strings.Fields(p.until("Console"))[1]
	p.token = strings.Fields(p.until("Token"))[1]
	return p
}

// until reads until a line that has the text.
func (p *process) until(text string) string {
	p.t.Helper()
	for p.out.Scan() {
		p.said = append(p.said, p.out.Text())
		if strings.Contains(p.out.Text(), text) {
			return p.out.Text()
		}
	}
	require.Fail(p.t, "the program ended", "without saying %q; it said:\n%s", text, strings.Join(p.said, "\n"))
	return ""
}

// end sends a signal and returns what was printed after it, and the exit code.
func (p *process) end(s os.Signal) (string, int) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
	var rest strings.Builder
	for p.out.Scan() {
		fmt.Fprintln(&rest, p.out.Text())
	}
	_ = p.cmd.Wait() // the exit code says it
	return rest.String(), p.cmd.ProcessState.ExitCode()
}

// call calls a method and returns the answer's body.
func (p *process) call(method string, params ...string) string {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i < len(params); i += 2 {
		form.Set(params[i], params[i+1])
	}
	return p.get(http.DefaultTransport, p.api+"/bot"+p.token+"/"+method+"?"+form.Encode())
}

func (p *process) get(tr http.RoundTripper, address string) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(soon(p.t), "GET", address, nil)
	require.NoError(p.t, err)
	resp, err := tr.RoundTrip(req)
	require.NoError(p.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	return string(body)
}

// post posts to the console.
func (p *process) post(path, body string) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(soon(p.t), "POST", p.console+path, strings.NewReader(body))
	require.NoError(p.t, err)
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(p.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	require.Equal(p.t, 200, resp.StatusCode, "%s %s: %s", path, body, raw)
	return string(raw)
}

func TestPrintsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	p := start(t, "-username", "tea_bot")
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+$`, p.api)
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+$`, p.console)
	assert.Contains(t, p.said[2], "of @tea_bot; good for this fake only")
	assert.Contains(t, p.call("getMe"), `"username":"tea_bot"`)
	assert.Contains(t, p.get(http.DefaultTransport, p.console+"/bots"), `"username":"tea_bot"`)
}

func TestStopsOnSignals(t *testing.T) {
	t.Parallel()
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := start(t)
		body := make(chan string, 1)
		go func() { body <- p.call("getUpdates", "timeout", "50") }()
		p.post("/up", `{"bot":"my_bot"}`)
		out, code := p.end(s)
		assert.Equal(t, 0, code, s.String())
		assert.Empty(t, out)
		select {
		case got := <-body:
			assert.JSONEq(t, `{"ok":true,"result":[]}`, got, "a poll that is held gets its answer")
		case <-soon(t).Done():
			require.Fail(t, "the poll was never answered")
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	cmd := command(t, "-h")
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Run(), "-h is no mistake")
	for _, name := range []string{"listen", "console", "tls-cert", "tls-key", "profile", "host", "ca", "seed", "token", "username", "strict", "limits", "events", "bot"} {
		assert.Contains(t, stderr.String(), "\n  -"+name)
	}
}

func TestWrongFlags(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for _, tt := range []struct {
		args string
		want string
	}{
		{"-nonsense", "flag provided but not defined: -nonsense"},
		{"-seed x", `invalid value "x" for flag -seed`},
		{"serve", `unexpected argument "serve": all settings are flags`},
		{"-profile moon", `-profile "moon": it is cloud or local`},
		{"-tls-cert x.pem", "-tls-cert and -tls-key go together"},
		{"-tls-cert no.pem -tls-key no.pem", "read the certificate: open no.pem"},
		{"-ca no.pem", "-ca: open no.pem"},
		{"-ca " + empty, "there is no PEM certificate in it"},
		{"-host bot.example.com", "give name=address"},
		{"-token 1:short", "its token would be refused"},
	} {
		out, err := command(t, append([]string{"-listen", "127.0.0.1:0", "-console", ""}, strings.Fields(tt.args)...)...).CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "%s: %s", tt.args, out)
		assert.Equal(t, 2, exit.ExitCode(), tt.args)
		assert.Contains(t, string(out), tt.want)
	}
}

func TestTakenPorts(t *testing.T) {
	t.Parallel()
	p := start(t)
	taken := strings.TrimPrefix(p.api, "http://")
	for _, args := range [][]string{{"-listen", taken}, {"-listen", "127.0.0.1:0", "-console", taken}} {
		out, err := command(t, args...).CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		assert.Equal(t, 1, exit.ExitCode())
		assert.Contains(t, string(out), "listen on "+taken)
	}
}

func TestSeedDecidesTheToken(t *testing.T) {
	t.Parallel()
	one, again, other, free := start(t, "-seed", "7"), start(t, "-seed", "7"), start(t, "-seed", "8"), start(t)
	assert.Equal(t, one.token, again.token)
	assert.NotEqual(t, one.token, other.token)
	assert.NotEqual(t, one.token, free.token)
}

func TestTokenOfYourOwn(t *testing.T) {
	t.Parallel()
	token := "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	cmd := command(t, "-listen", "127.0.0.1:0", "-console", "", "-token", token)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	p := &process{t: t, api: strings.Fields(lines.Text())[2], token: token}
	assert.Contains(t, p.call("getMe"), `"id":123456`)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	assert.False(t, lines.Scan(), "a token you know is not printed: %q", lines.Text())
	require.NoError(t, cmd.Wait())
}

// certificate writes a certificate and its key, of 127.0.0.1 and example.com.
func certificate(t *testing.T) (certFile, keyFile string, client *http.Client, pair tls.Certificate) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	pair = s.TLS.Certificates[0]
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	return certFile, keyFile, s.Client(), pair
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key, client, _ := certificate(t)
	p := start(t, "-tls-cert", cert, "-tls-key", key)
	require.True(t, strings.HasPrefix(p.api, "https://"), p.api)
	assert.Contains(t, p.get(client.Transport, p.api+"/bot"+p.token+"/getMe"), `"ok":true`)
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string]struct{ badToken, httpWebhook string }{
		"":      {`"error_code":404,"description":"Not Found"`, `"ok":true`},
		"cloud": {`"error_code":404,"description":"Not Found"`, `An HTTPS URL must be provided for webhook`},
		"local": {`"error_code":401,"description":"Unauthorized: invalid token specified"`, `"ok":true`},
	} {
		p := start(t, "-profile", profile)
		assert.Contains(t, p.get(http.DefaultTransport, p.api+"/bot0/getMe"), want.badToken, profile)
		assert.Contains(t, p.call("setWebhook", "url", "http://127.0.0.1:80/hook"), want.httpWebhook, profile)
	}
}

func TestStrict(t *testing.T) {
	t.Parallel()
	lenient, strict := start(t), start(t, "-strict")
	typed := ""
	for _, m := range telegram.Methods() {
		if m.Depth == telegram.Typed && strings.HasPrefix(m.Name, "get") {
			typed = m.Name
		}
	}
	assert.NotContains(t, lenient.call(typed), "the strict fake refuses it")
	assert.Contains(t, strict.call(typed), typed+` is typed only; the strict fake refuses it`)
	assert.Contains(t, strict.call("getMe"), `"ok":true`)
}

func TestLimits(t *testing.T) {
	t.Parallel()
	p := start(t, "-limits")
	p.post("/users", `{"first_name":"Ann"}`)
	p.post("/send", `{"user":"Ann","to":"my_bot","text":"/start"}`)
	ann := regexp.MustCompile(`"id":(\d+)`).FindStringSubmatch(p.get(http.DefaultTransport, p.console+"/users"))[1]
	began := time.Now()
	for range 4 {
		require.Contains(t, p.call("sendMessage", "chat_id", ann, "text", "x"), `"ok":true`)
	}
	assert.GreaterOrEqual(t, time.Since(began), 900*time.Millisecond, "the fourth in a row waits for its second")
}

func TestEvents(t *testing.T) {
	t.Parallel()
	p := start(t, "-events")
	p.call("getMe")
	assert.Regexp(t, `^ +1 \d\d:\d\d:\d\d\.\d{3} call +getMe +-> 200$`, p.until("getMe"))
	_, code := p.end(syscall.SIGTERM)
	assert.Equal(t, 0, code)
}

// A webhook at a public name, as in production, delivered to this machine.
func TestWebhookAtAPublicName(t *testing.T) {
	t.Parallel()
	cert, _, _, pair := certificate(t)
	got := make(chan *http.Request, 10)
	hook := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r })
	secure, plain := httptest.NewUnstartedServer(hook), httptest.NewServer(hook)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	t.Cleanup(plain.Close)
	p := start(t, "-profile", "cloud", "-ca", cert, "-host", "example.com="+secure.Listener.Addr().String(),
		"-host", "plain.example.com="+plain.URL)
	p.post("/users", `{"first_name":"Ann"}`)
	for _, host := range []string{"example.com", "plain.example.com"} {
		require.Contains(t, p.call("setWebhook", "url", "https://"+host+"/hook"), "Webhook was set")
		p.post("/send", `{"user":"Ann","to":"my_bot","text":"hello"}`)
		select {
		case r := <-got:
			assert.Equal(t, host, r.Host)
			assert.Equal(t, host == "example.com", r.TLS != nil)
		case <-soon(t).Done():
			require.Fail(t, "nothing was delivered", host)
		}
		p.post("/clock", `{"advance":"2s"}`) // setWebhook may be called once a second
	}
}

// script writes a program that stands for a bot.
func script(t *testing.T, body string) string {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh: ", err)
	}
	path := filepath.Join(t.TempDir(), "bot")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700))
	return path
}

func TestRunsABot(t *testing.T) {
	t.Parallel()
	p := start(t, "-bot", script(t, `trap 'echo stopped; exit 0' TERM
echo "bot: $TELEGRAM_API_URL $TELEGRAM_BOT_TOKEN"
while :; do sleep 0.05; done
`))
	assert.Equal(t, "bot: "+p.api+" "+p.token, p.until("bot: "))
	out, code := p.end(syscall.SIGTERM)
	assert.Equal(t, "stopped\n", out, "the bot is told to stop, and waited for")
	assert.Equal(t, 0, code)
}

func TestBotThatEnds(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"exit 3":    "ended by itself: exit status 3",
		"echo done": "ended by itself: exit status 0",
	} {
		cmd := command(t, "-listen", "127.0.0.1:0", "-console", "", "-bot", script(t, body))
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		assert.Equal(t, 1, exit.ExitCode())
		assert.Contains(t, string(out), want)
	}
	out, err := command(t, "-listen", "127.0.0.1:0", "-console", "", "-bot", "/no/such/bot").CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "/no/such/bot")
}
