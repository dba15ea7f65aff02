package proof

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"hookproof/fakes/telegram"
)

func migrationChecks() []Check {
	return []Check{
		{ID: "M1", Title: "from polling to webhooks under traffic: every message handled once, none dropped", AC: []string{"AC-002", "AC-004"},
			Modes: []Mode{Polling}, Run: func(ctx context.Context, e *Env) error { return migrate(ctx, e, Polling, Webhook) }},
		{ID: "M2", Title: "from webhooks back to polling under traffic: every message handled once, none dropped", AC: []string{"AC-006"},
			Modes: []Mode{Webhook}, Run: func(ctx context.Context, e *Env) error { return migrate(ctx, e, Webhook, Polling) }},
	}
}

// Traffic is people writing numbered messages all the time.
type Traffic struct {
	env   *Env
	talks []*Talk
	stop  chan struct{}
	wg    sync.WaitGroup

	mu    sync.Mutex
	wants [][]string // guarded by mu; of each talk, in order
}

// Traffic starts people who each write every 30 ms.
func (e *Env) Traffic(people int) *Traffic {
	t := &Traffic{env: e, stop: make(chan struct{}), wants: make([][]string, people)}
	for range people { // before anybody writes: t.talks is not guarded
		t.talks = append(t.talks, e.Talk())
	}
	for n := range people {
		t.wg.Go(func() { t.write(n) })
	}
	return t
}

func (t *Traffic) write(n int) {
	every := time.NewTicker(30 * time.Millisecond)
	defer every.Stop()
	for {
		select {
		case <-t.stop:
			return
		case <-every.C:
			x := t.env.Probe()
			t.mu.Lock()
			t.wants[n] = append(t.wants[n], x.Want)
			t.mu.Unlock()
			t.talks[n].Say(x.Send)
		}
	}
}

// Written is how many messages have been written so far.
func (t *Traffic) Written() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range t.wants {
		n += len(w)
	}
	return n
}

// Wait waits until n messages have been written.
func (t *Traffic) Wait(ctx context.Context, n int) error {
	return t.env.API.until(ctx, func() bool { return t.Written() >= n })
}

// End stops the traffic and returns what should be heard in each talk.
func (t *Traffic) End() [][]string {
	close(t.stop)
	t.wg.Wait()
	return t.wants
}

// Judge waits for all answers and compares them with the questions.
func (t *Traffic) Judge(ctx context.Context, rule, sent string) error {
	wants := t.End()
	wait, cancel := within(ctx, 20*time.Second, "all answers")
	defer cancel()
	for n, talk := range t.talks {
		if err := t.env.hearAll(wait, talk, wants[n]); err != nil {
			return broken(rule, sent, "chat %d: %v; %d messages, %d answers", n, err, len(wants[n]), len(talk.Heard()))
		}
		if got := talk.Heard(); !slices.Equal(got, wants[n]) {
			return broken(rule, sent, "chat %d: %s; %d messages, %d answers; %s", n,
				firstInversion(got, wants[n]), len(wants[n]), len(got), t.env.twice(got))
		}
	}
	return nil
}

// twice tells of the first text that was said twice how that came about.
func (e *Env) twice(heard []string) string {
	for n, text := range heard {
		if !slices.Contains(heard[:n], text) {
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%q was said twice:\n", text)
		for _, ev := range e.Fake.Journal() {
			if ev.Params["text"] == text || ev.Kind == telegram.EventWebhook {
				fmt.Fprintln(&b, ev)
			}
		}
		for _, i := range e.Instances() {
			fmt.Fprintf(&b, "process %d said last:\n%s", i.PID(), i.Output.Tail(512))
		}
		return b.String()
	}
	return "none was said twice"
}

// hearAll waits until every text has been said, Telegram's clock running
// faster meanwhile: its retries are part of a switch.
func (e *Env) hearAll(ctx context.Context, t *Talk, wants []string) error {
	heard := make(chan error, 1)
	go func() { heard <- e.WaitHeard(ctx, t, wants) }()
	faster := time.NewTicker(200 * time.Millisecond)
	defer faster.Stop()
	for {
		select {
		case err := <-heard:
			return err
		case <-faster.C:
			if e.Mode == Webhook {
				e.Fake.Clock().Advance(time.Second)
			}
		}
	}
}

// writtenBetween is how much is written in each mode at least: a third of a
// second's messages.
const writtenBetween = 30

// migrate stops the bot in one mode and starts it in the other, as a change of
// WEBHOOK_ENABLED does, while people write.
func migrate(ctx context.Context, e *Env, from, to Mode) error {
	const rule = "a change of mode loses nothing, doubles nothing and keeps the order"
	sent := fmt.Sprintf("numbered messages all the time, %s, SIGTERM, %s", from, to)
	e.Mode = from
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	if err := e.hearWithin(ctx, 10*time.Second); err != nil {
		return err
	}
	people := e.Traffic(3)
	if err := errors.Join(e.hearWithin(ctx, 10*time.Second), people.Wait(ctx, writtenBetween)); err != nil {
		people.End()
		return broken("every message is answered", "numbered messages all the time", "%v", err)
	}
	if _, err := bot.StopWithin(ctx, 20*time.Second); err != nil {
		people.End()
		return broken("a bot stops at SIGTERM", sent, "%v", err)
	}
	e.Mode = to
	if _, err := e.Start(ctx, nil); err != nil {
		people.End()
		return broken(rule, sent, "%v", err)
	}
	if err := errors.Join(e.hearWithin(ctx, 10*time.Second), people.Wait(ctx, people.Written()+writtenBetween)); err != nil {
		people.End()
		return broken(rule, sent, "%v", err)
	}
	if err := people.Judge(ctx, rule, sent); err != nil {
		return err
	}
	if err := e.emptied(ctx); err != nil {
		return broken("nothing is pending after a change of mode", sent, "%v", err)
	}
	return e.neverDropped("no change of mode drops pending updates")
}

// emptied waits until nothing is pending. The last answer may be sent before its
// delivery is acknowledged, or before the poll that confirms it, and nobody tells
// of that poll before it ends.
func (e *Env) emptied(ctx context.Context) error {
	ctx, cancel := within(ctx, 10*time.Second, "the last acknowledgement")
	defer cancel()
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for e.Bot.Pending() > 0 {
		select {
		case <-every.C:
		case <-ctx.Done():
			return fmt.Errorf("%d updates pending: %w", e.Bot.Pending(), context.Cause(ctx))
		}
	}
	return nil
}
