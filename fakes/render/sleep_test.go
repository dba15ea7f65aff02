package render_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

func freePlan(s *render.Service) { s.Plan = "free" }

// TestSleepAndWake: without visitors the service sleeps, and a request wakes it
// and is held until it is awake.
func TestSleepAndWake(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(freePlan))
	o.Timing.Sleep = 200 * time.Second
	p := deployed(t, o)
	old := p.Serving()[0]
	waitKind(t, p, 0, render.Asked) // a visitor, too
	waitKind(t, p, 0, render.Slept)
	assert.Equal(t, "exit code 0", waitOf(t, p, old, render.Exited).Text)
	assert.Empty(t, p.Serving())
	v := visit(t, p, tg)
	got := v.hear()
	assert.NotEqual(t, old.ID, got.Instance)
	order(t, p, render.Live, render.Terminated, render.Exited, render.Slept, render.Waking, render.Started, render.Healthy, render.Woke)
	woke := waitKind(t, p, 0, render.Woke)
	waitKind(t, p, woke.Seq, render.Slept)
	require.NoError(t, p.Restart(deadline(t)), "a deploy wakes it as well")
	v.hear()
}

func TestWakeRefuses(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(freePlan))
	o.Timing.Sleep = 200 * time.Second
	o.Unknowns.WakeRefuses = true
	p := deployed(t, o)
	waitKind(t, p, 0, render.Asked)
	waitKind(t, p, 0, render.Slept)
	v := visit(t, p, tg)
	a := v.get("/")
	assert.Equal(t, http.StatusServiceUnavailable, a.StatusCode)
	assert.Equal(t, "hibernate-wake-error", a.Header.Get("X-Render-Routing"))
	assert.Empty(t, a.text)
	waitKind(t, p, 0, render.Woke)
	v.hear()
}

// TestVisitorsKeepItAwake: requests count, also one that takes long; health
// probes do not.
func TestVisitorsKeepItAwake(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(freePlan))
	o.Timing.Sleep = 200 * time.Second
	p := deployed(t, o)
	visit(t, p, tg).get("/slow?d=3s")
	assert.Zero(t, kinds(p, render.Slept))
	waitKind(t, p, 0, render.Slept)
}

func TestPaidPlanDoesNotSleep(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(nil))
	o.Timing.Sleep = 10 * time.Second
	p := deployed(t, o)
	require.Never(t, func() bool { return kinds(p, render.Slept) > 0 }, 300*time.Millisecond, 50*time.Millisecond)
}
