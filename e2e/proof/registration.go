package proof

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

func registrationChecks() []Check {
	hook, both := []Mode{Webhook}, []Mode{Webhook, Polling}
	return []Check{
		{ID: "L1", Title: "the port accepts before setWebhook is sent", AC: []string{"AC-002"}, Modes: hook, Run: listensFirst},
		{ID: "L2", Title: "a taken port is an exit within 3 s, and nothing is registered", AC: []string{"AC-002"}, Modes: hook, Run: portTaken},
		{ID: "L3", Title: "setWebhook told to wait waits and succeeds; refused, the bot exits", AC: []string{"AC-002", "AC-004"}, Modes: hook, Run: registrationRefused},
		{ID: "L4", Title: "five replicas starting at once all become ready", AC: []string{"AC-004"}, Modes: hook, Run: replicas},
		{ID: "L5", Title: "a stop never removes the webhook", AC: []string{"AC-002", "AC-006"}, Modes: both, Run: stopKeepsWebhook},
		{ID: "L6", Title: "polling with a webhook set: its own is removed without dropping updates, anybody else's is left alone", AC: []string{"AC-002", "AC-006"},
			Modes: []Mode{Polling}, Run: pollOverWebhook},
	}
}

func listensFirst(ctx context.Context, e *Env) error {
	port, err := e.ports.Take()
	if err != nil {
		return err
	}
	accepted := make(chan error, 1)
	remove := e.API.Intercept("setWebhook", func(_ http.ResponseWriter, r *http.Request, _ Call) bool {
		c, err := new(net.Dialer).DialContext(r.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			err = c.Close()
		}
		select {
		case accepted <- err:
		default: // the first call is the one that counts
		}
		return false
	})
	defer remove()
	bot, err := e.launch(port, nil)
	if err != nil {
		return err
	}
	e.Edge.Route(bot.Addr())
	if err := bot.WaitReady(ctx); err != nil {
		return err
	}
	if err := <-accepted; err != nil {
		return broken("the port accepts before setWebhook is sent", "a connection while setWebhook was being answered", "%v", err)
	}
	return nil
}

func portTaken(ctx context.Context, e *Env) error {
	const rule = "a port that is taken is an exit with non-zero code within 3 s, before setWebhook"
	usual, err := e.timeStart(ctx)
	if err != nil {
		return err
	}
	port, err := e.ports.Take()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return err
	}
	defer l.Close()
	from := e.API.mark()
	bot, err := e.launch(port, nil)
	if err != nil {
		return err
	}
	limit := 3*time.Second + usual
	exit, err := bot.WaitExit(ctx, limit+time.Second, "exiting")
	if err != nil {
		return broken(rule, "a start on a taken port", "%v", err)
	}
	if took := exit.At.Sub(bot.Started()); exit.Code == 0 || exit.Signal != 0 || took > limit {
		return broken(rule, "a start on a taken port", "%v after %v", exit, took)
	}
	if n := len(e.API.Calls(from, "setWebhook")); n > 0 {
		return broken(rule, "a start on a taken port", "%d calls of setWebhook", n)
	}
	return nil
}

// timeStart is how long a start takes until the port answers. An interpreter on
// a busy machine needs seconds before it gets to anything that can go wrong.
func (e *Env) timeStart(ctx context.Context) (time.Duration, error) {
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return 0, err
	}
	took := time.Since(bot.Started())
	bot.Kill()
	return took, e.unhook(ctx) // or the next start has nothing to register
}

func registrationRefused(ctx context.Context, e *Env) error {
	if err := registrationDelayed(ctx, e); err != nil {
		return err
	}
	for status, body := range map[int]string{
		400: `{"ok":false,"error_code":400,"description":"Bad Request: bad webhook: refused by the check"}`,
		401: `{"ok":false,"error_code":401,"description":"Unauthorized"}`,
	} {
		if err := registrationDenied(ctx, e, status, body); err != nil {
			return err
		}
	}
	return nil
}

func registrationDelayed(ctx context.Context, e *Env) error {
	const rule, wait = "setWebhook answered 429 is sent again after retry_after, not before", 2
	var once sync.Once
	remove := e.API.Intercept("setWebhook", func(w http.ResponseWriter, _ *http.Request, _ Call) (told bool) {
		once.Do(func() { told = tooMany(w, wait) })
		return told
	})
	defer remove()
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return broken(rule, "setWebhook answered 429 with retry_after 2, once", "%v", err)
	}
	calls := e.API.Calls(0, "setWebhook")
	if gap := calls[1].At.Sub(calls[0].Done); gap < wait*time.Second-50*time.Millisecond {
		return broken(rule, "setWebhook answered 429 with retry_after 2, once", "the next call %v later", gap)
	}
	bot.Kill()
	return nil
}

// tooMany answers 429 (Bot API docs, ResponseParameters).
func tooMany(w http.ResponseWriter, seconds int) bool {
	return replyJSON(w, 429, fmt.Sprintf(
		`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after %d","parameters":{"retry_after":%d}}`, seconds, seconds))
}

