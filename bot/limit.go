package main

import (
	"context"
	"sync"
	"time"
)

// A limited context ends at its deadline. Unlike context.WithDeadline it makes a
// timer only when somebody asks for Done, which a handler that does not wait
// never does. That saves half of the allocations a message makes beside net/http.
type limited struct {
	context.Context
	deadline time.Time

	once  sync.Once
	timed context.Context
	stop  context.CancelFunc
}

func (l *limited) arm() context.Context {
	l.once.Do(func() { l.timed, l.stop = context.WithDeadline(l.Context, l.deadline) })
	return l.timed
}

func (l *limited) Deadline() (time.Time, bool) { return l.deadline, true }
func (l *limited) Done() <-chan struct{}       { return l.arm().Done() }
func (l *limited) Err() error                  { return l.arm().Err() }

// end frees the timer, if there is one.
func (l *limited) end() {
	if l.stop != nil {
		l.stop()
	}
}
