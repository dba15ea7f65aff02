package render_test

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// TestFailingHealth: out of routing after 15 s, restarted after 60 s, SIGTERM
// without lead.
func TestFailingHealth(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(nil)))
	old := p.Serving()[0]
	v := visit(t, p, tg)
	from := p.Mark() // before it listened probes failed, too
	v.get("/ill")
	failed := waitKind(t, p, from, render.ProbeFailed)
	assert.Equal(t, "health check answered 503 Service Unavailable", failed.Text)
	unrouted := waitOf(t, p, old, render.Unrouted)
	assert.GreaterOrEqual(t, unrouted.At.Sub(failed.At), 150*time.Millisecond)
	terminated := waitOf(t, p, old, render.Terminated)
	assert.Equal(t, "health checks failed for 1m0s", terminated.Text)
	assert.GreaterOrEqual(t, terminated.At.Sub(failed.At), 600*time.Millisecond)
	assert.Equal(t, "exit code 0", waitOf(t, p, old, render.Exited).Text)
	again := waitKind(t, p, terminated.Seq, render.Rerouted)
	assert.NotEqual(t, old.ID, again.Instance)
	assert.Equal(t, again.Instance, v.hear().Instance)
}

// TestHealthFlap: an instance that is well again in time stays.
func TestHealthFlap(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(nil))
	o.Timing.Restart = 600 * time.Second
	p := deployed(t, o)
	i := p.Serving()[0]
	v := visit(t, p, tg)
	v.get("/ill")
	waitOf(t, p, i, render.Unrouted)
	refused := v.get("/")
	assert.Equal(t, http.StatusBadGateway, refused.StatusCode)
	_, err := visitPlain(t, "http://"+i.Addr()+"/well")
	require.NoError(t, err)
	waitOf(t, p, i, render.Rerouted)
	assert.Equal(t, i.ID, v.hear().Instance)
	assert.Zero(t, kinds(p, render.Terminated))
}

// TestHang stops the process without ending it: probes get no answer in time.
func TestHang(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(nil))
	o.Timing.ProbeTimeout = 200 * time.Second
	o.Timing.Shutdown = 30 * time.Second
	p := deployed(t, o)
	i := p.Serving()[0]
	require.NoError(t, i.Signal(syscall.SIGSTOP))
	waitOf(t, p, i, render.Terminated)
	waitOf(t, p, i, render.Killed)
	waitKind(t, p, waitOf(t, p, i, render.Exited).Seq, render.Rerouted)
	assert.NotEqual(t, i.ID, p.Serving()[0].ID)
}

// TestCrash: a process that ends by itself is started again.
func TestCrash(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(nil)))
	i := p.Serving()[0]
	require.NoError(t, i.Signal(syscall.SIGKILL))
	assert.Equal(t, "ended by killed", waitOf(t, p, i, render.Exited).Text)
	again := waitKind(t, p, 0, render.Rerouted)
	assert.Equal(t, "restarted", again.Text)
	assert.Equal(t, again.Instance, visit(t, p, tg).hear().Instance)
}
