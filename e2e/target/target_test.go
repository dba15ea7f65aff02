package target_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"hookproof/e2e/target"
)

// TestMain is the bot under test, too, when it is started as one.
func TestMain(m *testing.M) {
	if act := os.Getenv("ACT"); act != "" {
		os.Exit(perform(act))
	}
	goleak.VerifyTestMain(m)
}

// perform is what a started test binary does.
func perform(act string) int {
	switch act {
	case "tell":
		fmt.Println("args", os.Args[1:])
		for _, line := range os.Environ() {
			fmt.Println("env", line)
		}
		if file := os.Getenv("BOT_SECRET_FILE"); file != "" {
			text, err := os.ReadFile(file)
			fmt.Printf("file %s %v\n", text, err)
		}
		return 3
	case "stop":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		fmt.Println("up")
		<-stop
		fmt.Println("stopped")
		return 0
	case "fetch":
		_, err := http.Get("http://api.telegram.org/bot1:secret/getMe")
		fmt.Println("fetched", err)
		_, err = http.Get("https://elsewhere.example.com/")
		fmt.Println("fetched", err)
		return 0
	case "spin":
		fmt.Println("up")
		for i := 0; ; i++ {
			_ = fmt.Sprint(i)
		}
	}
	return 1
}

func load(t *testing.T, yaml string) *target.Spec {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bot.yaml")
	require.NoError(t, os.WriteFile(path, []byte(yaml), 0o644))
	spec, err := target.Load(path)
	require.NoError(t, err)
	spec.Bin, err = os.Executable()
	require.NoError(t, err)
	return spec
}

// actor is a bot that does one thing.
func actor(t *testing.T, act string) *target.Spec {
	return load(t, `
name: actor
command: ["{bin}", first]
env: {ACT: `+act+`}
settings:
  TELEGRAM_BOT_TOKEN: {env: BOT_TOKEN}
  TELEGRAM_API_URL: {flag: --api, format: "{value}/bot%s/%s"}
  WEBHOOK_ENABLED: {env: BOT_MODE, values: {"true": webhook, "false": polling}}
  WEBHOOK_SECRET_TOKEN: {env: BOT_SECRET_FILE, file: true}
`)
}