func registrationDenied(ctx context.Context, e *Env, status int, body string) error {
	const rule = "a refused setWebhook ends the bot cleanly, with a non-zero code"
	if _, err := e.Bot.Call(ctx, "deleteWebhook", nil); err != nil {
		return err
	}
	defer e.API.Intercept("setWebhook", func(w http.ResponseWriter, _ *http.Request, _ Call) bool {
		return replyJSON(w, status, body)
	})()
	bot, err := e.Launch(nil)
	if err != nil {
		return err
	}
	e.Edge.Route(bot.Addr())
	sent := fmt.Sprintf("setWebhook answered %d", status)
	exit, err := bot.WaitExit(ctx, 10*time.Second, "exiting")
	if err != nil {
		return broken(rule, sent, "%v", err)
	}
	if exit.Code == 0 || exit.Signal != 0 {
		return broken(rule, sent, "%v", exit)
	}
	return bot.crashed(rule, sent)
}

func replicas(ctx context.Context, e *Env) error {
	const rule = "five replicas starting at once all become ready, registered with one secret"
	const sent = "five starts at once"
	var addrs []string
	for range 5 {
		bot, err := e.Launch(nil)
		if err != nil {
			return err
		}
		addrs = append(addrs, bot.Addr())
	}
	e.Edge.Route(addrs...)
	for n, bot := range e.Instances() {
		if err := bot.WaitReady(ctx); err != nil {
			return broken(rule, sent, "number %d: %v", n+1, err)
		}
	}
	for range 10 {
		if err := e.warm(ctx); err != nil {
			return broken(rule, sent, "%v", err)
		}
	}
	for n, bot := range e.Instances() {
		if err := bot.alive(ctx, rule, fmt.Sprintf("%s; number %d", sent, n+1)); err != nil {
			return err
		}
	}
	for _, d := range e.Edge.Deliveries() {
		if d.Status/100 != 2 {
			return broken(rule, sent, "a delivery answered %d", d.Status)
		}
	}
	return nil
}

func stopKeepsWebhook(ctx context.Context, e *Env) error {
	const rule = "a stop leaves the webhook as it is: the next instance has just set it"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	from := e.API.mark()
	if e.Mode == Polling { // the instance that takes over has registered already
		if err := e.setWebhook(ctx, e.Secret); err != nil {
			return err
		}
	}
	before := e.Bot.Webhook().URL
	if _, err := bot.StopWithin(ctx, 10*time.Second); err != nil {
		return err
	}
	for _, c := range e.API.Calls(from, "") {
		if c.Is("deleteWebhook") || c.Is("setWebhook") && c.Params.Get("url") == "" {
			return broken(rule, "SIGTERM", "a call of %s", c.Method)
		}
	}
	if url := e.Bot.Webhook().URL; url != before {
		return broken(rule, "SIGTERM", "the webhook is now %q", url)
	}
	return nil
}

func pollOverWebhook(ctx context.Context, e *Env) error {
	const rule = "a polling bot removes its own webhook without dropping updates, and polls"
	if !e.Spec.Has("WEBHOOK_URL") {
		return pollOverForeign(ctx, e)
	}
	if err := e.setWebhook(ctx, e.Secret); err != nil {
		return err
	}
	x := e.Probe()
	t := e.said(x.Send) // pending: nobody answers at the public URL
	if _, err := e.Start(ctx, nil); err != nil {
		return broken(rule, "a start in polling mode with its own webhook set", "%v", err)
	}
	wait, cancel := within(ctx, 10*time.Second, "the answer to the pending update")
	defer cancel()
	if err := t.Hear(wait, x.Want); err != nil {
		return broken(rule, "a start in polling mode with its own webhook set and an update pending", "%v", err)
	}
	if err := e.neverDropped(rule); err != nil {
		return err
	}
	for _, i := range e.Instances() {
		i.Kill()
	}
	return pollOverForeign(ctx, e)
}

// neverDropped looks for calls that throw pending updates away.
func (e *Env) neverDropped(rule string) error {
	for _, c := range e.API.Calls(0, "") {
		if drop := c.Params.Get("drop_pending_updates"); drop == "true" || drop == "1" || drop == "True" {
			return broken(rule, "nothing that asks for it", "%s with drop_pending_updates=%s", c.Method, drop)
		}
		if strings.HasPrefix(c.Params.Get("offset"), "-") {
			return broken(rule, "nothing that asks for it", "getUpdates with offset %s, which forgets what is older", c.Params.Get("offset"))
		}
	}
	return nil
}

func pollOverForeign(ctx context.Context, e *Env) error {
	const rule = "a polling bot leaves anybody else's webhook alone and says why it stops"
	const sent = "a start in polling mode with somebody else's webhook set"
	e.Fake.Clock().Advance(time.Second) // one setWebhook a second is allowed
	if _, err := e.Bot.Call(ctx, "setWebhook", map[string]any{"url": foreignURL}); err != nil {
		return fmt.Errorf("register somebody else's webhook: %w", err)
	}
	from := e.API.mark()
	bot, err := e.Launch(nil)
	if err != nil {
		return err
	}
	exit, err := bot.WaitExit(ctx, 10*time.Second, "exiting")
	if err != nil {
		return broken(rule, sent, "%v", err)
	}
	if exit.Code == 0 || exit.Signal != 0 {
		return broken(rule, sent, "%v", exit)
	}
	if !strings.Contains(strings.ToLower(bot.Output.String()), "webhook") {
		return broken(rule, sent, "%v without a word about the webhook; it said last:\n%s", exit, bot.Output.Tail(1024))
	}
	if url := e.Bot.Webhook().URL; url != foreignURL || len(e.API.Calls(from, "deleteWebhook")) > 0 {
		return broken(rule, sent, "the webhook is now %q", url)
	}
	return nil
}
