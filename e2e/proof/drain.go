package proof

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

func drainChecks() []Check {
	both, hook := []Mode{Webhook, Polling}, []Mode{Webhook}
	return []Check{
		{ID: "D2", Title: "every update acknowledged under load is handled before a stop ends", AC: []string{"AC-002"},
			Modes: hook, Needs: []string{"sleep"}, Run: stoppedUnderLoad},
		{ID: "D3", Title: "a handler that runs at SIGTERM still gets its answer to the chat", AC: []string{"AC-002"},
			Modes: both, Needs: []string{"sleep"}, Run: answerWhileDraining},
		{ID: "D4", Title: "a request after SIGTERM is refused or told to come back, never taken and dropped", AC: []string{"AC-002"},
			Modes: hook, Needs: []string{"sleep", "health"}, Run: requestAfterStop},
		{ID: "D5", Title: "a handler that never returns is abandoned at the deadline: non-zero exit, its update reported", AC: []string{"AC-002"},
			Modes: both, Needs: []string{"sleep", "SHUTDOWN_TIMEOUT"}, Run: endlessHandler},
		{ID: "D6", Title: "a clean stop prints no panic, after a failed start neither", AC: []string{"AC-002"},
			Modes: both, Run: cleanStop},
		{ID: "L10", Title: "a second SIGTERM exits at once", AC: []string{"AC-002"},
			Modes: both, Needs: []string{"sleep"}, Run: secondStop},
	}
}

func stoppedUnderLoad(ctx context.Context, e *Env) error {
	const rule = "an update that was answered 2xx has been handled when the process ends"
	const sent = "20 messages of 300 ms each, SIGTERM while they are handled"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	if err := e.warm(ctx); err != nil {
		return err
	}
	before := len(e.Edge.Deliveries())
	talks, wants := e.twenty()
	err = e.Edge.Wait(ctx, func(all []Delivery) bool { return len(all) >= before+5 })
	if err != nil {
		return err
	}
	exit, err := bot.StopWithin(ctx, 40*time.Second)
	if err != nil {
		return broken(rule, sent, "%v", err)
	}
	if exit.Code != 0 {
		return broken(rule, sent, "%v; it said last:\n%s", exit, bot.Output.Tail(1024))
	}
	if err := e.acknowledged(talks, wants, rule, sent); err != nil {
		return err
	}
	if _, err := e.Restart(ctx, nil); err != nil {
		return err
	}
	for n, t := range talks {
		if err := e.hearSoon(ctx, t, wants[n]); err != nil {
			return broken("what was not acknowledged is handled after the restart", sent+", a restart", "message %d: %v", n, err)
		}
		if c := t.Count(wants[n]); c != 1 {
			return broken("one update has one effect", sent+", a restart", "message %d has %d answers", n, c)
		}
	}
	return nil
}

// warm has the bot answer once, after which Telegram opens more than one
// connection (Bot API server source: one while the hook is untried).
func (e *Env) warm(ctx context.Context) error { return e.Talk().Exchange(ctx, e.Probe()) }

// twenty people write at once.
func (e *Env) twenty() (talks []*Talk, wants []string) {
	for range 20 {
		t, x := e.Talk(), e.Sleep(300*time.Millisecond, e.word("load"))
		talks, wants = append(talks, t), append(wants, x.Want)
		t.Say(x.Send)
	}
	return talks, wants
}

// acknowledged compares what was answered 2xx with what the chats show. The
// fake reads an answer just after the edge has passed it on, hence the wait
// for its journal by way of the chats.
func (e *Env) acknowledged(talks []*Talk, wants []string, rule, sent string) error {
	taken := map[string]bool{}
	for _, d := range e.Edge.Deliveries() {
		if d.Status/100 == 2 {
			taken[d.Text] = true
		}
	}
	for n, t := range talks {
		for text := range taken {
			if !strings.Contains(text, lastWord(wants[n])) {
				continue
			}
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			err := e.WaitHeard(ctx, t, wants[n:n+1])
			cancel()
			if err != nil {
				return broken(rule, sent, "message %d was answered 2xx, and then: %v", n, err)
			}
		}
	}
	return nil
}

