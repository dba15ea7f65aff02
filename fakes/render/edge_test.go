package render_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// Addresses of the cases: Telegram, an attacker, a Cloudflare Worker, and the
// hops of the recorded dumps.
const (
	tg   = "149.154.167.231"
	evil = "203.0.113.9"
	cf   = "172.71.95.118"
	priv = "10.19.64.237"
)

var wrk = render.Worker.String()

// TestForwardedFor has the shapes that were recorded (A to D), and those that
// Cloudflare's documented Worker address leads to (E, F).
func TestForwardedFor(t *testing.T) {
	t.Parallel()
	a := deployed(t, fast(blueprint(nil)))
	o := fast(blueprint(nil))
	o.Unknowns.Shape = render.ShapeB
	b := deployed(t, o)
	for _, tt := range []struct {
		name string
		on   *render.Platform
		from string
		sent []string
		want string
	}{
		{"A honest, three entries", a, tg, nil, tg + ", " + cf + ", " + priv},
		{"B honest, two entries", b, tg, nil, tg + ", " + cf},
		{"C forged, three entries", a, evil, []string{tg}, tg + "," + evil + ", " + cf + ", " + priv},
		{"D forged, two entries", b, evil, []string{tg}, tg + "," + evil + ", " + cf},
		{"E Worker, three entries", a, wrk, []string{tg}, tg + "," + wrk + ", " + cf + ", " + priv},
		{"F Worker, two entries", b, wrk, []string{tg}, tg + "," + wrk + ", " + cf},
		{"a forged list", a, evil, []string{tg + ", " + cf}, tg + ", " + cf + "," + evil + ", " + cf + ", " + priv},
		{"forged in two lines", a, evil, []string{tg, cf}, tg + "," + cf + "," + evil + ", " + cf + ", " + priv},
		{"no claim", a, "", nil, "127.0.0.1, " + cf + ", " + priv},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var sent []string
			for _, v := range tt.sent {
				sent = append(sent, "X-Forwarded-For: "+v)
			}
			got := visit(t, tt.on, tt.from).hear(sent...)
			assert.Equal(t, []string{tt.want}, got.Header["X-Forwarded-For"])
			client := tt.from
			if client == "" {
				client = "127.0.0.1"
			}
			assert.Equal(t, []string{client}, got.Header["Cf-Connecting-Ip"])
			assert.Equal(t, []string{client}, got.Header["True-Client-Ip"])
		})
	}
}

// TestPrivateDoor is case G: what comes through it has the headers that its
// sender likes.
func TestPrivateDoor(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(nil)))
	addr, err := p.PrivateAddr()
	require.NoError(t, err)
	a, err := visitPlain(t, "http://"+addr+"/", "X-Forwarded-For: "+tg+", "+cf+", 10.1.2.3", "CF-Connecting-IP: "+tg)
	require.NoError(t, err)
	assert.Contains(t, a.text, tg+", "+cf+", 10.1.2.3")
	assert.NotContains(t, a.text, "Rndr-Id")

	free := deployed(t, fast(blueprint(func(s *render.Service) { s.Plan = "free" })))
	_, err = free.PrivateAddr()
	assert.ErrorContains(t, err, "free plan")
}

func visitPlain(t *testing.T, url string, headers ...string) (answer, error) {
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return (&visitor{t: t, http: &http.Client{Transport: tr}}).try(http.MethodGet, url, "", headers...)
}

func TestHeadersOfTheEdge(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(nil)))
	v := visit(t, p, tg)
	got := v.hear("Accept-Encoding: identity", "Te: trailers", "X-Own: kept", "User-Agent: ")
	for name, want := range map[string]string{
		"Accept-Encoding": "gzip, br", "Cdn-Loop": "cloudflare; loops=1", "Cf-Visitor": `{"scheme":"https"}`,
		"Render-Proxy-Ttl": "4", "X-Forwarded-Proto": "https", "X-Own": "kept", "Cf-Ipcountry": "US",
	} {
		assert.Equal(t, want, got.Header.Get(name), name)
	}
	assert.Equal(t, "echo.onrender.com", got.Host)
	assert.Regexp(t, `^[0-9a-f]{16}-[A-Z]{3}$`, got.Header.Get("Cf-Ray"))
	assert.Regexp(t, `^[0-9]{16}$`, got.Header.Get("X-Request-Start"))
	assert.NotContains(t, got.Header, "User-Agent", "the edge invents none")
	assert.NotContains(t, got.Header, "Te")
	for _, never := range []string{"Forwarded", "X-Real-Ip", "X-Forwarded-Host"} {
		assert.NotContains(t, got.Header, never)
	}
	a := v.get("/")
	assert.Contains(t, a.text, a.Header.Get("Rndr-Id"), "the answer has the request's id")
}

