package render_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

func TestScale(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(nil))
	o.Unknowns.DualRouting = -1
	p := deployed(t, o)
	require.NoError(t, p.Scale(deadline(t), 3))
	all := p.Serving()
	require.Len(t, all, 3)
	waitKind(t, p, 0, render.Asked) // or its turn would be among these
	v, seen := visit(t, p, tg), map[string]int{}
	for range 6 {
		seen[v.hear().Instance]++
	}
	assert.Equal(t, map[string]int{all[0].ID: 2, all[1].ID: 2, all[2].ID: 2}, seen, "in turn")
	require.NoError(t, p.Restart(deadline(t)), "replaced one at a time")
	require.NoError(t, p.Scale(deadline(t), 1))
	one := p.Serving()
	require.Len(t, one, 1)
	for _, i := range p.Instances() {
		if i.ID != one[0].ID {
			assert.Equal(t, "exit code 0", waitOf(t, p, i, render.Exited).Text)
		}
	}
	assert.Equal(t, one[0].ID, v.hear().Instance)
}

// TestRouting: ways to choose among several instances.
func TestRouting(t *testing.T) {
	t.Parallel()
	for _, how := range []render.Routing{render.Random, render.LeastBusy} {
		o := fast(blueprint(func(s *render.Service) { s.NumInstances = 2 }))
		o.Unknowns.Routing = how
		o.Timing.Overlap = 20 * time.Minute
		p := deployed(t, o)
		v := visit(t, p, tg)
		if how == render.LeastBusy { // one of both is busy
			waitKind(t, p, 0, render.Asked) // a request, too
			done := make(chan string, 1)
			go func() {
				a, _ := v.try("GET", p.URL()+"/slow?d=1s", "")
				done <- a.text
			}()
			busy := p.Serving()[0]
			require.NoError(t, busy.Output.WaitText(deadline(t), "slow begins"))
			for range 5 {
				assert.NotEqual(t, busy.ID, v.hear().Instance)
			}
			assert.Equal(t, busy.ID, <-done)
			continue
		}
		seen := map[string]bool{}
		for range 30 {
			seen[v.hear().Instance] = true
		}
		assert.Len(t, seen, 2)
	}
}

func TestNotScalable(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*render.Service){
		"free plan": freePlan,
		"disk":      func(s *render.Service) { s.Disk = true },
		"deployed":  nil,
	} {
		p := platform(t, fast(blueprint(change)))
		assert.ErrorContains(t, p.Scale(deadline(t), 2), want)
		assert.ErrorContains(t, p.Scale(deadline(t), 0), "at least")
	}
}
