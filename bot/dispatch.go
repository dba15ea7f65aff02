package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// A dispatcher carries updates to the handler: those of a chat one after the
// other in order of arrival, those of different chats at the same time, an
// update that comes again not twice. It is a call and not a queue: when run
// returns, the update is handled, so its acknowledgement can't come too early.
type dispatcher struct {
	handle  func(context.Context, telegram.Update) (string, error)
	log     *updateLog
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

func newDispatcher(life context.Context, handle func(context.Context, telegram.Update) (string, error), log *updateLog, m *metrics) *dispatcher {
	return &dispatcher{handle: handle, log: log, metrics: m, life: life,
		lanes: map[int64][]*job{}, replies: replies{byID: map[int64]*job{}}}
}

// A courier is what the source of updates does around a handling.
type courier struct {
	begin func(id int64) bool                                              // the turn has come: false leaves the update
	send  func(ctx context.Context, u telegram.Update, reply []byte) error // brings the reply to the chat
}

// admit takes the update's place in the line of its chat; mine says that the
// caller has to run the job. If not, it is running or settled already, and wait
// tells the outcome.
func (d *dispatcher) admit(u telegram.Update) (j *job, mine bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j = d.replies.byID[u.ID]
	switch {
	case j != nil && (j.running || j.settled):
		d.metrics.duplicates.Add(1)
		return j, false, nil
	case d.draining:
		return nil, false, errDraining
	case d.inFlight >= maxInFlight:
		return nil, false, errFull
	}
	if j == nil {
		j = &job{update: u}
		d.replies.add(j)
	}
	j.running, j.turn = true, nil
	d.inFlight++
	if u.Chat == 0 {
		return j, true, nil
	}
	line, served := d.lanes[u.Chat]
	if served {
		j.turn = make(chan struct{})
		line = append(line, j)
	}
	d.lanes[u.Chat] = line
	return j, true, nil
}

// wait returns the outcome of a job that somebody else runs.
func (d *dispatcher) wait(j *job) ([]byte, error) {
	d.mu.Lock()
	if j.running {
		if j.done == nil {
			j.done = make(chan struct{})
		}
		done := j.done
		d.mu.Unlock()
		select {
		case <-done:
		case <-d.life.Done():
		}
		d.mu.Lock()
	}
	defer d.mu.Unlock()
	if j.running {
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
	if c != nil && !c.begin(j.update.ID) {
		return d.finish(j, nil, errLeft, time.Now())
	}
	start := time.Now()
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
	ctx, cancel := context.WithTimeout(d.life, handlerLimit)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = panicError(p)
		}
		if err != nil && d.life.Err() == nil {
			j.failures++
			d.metrics.failures.Add(1)
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

// finish settles the job and lets the next one of the chat go.
func (d *dispatcher) finish(j *job, reply []byte, err error, start time.Time) ([]byte, error) {
	if err != nil && d.life.Err() != nil {
		err = errAbandoned
	}
	u, outcome := j.update, "handled"
	d.mu.Lock()
	switch {
	case err == nil:
		d.replies.settle(j, reply)
	case err == errAbandoned || err == errLeft:
		outcome = "left"
		d.replies.forget(j)
	case j.failures >= maxAttempts:
		outcome, reply = "parked", nil
		d.replies.settle(j, nil)
	default:
		outcome = "failed"
	}
	if !j.settled {
		j.err = err
	}
	d.leave(j)
	reply, err2 := j.reply, j.err
	d.mu.Unlock()
	if outcome == "parked" {
		d.metrics.parked.Add(1)
		d.log.Error("update parked: it is not answered", "update_id", u.ID, "error", err)
	}
	d.metrics.observe(outcome, u, start)
	d.log.update(u, outcome, start)
	return reply, err2
}

// leave ends the run of j; the caller holds mu.
func (d *dispatcher) leave(j *job) {
	j.running = false
	d.inFlight--
	if j.done != nil {
		close(j.done)
		j.done = nil
	}
	if j.update.Chat == 0 {
		return
	}
	line := d.lanes[j.update.Chat]
	if len(line) == 0 {
		delete(d.lanes, j.update.Chat)
		return
	}
	close(line[0].turn)
	d.lanes[j.update.Chat] = line[1:]
}

// park settles an update that can't even be read, so that it does not come
// back and its neighbours move on.
func (d *dispatcher) park(id int64, err error) {
	d.mu.Lock()
	_, known := d.replies.byID[id]
	if !known {
		j := &job{update: telegram.Update{ID: id}}
		d.replies.add(j)
		d.replies.settle(j, nil)
	}
	d.mu.Unlock()
	if !known {
		d.metrics.parked.Add(1)
		d.log.Error("update parked: it is not answered", "update_id", id, "error", err)
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

// unfinished returns the ids of the updates in flight, in order.
func (d *dispatcher) unfinished() []int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	var ids []int64
	for id, j := range d.replies.byID {
		if j.running {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// An updateLog writes a line an update, without content and with chats by hash.
type updateLog struct {
	*slog.Logger
	mode string
	hash func(chat int64) string
}

func (l *updateLog) update(u telegram.Update, outcome string, start time.Time) {
	if !l.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	now := time.Now()
	attrs := []slog.Attr{
		slog.Int64("update_id", u.ID), slog.String("mode", l.mode), slog.String("outcome", outcome),
		slog.String("chat", l.hash(u.Chat)), slog.Float64("handling_ms", float64(now.Sub(start).Microseconds())/1000),
	}
	if u.Date > 0 { // Telegram's date has whole seconds
		attrs = append(attrs, slog.Int64("latency_ms", max(0, now.Sub(time.Unix(u.Date, 0)).Milliseconds())))
	}
	l.LogAttrs(context.Background(), slog.LevelInfo, "update", attrs...)
}
