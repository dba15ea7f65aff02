package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
)

// Addresses behind a proxy on this machine. All of 127.0.0.0/8 is here, so the
// proxy sees real ones: Telegram's and an attacker's.
const (
	telegramHere = "127.0.2.231"
	allowedHere  = "127.0.2.0/24"
	evilHere     = "127.0.3.9"
)

// A proxy is a real reverse proxy, which ends TLS for bot.example.com and names
// the client to the bot as it does by default.
type proxy struct {
	name    string
	command []string // {file} is the configuration
	config  string   // {port}, {bot}, {cert} and {key} are filled in
}

var caddy = proxy{
	name:    "caddy",
	command: []string{"caddy", "run", "--adapter", "caddyfile", "--config", "{file}"},
	config: `{
	admin off
	auto_https off
	servers {
		protocols h1 h2
	}
}
https://bot.example.com:{port} {
	bind 127.0.0.1
	tls {cert} {key}
	reverse_proxy {bot}
}
`,
}

var haproxy = proxy{
	name:    "haproxy",
	command: []string{"haproxy", "-db", "-f", "{file}"},
	config: `global
	maxconn 4000
defaults
	mode http
	timeout connect 5s
	timeout client 65s
	timeout server 65s
	timeout http-request 10s
	option forwardfor
frontend public
	bind 127.0.0.1:{port} ssl crt {cert}
	http-request set-header X-Forwarded-Proto https
	default_backend bot
backend bot
	server bot {bot}
`,
}

// start runs the proxy before the bot and returns where it is once the bot's
// health can be seen through it.
func (p proxy) start(ctx context.Context, t *testing.T, e *proof.Env, bot string) (addr string) {
	t.Helper()
	port, err := e.Port()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), p.name)
	config := strings.NewReplacer("{port}", fmt.Sprint(port), "{bot}", bot, "{cert}", p.certificate(t, e), "{key}", keyFile(e)).Replace(p.config)
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	spec := &target.Spec{Name: p.name, Dir: t.TempDir()}
	for _, word := range p.command {
		spec.Command = append(spec.Command, strings.ReplaceAll(word, "{file}", file))
	}
	process, err := spec.Start(target.Launch{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, process.Close()) })
	addr = fmt.Sprintf("127.0.0.1:%d", port)
	client := callerFrom(t, e, telegramHere, addr)
	await(ctx, t, func() bool {
		status, _, err := client.get(ctx, "/health")
		require.True(t, process.Running(), "%s has ended: %s", p.name, process.Output)
		return err == nil && status == http.StatusOK
	}, p.name+" does not show the bot")
	return addr
}

// certificate is the file that the proxy reads it from. HAProxy wants the key in
// the same one.
func (p proxy) certificate(t *testing.T, e *proof.Env) string {
	t.Helper()
	cert, key := e.KeyPair()
	if p.name != haproxy.name {
		return cert
	}
	var both []byte
	for _, file := range []string{cert, key} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		both = append(both, text...)
	}
	file := filepath.Join(t.TempDir(), "both.pem")
	require.NoError(t, os.WriteFile(file, both, 0o600))
	return file
}

func keyFile(e *proof.Env) string {
	_, key := e.KeyPair()
	return key
}

// need skips the test where the proxy is not installed.
func (p proxy) need(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath(p.name); err != nil {
		missing(t, p.name+", of the package of that name")
	}
}

// await asks again and again, of something that tells nobody when it changes.
func await(ctx context.Context, t *testing.T, cond func() bool, problem string) {
	t.Helper()
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for !cond() {
		select {
		case <-every.C:
		case <-ctx.Done():
			require.NoError(t, context.Cause(ctx), problem)
		}
	}
}

// deliverThrough has Telegram deliver by way of the proxy, from its address here.
func deliverThrough(d *detour, addr string) {
	d.lead(addr)
	d.leave(netip.MustParseAddr(telegramHere))
}
