package delivery

import (
	"container/heap"
	"strconv"
	"strings"
	"time"

	"hookproof/fakes/telegram/internal/wire"
)

const (
	maxRetryAfter = 3600 // seconds
	statusGone    = 410
)

// answered judges a complete reply.
func (h *Hook) answered(c *Conn, m *wire.Message) {
	l := c.lane
	c.lane = nil
	tooLong := false
	switch {
	case m.Method != "": // a request, which counts as no answer at all
		h.unwanted(c, l, 0, m.Dump(), 0)
	case m.Status >= 200 && m.Status <= 299:
		h.firstGone = time.Time{}
		h.attempted(c, l, m.Status, "", true)
		if runs(m.NamedMethod()) && h.cfg.Events.Inline != nil {
			h.cfg.Events.Inline(m)
		}
		h.delivered(l)
	default:
		tooLong = h.gone(m.Status)
		h.unwanted(c, l, m.Status, strconv.Itoa(m.Status)+" "+m.Reason, m.RetryAfter)
	}
	if tooLong {
		h.giveUp()
		return
	}
	if m.Method == "" && m.KeepAlive && c.ip == h.ipChange {
		h.release(c)
		return
	}
	c.timer.Stop()
	c.link.Close()
	delete(h.conns, c)
	h.stepAgain()
}

// unwanted fails an update whose delivery was answered with something else than
// success.
func (h *Hook) unwanted(c *Conn, l *lane, status int, what string, retryAfter int) {
	text := "Wrong response from the webhook: " + what
	h.attempted(c, l, status, text, false)
	h.recordError(text)
	h.failed(l, retryAfter)
}

// runs reports whether a method named in a reply, in lower case, is run. Methods
// whose result would be lost, and those that would end the webhook, are not (Bot
// API server source).
func runs(method string) bool {
	switch method {
	case "", "setwebhook", "deletewebhook", "close", "logout":
		return false
	}
	return !strings.HasPrefix(method, "get")
}

// gone watches the row of 410 and reports that it has lasted too long. Only
// replies count: time-outs and refusals do not break it.
func (h *Hook) gone(status int) bool {
	now := h.cfg.Clock.Now()
	switch {
	case status != statusGone:
		h.firstGone = time.Time{}
	case h.firstGone.IsZero():
		h.firstGone = now
	default:
		return now.Sub(h.firstGone) > goneTime
	}
	return false
}

// giveUp ends the webhook as deleteWebhook would. Its updates stay.
func (h *Hook) giveUp() {
	h.Close()
	if h.cfg.Events.Removed != nil {
		h.cfg.Events.Removed()
	}
}

// delivered takes the lane's first update out of the world.
func (h *Hook) delivered(l *lane) {
	h.lastSuccess = h.cfg.Clock.Now()
	h.next(l)
}

// next forgets the lane's first update. The one behind it keeps its own wake-up
// time, so a busy chat may go before chats loaded later.
func (h *Hook) next(l *lane) {
	h.cfg.Queue.Remove(l.first().ID)
	l.updates[0] = nil
	l.updates = l.updates[1:]
	if len(l.updates) == 0 {
		delete(h.lanes, l.key)
		return
	}
	heap.Push(&h.ready, l)
}

// failed puts the lane's first update back, or drops it when its next try would
// come after its expiry. The delays are 0, 2, 4, 8, 16, 32 s, then random ones of
// 60 to 120 s, but never more than double the one before. A Retry-After replaces
// the delay and leaves the row where it is (Bot API server source).
func (h *Hook) failed(l *lane, retryAfter int) {
	u := l.first()
	delay := min(retryAfter, maxRetryAfter)
	if delay <= 0 && u.failures > 0 {
		u.delay = min(2*u.delay, h.longDelay(u))
		delay = u.delay
	}
	now := h.cfg.Clock.Now()
	if now.Unix()+int64(delay) > u.Expires {
		h.next(l)
		if h.cfg.Events.Dropped != nil {
			h.cfg.Events.Dropped(u.Update)
		}
		return
	}
	u.failures++
	u.wakeAt = now.Add(time.Duration(delay) * time.Second)
	h.moment++
	u.moment = h.moment
	heap.Push(&h.ready, l)
}

// longDelay draws the random delay, which matters once double the last delay
// may exceed it.
func (h *Hook) longDelay(u *update) int {
	switch {
	case 2*u.delay <= 60:
		return 60
	case h.cfg.Backoff != nil:
		return h.cfg.Backoff(u.Update, u.failures)
	default:
		return 60 + h.cfg.Rand.IntN(61)
	}
}

func (h *Hook) recordError(text string) {
	if h.cfg.Events.Error != nil {
		h.cfg.Events.Error(text)
	}
}

func (h *Hook) attempted(c *Conn, l *lane, status int, text string, ok bool) {
	if h.cfg.Events.Attempt == nil {
		return
	}
	u := l.first()
	h.cfg.Events.Attempt(Attempt{
		Update: u.Update, N: u.attempts, Conn: c.n, Start: c.sent,
		Latency: h.cfg.Clock.Since(c.sent), Status: status, Err: text, OK: ok,
	})
}
