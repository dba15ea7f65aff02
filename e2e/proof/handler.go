package proof

import (
	"context"
	"time"
)

func handlerChecks() []Check {
	both := []Mode{Webhook, Polling}
	return []Check{
		{ID: "D8", Title: "a handler that keeps failing is tried again a bounded number of times, then parked and reported", AC: []string{"AC-002"},
			Modes: both, Needs: []string{"fail"}, Run: alwaysFailing},
		{ID: "D9", Title: "a handler's panic leaves the bot serving", AC: []string{"AC-002"},
			Modes: both, Needs: []string{"panic"}, Run: panicking},
	}
}

// mostAttempts is the bound: by then Telegram has been asked for over an hour.
const mostAttempts = 40

func alwaysFailing(ctx context.Context, e *Env) error {
	const rule = "an update that can't be handled is given up, reported with its id, and does not hold up its chat"
	const sent = "a message whose handler fails every time, then a proper one in the same chat"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	t, bad, good := e.Talk(), e.Spec.Texts.Fail.With("{tag}", e.word("fail")), e.Probe()
	t.Say(bad.Send)
	id := e.lastUpdate()
	t.Say(good.Send)
	if err := e.hearLater(ctx, t, good.Want, 30*time.Second); err != nil {
		return broken(rule, sent, "no answer to the proper one: %v", err)
	}
	if err := bot.reports(ctx, id); err != nil {
		return broken(rule, sent, "answered, but of the failing update: %v", err)
	}
	if e.Mode == Polling {
		return nil
	}
	return e.judgeAttempts(bad.Send, rule, sent)
}

// judgeAttempts looks at how often the failing update was delivered.
func (e *Env) judgeAttempts(text, rule, sent string) error {
	attempts, last := 0, 0
	for _, d := range e.Edge.Deliveries() {
		if d.Text == text {
			attempts, last = attempts+1, d.Status
		}
	}
	switch {
	case attempts < 2:
		return broken("a failing handler is tried again", sent, "given up after %d delivery", attempts)
	case attempts > mostAttempts || last/100 != 2:
		return broken(rule, sent, "%d deliveries, the last one answered %d", attempts, last)
	default:
		return nil
	}
}

// hearLater waits for an answer while minutes of Telegram's time pass every
// second: enough for its slowest retries.
func (e *Env) hearLater(ctx context.Context, t *Talk, text string, d time.Duration) error {
	ctx, cancel := within(ctx, d, "the answer")
	defer cancel()
	heard := make(chan error, 1)
	go func() { heard <- t.Hear(ctx, text) }()
	faster := time.NewTicker(100 * time.Millisecond)
	defer faster.Stop()
	for {
		select {
		case err := <-heard:
			return err
		case <-faster.C:
			if e.Mode == Webhook { // a poller's long poll would end early
				e.Fake.Clock().Advance(20 * time.Second)
			}
		}
	}
}

func panicking(ctx context.Context, e *Env) error {
	const rule = "a panic ends its own handler only"
	const sent = "a message whose handler panics, then somebody else's proper one"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	bad := e.Spec.Texts.Panic.With("{tag}", e.word("panic"))
	e.Talk().Say(bad.Send)
	if e.Mode == Webhook {
		err = e.Edge.Wait(ctx, answered(bad.Send))
		if err != nil {
			return err
		}
	}
	// Twice: the first may have been handled beside the one that panics.
	for range 2 {
		x := e.Probe()
		if err := e.hearLater(ctx, e.said(x.Send), x.Want, 20*time.Second); err != nil {
			return broken(rule, sent, "%v", err)
		}
	}
	if !bot.Running() {
		exit, _ := bot.Wait(ctx)
		return broken(rule, sent, "answered, and then %v", exit)
	}
	return nil
}

// said is a new chat in which text has been said.
func (e *Env) said(text string) *Talk {
	t := e.Talk()
	t.Say(text)
	return t
}

// answered is true once a delivery of the text has got its status.
func answered(text string) func([]Delivery) bool {
	return func(all []Delivery) bool {
		for _, d := range all {
			if d.Text == text && d.Status != 0 {
				return true
			}
		}
		return false
	}
}
