package engine

import (
	"time"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/queue"
)

// Timing of getUpdates (Bot API server source).
const (
	maxPoll      = 50               // seconds
	hotLoop      = 3 * time.Second  // calls closer than this with one offset are made to wait this long
	hotRead      = time.Second / 2  // calls closer than this with one offset get one update
	batchWait    = time.Millisecond // after the last arrival
	batchLimit   = 2 * batchWait    // after the first
	conflictWait = 3 * time.Second  // a second conflict this soon is held this long
)

const (
	conflictPoll    = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
	conflictSet     = "Conflict: terminated by setWebhook request"
	conflictWebhook = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)

// polling is the state of a bot's getUpdates, shared by all its callers.
type polling struct {
	offset   int64     // of the last call
	start    time.Time // of the last call
	held     *heldPoll
	conflict time.Time // of the last conflict that was answered at once
}

// A heldPoll is a getUpdates that waits for an update.
type heldPoll struct {
	call    *call
	offset  int64
	limit   int
	timeout *clock.Timer
	batch   *clock.Timer
	first   time.Time // arrival of the first update
}

func (p *polling) reset(now time.Time) {
	*p = polling{offset: -1, start: now.Add(-100 * time.Second), conflict: now.Add(-time.Hour)}
}

func getUpdates(c *call) ([]byte, error) {
	b, p := c.bot, &c.bot.poll
	if b.hook.set() {
		return c.conflict(conflictWebhook)
	}
	c.allow()
	offset, limit, timeout := p.damp(c)
	if ups := b.queue.Get(offset, limit); len(ups) > 0 || timeout == 0 {
		return renderUpdates(ups), nil
	}
	p.end(b, conflictPoll)
	// What comes while the poll is held is new: a negative offset has had its
	// effect on what was queued before.
	h := &heldPoll{call: c, offset: max(offset, 0), limit: limit}
	h.timeout = c.w.after(timeout, func() { p.finishIf(b, h) })
	p.held = h
	return nil, errHeld
}

// damp reads the parameters and slows a hot loop down: the same offset again
// within 3 s waits at least 3 s, within 0.5 s it gets one update.
func (p *polling) damp(c *call) (offset int64, limit int, timeout time.Duration) {
	offset = c.int32("offset")
	limit = int(c.clamped("limit", 100, 1, 100))
	timeout = time.Duration(c.clamped("timeout", 0, 0, maxPoll)) * time.Second
	now := c.w.clock.Now()
	if since := now.Sub(p.start); offset == p.offset {
		if timeout < hotLoop && since < hotLoop {
			timeout = hotLoop
		}
		if since < hotRead {
			limit = 1
		}
	}
	p.offset, p.start = offset, now
	return offset, limit, timeout
}

// arrived lets a held poll answer 1 ms after the last of a burst of updates,
// 2 ms after its first at the latest.
func (p *polling) arrived(b *Bot) {
	h := p.held
	if h == nil {
		return
	}
	now := b.w.clock.Now()
	wait := batchWait
	if h.batch == nil {
		h.first = now
	} else {
		h.batch.Stop()
		wait = min(wait, max(0, h.first.Add(batchLimit).Sub(now)))
	}
	h.batch = b.w.after(wait, func() { p.finishIf(b, h) })
}

// finishIf ignores a timer that fired while its poll was being ended.
func (p *polling) finishIf(b *Bot, h *heldPoll) {
	if p.held == h {
		p.finish(b)
	}
}

// finish answers the held poll with what there is.
func (p *polling) finish(b *Bot) {
	if h := p.take(); h != nil {
		h.call.answer(renderUpdates(b.queue.Get(h.offset, h.limit)), nil)
	}
}

// end fails the held poll.
func (p *polling) end(b *Bot, text string) {
	if h := p.take(); h != nil {
		h.call.answer(h.call.conflict(text))
	}
}

func (p *polling) take() *heldPoll {
	h := p.held
	p.held = nil
	if h == nil {
		return nil
	}
	h.timeout.Stop()
	if h.batch != nil {
		h.batch.Stop()
	}
	return h
}

// conflict answers 409. The first is answered at once; another within 3 s of
// that is held for 3 s.
func (c *call) conflict(text string) ([]byte, error) {
	refused := &Error{Code: 409, Text: text}
	now := c.w.clock.Now()
	if p := &c.bot.poll; now.Sub(p.conflict) >= conflictWait {
		p.conflict = now
		return nil, refused
	}
	c.w.after(conflictWait, func() { c.answer(nil, refused) })
	return nil, errHeld
}

// after runs f later with the world's lock held.
func (w *World) after(d time.Duration, f func()) *clock.Timer {
	return w.clock.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		f()
	})
}

func renderUpdates(ups []queue.Update) []byte {
	size := 2
	for _, u := range ups {
		size += len(u.Body) + 40
	}
	b := append(make([]byte, 0, size), '[')
	for i, u := range ups {
		if i > 0 {
			b = append(b, ',')
		}
		b = queue.AppendUpdate(b, u)
	}
	return append(b, ']')
}

// Polling tells whether a getUpdates waits for updates. Call with the world
// held still.
func (b *Bot) Polling() bool { return b.poll.held != nil }
