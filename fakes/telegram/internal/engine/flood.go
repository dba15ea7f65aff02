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
	Server   bool    // the limits of the Bot API server itself
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

// chatGates are what one chat has of its own.
type chatGates struct {
	chat, group bucket
	line        line
}

// A line holds back what a bot sends to one chat, so that nothing overtakes a
// call that waits.
type line struct {
	waiting []func() // how they go on, in order
	until   time.Time
}

// next lets the first of the line go on. Timers of one moment have no order,
// so each only says that it is somebody's turn.
func (l *line) next() {
	first := l.waiting[0]
	l.waiting = l.waiting[1:]
	first()
}

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

// limited tells whether a method counts against the limits on sending. What a
// bot is just doing is not a message.
func limited(method string) bool {
	return method != "sendchataction" && (strings.HasPrefix(method, "send") ||
		strings.HasPrefix(method, "forward") || strings.HasPrefix(method, "copy"))
}

// flood lets the call pass, or makes it wait as Telegram's back end does:
// errHeld then, or the 429 of a wait that is too long. A call that waits has its
// tokens already, so one that comes later waits longer.
func (c *call) flood() error {
	f, g := c.w.opt.Flood, &c.bot.gates
	if !limited(c.method) || f == (Flood{}) && len(g.chats) == 0 {
		return nil
	}
	gates := g.needs(c.findChat(c.arg("chat_id")), f)
	now := c.w.clock.Now()
	wait := time.Duration(0)
	for _, n := range gates {
		wait = max(wait, n.wait(now, n.every, n.burst))
	}
	wait = wholeSeconds(wait)
	if wait > floodBudget-c.waited {
		return tooMany(int(wait / time.Second))
	}
	for _, n := range gates {
		n.take(now, n.every*time.Duration(c.messages()))
	}
	return c.lineUp(wait, nil)
}

// messages is how many messages the call sends. An album goes out as one, but
// what comes after it waits for each of its messages.
func (c *call) messages() int {
	switch c.method {
	case "sendmediagroup":
		return max(1, len(c.attached))
	case "forwardmessages", "copymessages":
		ids, _ := messageIDs(c.arg("message_ids")) // the method refuses what can't be read
		return max(1, len(ids))
	}
	return 1
}

// sitOut makes the call wait as often as next says, until that is 0 or more
// than the budget allows. The refusal names the last wait, not their sum.
func (c *call) sitOut(next func() time.Duration) error {
	budget := floodBudget
	if c.method == "sendchataction" {
		budget = actionBudget
	}
	total := time.Duration(0)
	for d := wholeSeconds(next()); d > 0; d = wholeSeconds(next()) {
		if c.waited+total+d > budget {
			return c.lineUp(total, tooMany(int(d/time.Second)))
		}
		total += d
	}
	return c.lineUp(total, nil)
}

// lineUp makes the call wait, and then go on or fail with err. What sends to a
// chat waits at least until those before it go on; that is no wait of its own.
func (c *call) lineUp(wait time.Duration, err error) error {
	var l *line
	if chat := c.findChat(c.arg("chat_id")); chat != nil && limited(c.method) {
		l = &c.bot.gates.of(chat).line
	}
	if wait == 0 && (err != nil || l == nil || len(l.waiting) == 0) {
		return err
	}
	c.waited += wait
	goOn := func() {
		if err != nil {
			c.answer(nil, err)
			return
		}
		c.perform()
	}
	if l == nil {
		c.w.after(wait, goOn)
		return errHeld
	}
	now := c.w.clock.Now()
	if until := now.Add(wait); until.After(l.until) {
		l.until = until
	}
	l.waiting = append(l.waiting, goOn)
	c.w.after(l.until.Sub(now), l.next)
	return errHeld
}

func wholeSeconds(d time.Duration) time.Duration {
	return time.Duration(math.Ceil(d.Seconds())) * time.Second
}

// A gate is a bucket with its rate.
type gate struct {
	*bucket
	every time.Duration
	burst int
}

// needs returns the gates between the bot and a chat; nil is an unknown one.
func (g *floodGates) needs(c *Chat, f Flood) []gate {
	every := func(rate float64) time.Duration { return time.Duration(float64(time.Second) / rate) }
	var need []gate
	if f.Overall > 0 {
		need = append(need, gate{&g.all, every(f.Overall), int(f.Overall)})
	}
	if c == nil {
		return need
	}
	if f.PerChat > 0 {
		need = append(need, gate{&g.of(c).chat, every(f.PerChat), f.Burst})
	}
	if f.PerGroup > 0 && (c.Type == Group || c.Type == Supergroup) {
		need = append(need, gate{&g.of(c).group, time.Minute / time.Duration(f.PerGroup), f.PerGroup})
	}
	return need
}

func (g *floodGates) of(c *Chat) *chatGates {
	if g.chats == nil {
		g.chats = map[int64]*chatGates{}
	}
	if g.chats[c.ID] == nil {
		g.chats[c.ID] = &chatGates{}
	}
	return g.chats[c.ID]
}
