//go:build linux

package usage_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"hookproof/loadtest/internal/usage"
)

// The test binary is also the burner: a process that uses a known amount of
// CPU for each line on its standard input, and says how much it was.
func TestMain(m *testing.M) {
	if os.Getenv("BURNER") != "" {
		burner()
		return
	}
	os.Exit(m.Run())
}

func burner() {
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		slice, err := time.ParseDuration(lines.Text())
		if err != nil {
			return
		}
		before := own()
		for own()-before < slice {
		}
		fmt.Println(int64(own() - before))
	}
}

func own() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		panic(err)
	}
	return time.Duration(ts.Nano())
}

type process struct {
	*usage.Meter
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

type attach func(pid int) (*usage.Meter, error)

func startBurner(t *testing.T, attach attach) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "BURNER=1")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &process{cmd: cmd, in: in, out: bufio.NewScanner(out)}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // ended by the context or by its input
		if p.Meter != nil {
			assert.NoError(t, p.Close())
		}
	})
	p.Meter, err = attach(cmd.Process.Pid)
	require.NoError(t, err)
	require.True(t, p.out.Scan(), "burner did not start")
	return p
}

// burn uses some CPU in the burner and returns how much that was.
func (p *process) burn(t *testing.T, slice time.Duration) time.Duration {
	t.Helper()
	fmt.Fprintln(p.in, slice)
	require.True(t, p.out.Scan(), "burner has gone")
	var spent int64
	_, err := fmt.Sscan(p.out.Text(), &spent)
	require.NoError(t, err)
	return time.Duration(spent)
}

func best(pid int) (*usage.Meter, error) { return usage.Attach(pid, usage.Limits{}) }

func clock(pid int) (*usage.Meter, error) { return usage.AttachClock(pid), nil }

// Many short slices are what a bot's work looks like, and what ticks of 10 ms
// miss altogether.
func TestMeterAgreesWithAKnownBurner(t *testing.T) {
	for _, tt := range []struct {
		name   string
		attach attach
	}{
		{"best", best},
		{"clock", clock},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := startBurner(t, tt.attach)
			t.Log(p.Source())
			before, err := p.Read()
			require.NoError(t, err)
			var want time.Duration
			for range 40 {
				want += p.burn(t, time.Millisecond)
			}
			after, err := p.Read()
			require.NoError(t, err)

			used := after.Minus(before)
			// Waking up and answering is the burner's too, on top of what it burnt.
			assert.Greater(t, used.CPU, want*98/100)
			assert.Less(t, used.CPU, want*115/100+5*time.Millisecond)
			assert.Positive(t, used.Wakeups)
			assert.Greater(t, used.PeakRSS, int64(1<<20))
		})
	}
}

func TestClockAndLeafAgree(t *testing.T) {
	haveCgroups(t)
	p := startBurner(t, best)
	read := func() (leaf, clock time.Duration) {
		r, err := p.Read()
		require.NoError(t, err)
		clock, err = usage.Clock(p.cmd.Process.Pid)
		require.NoError(t, err)
		return r.CPU, clock
	}
	leaf0, clock0 := read()
	p.burn(t, 50*time.Millisecond)
	leaf1, clock1 := read()
	assert.InEpsilon(t, float64(clock1-clock0), float64(leaf1-leaf0), 0.05)
}

// haveCgroups sees to it that a leaf can be made, or skips the test and says
// what is missing. Root may mount a hierarchy of its own where the machine has
// none, or one that can't be written, as in a container.
func haveCgroups(t *testing.T) {
	t.Helper()
	missing := startBurner(t, best).Missing()
	if missing == nil {
		return
	}
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "cgroup2", 0, ""); err != nil {
		unavailable(t, fmt.Errorf("no cgroup can be made here (%w), nor can cgroup2 be mounted (%w)", missing, err))
	}
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(dir, 0)) })
	require.NoError(t, startBurner(t, best).Missing(), "cgroup2 was mounted at %s", dir)
}

// unavailable skips a test for want of a cgroup. In CI that is a failure, or
// nobody would notice that the meter is no longer tested; except where the
// machine gives no right to one (an ordinary user, a container that may only
// look) or has no such controller: there the test can't be run at all.
func unavailable(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" && !forbidden(err) {
		t.Fatalf("CI=true, and a cgroup that this machine should allow can't be made: %v", err)
	}
	t.Skipf("no cgroup here: it takes root, CAP_SYS_ADMIN or a cgroup v2 that can be written: %v", err)
}

func forbidden(err error) bool {
	return slices.ContainsFunc([]error{unix.EPERM, unix.EACCES, unix.EROFS, unix.ENOENT, unix.ENODEV}, func(why error) bool {
		return errors.Is(err, why)
	})
}

// Three meters on one process.
func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name   string
		attach attach
	}{
		{"best", best},
		{"clock", clock},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := startBurner(t, tt.attach)
			for range 20 {
				p.burn(t, 5*time.Millisecond)
			}
			check, err := p.Check()
			require.NoError(t, err)
			require.NoError(t, p.in.Close())
			require.NoError(t, p.cmd.Wait())
			check, err = p.AtExit(check, p.cmd.ProcessState.UserTime()+p.cmd.ProcessState.SystemTime())
			require.NoError(t, err)
			assert.Greater(t, check.Clock, 95*time.Millisecond)
			assert.InEpsilon(t, float64(check.Clock), float64(check.Meter), 0.05)
			assert.InEpsilon(t, float64(check.Clock), float64(check.Rusage), 0.30, "it ends, too")
			if p.Missing() == nil && tt.name == "best" {
				assert.InEpsilon(t, float64(check.Rusage), float64(check.Life), 0.05)
			}
		})
	}
}

func TestLimitSlowsTheProcess(t *testing.T) {
	haveCgroups(t)
	p := startBurner(t, func(pid int) (*usage.Meter, error) {
		meter, err := usage.Attach(pid, usage.Limits{CPU: 0.2})
		if err != nil {
			unavailable(t, fmt.Errorf("no CPU limit can be set: %w", err))
		}
		return meter, nil
	})
	start := time.Now()
	p.burn(t, 100*time.Millisecond)
	assert.Greater(t, time.Since(start), 300*time.Millisecond, "100 ms of CPU at 0.2 CPU")
}

func TestClockOfNoProcess(t *testing.T) {
	_, err := usage.Clock(1 << 22)
	assert.ErrorContains(t, err, "CPU clock of process")
}
