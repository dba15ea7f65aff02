package proof

import (
	"context"
	"time"

	"hookproof/e2e/target"
)

// Busy starts a handler that takes d and returns once it runs, as far as that
// can be told from outside.
func (e *Env) Busy(ctx context.Context, d time.Duration) (*Talk, target.Exchange, error) {
	if e.Mode == Polling {
		return e.busyPolling(ctx, d)
	}
	t, x := e.Talk(), e.Sleep(d, e.word("busy"))
	before := e.bytesRead()
	t.Say(x.Send)
	if err := e.Edge.Wait(ctx, underWay(x.Send)); err != nil {
		return nil, x, err
	}
	e.awaitRead(ctx, before+leastRequest)
	return t, x, e.nudge(ctx)
}

// leastRequest is the least size of a delivery, headers included, in bytes.
const leastRequest = 600

// bytesRead is what the latest instance has read so far; 0 if that can't be
// told, as with a container.
func (e *Env) bytesRead() int64 {
	all := e.Instances()
	if len(all) == 0 {
		return 0
	}
	n, err := all[len(all)-1].BytesRead()
	if err != nil {
		return 0
	}
	return n
}

// awaitRead returns when the latest instance has read that much, or after a
// while: some runtimes read sockets in ways that the kernel does not count.
func (e *Env) awaitRead(ctx context.Context, n int64) {
	ctx, cancel := within(ctx, 300*time.Millisecond, "reading a request")
	defer cancel()
	every := time.NewTicker(2 * time.Millisecond)
	defer every.Stop()
	for e.bytesRead() < n {
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// nudge makes two small requests. What was sent to the bot before them has been
// read by then: connections are accepted in order.
func (e *Env) nudge(ctx context.Context) error {
	addr, err := e.Edge.next()
	if err != nil {
		return err
	}
	ctx, cancel := within(ctx, 2*time.Second, "a small request")
	defer cancel()
	for range 2 {
		_, _ = Send(ctx, addr, prober("/nowhere")) // a bot that is busy as a whole may not answer
	}
	return nil
}

// busyPolling gets a quick message and the slow one into one batch: when the
// quick one has been answered, the bot has the slow one too.
func (e *Env) busyPolling(ctx context.Context, d time.Duration) (*Talk, target.Exchange, error) {
	t, x, quick := e.Talk(), e.Sleep(d, e.word("busy")), e.Probe()
	release := e.API.Hold()
	if e.API.polls.Load() > 0 {
		e.said(e.Probe().Send) // ends the call that waits already
	}
	err := e.API.until(ctx, func() bool { return e.API.polls.Load() == 0 })
	first := e.said(quick.Send)
	t.Say(x.Send)
	release()
	if err != nil {
		return nil, x, err
	}
	return t, x, first.Hear(ctx, quick.Want)
}
