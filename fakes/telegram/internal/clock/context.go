package clock

import (
	"context"
	"errors"
	"time"
)

// WithTimeout is context.WithTimeout by this clock: the context ends with
// context.DeadlineExceeded when the clock has moved by d. The caller must call
// cancel when done, as with every context.
func (c *Clock) WithTimeout(parent context.Context, d time.Duration) (ctx context.Context, cancel context.CancelFunc) {
	inner, end := context.WithCancelCause(parent)
	t := c.AfterFunc(d, func() { end(context.DeadlineExceeded) })
	return timeoutContext{inner}, func() {
		t.Stop()
		end(context.Canceled)
	}
}

// timeoutContext reports the end of its time as context.DeadlineExceeded. It
// gives no Deadline, because that would be read as a time of package time.
type timeoutContext struct{ context.Context }

func (c timeoutContext) Err() error {
	err := c.Context.Err()
	if err != nil && errors.Is(context.Cause(c.Context), context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}
