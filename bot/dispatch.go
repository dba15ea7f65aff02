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

// A courier is what the source of updates does around a handling.
type courier struct {
	begin func(id int64) bool                                              // the turn has come: false leaves the update
	send  func(ctx context.Context, u telegram.Update, reply []byte) error // brings the reply to the chat
}

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

	mu       sync.Mutex
	lanes    map[int64][]*job // chats that are being served, and who waits there
	replies  replies
	inFlight int
	draining bool
}

func newDispatcher(life context.Context, handle handleFunc, log *botLog, m *metrics) *dispatcher {
	return &dispatcher{handle: handle, log: log, metrics: m, life: life,
		lanes: map[int64][]*job{}, replies: replies{byID: map[int64]*job{}}}
}

// admit takes the update's place in the line of its chat; mine says that the
// caller has to run the job. If not, it is running or settled already, and wait
// tells the outcome. An update that is broken, of which only the id is known, is
// on its way to be parked: it must not come back or stop its neighbours.
func (d *dispatcher) admit(u telegram.Update, broken error) (j *job, mine bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j = d.replies.byID[u.ID]
	switch {
	case j != nil && j.state != jobIdle:
		d.metrics.add("bot_duplicates_total")
		return j, false, nil
	case d.draining:
		return nil, false, errDraining
	case d.inFlight >= maxInFlight:
		return nil, false, errFull
	}
	if j == nil {
		j = &job{update: u, broken: broken}
		d.replies.add(j)
	}
	j.state, j.turn = jobRunning, nil
	d.inFlight++
	if u.Chat != 0 {
		line, served := d.lanes[u.Chat]
		if served {
			j.turn = make(chan struct{})
			line = append(line, j)
		}
		d.lanes[u.Chat] = line
	}
	return j, true, nil
}

// wait returns the outcome of a job that somebody else runs.
func (d *dispatcher) wait(j *job) ([]byte, error) {
	d.mu.Lock()
	if j.state == jobRunning && j.done == nil {
		j.done = make(chan struct{})
	}
	done := j.done
	d.mu.Unlock()
	if done != nil {
		select {
		case <-done:
		case <-d.life.Done():
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if j.state == jobRunning {
		return nil, errAbandoned
	}
	return j.reply, j.err
}

// run handles the job's update when its turn comes. Without a courier the reply
// is returned and one attempt made, since Telegram repeats what failed; with
// one the attempts and the sending are made here, in the chat's line.
func (d *dispatcher) run(j *job, c *courier) ([]byte, error) {
	if j.turn != nil {
		select {
		case <-j.turn:
		case <-d.life.Done():
			return nil, errAbandoned // the line ahead never moved, and never will
		}
	}
	start := time.Now()
	if c != nil && !c.begin(j.update.ID) {
		return d.finish(j, nil, errLeft, start)
	}
	reply, err := d.attempt(j)
	for err != nil && c != nil && j.failures < maxAttempts && d.life.Err() == nil {
		if pause(d.life, time.Duration(j.failures)*time.Second) == nil {
			reply, err = d.attempt(j)
		}
	}
	if err == nil && reply != nil && c != nil {
		if err = c.send(d.life, j.update, reply); err != nil {
			j.failures = maxAttempts // the courier has tried hard enough
		}
	}
	return d.finish(j, reply, err, start)
}

// attempt calls the handler once. A panic is an error of this update alone.
func (d *dispatcher) attempt(j *job) (reply []byte, err error) {
	if j.broken != nil {
		j.failures = maxAttempts
		return nil, j.broken
	}
	ctx := &limited{Context: d.life, deadline: time.Now().Add(handlerLimit)}
	defer ctx.end()
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
	text, err := d.handle(ctx, j.update)
	if err != nil || text == "" {
		return nil, err
	}
	return telegram.Reply(j.update.Chat, text), nil
}

// panicError keeps where it panicked. The value is kept only if the runtime
// made it, for any other may quote the message.
func panicError(p any) error {
	if e, ok := p.(runtime.Error); ok {
		return fmt.Errorf("handler panicked: %w at %s", e, debug.Stack())
	}
	return fmt.Errorf("handler panicked with a %T at %s", p, debug.Stack())
}

// finish settles the job, or forgets it, and lets the chat's next one go.
func (d *dispatcher) finish(j *job, reply []byte, err error, start time.Time) ([]byte, error) {
	u, outcome, poison := j.update, "handled", err
	switch {
	case err == nil:
	case errors.Is(err, errLeft):
		outcome = "left"
	case d.life.Err() != nil:
		outcome, err = "left", errAbandoned
	case j.failures >= maxAttempts:
		outcome, reply, err = "parked", nil, nil
	default:
		outcome = "failed"
	}
	d.mu.Lock()
	d.leave(j)
	if j.err = err; err == nil {
		d.replies.settle(j, reply)
	} else if outcome == "left" {
		d.replies.forget(j)
	}
	d.mu.Unlock()
	handling := time.Since(start)
	if outcome == "parked" {
		d.log.Error("update parked: it is not answered", "update_id", u.ID, "error", poison)
	}
	d.metrics.observe(outcome, u.Date, handling)
	d.log.update(u, outcome, handling)
	return reply, err
}

// leave ends the run of j; the caller holds mu.
func (d *dispatcher) leave(j *job) {
	j.state = jobIdle
	d.inFlight--
	if j.done != nil {
		close(j.done)
		j.done = nil
	}
	if line := d.lanes[j.update.Chat]; len(line) > 0 {
		close(line[0].turn)
		d.lanes[j.update.Chat] = line[1:]
	} else {
		delete(d.lanes, j.update.Chat)
	}
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
	return j.state == jobSettled
}

// unfinished returns the ids of the updates in flight, in order.
func (d *dispatcher) unfinished() []int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	var ids []int64
	for id, j := range d.replies.byID {
		if j.state == jobRunning {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
