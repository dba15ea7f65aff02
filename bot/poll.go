package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hookproof/bot/internal/telegram"
)

const (
	batch = 100 // the most that one getUpdates returns
	// lookAgain is how long a slow update may keep the poller from the others.
	// Sooner, Telegram answers the same offset with one update only.
	lookAgain = 550 * time.Millisecond
	// overlap is how long two instances may fight over the updates before it
	// counts as trouble: a deploy's 60 s, the drain, and some.
	overlap   = 3 * time.Minute
	sendLimit = 10 * time.Minute // then a reply that Telegram keeps refusing is given up
	// confirmLimit bounds a call that is made at the stop.
	confirmLimit = 2 * time.Second
)

// A poller fetches updates. The offset moves only past what is settled, since
// it tells Telegram to forget what is below it.
type poller struct {
	api      *telegram.Client
	dispatch *dispatcher
	log      *botLog
	link     *link
	set      *settings

	taken     []*job       // fetched and not confirmed, in order
	offset    int64        // 0 until an update was seen
	hooked    bool         // the last poll was refused because there is a webhook now
	confirmed atomic.Int64 // the offset of the last call that the server has answered
	running   sync.WaitGroup

	mu       sync.Mutex
	stopping bool  // guarded by mu
	highest  int64 // guarded by mu; the highest id that was begun
}

// run takes over from a webhook of our own, polls until ctx ends, finishes what
// was begun, and confirms it.
func (p *poller) run(ctx context.Context) error {
	if err := p.releaseHook(ctx); err != nil {
		return err
	}
	p.link.set("")
	p.log.Info("polling")
	err := p.poll(ctx)
	p.finish(ctx)
	return err
}

// releaseHook removes a webhook to our own URL: the quick way back from webhook
// mode is one variable. Somebody else's is not ours to remove.
func (p *poller) releaseHook(ctx context.Context) error {
	return p.link.persist(ctx, "look for a webhook", func() error {
		info, err := p.api.GetWebhookInfo(ctx)
		switch {
		case err != nil || info.URL == "":
			return err
		case !p.set.ownHook(info.URL):
			return &telegram.Error{Code: http.StatusForbidden, Description: fmt.Sprintf(
				"a webhook that is not this bot's is set, to %s: set WEBHOOK_URL to it if it is ours to remove, or WEBHOOK_ENABLED=true to keep it", masked(info.URL))}
		}
		p.log.Warn("removing the bot's own webhook to poll instead, no update is dropped", "url", masked(info.URL))
		return p.api.DeleteWebhook(ctx)
	})
}

// poll fetches until ctx ends.
func (p *poller) poll(ctx context.Context) error {
	var trouble pollTrouble
	for ctx.Err() == nil {
		offset, wait := p.next()
		updates, err := p.ask(ctx, offset, wait)
		if telegram.Answered(err) { // even if it came with the stop
			_, p.hooked = telegram.Conflict(err)
		}
		switch {
		case ctx.Err() != nil: // updates that came with the stop are left
		case err == nil:
			trouble = pollTrouble{}
			p.link.set("")
			p.take(updates)
			p.await(ctx)
		case telegram.Fatal(err):
			return explain("fetch updates", err)
		default:
			_ = pause(ctx, trouble.add(err, p))
		}
	}
	return nil
}

// ask is one poll. If ctx ends while it is the first to tell Telegram the offset,
// the offset is told again at once. The server either has heard it, and then ends
// the first call, or hears it now (Bot API server source): one of the two is
// answered, and without the 3 s for which it holds what it has answered before.
func (p *poller) ask(ctx context.Context, offset int64, wait time.Duration) ([]json.RawMessage, error) {
	call, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		defer cancel()
		if p.confirmed.Load() != offset {
			_ = p.confirm(call, offset)
		}
	})()
	updates, err := p.api.GetUpdates(call, offset, batch, wait)
	if conflict, webhook := telegram.Conflict(err); err == nil || conflict && !webhook {
		p.confirmed.Store(offset)
	}
	return updates, err
}

// confirm tells Telegram the offset in a call that does not wait.
func (p *poller) confirm(ctx context.Context, offset int64) error {
	ctx, cancel := context.WithTimeout(ctx, confirmLimit)
	defer cancel()
	_, err := p.api.GetUpdates(ctx, offset, 1, 0)
	if err == nil {
		p.confirmed.Store(offset)
	}
	return err
}

// next returns the lowest update that is not settled, and how long to wait for
// more: not at all while some are in flight.
func (p *poller) next() (offset int64, wait time.Duration) {
	for len(p.taken) > 0 && p.dispatch.settled(p.taken[0]) {
		p.offset = p.taken[0].update.ID + 1
		p.taken = p.taken[1:]
	}
	if len(p.taken) > 0 {
		return p.taken[0].update.ID, 0
	}
	return p.offset, p.set.pollTimeout
}

