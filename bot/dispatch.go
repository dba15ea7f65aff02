package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"hookproof/bot/internal/telegram"
)

const (
	handlerLimit = 50 * time.Second // Telegram gives a delivery up after 60 s (Bot API server source)
	maxInFlight  = 256
	maxAttempts  = 3 // then the update is parked, so that its chat moves on
)

// Why an update was not handled.
var (
	errFull      = errors.New("too many updates in flight")
	errDraining  = errors.New("the bot is stopping")
	errAbandoned = errors.New("abandoned at the shutdown deadline")
	errLeft      = errors.New("left in Telegram's queue for the next instance")
)

// A handleFunc returns the text to reply with, "" for none. It is called again
// with the same update after a failure, a crash, or on another instance. Its
// error quotes nothing of the message.
type handleFunc func(context.Context, telegram.Update) (string, error)

// A dispatcher carries updates to the handler: those of a chat one after the
// other in order of arrival, those of different chats at the same time, an
// update that comes again not twice. It is a call and not a queue: when run
// returns, the update is handled, so its acknowledgement can't come too early.
type dispatcher struct {
	handle  handleFunc
	log     *botLog
	metrics *metrics
	// life ends at the hard deadline of the drain. It is a field, since neither
	// a client that hangs up nor the stop signal may cancel a handler.
	life context.Context

	mu        sync.Mutex
	last      map[int64]*job // of each chat that is being served
	replies   replies
	inFlight  int
	draining  bool
	limited   context.Context // what limit returned last, made at limitedAt
	limitedAt time.Time
}

func newDispatcher(life context.Context, handle handleFunc, log *botLog, m *metrics) *dispatcher {
	return &dispatcher{handle: handle, log: log, metrics: m, life: life,
		last: map[int64]*job{}, replies: replies{byID: map[int64]*job{}}}
}

// admit takes the update's place in the line of its chat; mine says that the
// caller has to run the job. If not, it is running or settled already, and wait
// tells the outcome. An update that is broken, of which only the id is known, is
// on its way to be parked: it must not come back or stop its neighbours.
func (d *dispatcher) admit(u telegram.Update, broken error) (j *job, mine bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.replies.byID[u.ID]
	switch {
	case before != nil && (!before.ended || before.err == nil):
		d.metrics.add("bot_duplicates_total")
		return before, false, nil
	case d.draining:
		return nil, false, errDraining
	case d.inFlight >= maxInFlight:
		return nil, false, errFull
	}
	j = &job{update: u, broken: broken, done: make(chan struct{})}
	if before != nil {
		j.failures = before.failures
	}
	d.replies.add(j)
	d.inFlight++
	if u.Chat != 0 {
		if last := d.last[u.Chat]; last != nil {
			j.turn = last.done
		}
		d.last[u.Chat] = j
	}
	return j, true, nil
}

// wait returns the outcome of a job that somebody else runs.
func (d *dispatcher) wait(j *job) ([]byte, error) {
	select {
	case <-j.done:
		return j.reply, j.err
	case <-d.life.Done():
		return nil, errAbandoned
	}
}

// run does the job's work when its turn comes, and returns the reply.
func (d *dispatcher) run(j *job, work func(*job) ([]byte, error)) ([]byte, error) {
	if j.turn != nil {
		select {
		case <-j.turn:
		case <-d.life.Done():
			return nil, errAbandoned // the line ahead never moved, and never will
		}
	}
	start := time.Now()
	reply, err := work(j)
	d.finish(j, reply, err, start)
	return j.reply, j.err
}

// attempt calls the handler once. A panic is an error of this update alone.
func (d *dispatcher) attempt(j *job) (reply []byte, err error) {
	if j.broken != nil {
		j.failures = maxAttempts
		return nil, j.broken
	}
	defer func() {
		if p := recover(); p != nil {
			err = panicError(p)
		}
		if err != nil && d.life.Err() == nil {
			j.failures++
			d.metrics.add("bot_handler_failures_total")
			d.log.Warn("handler failed", "update_id", j.update.ID, "attempt", j.failures, "error", err)
		}
	}()
	text, err := d.handle(d.limit(), j.update)
	if err != nil || text == "" {
		return nil, err
	}
	return telegram.Reply(j.update.Chat, text), nil
}

// limit returns a context that ends handlerLimit from now, or up to a second
// sooner. The handlers of one second share it: one more timer for each would wake
// the thread that waits for the network, for nothing.
func (d *dispatcher) limit() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := time.Now(); now.Sub(d.limitedAt) >= time.Second {
		ctx, cancel := context.WithTimeout(d.life, handlerLimit)
		context.AfterFunc(ctx, cancel) // nobody's end, handled or not, is the others'
		d.limited, d.limitedAt = ctx, now
	}
	return d.limited
}

// panicError keeps where it panicked. The value is kept only if the runtime
// made it, for any other may quote the message.
func panicError(p any) error {
	if e, ok := p.(runtime.Error); ok {
		return fmt.Errorf("panicked: %w at %s", e, debug.Stack())
	}
	return fmt.Errorf("panicked with a %T at %s", p, debug.Stack())
}

// finish settles the job, or forgets it, and lets the chat's next one go.
func (d *dispatcher) finish(j *job, reply []byte, err error, start time.Time) {
	u, outcome := j.update, "handled"
	switch {
	case err == nil:
		j.reply = reply
	case errors.Is(err, errLeft):
		outcome, j.err = "left", errLeft
	case d.life.Err() != nil:
		outcome, j.err = "left", errAbandoned
	case j.failures >= maxAttempts:
		outcome = "parked"
		d.log.Error("update parked: it is not answered", "update_id", u.ID, "error", err)
	default:
		outcome, j.err = "failed", err
	}
	d.mu.Lock()
	j.ended = true
	d.inFlight--
	close(j.done)
	if d.last[u.Chat] == j {
		delete(d.last, u.Chat)
	}
	if j.err == nil {
		d.replies.settle(j)
	}
	d.mu.Unlock()
	handling := time.Since(start)
	d.metrics.observe(outcome, u.Date, handling)
	d.log.update(u, outcome, handling)
}

// drain makes admit refuse what is new.
func (d *dispatcher) drain() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.draining = true
}

func (d *dispatcher) active() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inFlight
}

func (d *dispatcher) settled(j *job) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return j.ended && j.err == nil
}

// unfinished returns the ids of the updates in flight, in order.
func (d *dispatcher) unfinished() (ids []int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, j := range d.replies.byID {
		if !j.ended {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
