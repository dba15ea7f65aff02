package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"hookproof/bot/internal/telegram"
)

const (
	batch = 100 // the most that one getUpdates returns
	// lookAgain is how long a slow update may keep the poller from the others.
	// Telegram answers the same offset with one update only before that.
	lookAgain = 550 * time.Millisecond
	// overlap is how long two instances may fight over the updates before it
	// counts as trouble: a deploy's 60 s, the drain, and some.
	overlap   = 3 * time.Minute
	sendLimit = 10 * time.Minute // then a reply that Telegram keeps refusing is given up
)

// A poller fetches updates. The offset moves only past what is settled, since
// it tells Telegram to forget what is below it.
type poller struct {
	api      *telegram.Client
	dispatch *dispatcher
	log      *slog.Logger
	link     *link
	set      *settings

	mu       sync.Mutex
	taken    []*ticket     // guarded by mu; fetched and not confirmed, in order
	busy     int           // guarded by mu; tickets not settled
	settled  chan struct{} // guarded by mu; closed when busy falls to 0
	highest  int64         // guarded by mu; the highest id that was begun
	stopping bool          // guarded by mu
	offset   int64         // guarded by mu; 0 until an update was seen
	running  sync.WaitGroup
}

type ticket struct {
	id   int64
	done bool
}

// run takes over from a webhook of our own, polls until ctx ends, finishes what
// was begun, and confirms it.
func (p *poller) run(ctx context.Context) error {
	if err := p.releaseHook(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	confirmed, err := p.poll(ctx)
	p.finish(confirmed)
	return err
}

// releaseHook removes a webhook to our own URL: the quick way back from webhook
// mode is one variable. Somebody else's is not ours to remove.
func (p *poller) releaseHook(ctx context.Context) error {
	err := persist(ctx, p.log, p.link, "look for a webhook", func(ctx context.Context) error {
		info, err := p.api.GetWebhookInfo(ctx)
		switch {
		case err != nil:
			return err
		case info.URL == "":
			return nil
		case !p.set.ownHook(info.URL):
			return &telegram.Error{Code: http.StatusForbidden, Description: fmt.Sprintf(
				"a webhook that is not this bot's is set, to %s: set WEBHOOK_URL to it if it is ours to remove, or WEBHOOK_ENABLED=true to keep it", info.URL)}
		}
		p.log.Warn("removing the bot's own webhook to poll instead, no update is dropped", "url", info.URL)
		return p.api.DeleteWebhook(ctx)
	})
	if err == nil {
		p.link.set("")
	}
	return err
}

// poll returns the offset that Telegram knows.
func (p *poller) poll(ctx context.Context) (confirmed int64, err error) {
	trouble := &pollTrouble{}
	for ctx.Err() == nil {
		offset, wait := p.next()
		limit, cancel := context.WithTimeout(ctx, wait+5*time.Second)
		updates, err := p.api.GetUpdates(limit, offset, batch, wait)
		cancel()
		switch {
		case ctx.Err() != nil:
		case err == nil:
			confirmed = offset
			p.link.set("")
			trouble.clear()
			if p.take(updates) == 0 && len(updates) > 0 && wait > 0 {
				_ = pause(ctx, time.Second) // none of them has an id to go past
			}
			p.await(ctx)
		case telegram.Fatal(err):
			return confirmed, fatal("fetch updates", err)
		default:
			if delay := trouble.add(err, p.link, p.log); pause(ctx, delay) != nil {
				return confirmed, nil
			}
		}
	}
	return confirmed, nil
}

// next returns the lowest update that is not settled, and how long to wait for
// more: not at all while some are in flight.
func (p *poller) next() (offset int64, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.taken) > 0 && p.taken[0].done {
		p.offset = p.taken[0].id + 1
		p.taken = p.taken[1:]
	}
	if len(p.taken) > 0 {
		return p.taken[0].id, 0
	}
	return p.offset, p.set.pollTimeout
}

// take gets the updates on their way, in order, and returns how many have an id.
func (p *poller) take(updates []json.RawMessage) (readable int) {
	for _, raw := range updates {
		u, err := telegram.Decode(raw)
		switch {
		case errors.Is(err, telegram.ErrMismatch):
			p.dispatch.park(u.ID, err)
		case err != nil:
			p.log.Error("Telegram sent what is not an update", "bytes", len(raw))
			continue
		}
		readable++
		t := p.hold(u.ID)
		if t == nil {
			continue // fetched before, and on its way
		}
		j, mine, err := p.dispatch.admit(u)
		if err != nil {
			p.drop(t)
			return readable
		}
		p.running.Go(func() {
			if mine {
				_, err = p.dispatch.run(j, &courier{begin: p.begin, send: p.send})
			} else {
				_, err = p.dispatch.wait(j)
			}
			if !errors.Is(err, errLeft) && !errors.Is(err, errAbandoned) {
				p.settle(t)
			}
		})
	}
	return readable
}

