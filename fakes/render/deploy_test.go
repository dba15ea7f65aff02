package render_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

func TestDeploySequence(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(nil)))
	v := visit(t, p, tg)
	old := p.Serving()[0]
	assert.Equal(t, old.ID, v.hear().Instance)
	from := p.Mark()
	require.NoError(t, p.Deploy(deadline(t), render.Change{Set: map[string]string{"MARK": "two"}, Commit: "abc"}))
	e := waitOf(t, p, old, render.Exited)
	assert.Equal(t, "exit code 0", e.Text)
	got := v.hear()
	assert.Equal(t, p.Serving()[0].ID, got.Instance)
	assert.NotEqual(t, old.ID, got.Instance)
	assert.Equal(t, "two", got.Mark)
	assert.Equal(t, "abc", got.Commit)
	order(t, p, render.DeployStarted, render.Started, render.Healthy, render.Switched, render.Live, // the first
		render.DeployStarted, render.Started, render.Healthy, render.Switched, render.Leaving, render.Terminated, render.Exited)
	switched, err := p.Wait(deadline(t), from, func(e render.Event) bool { return e.Kind == render.Switched })
	require.NoError(t, err)
	terminated := waitOf(t, p, old, render.Terminated)
	overlap := terminated.At.Sub(switched.At)
	assert.GreaterOrEqual(t, overlap, 600*time.Millisecond, "60 s at a hundredth")
	assert.Zero(t, kinds(p, render.Killed))
	assert.Equal(t, "replaced", terminated.Text)
}

// TestProbesAsObserved: what the service sees of health probes.
func TestProbesAsObserved(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(nil)))
	i := p.Serving()[0]
	require.NoError(t, i.Output.WaitText(deadline(t), "probe Render/1.0 echo.onrender.com 0\nprobe"))
}

func TestPrimaryURLIsAskedOnce(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(nil)))
	e := waitKind(t, p, 0, render.Asked)
	assert.Equal(t, "200 OK", e.Text)
	require.NoError(t, p.Restart(deadline(t)))
	waitKind(t, p, e.Seq+1, render.Asked)
	assert.Equal(t, 2, kinds(p, render.Asked))
}

// TestDualRouting: for a while after the switch both answer; not so where the
// window is set to none.
func TestDualRouting(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		window time.Duration
		both   bool
	}{
		{"most of the overlap", 15 * time.Minute, true},
		{"none", -1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := fast(blueprint(nil))
			o.Unknowns.DualRouting = tt.window
			o.Timing.Overlap = 20 * time.Minute
			p := deployed(t, o)
			require.NoError(t, p.Restart(deadline(t)))
			waitKind(t, p, 0, render.Leaving)
			seen := map[string]bool{}
			v := visit(t, p, tg)
			for range 40 {
				seen[v.hear().Instance] = true
			}
			assert.Equal(t, tt.both, len(seen) == 2, "%v", seen)
		})
	}
}

// TestInFlight: a request that the old instance works on when it is replaced.
func TestInFlight(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		unknown render.Unknowns
		want    int
	}{
		{"finishes", render.Unknowns{}, http.StatusOK},
		{"is cut", render.Unknowns{CutInFlight: true}, http.StatusBadGateway},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := fast(blueprint(nil))
			o.Unknowns = tt.unknown
			p := deployed(t, o)
			old := p.Serving()[0]
			v := visit(t, p, tg)
			var group sync.WaitGroup
			group.Go(func() {
				a, err := v.try(http.MethodGet, p.URL()+"/slow?d=2s", "") // beyond SIGTERM
				if assert.NoError(t, err) {
					assert.Equal(t, tt.want, a.StatusCode)
				}
			})
			require.NoError(t, old.Output.WaitText(deadline(t), "slow begins"))
			require.NoError(t, p.Restart(deadline(t)))
			group.Wait()
			assert.Equal(t, "exit code 0", waitOf(t, p, old, render.Exited).Text)
		})
	}
}

// TestKilledAfterDelay has an instance that stays when it is told to go.
func TestKilledAfterDelay(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(func(s *render.Service) { s.MaxShutdownDelaySeconds = 45 }))
	o.Timing.Shutdown = 0
	p := platform(t, o)
	require.NoError(t, p.Deploy(deadline(t), render.Change{Set: map[string]string{"ACT": "stay"}}))
	old := p.Serving()[0]
	var group sync.WaitGroup
	v := visit(t, p, tg)
	group.Go(func() {
		a, err := v.try(http.MethodGet, p.URL()+"/slow?d=1h", "")
		if assert.NoError(t, err) {
			assert.Equal(t, http.StatusBadGateway, a.StatusCode, "what it still worked on is cut")
		}
	})
	require.NoError(t, old.Output.WaitText(deadline(t), "slow begins"))
	require.NoError(t, p.Restart(deadline(t)))
	group.Wait()
	killed := waitOf(t, p, old, render.Killed)
	assert.Equal(t, "it still ran 45s after SIGTERM", killed.Text)
	assert.Equal(t, "ended by killed", waitOf(t, p, old, render.Exited).Text)
	assert.GreaterOrEqual(t, killed.At.Sub(waitOf(t, p, old, render.Terminated).At), 450*time.Millisecond)
}

