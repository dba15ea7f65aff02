package render_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/target"
	"hookproof/fakes/render"
)

// deadline bounds whatever a test waits for.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// blueprint is one web service with a health check.
func blueprint(change func(*render.Service)) *render.Blueprint {
	s := render.Service{
		Type: "web", Name: "echo", Runtime: "go", Plan: "starter", HealthCheckPath: "/health", NumInstances: 1,
		Env: []render.EnvVar{{Key: "PLAIN", Value: "as it is"}},
	}
	if change != nil {
		change(&s)
	}
	return &render.Blueprint{Services: []render.Service{s}}
}

// ports are shared, as all platforms of the tests are on one machine.
var ports = target.NewPorts(os.Getpid())

// fast is a platform for the test program. Its time limits on the service are
// long even so: the machine may be slow.
func fast(b *render.Blueprint) render.Options {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return render.Options{
		Blueprint: b, Command: []string{self}, Scale: 100, Ports: ports,
		Timing: render.Timing{StartDeadline: 6000 * time.Second, ProbeTimeout: 2000 * time.Second, Shutdown: 3000 * time.Second},
	}
}

func platform(t *testing.T, o render.Options) *render.Platform {
	t.Helper()
	p, err := render.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// deployed is a platform whose service runs.
func deployed(t *testing.T, o render.Options) *render.Platform {
	t.Helper()
	p := platform(t, o)
	require.NoError(t, p.Deploy(deadline(t), render.Change{}))
	return p
}

// A visitor asks the public side for things, from an address.
type visitor struct {
	t    *testing.T
	p    *render.Platform
	http *http.Client
}

func visit(t *testing.T, p *render.Platform, from string) *visitor {
	dial := new(net.Dialer).DialContext
	if from != "" {
		dial = p.DialFrom(netip.MustParseAddr(from))
	}
	tr := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: p.RootCAs()},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if addr == p.Host()+":80" {
				return dial(ctx, network, p.PlainAddr())
			}
			return dial(ctx, network, p.Addr())
		},
	}
	t.Cleanup(tr.CloseIdleConnections)
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t, p, &http.Client{Transport: tr, CheckRedirect: noRedirect}}
}

// an answer, its body read.
type answer struct {
	*http.Response
	text string
}

// get asks for a path, with header lines.
func (v *visitor) get(path string, headers ...string) answer {
	v.t.Helper()
	a, err := v.try(http.MethodGet, v.p.URL()+path, "", headers...)
	require.NoError(v.t, err)
	return a
}

func (v *visitor) try(method, url, body string, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(v.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Add(name, value)
	}
	resp, err := v.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return answer{resp, string(text)}, err
}

// hear asks the service what it has got.
func (v *visitor) hear(headers ...string) (got told) {
	v.t.Helper()
	a := v.get("/", headers...)
	require.Equal(v.t, http.StatusOK, a.StatusCode, a.text)
	require.NoError(v.t, json.Unmarshal([]byte(a.text), &got))
	return got
}

func waitKind(t *testing.T, p *render.Platform, from int, kind render.EventKind) render.Event {
	t.Helper()
	e, err := p.WaitKind(deadline(t), from, kind)
	require.NoError(t, err)
	return e
}

// waitOf waits for an event of one instance.
func waitOf(t *testing.T, p *render.Platform, i *render.Instance, kind render.EventKind) render.Event {
	t.Helper()
	e, err := p.Wait(deadline(t), 0, func(e render.Event) bool { return e.Kind == kind && e.Instance == i.ID })
	require.NoError(t, err)
	return e
}

// kinds counts the events of a kind.
func kinds(p *render.Platform, kind render.EventKind) (n int) {
	for _, e := range p.Events() {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// order asserts that events of these kinds came in this order.
func order(t *testing.T, p *render.Platform, want ...render.EventKind) {
	t.Helper()
	rest := p.Events()
	for _, kind := range want {
		n := 0
		for n < len(rest) && rest[n].Kind != kind {
			n++
		}
		if !assert.Less(t, n, len(rest), "no %q in its place in %v", kind, p.Events()) {
			return
		}
		rest = rest[n+1:]
	}
}
