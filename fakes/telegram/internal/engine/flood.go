package engine

import (
	"math"
	"strings"
	"time"
)

// Flood are Telegram's limits on how fast a bot may send. Zero is no limit.
// What exceeds them waits, and only a wait of more than 8 seconds in all is
// refused (TDLib, NetQueryDelayer).
type Flood struct {
	PerChat  float64 // messages a second to one chat, with bursts of ChatBurst
	Burst    int     // of one chat; 0 is 1
	PerGroup int     // messages a minute to one group
	Overall  float64 // messages a second to all chats
}

// Longest sum of waits that a call sits out before it is refused.
const (
	floodBudget  = 8 * time.Second
	actionBudget = 2 * time.Second // of sendChatAction
)

// floodGates are a bot's buckets.
type floodGates struct {
	all   bucket
	chats map[int64]*chatGates
}

type chatGates struct{ chat, group bucket }

// A bucket lets burst through at once and then one every interval.
type bucket struct{ free time.Time }

// wait is how long until the next one may pass.
func (b *bucket) wait(now time.Time, every time.Duration, burst int) time.Duration {
	earliest := b.free.Add(-every * time.Duration(max(burst, 1)-1))
	return max(0, earliest.Sub(now))
}

func (b *bucket) take(now time.Time, every time.Duration) {
	if b.free.Before(now) {
		b.free = now
	}
	b.free = b.free.Add(every)
}

// limited tells whether a method counts against the limits on sending.
func limited(method string) bool {
	return strings.HasPrefix(method, "send") || strings.HasPrefix(method, "forward") || strings.HasPrefix(method, "copy")
}

// flood lets the call pass, or makes it wait as Telegram's back end does:
// errHeld then, or the 429 of a wait that is too long.
func (c *call) flood() error {
	f := c.w.opt.Flood
	if f == (Flood{}) || !limited(c.method) {
		return nil
	}
	return c.sitOut(func() time.Duration { return c.bot.gates.pass(c, f) })
}

// sitOut asks for the next wait until there is none, sleeping in between while
// the budget lasts. The refusal names the last wait, not their sum.
func (c *call) sitOut(next func() time.Duration) error {
	d := next()
	if d == 0 {
		return nil
	}
	seconds := time.Duration(math.Ceil(d.Seconds())) * time.Second
	budget := floodBudget
	if c.method == "sendchataction" {
		budget = actionBudget
	}
	if c.waited+seconds > budget {
		return tooMany(int(seconds / time.Second))
	}
	c.waited += seconds
	c.w.after(seconds, func() {
		switch err := c.sitOut(next); err {
		case nil:
			c.perform()
		default:
			c.answer(nil, err)
		}
	})
	return errHeld
}

// pass takes a token of every bucket the call needs, or tells how long until
// it can.
func (g *floodGates) pass(c *call, f Flood) time.Duration {
	now := c.w.clock.Now()
	gates := g.of(c.findChat(c.arg("chat_id")))
	every := func(rate float64) time.Duration { return time.Duration(float64(time.Second) / rate) }
	type gate struct {
		b     *bucket
		every time.Duration
		burst int
	}
	var need []gate
	if f.Overall > 0 {
		need = append(need, gate{&g.all, every(f.Overall), int(f.Overall)})
	}
	if f.PerChat > 0 && gates != nil {
		need = append(need, gate{&gates.chat, every(f.PerChat), f.Burst})
	}
	if f.PerGroup > 0 && gates != nil && c.int("chat_id") < 0 {
		need = append(need, gate{&gates.group, time.Minute / time.Duration(f.PerGroup), f.PerGroup})
	}
	wait := time.Duration(0)
	for _, n := range need {
		wait = max(wait, n.b.wait(now, n.every, n.burst))
	}
	if wait == 0 {
		for _, n := range need {
			n.b.take(now, n.every)
		}
	}
	return wait
}

func (g *floodGates) of(c *Chat) *chatGates {
	if c == nil {
		return nil
	}
	if g.chats == nil {
		g.chats = map[int64]*chatGates{}
	}
	if g.chats[c.ID] == nil {
		g.chats[c.ID] = &chatGates{}
	}
	return g.chats[c.ID]
}