// TestFailedDeploy: the old release stays, and the reason is told.
func TestFailedDeploy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		act    string
		health string
		want   string
	}{
		{"exit", "/health", "Application exited with code 3"},
		{"exit", "", "Application exited with code 3"},
		{"deaf", "", "No open ports detected"},
		{"deaf", "/health", "not healthy in time"},
		{"ill", "/health", "health check answered 503"},
	} {
		t.Run(tt.act+tt.health, func(t *testing.T) {
			t.Parallel()
			o := fast(blueprint(func(s *render.Service) { s.HealthCheckPath = tt.health }))
			p := deployed(t, o)
			good := p.Serving()[0]
			ctx := deadline(t)
			if tt.act != "exit" {
				o.Timing.StartDeadline = 600 * time.Second
				p = deployed(t, o)
				good = p.Serving()[0]
			}
			err := p.Deploy(ctx, render.Change{Set: map[string]string{"ACT": tt.act}})
			require.ErrorContains(t, err, tt.want)
			assert.Contains(t, waitKind(t, p, 0, render.DeployFailed).Text, tt.want)
			assert.Equal(t, good.ID, visit(t, p, tg).hear().Instance)
			require.NoError(t, p.Deploy(ctx, render.Change{Unset: []string{"ACT"}}), "the next one works")
		})
	}
}

// TestRollingRevert has the second of two instances fail: the first comes back.
func TestRollingRevert(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(func(s *render.Service) { s.NumInstances = 2 }))
	o.Timing.Overlap = 50 * time.Minute
	o.Unknowns.DualRouting = -1
	p := deployed(t, o)
	old := p.Serving()
	require.Len(t, old, 2)
	from := p.Mark()
	err := p.Deploy(deadline(t), render.Change{Set: map[string]string{"ACT": "first", "FILE": filepath.Join(t.TempDir(), "first")}})
	require.ErrorContains(t, err, "code 3")
	first := waitKind(t, p, from, render.Switched)
	waitOf(t, p, old[0], render.Rerouted)
	_, err = p.Wait(deadline(t), from, func(e render.Event) bool { return e.Kind == render.Exited && e.Instance == first.Instance })
	require.NoError(t, err)
	assert.True(t, old[0].Running())
	assert.True(t, old[1].Running())
	v, seen := visit(t, p, tg), map[string]bool{}
	for range 6 {
		seen[v.hear().Instance] = true
	}
	assert.Equal(t, map[string]bool{old[0].ID: true, old[1].ID: true}, seen)
}

// TestRollingRevertTooLate is the same when the replaced one has been stopped
// already: a new instance of the old release takes its place.
func TestRollingRevertTooLate(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(func(s *render.Service) { s.NumInstances = 2 }))
	o.Timing.Overlap = time.Millisecond
	o.Unknowns.DualRouting = -1
	p := deployed(t, o)
	old := p.Serving()
	err := p.Deploy(deadline(t), render.Change{Set: map[string]string{
		"MARK": "new", "ACT": "first", "FILE": filepath.Join(t.TempDir(), "first"), "DELAY": "1s",
	}})
	require.ErrorContains(t, err, "code 3")
	assert.False(t, old[0].Running())
	require.Len(t, p.Serving(), 2)
	assert.Equal(t, old[1].ID, p.Serving()[1].ID)
	assert.NotEqual(t, old[0].ID, p.Serving()[0].ID)
	assert.True(t, p.Serving()[0].Running())
	_, err = p.Wait(deadline(t), 0, func(e render.Event) bool { return e.Kind == render.Exited && e.Deploy == 2 && e.Text == "exit code 0" })
	require.NoError(t, err)
	v := visit(t, p, tg)
	for range 6 {
		assert.Empty(t, v.hear().Mark, "the old release")
	}
}

func TestDiskStopsTheOldFirst(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(func(s *render.Service) { s.Disk = true })))
	require.NoError(t, p.Restart(deadline(t)))
	order(t, p, render.Live, render.DeployStarted, render.Terminated, render.Exited, render.Started, render.Switched, render.Live)
	err := p.Deploy(deadline(t), render.Change{Set: map[string]string{"ACT": "exit"}})
	require.ErrorContains(t, err, "code 3")
	assert.NotEmpty(t, visit(t, p, tg).hear().Instance, "the old release is started again")
}

// TestOneDeployAtATime: of those that wait only the latest comes about.
func TestOneDeployAtATime(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(nil))
	o.Unknowns.DualRouting = -1
	p := deployed(t, o)
	ctx := deadline(t)
	var group sync.WaitGroup
	results := make([]error, 3)
	deploy := func(n int, c render.Change) {
		group.Go(func() { results[n] = p.Deploy(ctx, c) })
	}
	from := p.Mark()
	deploy(0, render.Change{Set: map[string]string{"ACT": "ill", "MARK": "0"}}) // never ends by itself
	waitKind(t, p, from, render.Started)
	deploy(1, render.Change{Set: map[string]string{"MARK": "1"}})
	waitKind(t, p, waitKind(t, p, from, render.DeployQueued).Seq+1, render.DeployQueued)
	deploy(2, render.Change{Set: map[string]string{"ACT": "", "MARK": "2"}, Override: true})
	group.Wait()
	assert.ErrorIs(t, results[0], render.ErrOverridden)
	assert.ErrorIs(t, results[1], render.ErrSkipped)
	require.NoError(t, results[2])
	assert.Equal(t, "2", visit(t, p, tg).hear().Mark)
	assert.Equal(t, 1, kinds(p, render.DeploySkipped))
	assert.Equal(t, 3, kinds(p, render.DeployStarted))
}