// lastWord is the tag at the end of an exchange.
func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

func answerWhileDraining(ctx context.Context, e *Env) error {
	const rule = "the answer of a handler that runs at SIGTERM reaches the chat"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	t, x, err := e.Busy(ctx, 1500*time.Millisecond)
	if err != nil {
		return err
	}
	exit, err := bot.StopWithin(ctx, 40*time.Second)
	if err != nil {
		return broken(rule, "SIGTERM while a handler ran", "%v", err)
	}
	soon, cancel := within(ctx, 2*time.Second, "the answer")
	defer cancel()
	if err := t.Hear(soon, x.Want); err != nil {
		return broken(rule, "SIGTERM while a handler ran", "%v, but %v; it said last:\n%s", exit, err, bot.Output.Tail(1024))
	}
	if exit.Code != 0 {
		return broken("a drain in time is a clean stop", "SIGTERM while a handler ran", "%v", exit)
	}
	return nil
}

func requestAfterStop(ctx context.Context, e *Env) error {
	const rule = "a request after SIGTERM is refused, 503, or handled"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	kept, err := Dial(ctx, bot.Addr())
	if err != nil {
		return err
	}
	defer kept.Close()
	if r, err := kept.Do(e.Text(e.Probe().Send)); err != nil || r.Status != http.StatusOK {
		return fmt.Errorf("an update before SIGTERM: %v (%w)", r, err)
	}
	if _, _, err := e.Busy(ctx, 1500*time.Millisecond); err != nil {
		return err
	}
	if err := bot.Terminate(); err != nil {
		return err
	}
	if err := bot.WaitDraining(ctx); err != nil {
		return err
	}
	for name, post := range map[string]func(Request) (Response, error){
		"a connection kept from before": kept.Do,
		"a new connection":              func(r Request) (Response, error) { return Send(ctx, bot.Addr(), r) },
	} {
		x := e.Probe()
		r, err := post(e.Text(x.Send))
		if c, ok := replyCall(r); ok {
			e.API.made(c)
		}
		sent := "an update on " + name + " after SIGTERM"
		if err == nil && r.Status/100 == 2 && e.API.Times(x.Want) == 0 {
			return broken(rule, sent, "%v, and no effect", r)
		}
		if err == nil && r.Status/100 != 2 && r.Status != http.StatusServiceUnavailable {
			return broken(rule, sent, "%v", r)
		}
	}
	_, err = bot.WaitExit(ctx, 40*time.Second, "the drain")
	return err
}

// WaitDraining waits until the bot shows that it has seen SIGTERM: health is
// 503, or nobody listens any more.
func (i *Instance) WaitDraining(ctx context.Context) error {
	ctx, cancel := within(ctx, 10*time.Second, "health turning 503 after SIGTERM")
	defer cancel()
	every := time.NewTicker(5 * time.Millisecond)
	defer every.Stop()
	for {
		if status, err := i.Health(ctx); err != nil || status == http.StatusServiceUnavailable {
			return nil
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return broken("health is 503 from SIGTERM on", "SIGTERM", "%v", context.Cause(ctx))
		}
	}
}

func endlessHandler(ctx context.Context, e *Env) error {
	const rule = "at the drain's deadline the process reports what it abandons and exits non-zero"
	const sent = "SHUTDOWN_TIMEOUT=1s, SIGTERM while a handler sleeps ten minutes"
	bot, err := e.Start(ctx, Settings{"SHUTDOWN_TIMEOUT": "1s"})
	if err != nil {
		return err
	}
	if _, _, err := e.Busy(ctx, 10*time.Minute); err != nil {
		return err
	}
	began := time.Now()
	exit, err := bot.StopWithin(ctx, 5*time.Second)
	if err != nil {
		return broken(rule, sent, "%v", err)
	}
	if exit.Code == 0 || exit.Signal != 0 {
		return broken(rule, sent, "%v after %v", exit, exit.At.Sub(began))
	}
	id := e.lastUpdate()
	if id == 0 || !bot.Output.Contains(fmt.Sprint(id)) {
		return broken(rule, sent, "%v, and update_id %d is nowhere in the output; it said last:\n%s", exit, id, bot.Output.Tail(1024))
	}
	return nil
}

