package clock

import (
	"container/heap"
	"time"
)

// A Timer is one pending callback of a Clock.
type Timer struct {
	clock *Clock
	due   time.Time
	made  uint64 // order of creation
	index int    // guarded by clock.mu; place in the heap, -1 when not in it
	f     func()
}

// AfterFunc runs f once the clock has moved by d. On a following clock f runs on
// a goroutine of its own; on a manual one on the goroutine that calls Advance,
// and never before that, even when d is not positive.
func (c *Clock) AfterFunc(d time.Duration, f func()) *Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	t := &Timer{clock: c, due: c.nowLocked().Add(max(d, 0)), made: c.made, index: -1, f: f}
	if !c.closed {
		heap.Push(&c.timers, t)
		c.armLocked()
	}
	return t
}

// Stop prevents the callback from running. It reports false if the callback has
// already begun, or never will because the timer or its clock was stopped. A nil
// timer is a stopped one.
func (t *Timer) Stop() bool {
	if t == nil {
		return false
	}
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&t.clock.timers, t.index)
	return true
}

// timers is a heap ordered by due time, then by creation.
type timers []*Timer

func (h timers) Len() int { return len(h) }

func (h timers) Less(i, j int) bool {
	if d := h[i].due.Compare(h[j].due); d != 0 {
		return d < 0
	}
	return h[i].made < h[j].made
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is for package heap.
func (h *timers) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}

// Pop is for package heap.
func (h *timers) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	return t
}