// TestBuildsAndStartsThroughAShell: with the Blueprint's own commands.
func TestBuildsAndStartsThroughAShell(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(func(s *render.Service) {
		s.BuildCommand = `cp tool built && echo "$RENDER $PLAIN$RENDER_EXTERNAL_URL" > seen` // the last is not there yet
		s.StartCommand = `ACT=$(test "$(cat seen)" = "true as it is" || echo exit) ./built`
	}))
	o.Source = fstest.MapFS{"tool": {Data: []byte("#!/bin/sh\nexec " + o.Command[0] + "\n"), Mode: 0o755}}
	o.Command = nil
	p := deployed(t, o)
	waitKind(t, p, 0, render.Built)
	visit(t, p, tg).hear()
	old := p.Serving()[0]

	o.Source = nil
	err := p.Deploy(deadline(t), render.Change{Source: fstest.MapFS{}})
	require.ErrorContains(t, err, "build failed")
	assert.ErrorContains(t, err, "tool", "what the build said")
	assert.Equal(t, old.ID, visit(t, p, tg).hear().Instance)

	require.NoError(t, p.Deploy(deadline(t), render.Change{Command: fast(nil).Command}))
	assert.Equal(t, "exit code 0", waitOf(t, p, old, render.Exited).Text, "SIGTERM reached the program behind the shell")
}

// TestShellInFront: the shell that Debian calls sh stays in front of a program
// and ends at SIGTERM while the program goes on, unless the command says exec.
func TestShellInFront(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("dash"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "CI must have dash: %v", err)
		t.Skip("it is about dash, which is not installed")
	}
	for command, want := range map[string]string{"./built": "ended by terminated", "exec ./built": "exit code 0"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			o := fast(blueprint(func(s *render.Service) { s.StartCommand = command }))
			o.Unknowns.Shell = "dash"
			o.Source = fstest.MapFS{"built": {Data: []byte("#!/bin/sh\nexec " + o.Command[0] + "\n"), Mode: 0o755}}
			o.Command = nil
			p := deployed(t, o)
			old := p.Serving()[0]
			require.NoError(t, p.Restart(deadline(t)))
			assert.Equal(t, want, waitOf(t, p, old, render.Exited).Text)
		})
	}
}

func TestWorker(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(func(s *render.Service) { s.Type, s.HealthCheckPath = "worker", "" }))
	o.Timing.ProbeEvery = 300 * time.Second // within which one that can't work has exited
	p := platform(t, o)
	require.NoError(t, p.Deploy(deadline(t), render.Change{Set: map[string]string{"ACT": "work"}}))
	assert.Empty(t, p.Addr(), "no public side")
	old := p.Serving()[0]
	require.NoError(t, p.Restart(deadline(t)))
	assert.True(t, old.Running(), "workers overlap, too")
	assert.Equal(t, "exit code 0", waitOf(t, p, old, render.Exited).Text)
	assert.Zero(t, kinds(p, render.Asked))
	err := p.Deploy(deadline(t), render.Change{Set: map[string]string{"ACT": "exit"}})
	assert.ErrorContains(t, err, "Application exited with code 3")
}

func TestPrivateService(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(blueprint(func(s *render.Service) { s.Type, s.HealthCheckPath = "pserv", "" })))
	assert.Empty(t, p.Addr(), "no public side")
	addr, err := p.PrivateAddr()
	require.NoError(t, err)
	_, err = visitPlain(t, "http://"+addr+"/")
	assert.NoError(t, err)
}

// TestCloseEndsEverything closes in the middle of a deploy.
func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	p, err := render.New(fast(blueprint(nil)))
	require.NoError(t, err)
	require.NoError(t, p.Deploy(deadline(t), render.Change{}))
	home := visit(t, p, tg).hear().Env["HOME"]
	assert.DirExists(t, home)
	from, done := p.Mark(), make(chan error, 1)
	go func() { done <- p.Deploy(context.Background(), render.Change{Set: map[string]string{"ACT": "ill"}}) }()
	waitKind(t, p, from, render.ProbeFailed)
	require.NoError(t, p.Close())
	require.NoError(t, p.Close(), "again")
	require.ErrorContains(t, <-done, "closed")
	assert.NoDirExists(t, home)
	for _, i := range p.Instances() {
		assert.False(t, i.Running())
		assert.Error(t, syscall.Kill(i.PID(), 0))
	}
	assert.ErrorContains(t, p.Deploy(context.Background(), render.Change{}), "closed")
}
