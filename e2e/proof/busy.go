package proof

import (
	"context"
	"time"

	"hookproof/e2e/target"
)

// busy starts a handler that takes d and returns once it runs, as far as that
// can be told from outside.
func (e *Env) busy(ctx context.Context, d time.Duration) (*talk, target.Exchange, error) {
	if e.Mode == Polling {
		return e.busyPolling(ctx, d)
	}
	t, x := e.talk(), e.sleep(d, e.word("busy"))
	t.say(x.Send)
	if err := e.Edge.Wait(ctx, underWay(x.Send)); err != nil {
		return nil, x, err
	}
	all := e.Instances()
	return t, x, all[len(all)-1].nudge(ctx)
}

// nudge makes two small requests. What was sent to the instance before them has
// been read by then: connections are accepted in order.
func (i *Instance) nudge(ctx context.Context) error {
	ctx, cancel := within(ctx, 2*time.Second, "a small request")
	defer cancel()
	for range 2 {
		_, _ = i.get(ctx, "/nowhere") // a bot that is busy as a whole may not answer
	}
	return nil
}

// busyPolling gets a quick message and the slow one into one batch: when the
// quick one has been answered, the bot has the slow one too.
func (e *Env) busyPolling(ctx context.Context, d time.Duration) (*talk, target.Exchange, error) {
	t, x, quick := e.talk(), e.sleep(d, e.word("busy")), e.probe()
	release := e.API.Hold()
	if e.API.polls.Load() > 0 {
		e.said(e.probe().Send) // ends the call that waits already
	}
	err := e.API.until(ctx, func() bool { return e.API.polls.Load() == 0 })
	first := e.said(quick.Send)
	t.say(x.Send)
	release()
	if err != nil {
		return nil, x, err
	}
	return t, x, first.hear(ctx, quick.Want)
}
