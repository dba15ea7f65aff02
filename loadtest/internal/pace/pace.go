// Package pace keeps appointments: it returns at a planned moment, late by
// tens of microseconds rather than by the millisecond of time.Sleep, at no
// cost in CPU time. A load plan is only as good as its punctuality.
package pace

import (
	"context"
	"time"
)

// nap bounds one wait, so that a cancelled context is noticed.
const nap = 100 * time.Millisecond

// Until waits for a moment. A moment in the past returns at once: whoever is
// late catches up, and nothing is skipped. Call Thread first, on the same
// goroutine.
func Until(ctx context.Context, at time.Time) error {
	for {
		left := time.Until(at)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if left <= 0 {
			return nil
		}
		sleep(min(left, nap))
	}
}
