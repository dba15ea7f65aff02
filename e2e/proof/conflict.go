package proof

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

func conflictChecks() []Check {
	poll := []Mode{Polling}
	return []Check{
		{ID: "L7", Title: "401 ends the bot with a hint; 409 from another poller does not, and is backed off", AC: []string{"AC-006"},
			Modes: poll, Run: unauthorizedOrConflict},
		{ID: "L8", Title: "409 for 20 s, then fine: the bot recovers by itself, at one call a second at most", AC: []string{"AC-006"},
			Modes: poll, Run: longConflict},
	}
}

func unauthorizedOrConflict(ctx context.Context, e *Env) error {
	if err := unauthorized(ctx, e); err != nil {
		return err
	}
	return conflict(ctx, e, 6*time.Second, "409 from another poller is not fatal: two deploys overlap")
}

func unauthorized(ctx context.Context, e *Env) error {
	const rule = "401 ends the process with a non-zero code and a hint at the token"
	defer e.API.Intercept("", func(w http.ResponseWriter, _ *http.Request, _ Call) bool {
		return replyJSON(w, 401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`)
	})()
	bot, err := e.Launch(nil)
	if err != nil {
		return err
	}
	exit, err := bot.WaitExit(ctx, 10*time.Second, "exiting")
	if err != nil {
		return broken(rule, "401 to every call", "%v", err)
	}
	if exit.Code == 0 || exit.Signal != 0 {
		return broken(rule, "401 to every call", "%v", exit)
	}
	if !strings.Contains(strings.ToLower(bot.Output.String()), "token") {
		return broken(rule, "401 to every call", "%v without a word about the token; it said last:\n%s", exit, bot.Output.Tail(1024))
	}
	return nil
}

func longConflict(ctx context.Context, e *Env) error {
	return conflict(ctx, e, 20*time.Second, "after 409s a bot recovers without a restart, and asks once a second at most")
}

// conflict answers getUpdates with 409 for a while, as the Bot API does when
// another process polls, then lets the fake answer.
func conflict(ctx context.Context, e *Env, d time.Duration, rule string) error {
	sent := "409 terminated by other getUpdates request, for " + d.String()
	var over atomic.Bool
	defer e.API.Intercept("getUpdates", func(w http.ResponseWriter, _ *http.Request, _ Call) bool {
		return !over.Load() && replyJSON(w, 409, `{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}`)
	})()
	bot, err := e.Launch(nil)
	if err != nil {
		return err
	}
	first, err := e.API.Wait(ctx, bot.seen, func(c Call) bool { return c.Is("getUpdates") })
	if err != nil {
		return err
	}
	if ended := bot.runsFor(ctx, d); ended != nil {
		return broken(rule, sent, "%s", what(ended))
	}
	calls := e.API.Calls(first.Seq, "getUpdates")
	over.Store(true)
	if most := int(d/time.Second) + 3; len(calls) > most { // one a second, and a few quick ones at first
		return broken(rule, sent, "%d calls; %d are the most", len(calls), most)
	}
	if err := e.hearWithin(ctx, 45*time.Second); err != nil {
		return broken(rule, sent+", then none", "%v", err)
	}
	bot.Kill()
	return nil
}

// hearWithin exchanges a proper message.
func (e *Env) hearWithin(ctx context.Context, d time.Duration) error {
	ctx, cancel := within(ctx, d, "an answer")
	defer cancel()
	return e.warm(ctx)
}

// runsFor returns nil if the instance still runs after d; otherwise how it
// ended.
func (i *Instance) runsFor(ctx context.Context, d time.Duration) error {
	wait, cancel := within(ctx, d, "the watch")
	defer cancel()
	exit, err := i.Wait(wait)
	if err != nil {
		return ctx.Err() // nil: it was the watch that ended
	}
	return broken("the process keeps running", "nothing", "%v after %v; it said last:\n%s",
		exit, exit.At.Sub(i.Started()), i.Output.Tail(1024))
}