func TestEdgeAnswersItself(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(nil)))
	v := visit(t, p, evil)
	forged := v.get("/", "CF-Connecting-IP: "+tg)
	assert.Equal(t, http.StatusForbidden, forged.StatusCode)
	assert.Equal(t, "error code: 1000", forged.text)

	elsewhere := v.get("/", "Host: other.onrender.com")
	assert.Equal(t, http.StatusNotFound, elsewhere.StatusCode)
	assert.Equal(t, "no-server", elsewhere.Header.Get("X-Render-Routing"))

	plain, err := v.try(http.MethodPost, "http://"+p.Host()+"/webhook?a=b", "x")
	require.NoError(t, err)
	assert.Equal(t, http.StatusMovedPermanently, plain.StatusCode)
	assert.Equal(t, p.URL()+"/webhook?a=b", plain.Header.Get("Location"))

	empty := platform(t, fast(blueprint(nil)))
	none := visit(t, empty, tg).get("/")
	assert.Equal(t, http.StatusBadGateway, none.StatusCode)
	assert.Equal(t, "no-deploy", none.Header.Get("X-Render-Routing"))
}

func TestEdgePassesBodies(t *testing.T) {
	t.Parallel()
	for _, retry := range []render.Retry{render.RetryNever, render.RetryAlways} {
		o := fast(blueprint(nil))
		o.Unknowns.Retry = retry
		p := deployed(t, o)
		v := visit(t, p, tg)
		body := strings.Repeat("x", 100_000)
		a, err := v.try(http.MethodPost, p.URL()+"/", body)
		require.NoError(t, err)
		assert.Contains(t, a.text, body)
		_, err = v.try(http.MethodGet, p.URL()+"/cut", "")
		assert.Error(t, err, "half an answer must not look whole")
	}
}

// TestNoAnswer has the instance end in the middle of a request.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		unknown render.Unknowns
		want    int
	}{
		{"502", render.Unknowns{}, http.StatusBadGateway},
		{"503", render.Unknowns{Gone: http.StatusServiceUnavailable}, http.StatusServiceUnavailable},
		{"no other instance to ask", render.Unknowns{Retry: render.RetryAlways}, http.StatusBadGateway},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := fast(blueprint(nil))
			o.Unknowns = tt.unknown
			p := deployed(t, o)
			a, err := visit(t, p, tg).try(http.MethodPost, p.URL()+"/die", "")
			require.NoError(t, err)
			assert.Equal(t, tt.want, a.StatusCode)
		})
	}
}

// TestRetry has one of two instances end in the middle of a request: the other
// one answers.
func TestRetry(t *testing.T) {
	t.Parallel()
	for retry, want := range map[render.Retry]int{
		render.RetryNever:   http.StatusBadGateway,
		render.RetryConnect: http.StatusBadGateway, // the connection was there
		render.RetryAlways:  http.StatusOK,
	} {
		o := fast(blueprint(func(s *render.Service) { s.NumInstances = 2 }))
		o.Unknowns.Retry = retry
		p := deployed(t, o)
		a, err := visit(t, p, tg).try(http.MethodPost, p.URL()+"/once?file="+filepath.Join(t.TempDir(), "dead"), "body")
		require.NoError(t, err)
		assert.Equal(t, want, a.StatusCode)
	}
}

// TestConnectionsAreKept: for as long as Unknowns says, and none that the
// instance has closed.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	for keep, want := range map[time.Duration]bool{0: true, time.Hour: true, time.Nanosecond: false, -1: false} {
		o := fast(blueprint(nil))
		o.Unknowns.KeepAlive = keep
		p := deployed(t, o)
		waitKind(t, p, 0, render.Asked)
		v := visit(t, p, tg)
		first := v.hear().Remote
		assert.Equal(t, want, first == v.hear().Remote, "kept for %v", keep)
		_, err := visitPlain(t, "http://"+p.Serving()[0].Addr()+"/hangup") // it closes its connections when they are idle
		require.NoError(t, err)
		assert.NotEqual(t, first, v.hear().Remote)
	}
}
