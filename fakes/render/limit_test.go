package render_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// limits is a platform that holds a service to a plan, where this machine lets
// it. The plan has room for the test program, the race detector included.
func limits(t *testing.T) render.Options {
	t.Helper()
	o := fast(blueprint(func(s *render.Service) { s.Plan = "0.2c-256mb" }))
	o.Limits = true
	probe := deployed(t, o)
	for _, e := range probe.Events() {
		if e.Kind == render.Unlimited {
			if os.Getenv("CI") == "true" && groupsAllowed() {
				t.Fatalf("this machine should allow it: %s", e.Text)
			}
			t.Skip(e.Text)
		}
	}
	assert.Equal(t, "0.2 CPU, 256MB", waitOf(t, probe, probe.Serving()[0], render.Limited).Text)
	return o
}

// groupsAllowed reports whether the kernel gives control groups that are made
// below the root memory and CPU to limit, and this process the right to make one.
func groupsAllowed() bool {
	roots := []string{"/sys/fs/cgroup/memory", "/sys/fs/cgroup/cpu"}
	if controllers, err := os.ReadFile("/sys/fs/cgroup/cgroup.subtree_control"); err == nil {
		given := strings.Fields(string(controllers))
		if !slices.Contains(given, "memory") || !slices.Contains(given, "cpu") {
			return false
		}
		roots = []string{"/sys/fs/cgroup"}
	}
	for _, root := range roots {
		dir, err := os.MkdirTemp(root, "allowed-")
		if err != nil || os.Remove(dir) != nil {
			return false
		}
	}
	return true
}

// TestOutOfMemory: a process above its memory is killed, and started again.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	p := deployed(t, limits(t))
	i := p.Serving()[0]
	v := visit(t, p, tg)
	assert.Equal(t, http.StatusBadGateway, v.get("/eat").StatusCode)
	const words = "Ran out of memory (used over 256MB) while running your code"
	assert.Equal(t, words, waitOf(t, p, i, render.OutOfMemory).Text)
	assert.Equal(t, "ended by killed", waitOf(t, p, i, render.Exited).Text)
	again := waitKind(t, p, 0, render.Rerouted)
	assert.Equal(t, again.Instance, v.hear().Instance)
	err := p.Deploy(deadline(t), render.Change{Set: map[string]string{"ACT": "eat"}})
	assert.ErrorContains(t, err, words, "in place of an exit code")
}

// TestCPULimit: all its life a process gets a fifth of a CPU. What else the machine
// does can only make it less.
func TestCPULimit(t *testing.T) {
	t.Parallel()
	began := time.Now()
	p := deployed(t, limits(t))
	i := p.Serving()[0]
	visit(t, p, tg).get("/burn?d=2s")
	require.NoError(t, i.Signal(syscall.SIGKILL))
	exit, err := i.Wait(deadline(t))
	require.NoError(t, err)
	assert.Less(t, exit.CPU, time.Since(began)*3/10)
}

// TestNothingOutlivesItsGroup: what has left the process group has not left the
// control group, which can be removed only when it is empty.
func TestNothingOutlivesItsGroup(t *testing.T) {
	t.Parallel()
	p := deployed(t, limits(t))
	v := visit(t, p, tg)
	v.get("/leave")
	require.NoError(t, p.Close())
}

// TestNoLimitsUnasked: nothing is said, and nothing is held.
func TestNoLimitsUnasked(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(func(s *render.Service) { s.Plan = "0.1c-16mb" })))
	visit(t, p, tg).hear()
	assert.Zero(t, kinds(p, render.Limited)+kinds(p, render.Unlimited))
}