// lastUpdate is the id of the latest update that the fake has queued.
func (e *Env) lastUpdate() (id int64) {
	for _, ev := range e.Fake.Journal() {
		if ev.UpdateID > id {
			id = ev.UpdateID
		}
	}
	return id
}

// panics are the marks of a crash in the languages bots are written in.
var panics = regexp.MustCompile(`(?m)^panic: |^goroutine \d+ \[|^Traceback \(most recent|UnhandledPromiseRejection|^fatal error: `)

// crashed breaks the rule if the output shows a crash.
func (i *Instance) crashed(rule, sent string) error {
	if mark := panics.FindString(i.Output.String()); mark != "" {
		return broken(rule, sent, "%q in the output; it said last:\n%s", strings.TrimSpace(mark), i.Output.Tail(1024))
	}
	return nil
}

func cleanStop(ctx context.Context, e *Env) error {
	const rule = "a stop prints no panic"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	if err := e.warm(ctx); err != nil {
		return err
	}
	exit, err := bot.StopWithin(ctx, 10*time.Second)
	if err != nil {
		return broken("an idle bot stops at once", "SIGTERM", "%v", err)
	}
	if exit.Code != 0 {
		return broken("a clean stop exits 0", "SIGTERM", "%v; it said last:\n%s", exit, bot.Output.Tail(1024))
	}
	if err := bot.crashed(rule, "SIGTERM"); err != nil {
		return err
	}
	method := map[Mode]string{Webhook: "setWebhook", Polling: "getUpdates"}[e.Mode]
	if err := failedStart(ctx, e, rule, method); err != nil {
		return err
	}
	return failedStart(ctx, e, rule, method, "getMe", "getWebhookInfo")
}

// failedStart has something that a bot does at its start refused.
func failedStart(ctx context.Context, e *Env, rule string, methods ...string) error {
	defer e.API.Intercept("", func(w http.ResponseWriter, _ *http.Request, c Call) bool {
		if !slices.ContainsFunc(methods, c.Is) {
			return false
		}
		return replyJSON(w, 400, `{"ok":false,"error_code":400,"description":"Bad Request: refused by the check"}`)
	})()
	bot, err := e.Launch(nil)
	if err != nil {
		return err
	}
	e.Edge.Route(bot.Addr())
	wait, cancel := within(ctx, 3*time.Second, "a failed start")
	defer cancel()
	if _, err := bot.Wait(wait); err != nil { // it stays: then it must stop cleanly
		if _, err := bot.StopWithin(ctx, 10*time.Second); err != nil {
			return broken("a bot that could not start stops at once", "SIGTERM after a failed start", "%v", err)
		}
	}
	return bot.crashed(rule, "a start with "+strings.Join(methods, ", ")+" refused, then SIGTERM")
}

func secondStop(ctx context.Context, e *Env) error {
	const rule = "a second SIGTERM exits at once"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	if _, _, err := e.Busy(ctx, time.Minute); err != nil {
		return err
	}
	if err := bot.Terminate(); err != nil {
		return err
	}
	if e.Spec.Health != "" {
		if err := bot.WaitDraining(ctx); err != nil {
			return err
		}
	}
	took, err := bot.insist(ctx)
	if err != nil {
		return broken(rule, "SIGTERM again while a handler sleeps a minute", "%v after %v", err, took)
	}
	return nil
}

// insist sends SIGTERM five times in a second, until the process ends: a bot
// may need a moment after the first before it takes the second for what it is.
func (i *Instance) insist(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	var err error
	for range 5 {
		if err := i.Terminate(); err != nil && i.Running() && !errors.Is(err, os.ErrProcessDone) {
			return 0, err
		}
		if _, err = i.WaitExit(ctx, 200*time.Millisecond, "exiting"); err == nil {
			break
		}
	}
	return time.Since(began), err
}
