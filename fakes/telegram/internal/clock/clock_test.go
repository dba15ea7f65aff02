package clock_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/clock"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestManualFiresInOrderOfTimeThenCreation(t *testing.T) {
	c := clock.NewManual(start)
	var got []string
	note := func(name string) func() {
		return func() { got = append(got, name+" "+c.Since(start).String()) }
	}
	c.AfterFunc(2*time.Second, note("late"))
	c.AfterFunc(time.Second, note("first"))
	c.AfterFunc(time.Second, func() {
		note("second")()
		c.AfterFunc(0, note("nested"))
		c.AfterFunc(5*time.Second, note("beyond"))
	})

	c.Advance(3 * time.Second)

	assert.Equal(t, []string{"first 1s", "second 1s", "nested 1s", "late 2s"}, got)
	assert.Equal(t, start.Add(3*time.Second), c.Now())
	next, ok := c.Next()
	require.True(t, ok)
	assert.Equal(t, start.Add(6*time.Second), next)
}

func TestManualStandsStill(t *testing.T) {
	c := clock.NewManual(start)
	c.AfterFunc(0, func() { t.Error("fired without Advance") })
	assert.Equal(t, start, c.Now())
}

func TestStop(t *testing.T) {
	c := clock.NewManual(start)
	stopped := c.AfterFunc(time.Second, func() { t.Error("a stopped timer fired") })
	fired := c.AfterFunc(time.Second, func() {})
	assert.True(t, stopped.Stop())
	assert.False(t, stopped.Stop())
	c.Advance(time.Minute)
	assert.False(t, fired.Stop())
	assert.False(t, (*clock.Timer)(nil).Stop())
}

func TestClosedClockFiresNothing(t *testing.T) {
	c := clock.NewManual(start)
	c.AfterFunc(time.Second, func() { t.Error("fired") })
	c.Close()
	c.AfterFunc(time.Second, func() { t.Error("fired") })
	c.Advance(time.Minute)
	_, ok := c.Next()
	assert.False(t, ok)
}

func TestFollowingClockRunsWithPackageTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, begin := clock.New(), time.Now()
		fired := make(chan time.Duration, 10)
		note := func() { fired <- time.Since(begin) }
		c.AfterFunc(3*time.Second, note)
		c.AfterFunc(time.Second, note) // earlier than the alarm already set
		c.AfterFunc(2*time.Second, func() { t.Error("a stopped timer fired") }).Stop()
		c.AfterFunc(4*time.Second, func() { note(); c.AfterFunc(time.Second, note) })
		for _, want := range []time.Duration{time.Second, 3 * time.Second, 4 * time.Second, 5 * time.Second} {
			assert.Equal(t, want, <-fired)
		}
	})
}

func TestFollowingClockCanBeAdvanced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, begin := clock.New(), time.Now()
		fired := make(chan time.Duration, 1)
		c.AfterFunc(90*time.Second, func() { fired <- time.Since(begin) })
		c.Advance(time.Minute)
		assert.Equal(t, time.Minute, c.Since(begin))
		assert.Equal(t, 30*time.Second, <-fired, "what Advance skipped need not be waited for")
	})
}

// While the alarm's callback runs, Advance must not start a later one.
func TestAdvanceWaitsForTheAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.New()
		var mu sync.Mutex
		var got []string
		note := func(s string) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, s)
		}
		release := make(chan struct{})
		c.AfterFunc(time.Second, func() { <-release; note("first") })
		c.AfterFunc(2*time.Second, func() { note("second") })
		time.Sleep(time.Second)
		synctest.Wait() // the alarm has popped the first
		advanced := make(chan struct{})
		go func() { c.Advance(time.Minute); note("advanced"); close(advanced) }()
		synctest.Wait()
		assert.Empty(t, got)
		close(release)
		<-advanced
		assert.Equal(t, []string{"first", "second", "advanced"}, got)
	})
}

func TestAdvanceInACallback(t *testing.T) {
	nested := func(t *testing.T, c *clock.Clock, run func()) {
		var got []string
		done := make(chan struct{})
		c.AfterFunc(time.Second, func() {
			got = append(got, "outer")
			c.Advance(time.Minute)
			got = append(got, "outer again")
			close(done)
		})
		c.AfterFunc(2*time.Second, func() { got = append(got, "inner") })
		run()
		<-done
		assert.Equal(t, []string{"outer", "inner", "outer again"}, got)
		fired := make(chan struct{})
		c.AfterFunc(0, func() { close(fired) })
		c.Advance(0)
		<-fired
	}
	t.Run("by Advance", func(t *testing.T) {
		c := clock.NewManual(start)
		nested(t, c, func() { c.Advance(time.Second) })
	})
	t.Run("by the alarm", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { nested(t, clock.New(), func() {}) })
	})
}

// A callback that ends its goroutine, as a failing test does, leaves a clock
// that still works.
func TestCallbackEndsItsGoroutine(t *testing.T) {
	c := clock.NewManual(start)
	c.AfterFunc(0, runtime.Goexit)
	ended := make(chan struct{})
	go func() { defer close(ended); c.Advance(0) }()
	<-ended
	fired := false
	c.AfterFunc(0, func() { fired = true })
	c.Advance(0)
	assert.True(t, fired)
}

func TestNewAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewAt(start)
		<-time.After(time.Minute)
		assert.Equal(t, start.Add(time.Minute), c.Now().UTC())
	})
}

func TestWithTimeout(t *testing.T) {
	c := clock.NewManual(start)
	ctx, cancel := c.WithTimeout(t.Context(), time.Second)
	defer cancel()
	child, cancelChild := context.WithCancel(ctx)
	defer cancelChild()
	require.NoError(t, ctx.Err())
	c.Advance(time.Second)
	<-child.Done()
	require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
}

func TestWithTimeoutCancelled(t *testing.T) {
	c := clock.NewManual(start)
	ctx, cancel := c.WithTimeout(t.Context(), time.Second)
	cancel()
	require.ErrorIs(t, ctx.Err(), context.Canceled)
	_, pending := c.Next()
	assert.False(t, pending, "cancelling frees the timer")
}

func BenchmarkArmAndStop(b *testing.B) {
	c := clock.New()
	defer c.Close()
	for b.Loop() {
		c.AfterFunc(time.Minute, func() {}).Stop()
	}
}
