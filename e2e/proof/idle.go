package proof

import (
	"context"
	"time"
)

func idleChecks() []Check {
	return []Check{
		{ID: "P3", Title: "an idle poller makes 0.1 requests a second at most and uses under 0.1 % of a core", AC: []string{"AC-005"},
			Modes: []Mode{Polling}, Run: idle},
	}
}

const (
	idleFor   = 20 * time.Second
	idleCalls = 2              // 0.1 a second
	idleCPU   = idleFor / 1000 // 0.1 % of a core
)

// settle waits for the end of what belongs to the start: an interpreter goes on
// compiling for ten seconds. Two quiet seconds are the end, or the sixth pair.
func (i *Instance) settle(ctx context.Context) error {
	const pause, most = 2 * time.Second, 6
	before := time.Duration(0)
	for range most {
		if ended := i.runsFor(ctx, pause); ended != nil {
			return ended
		}
		now, err := i.CPU()
		if err != nil || now-before <= pause/1000 {
			return err
		}
		before = now
	}
	return nil
}

func idle(ctx context.Context, e *Env) error {
	const rule, sent = "an idle poller costs next to nothing", "nothing, for 20 s, with default settings"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	if err := bot.settle(ctx); err != nil {
		return err
	}
	from := e.API.mark()
	before, err := bot.CPU()
	if err != nil {
		return err
	}
	if ended := bot.runsFor(ctx, idleFor); ended != nil {
		return ended
	}
	after, err := bot.CPU()
	if err != nil {
		return err
	}
	if n := len(e.API.Calls(from, "")); n > idleCalls {
		return broken(rule, sent, "%d requests; %d are the most", n, idleCalls)
	}
	if used := after - before; used > idleCPU {
		return broken(rule, sent, "%v of processor time; %v is the most", used, idleCPU)
	}
	return nil
}
