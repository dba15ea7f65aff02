package engine

import (
	"math"
	"time"
)

// Timing of close and logOut (Bot API server source).
const (
	settled  = 10 * time.Minute // a bot may be closed once it has been loaded for this long
	outShort = time.Second      // how long a logged-out bot stays out if its session was old,
	outLong  = 30 * time.Minute // and otherwise
	closing  = time.Second / 10
)

// alive refuses calls of a bot that is closing, closed or logged out, and
// brings it back when its time has come.
func (c *call) alive() error {
	l := &c.bot.life
	now := c.w.clock.Now()
	switch {
	case l.state == "":
		return nil
	case l.state == "closing" && now.Before(l.until):
		return errRestart
	case l.state == "out" && now.Before(l.until):
		return errLoggedOut
	case c.method == "close":
		return badRequest("the bot has already been closed") // or was never loaded
	}
	closed := l.state == "closing"
	l.state, l.loaded = "", now
	if closed {
		c.reload()
	}
	return nil
}

// reload restores the webhook of a closed bot, unless the call that woke it is
// about the webhook itself.
func (c *call) reload() {
	if c.method != "setwebhook" && c.method != "deletewebhook" {
		c.bot.resumeHook()
	}
}

func closeBot(c *call) ([]byte, error) {
	l := &c.bot.life
	now := c.w.clock.Now()
	early := l.loaded.Sub(c.w.started) < settled
	if wait := settled - now.Sub(l.loaded); wait > 0 && !early {
		return nil, tooMany(int(math.Ceil(wait.Seconds())))
	}
	l.state, l.until = "closing", now.Add(closing)
	c.bot.poll.finish(c.bot)
	c.bot.suspendHook()
	return jsonTrue, nil
}

func logOut(c *call) ([]byte, error) {
	l := &c.bot.life
	now := c.w.clock.Now()
	stay := outLong
	if now.Sub(l.loaded) > outLong {
		stay = outShort
	}
	l.state, l.until = "out", now.Add(stay)
	c.bot.poll.finish(c.bot)
	c.bot.clearHook(errLoggedOut)
	c.bot.queue.Clear()
	return jsonTrue, nil
}