func (p *poller) hold(id int64) *ticket {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.ContainsFunc(p.taken, func(t *ticket) bool { return t.id == id }) {
		return nil
	}
	t := &ticket{id: id}
	p.taken = append(p.taken, t)
	if p.busy++; p.busy == 1 {
		p.settled = make(chan struct{})
	}
	return t
}

func (p *poller) drop(t *ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = slices.DeleteFunc(p.taken, func(other *ticket) bool { return other == t })
	p.release()
}

func (p *poller) settle(t *ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t.done = true
	p.release()
}

func (p *poller) release() {
	if p.busy--; p.busy == 0 {
		close(p.settled)
	}
}

// await returns when all is settled, or after a while, so that one slow chat
// does not hold up the others. In short polling it then waits for the interval.
func (p *poller) await(ctx context.Context) {
	p.mu.Lock()
	busy, settled := p.busy, p.settled
	p.mu.Unlock()
	if busy > 0 {
		timer := time.NewTimer(lookAgain)
		defer timer.Stop()
		select {
		case <-settled:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if p.set.pollInterval > 0 {
		_ = pause(ctx, p.set.pollInterval)
	}
}

// begin lets an update start. Once the bot is stopping only those below one
// that was begun may: they have to be done before it can be confirmed. The
// others are left, and so is nothing lost, doubled or hurried.
func (p *poller) begin(id int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping && id > p.highest {
		return false
	}
	p.highest = max(p.highest, id)
	return true
}

// send brings a reply to the chat, and tries for as long as Telegram can't be
// reached: the update stays in Telegram's queue meanwhile.
func (p *poller) send(ctx context.Context, u telegram.Update, reply []byte) error {
	var b backoff
	for start := time.Now(); ; {
		once, cancel := context.WithTimeout(ctx, callLimit)
		err := p.api.Send(once, reply)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return errAbandoned
		case telegram.Fatal(err):
			// The chat is gone or has blocked the bot. In webhook mode this
			// would not even show.
			p.log.Warn("reply refused by Telegram", "update_id", u.ID, "error", err)
			return nil
		case telegram.Answered(err) && time.Since(start) > sendLimit:
			return err
		}
		p.log.Warn("reply not sent yet", "update_id", u.ID, "error", err)
		if pause(ctx, b.next(err)) != nil {
			return errAbandoned
		}
	}
}

// finish waits for what was begun and tells Telegram what is settled, so that
// the next instance does not get it again.
func (p *poller) finish(confirmed int64) {
	p.mu.Lock()
	p.stopping = true
	p.mu.Unlock()
	done := make(chan struct{})
	go func() { p.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-p.dispatch.life.Done():
		_ = pause(context.WithoutCancel(p.dispatch.life), 200*time.Millisecond) // a handler may ignore the deadline
	}
	offset, _ := p.next()
	if offset == confirmed {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.dispatch.life), 2*time.Second)
	defer cancel()
	if _, err := p.api.GetUpdates(ctx, offset, 1, 0); err != nil {
		p.log.Warn("handled updates could not be confirmed, the next instance will get them again", "offset", offset, "error", err)
	}
}

// pollTrouble says how long to wait after a failed poll.
type pollTrouble struct {
	backoff
	fighting time.Time // since when another instance polls; zero when none does
}

func (t *pollTrouble) clear() { *t = pollTrouble{} }

func (t *pollTrouble) add(err error, l *link, log *slog.Logger) time.Duration {
	conflict, webhook := telegram.Conflict(err)
	if !conflict {
		wait := t.next(err)
		l.set(fmt.Sprintf("can't fetch updates: %v", err))
		log.Warn("can't fetch updates, will try again", "error", err, "wait_ms", wait.Milliseconds())
		return wait
	}
	if t.fighting.IsZero() {
		t.fighting = time.Now()
	}
	t.attempt++
	wait := jitter(min(12*time.Second, time.Duration(2+t.attempt)*time.Second))
	hint := "normal while a deploy's old instance is still up"
	if webhook {
		hint = "a webhook was set: stop this instance, or run bot migrate polling"
	}
	if time.Since(t.fighting) > overlap {
		l.set(fmt.Sprintf("for %v: %v", overlap, err))
		log.Error("another instance takes the updates", "error", err, "hint", hint, "since", t.fighting)
	} else {
		log.Info("another instance takes the updates", "error", err, "hint", hint, "wait_ms", wait.Milliseconds())
	}
	return wait
}
