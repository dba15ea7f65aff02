package engine

import (
	"math"
	"time"
)

// Limits of the Bot API server itself, as opposed to Telegram's (Bot API
// server source, ClientManager and Client).
const (
	newTokensMinute = 20  // new tokens a minute from one address
	newTokensHour   = 600 // and an hour
	activeCalls     = 1000
	activeHold      = 3 * time.Second // how long a call too many is held before its refusal
	activeRetry     = 60              // seconds; what that refusal says
	activeFrom      = time.Minute     // of uptime; before, active calls are not limited
)

// neverLimited are the methods that active calls do not limit.
var neverLimited = map[string]bool{
	"getme": true, "getupdates": true, "setwebhook": true, "deletewebhook": true, "getwebhookinfo": true, "close": true, "logout": true,
}

// serverLimits are what the server's own limits have to remember.
type serverLimits struct {
	arrivals map[string][]time.Time // of new tokens in the last hour, by client address
}

// newToken counts the first call of a bot against the limit of its client's
// address, and refuses one token too many.
func (c *call) newToken(client string) *Error {
	if !c.w.opt.Flood.Server || client == "" || c.bot.called {
		return nil
	}
	now := c.w.clock.Now()
	times := after(c.w.limits.arrivals[client], now.Add(-time.Hour))
	wait := max(room(times, now, time.Minute, newTokensMinute), room(times, now, time.Hour, newTokensHour))
	if wait > 0 {
		return tooMany(int(math.Ceil(wait.Seconds())) + 1)
	}
	if c.w.limits.arrivals == nil {
		c.w.limits.arrivals = map[string][]time.Time{}
	}
	c.w.limits.arrivals[client] = append(times, now)
	c.bot.called = true
	return nil
}

// room is how long until there is room for one more within a period.
func room(times []time.Time, now time.Time, period time.Duration, most int) time.Duration {
	recent := after(times, now.Add(-period))
	if len(recent) < most {
		return 0
	}
	return recent[len(recent)-most].Add(period).Sub(now)
}

// after are the times, which ascend, from a moment on.
func after(times []time.Time, from time.Time) []time.Time {
	for len(times) > 0 && !times[0].After(from) {
		times = times[1:]
	}
	return times
}

// tooActive holds, and then refuses, a call beyond those that a bot may have
// open: a thousand, and one more for each update of the last minute.
func (c *call) tooActive() error {
	w := c.w
	if !w.opt.Flood.Server || w.opt.LocalTexts || neverLimited[c.method] || w.clock.Since(w.started) < activeFrom {
		return nil
	}
	c.bot.updates = after(c.bot.updates, w.clock.Now().Add(-time.Minute))
	if c.bot.active < activeCalls+len(c.bot.updates) {
		return nil
	}
	w.after(activeHold, func() { c.answer(nil, tooMany(activeRetry)) })
	return errHeld
}
