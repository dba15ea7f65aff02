package proof

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"hookproof/e2e/target"
)

func migrateCommandChecks() []Check {
	hook, both := []Mode{Webhook}, []Mode{Webhook, Polling}
	return []Check{
		{ID: "M3", Title: "a migration whose verification fails is rolled back by itself, dropping nothing", AC: []string{"AC-004", "AC-006"},
			Modes: hook, Needs: []string{"migrate"}, Run: migrationFails},
		{ID: "M4", Title: "a dry run of a migration prints the plan and sends only getters", AC: []string{"AC-006"},
			Modes: both, Needs: []string{"migrate"}, Run: dryRun},
		{ID: "M5", Title: "a migration interrupted at any call arrives when it is run again", AC: []string{"AC-004", "AC-006"},
			Modes: hook, Needs: []string{"migrate"}, Run: migrationInterrupted},
	}
}

// command starts one of the bot's other commands with a bot's settings.
func (e *Env) command(name string, args ...string) (*Instance, error) {
	port, err := e.ports.Take()
	if err != nil {
		return nil, err
	}
	return e.start(target.Launch{Settings: e.Defaults(port), Command: name, Args: args}, port)
}

// runCommand waits for the command's end.
func (e *Env) runCommand(ctx context.Context, name string, args ...string) (*Instance, target.Exit, error) {
	c, err := e.command(name, args...)
	if err != nil {
		return nil, target.Exit{}, err
	}
	exit, err := c.WaitExit(ctx, 40*time.Second, name)
	return c, exit, err
}

// unhook takes the webhook away in the bot's place.
func (e *Env) unhook(ctx context.Context) error {
	if _, err := e.Bot.Call(ctx, "deleteWebhook", nil); err != nil {
		return fmt.Errorf("remove the webhook: %w", err)
	}
	e.Fake.Clock().Advance(time.Second) // one setWebhook a second is allowed
	return nil
}

// migrationFails breaks deliveries, not the public URL as such: what only
// Telegram can notice.
func migrationFails(ctx context.Context, e *Env) error {
	const rule = "a failed verification exits non-zero with the webhook removed and nothing dropped"
	const sent = "a migration to webhooks with every delivery answered 502"
	if _, err := e.Start(ctx, nil); err != nil {
		return err
	}
	if err := e.unhook(ctx); err != nil {
		return err
	}
	e.Edge.FailDeliveries(true)
	t, x := e.Talk(), e.Probe()
	t.Say(x.Send)
	_, exit, err := e.runCommand(ctx, "migrate webhook")
	if err != nil {
		return broken(rule, sent, "%v", err)
	}
	if url := e.Bot.Webhook().URL; exit.Code == 0 || url != "" {
		return broken(rule, sent, "%v, and the webhook is %q", exit, url)
	}
	if n := e.Bot.Pending(); n != 1 {
		return broken(rule, sent, "%d updates pending, not the 1 that was", n)
	}
	return e.neverDropped(rule)
}

func dryRun(ctx context.Context, e *Env) error {
	const rule = "a dry run exits 0, says what it would do and calls only getters"
	if _, err := e.Start(ctx, nil); err != nil {
		return err
	}
	before, from := e.Bot.Webhook().URL, e.API.mark()
	name := map[Mode]string{Webhook: "migrate polling", Polling: "migrate webhook"}[e.Mode]
	c, exit, err := e.runCommand(ctx, name, "-dry-run")
	if err != nil {
		return broken(rule, name+" -dry-run", "%v", err)
	}
	if exit.Code != 0 || c.Output.String() == "" {
		return broken(rule, name+" -dry-run", "%v, saying %q", exit, c.Output.Tail(512))
	}
	for _, call := range e.API.Calls(from, "") {
		if !strings.HasPrefix(strings.ToLower(call.Method), "get") {
			return broken(rule, name+" -dry-run", "a call of %s", call.Method)
		}
	}
	if url := e.Bot.Webhook().URL; url != before {
		return broken(rule, name+" -dry-run", "the webhook is %q; it was %q", url, before)
	}
	return nil
}

// interruptions is how many calls of a migration are interrupted, one a run.
const interruptions = 4

func migrationInterrupted(ctx context.Context, e *Env) error {
	const rule = "a migration that was interrupted arrives when it is run again"
	if _, err := e.Start(ctx, nil); err != nil {
		return err
	}
	if err := e.unhook(ctx); err != nil {
		return err
	}
	x := e.Probe()
	t := e.said(x.Send)
	for n := range interruptions {
		if err := e.interrupt(ctx, "migrate webhook", n); err != nil {
			return err
		}
		if url := e.Bot.Webhook().URL; url != "" && url != publicURL {
			return broken(rule, fmt.Sprintf("SIGKILL at call %d", n+1), "the webhook is %q", url)
		}
	}
	e.Fake.Clock().Advance(time.Second)
	sent := fmt.Sprintf("SIGKILL at calls 1 to %d, one a run, then a whole run", interruptions)
	c, exit, err := e.runCommand(ctx, "migrate webhook")
	if err != nil {
		return broken(rule, sent, "%v", err)
	}
	if url := e.Bot.Webhook().URL; exit.Code != 0 || url != publicURL {
		return broken(rule, sent, "%v, and the webhook is %q; it said last:\n%s", exit, url, c.Output.Tail(512))
	}
	if err := e.hearSoon(ctx, t, x.Want); err != nil {
		return broken(rule, sent, "a message from before: %v", err)
	}
	return e.neverDropped(rule)
}

// interrupt starts the command and kills it when it makes its call n, counted
// from 0; one that ends earlier is fine.
func (e *Env) interrupt(ctx context.Context, name string, n int) error {
	reached := make(chan struct{})
	var count atomic.Int64
	remove := e.API.Intercept("", func(_ http.ResponseWriter, r *http.Request, _ Call) bool {
		if count.Add(1) != int64(n+1) {
			return false
		}
		close(reached)
		return e.API.hang(r)
	})
	defer remove()
	c, err := e.command(name)
	if err != nil {
		return err
	}
	select {
	case <-reached:
	case <-c.Done():
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	c.Kill()
	return nil
}
