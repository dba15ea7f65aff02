// Package clock is the time of one fake world: lifetimes, backoff, time-outs
// and long polls all hang on it, so a test can move all of them at once.
//
// A clock made by [New] follows package time (and so works in a synctest
// bubble) and can be pushed further ahead with [Clock.Advance]. A clock made by
// [NewManual] stands still between calls of Advance.
//
// All methods may be called from any goroutine. Callbacks run one after another
// and without any lock of the clock, so they may use it freely, Advance
// included; they must not wait for another callback, nor for a goroutine that
// calls Advance.
package clock

import (
	"container/heap"
	"runtime"
	"strings"
	"sync"
	"time"
)

// A Clock tells the time and runs callbacks when it comes.
type Clock struct {
	follows bool // moves with package time

	mu     sync.Mutex
	now    time.Time     // guarded by mu; the time of a manual clock
	offset time.Duration // guarded by mu; how far a following clock is ahead of package time
	timers timers        // guarded by mu
	made   uint64        // guarded by mu; timers made so far, to order those of one instant
	alarm  *time.Timer   // guarded by mu; wakes a following clock for its earliest timer
	armed  time.Time     // guarded by mu; when the alarm goes off by this clock; zero: not set
	firing string        // guarded by mu; the goroutine that is running callbacks; "": none
	rested *sync.Cond    // on mu; that goroutine is done
	closed bool          // guarded by mu
}

// New returns a clock that follows package time.
func New() *Clock { return (&Clock{follows: true}).ready() }

// NewAt returns a clock that reads t now and then runs as package time does.
func NewAt(t time.Time) *Clock {
	return (&Clock{follows: true, offset: time.Until(t)}).ready()
}

// NewManual returns a clock that reads t until Advance moves it.
func NewManual(t time.Time) *Clock { return (&Clock{now: t}).ready() }

func (c *Clock) ready() *Clock {
	c.rested = sync.NewCond(&c.mu)
	return c
}

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *Clock) nowLocked() time.Time {
	if c.follows {
		return time.Now().Add(c.offset)
	}
	return c.now
}

// Since returns the time elapsed since t.
func (c *Clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// Next returns when the earliest pending timer is due; false if none is.
func (c *Clock) Next() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.timers) == 0 {
		return time.Time{}, false
	}
	return c.timers[0].due, true
}

// Advance moves the clock d ahead and runs every callback that becomes due, on
// the calling goroutine, in order of time and then of creation. A callback sees
// its own due time as Now on a manual clock, and no earlier time on a following
// one. Timers made by callbacks are run too when they fall within d.
//
// While another goroutine runs callbacks, Advance waits for it first. Called in
// a callback, it runs the others inside that one.
func (c *Clock) Advance(d time.Duration) {
	me := goroutine()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.firing != me {
		for c.firing != "" {
			c.rested.Wait()
		}
		c.firing = me
		defer c.restLocked()
	}
	target := c.nowLocked().Add(d)
	for len(c.timers) > 0 && !c.timers[0].due.After(target) {
		c.reachLocked(c.timers[0].due)
		c.callLocked(c.popLocked())
	}
	c.reachLocked(target)
}

// callLocked runs a callback without the lock. The lock is taken again even if
// the callback ends the goroutine.
func (c *Clock) callLocked(t *Timer) {
	c.mu.Unlock()
	defer c.mu.Lock()
	t.f()
}

// restLocked ends the firing of this goroutine.
func (c *Clock) restLocked() {
	c.firing = ""
	c.rested.Broadcast()
	c.armLocked()
}

// reachLocked makes the clock read t, unless it is already later.
func (c *Clock) reachLocked(t time.Time) {
	ahead := t.Sub(c.nowLocked())
	switch {
	case ahead <= 0:
	case c.follows:
		c.offset += ahead
		c.armed = time.Time{} // the alarm was set by the old offset
	default:
		c.now = t
	}
}

// Close forgets all timers: nothing fires any more, and new timers never do.
// A callback that is running is not waited for.
func (c *Clock) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for len(c.timers) > 0 {
		c.popLocked()
	}
	if c.alarm != nil {
		c.alarm.Stop()
	}
}

// ring runs on the alarm's goroutine and fires what is due. Only one goroutine
// fires at a time, so that callbacks keep their order.
func (c *Clock) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = time.Time{}
	if c.firing != "" {
		return // the one that fires arms the alarm again when it is done
	}
	c.firing = goroutine()
	defer c.restLocked()
	for len(c.timers) > 0 && !c.timers[0].due.After(c.nowLocked()) {
		c.callLocked(c.popLocked())
	}
}

// armLocked sets the alarm of a following clock for the earliest timer. An alarm
// that goes off too early only finds nothing to do, so it is moved only forward:
// stopping and making timers, which every exchange does, then costs no system
// timer operation.
func (c *Clock) armLocked() {
	if !c.follows || c.closed || c.firing != "" || len(c.timers) == 0 {
		return
	}
	due := c.timers[0].due
	if !c.armed.IsZero() && !due.Before(c.armed) {
		return
	}
	c.armed = due
	wait := due.Sub(c.nowLocked())
	if c.alarm == nil {
		c.alarm = time.AfterFunc(wait, c.ring)
		return
	}
	c.alarm.Reset(wait)
}

func (c *Clock) popLocked() *Timer { return heap.Pop(&c.timers).(*Timer) }

// goroutine names the calling goroutine: nothing else tells a callback's own
// call of Advance from one that must wait for the callback.
func goroutine() string {
	var b [32]byte // "goroutine 18446744073709551615 ["
	n := runtime.Stack(b[:], false)
	name, _, _ := strings.Cut(strings.TrimPrefix(string(b[:n]), "goroutine "), " ")
	return name
}
