package delivery

import "time"

// A bucket lets burst events through at once and then one every so often.
type bucket struct {
	every time.Duration
	burst int
	full  time.Time // when a whole burst is free again
}

// next returns when the next event may happen; not later than now if at once.
func (b *bucket) next() time.Time {
	return b.full.Add(-b.every * time.Duration(b.burst-1))
}

// take counts an event at now.
func (b *bucket) take(now time.Time) {
	if b.full.Before(now) {
		b.full = now
	}
	b.full = b.full.Add(b.every)
}