// take gets the updates on their way, in order.
func (p *poller) take(updates []json.RawMessage) {
	for _, raw := range updates {
		u, broken := telegram.Decode(raw)
		if errors.Is(broken, telegram.ErrNotUpdate) {
			p.log.Error("Telegram sent what is not an update", "bytes", len(raw))
			continue // it has no id to go past it: the next one's will do
		}
		j, mine, err := p.dispatch.admit(u, broken)
		if err != nil {
			return // it comes again
		}
		if !slices.Contains(p.taken, j) {
			p.taken = append(p.taken, j)
		}
		if !mine {
			continue
		}
		p.running.Go(func() { _, _ = p.dispatch.run(j, p.work) })
	}
}

// await returns when all is settled, or after a while, so that one slow chat
// does not hold up the others. In short polling it then waits for the interval.
func (p *poller) await(ctx context.Context) {
	enough, cancel := context.WithTimeout(ctx, lookAgain)
	defer cancel()
	for _, j := range p.taken {
		select {
		case <-j.done:
		case <-enough.Done():
		}
	}
	if p.set.pollInterval > 0 {
		_ = pause(ctx, p.set.pollInterval)
	}
}

// begin lets an update start. Once the bot is stopping only those below one
// that was begun may: they have to be done before it can be confirmed. The
// others are left, so that nothing is lost, doubled or hurried.
func (p *poller) begin(id int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping && id > p.highest {
		return false
	}
	p.highest = max(p.highest, id)
	return true
}

// work handles an update until it works or is poison, and sends the reply.
func (p *poller) work(j *job) ([]byte, error) {
	if !p.begin(j.update.ID) {
		return nil, errLeft
	}
	life := p.dispatch.life
	reply, err := p.dispatch.attempt(j)
	for err != nil && j.failures < maxAttempts && pause(life, time.Duration(j.failures)*time.Second) == nil {
		reply, err = p.dispatch.attempt(j)
	}
	if err == nil && reply != nil {
		if err = p.send(life, j.update.ID, reply); err != nil {
			j.failures = maxAttempts // it was tried hard enough
		}
	}
	return nil, err
}

// send brings a reply to the chat, and tries for as long as Telegram can't be
// reached: the update stays in Telegram's queue meanwhile.
func (p *poller) send(ctx context.Context, id int64, reply []byte) error {
	var b backoff
	for start := time.Now(); ; {
		err := p.api.Send(ctx, reply)
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case telegram.Fatal(err):
			// The chat is gone or has blocked the bot. In webhook mode this
			// would not even show.
			p.log.Warn("reply refused by Telegram", "update_id", id, "error", err)
			return nil
		case telegram.Answered(err) && time.Since(start) > sendLimit:
			return err
		}
		p.log.Warn("reply not sent yet", "update_id", id, "error", err)
		if err := pause(ctx, b.next(err)); err != nil {
			return err
		}
	}
}

// finish waits for what was begun and tells Telegram what is settled, so that
// the next instance does not get it again. With a webhook Telegram would not
// listen, and hold the refusal for 3 s (Bot API server source).
func (p *poller) finish(ctx context.Context) {
	p.mu.Lock()
	p.stopping = true
	p.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	done := make(chan struct{})
	go func() { p.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-p.dispatch.life.Done():
		_ = pause(ctx, 200*time.Millisecond) // for handlers that heed the deadline
	}
	offset, _ := p.next()
	if offset == p.confirmed.Load() || p.hooked {
		return
	}
	if err := p.confirm(ctx, offset); err != nil {
		p.log.Warn("handled updates could not be confirmed, the next instance will get them again", "offset", offset, "error", err)
	}
}

// pollTrouble says how long to wait after a failed poll.
type pollTrouble struct {
	backoff
	fighting time.Time // since when another instance polls; zero when none does
}

func (t *pollTrouble) add(err error, p *poller) (wait time.Duration) {
	conflict, webhook := telegram.Conflict(err)
	if !conflict {
		wait = t.next(err)
		p.link.set(fmt.Sprintf("can't fetch updates: %v", err))
		p.log.Warn("can't fetch updates, will try again", "error", err, "wait_ms", wait.Milliseconds())
		return wait
	}
	if t.fighting.IsZero() {
		t.fighting = time.Now()
	}
	t.attempt++
	wait = jitter(min(12*time.Second, time.Duration(4+t.attempt)*time.Second)) // 5 s at least: see quiet
	hint := "normal while a deploy's old instance is still up"
	if webhook {
		hint = "a webhook was set: stop this instance, or run bot migrate polling"
	}
	log := p.log.Info
	if time.Since(t.fighting) > overlap {
		p.link.set(fmt.Sprintf("for %v: %v", overlap, err))
		log = p.log.Error
	}
	log("another instance takes the updates", "error", err, "hint", hint, "wait_ms", wait.Milliseconds())
	return wait
}
