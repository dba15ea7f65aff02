// Package clock is the time of one fake world: lifetimes, backoff, time-outs
// and long polls all hang on it, so a test can move all of them at once.
//
// A clock made by [New] follows package time (and so works in a synctest
// bubble) and can be pushed further ahead with [Clock.Advance]. A clock made by
// [NewManual] stands still between calls of Advance.
//
// All methods may be called from any goroutine. Callbacks run one after another
// and without any lock of the clock, so they may use it freely; they must not
// wait for another callback.
package clock

import (
	"container/heap"
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
	firing bool          // guarded by mu; the alarm is running callbacks
	closed bool          // guarded by mu
}

// New returns a clock that follows package time.
func New() *Clock { return &Clock{follows: true} }

// NewAt returns a clock that reads t now and then runs as package time does.
func NewAt(t time.Time) *Clock {
	return &Clock{follows: true, offset: time.Until(t)}
}

// NewManual returns a clock that reads t until Advance moves it.
func NewManual(t time.Time) *Clock { return &Clock{now: t} }

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
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	target := c.nowLocked().Add(d)
	for len(c.timers) > 0 && !c.timers[0].due.After(target) {
		t := c.popLocked()
		c.reachLocked(t.due)
		c.mu.Unlock()
		t.f()
		c.mu.Lock()
	}
	c.reachLocked(target)
	c.armLocked()
	c.mu.Unlock()
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

// ring runs on the alarm's goroutine and fires what is due. Only one of them
// runs at a time, so that callbacks keep their order.
func (c *Clock) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = time.Time{}
	if c.firing {
		return // the running one arms the alarm again when it is done
	}
	c.firing = true
	for len(c.timers) > 0 && !c.timers[0].due.After(c.nowLocked()) {
		t := c.popLocked()
		c.mu.Unlock()
		t.f()
		c.mu.Lock()
	}
	c.firing = false
	c.armLocked()
}

// armLocked sets the alarm of a following clock for the earliest timer. An alarm
// that goes off too early only finds nothing to do, so it is moved only forward:
// stopping and making timers, which every exchange does, then costs no system
// timer operation.
func (c *Clock) armLocked() {
	if !c.follows || c.closed || c.firing || len(c.timers) == 0 {
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