func start(t *testing.T, spec *target.Spec, l target.Launch) *target.Process {
	t.Helper()
	p, err := spec.Start(l)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func TestSettingsReachTheBot(t *testing.T) {
	t.Setenv("TELEGRAM_BOT_TOKEN", "of the parent")
	p := start(t, actor(t, "tell"), target.Launch{
		Settings: map[string]string{
			"TELEGRAM_BOT_TOKEN": "1:a", "TELEGRAM_API_URL": "http://fake",
			"WEBHOOK_ENABLED": "true", "WEBHOOK_SECRET_TOKEN": "s3cret",
		},
		Args: []string{"last"},
	})
	exit, err := p.Wait(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 3, exit.Code)
	said := p.Output.String()
	assert.Contains(t, said, "args [first --api http://fake/bot%s/%s last]")
	assert.Contains(t, said, "env BOT_TOKEN=1:a\n")
	assert.Contains(t, said, "env BOT_MODE=webhook\n")
	assert.Contains(t, said, "file s3cret <nil>")
	assert.NotContains(t, said, "of the parent")
}

func TestUnknownSettingIsAnError(t *testing.T) {
	_, err := actor(t, "tell").Start(target.Launch{Settings: map[string]string{"POLL_TIMEOUT": "2s"}})
	require.ErrorContains(t, err, "cannot be told POLL_TIMEOUT")
}

func TestSpecMistakes(t *testing.T) {
	for _, tt := range []struct{ yaml, want string }{
		{"name: x", "name and command"},
		{"name: x\ncommand: [y]\nmodes: [carrier pigeon]", "carrier pigeon"},
		{"name: x\ncommand: [y]\nsettings: {A: {format: z}}", "env or flag"},
		{"name: x\ncomand: [y]", "comand"},
	} {
		path := filepath.Join(t.TempDir(), "bot.yaml")
		require.NoError(t, os.WriteFile(path, []byte(tt.yaml), 0o644))
		_, err := target.Load(path)
		assert.ErrorContains(t, err, tt.want, tt.yaml)
	}
}

func TestStop(t *testing.T) {
	p := start(t, actor(t, "stop"), target.Launch{})
	require.NoError(t, p.Output.WaitText(t.Context(), "up"))
	assert.True(t, p.Running())
	exit, err := p.Stop(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "exit code 0", exit.String())
	assert.Contains(t, p.Output.String(), "stopped")
	assert.Error(t, p.Signal(syscall.SIGTERM), "it has ended")
}

func TestKill(t *testing.T) {
	p := start(t, actor(t, "stop"), target.Launch{})
	require.NoError(t, p.Output.WaitText(t.Context(), "up"))
	p.Kill()
	exit, err := p.Wait(t.Context())
	require.NoError(t, err)
	assert.Equal(t, syscall.SIGKILL, exit.Signal)
	require.ErrorContains(t, p.Output.WaitText(t.Context(), "never"), "ended without printing")
}

// TestCloseEndsChildren has a shell as the bot, whose child holds its output.
func TestCloseEndsChildren(t *testing.T) {
	spec := load(t, "name: shell\ncommand: [/bin/sh, -c, 'sleep 1000 & echo child $!; wait']\n")
	p, err := spec.Start(target.Launch{})
	require.NoError(t, err)
	require.NoError(t, p.Output.WaitText(t.Context(), "child"))
	var child int
	_, err = fmt.Sscanf(p.Output.String(), "child %d", &child)
	require.NoError(t, err)
	require.NoError(t, p.Close())
	assert.NoError(t, p.Close(), "twice is fine")
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
	assert.True(t, err != nil || strings.Contains(string(state), ") Z "), "the child still runs: %s", state)
}

func TestWaitTellsWhatWasSaid(t *testing.T) {
	p := start(t, actor(t, "stop"), target.Launch{})
	require.NoError(t, p.Output.WaitText(t.Context(), "up"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := p.Wait(ctx)
	require.ErrorContains(t, err, "still runs")
	assert.ErrorContains(t, err, "up")
}

func TestUsage(t *testing.T) {
	p := start(t, actor(t, "spin"), target.Launch{})
	require.NoError(t, p.Output.WaitText(t.Context(), "up"))
	before, err := p.CPU()
	require.NoError(t, err)
	for after := before; after < before+20*time.Millisecond; { // it spins: this ends
		after, err = p.CPU()
		require.NoError(t, err)
	}
	rss, err := p.RSS()
	require.NoError(t, err)
	peak, err := p.PeakRSS()
	require.NoError(t, err)
	assert.Greater(t, rss, int64(1<<20))
	assert.GreaterOrEqual(t, peak, rss/2)
	require.NoError(t, p.ResetPeakRSS())
	read, err := p.BytesRead()
	require.NoError(t, err)
	assert.Positive(t, read)
	threads, err := p.Threads()
	require.NoError(t, err)
	assert.Positive(t, threads)
	p.Kill()
	whole, err := p.CPU()
	require.NoError(t, err)
	assert.GreaterOrEqual(t, whole, 20*time.Millisecond)
	_, err = p.RSS()
	assert.Error(t, err)
}

func TestTrapRecordsAndRefuses(t *testing.T) {
	trap, err := target.NewTrap(nil)
	require.NoError(t, err)
	defer trap.Close()
	p := start(t, actor(t, "fetch"), target.Launch{Trap: trap})
	_, err = p.Wait(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"GET api.telegram.org", "CONNECT elsewhere.example.com:443"}, trap.Caught())
}

func TestTrapConnectsToKnownHosts(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
	defer srv.Close()
	trap, err := target.NewTrap(map[string]string{"bot.example.com:443": srv.Listener.Addr().String()})
	require.NoError(t, err)
	defer trap.Close()
	_, proxy, _ := strings.Cut(trap.Environment()[0], "=")
	proxyURL, err := url.Parse(proxy)
	require.NoError(t, err)
	transport := &http.Transport{
		Proxy:           http.ProxyURL(proxyURL),
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the name is not the certificate's
	}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://bot.example.com/", nil)
	require.NoError(t, err)
	resp, err := transport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "here", string(body))
	assert.Empty(t, trap.Caught())
}

// TestPortsDiffer has two take ports that begin at the same place, as two
// processes may, until each has gone round.
func TestPortsDiffer(t *testing.T) {
	one, other := target.NewPorts(os.Getpid()), target.NewPorts(os.Getpid())
	takenBy := map[int]*target.Ports{}
	for range 400 {
		for _, ports := range []*target.Ports{one, other} {
			port, err := ports.Take()
			require.NoError(t, err)
			if by, taken := takenBy[port]; taken {
				require.Same(t, ports, by, "port %d", port)
			}
			takenBy[port] = ports
		}
	}
	assert.Greater(t, len(takenBy), 100)
}

// TestClosedPortsAreFree has more of them come and go than there are blocks.
func TestClosedPortsAreFree(t *testing.T) {
	for range 60 {
		ports := target.NewPorts(os.Getpid())
		_, err := ports.Take()
		require.NoError(t, err)
		require.NoError(t, ports.Close())
		require.NoError(t, ports.Close(), "twice")
	}
}

func TestShippedSpecsLoad(t *testing.T) {
	files, err := filepath.Glob("../targets/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		_, err := target.Load(f)
		assert.NoError(t, err)
	}
}
