package proof

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

func secretChecks() []Check {
	hook := []Mode{Webhook}
	return []Check{
		{ID: "S1", Title: "a wrong or absent secret is refused with 401 or 403 and has no effect", AC: []string{"AC-003"},
			Modes: hook, Needs: []string{"WEBHOOK_SECRET_TOKEN"}, Run: wrongSecret},
		{ID: "S2", Title: "a malformed secret header is refused with 4xx, never 5xx", AC: []string{"AC-003"},
			Modes: hook, Needs: []string{"WEBHOOK_SECRET_TOKEN"}, Run: malformedSecret},
		{ID: "S3", Title: "an unauthenticated request causes no Bot API call", AC: []string{"AC-003"},
			Modes: hook, Needs: []string{"WEBHOOK_SECRET_TOKEN"}, Run: unauthenticatedCall},
		{ID: "S9", Title: "a wrong secret with an unread body gets its answer within a second and the connection closes", AC: []string{"AC-003"},
			Modes: hook, Needs: []string{"WEBHOOK_SECRET_TOKEN"}, Run: unreadBody},
		{ID: "S13", Title: "old and new secret are both good during a rotation; afterwards the old one is refused and its update arrives again", AC: []string{"AC-003", "AC-004"},
			Modes: hook, Needs: []string{"WEBHOOK_SECRET_TOKEN", "WEBHOOK_SECRET_TOKEN_PREVIOUS"}, Run: rotation},
		{ID: "S14", Title: "webhook mode does not start without a valid secret", AC: []string{"AC-003"},
			Modes: hook, Needs: []string{"WEBHOOK_SECRET_TOKEN"}, Run: noSecret},
	}
}

// swapCase is the same word with the case of its letters changed.
func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		default:
			return r
		}
	}, s)
}

// forgery is a secret header line that must not be accepted; "" sends none.
type forgery struct {
	name  string
	lines []string
}

func wrongSecrets(secret string) []forgery {
	line := func(s string) []string { return []string{secretHeader + ": " + s} }
	return []forgery{
		{"no secret header", nil},
		{"a wrong secret of the right length", line(strings.Repeat("x", len(secret)))},
		{"all but the last character of the secret", line(secret[:len(secret)-1])},
		{"the secret and one character more", line(secret + "x")},
		{"the secret with upper and lower case swapped", line(swapCase(secret))},
		{"the secret in another header", []string{"Authorization: Bearer " + secret}},
	}
}

func wrongSecret(ctx context.Context, e *Env) error {
	const rule = "a wrong or absent secret gets 401 or 403 and no side effect"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	x := e.Probe()
	for _, f := range wrongSecrets(e.Secret) {
		r, err := bot.Post(ctx, e.Text(x.Send).Without(secretHeader).With(f.lines...))
		if err != nil {
			return broken(rule, "a POST with "+f.name, "no answer: %v", err)
		}
		if r.Status != http.StatusUnauthorized && r.Status != http.StatusForbidden {
			return broken(rule, "a POST with "+f.name, "%v", r)
		}
	}
	// Whatever those left running has had its time once this one is answered.
	if err := bot.alive(ctx, rule, "POSTs with wrong secrets"); err != nil {
		return err
	}
	want := 0
	if x == e.Spec.Texts.Answer {
		want = 1 // alive asked the same
	}
	if n := e.API.Times(x.Want); n > want {
		return broken(rule, "POSTs with wrong secrets", "%d of them were answered", n-want)
	}
	return nil
}

func malformedSecret(ctx context.Context, e *Env) error {
	const rule = "a malformed secret header gets 4xx"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	line := func(s string) string { return secretHeader + ": " + s }
	for _, f := range []forgery{
		{"bytes that are not ASCII", []string{line("\xff\xfe\xc3\x28")}},
		{"UTF-8 letters", []string{line("секрет")}},
		{"nothing after the colon", []string{line("")}},
		{"the header twice, wrong then right", []string{line("wrong"), line(e.Secret)}},
		{"the header twice, right then wrong", []string{line(e.Secret), line("wrong")}},
		{"the header twice, right both times", []string{line(e.Secret), line(e.Secret)}},
		{"8 KB", []string{line(strings.Repeat("k", 8<<10))}},
	} {
		sent := "a POST with a secret header of " + f.name
		r, err := bot.Post(ctx, e.Text(e.Probe().Send).Without(secretHeader).With(f.lines...))
		if err != nil {
			return broken(rule, sent, "no answer: %v", err)
		}
		if r.Status/100 != 4 {
			return broken(rule, sent, "%v", r)
		}
	}
	return bot.alive(ctx, rule, "malformed secret headers")
}

func unauthenticatedCall(ctx context.Context, e *Env) error {
	const rule = "a request without the secret causes no Bot API call"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	from := e.API.mark()
	for range 10 {
		if _, err := bot.Post(ctx, e.Text(e.Probe().Send).Without(secretHeader)); err != nil {
			return broken(rule, "a POST without secret", "no answer: %v", err)
		}
	}
	x := e.Probe()
	if _, err := bot.Post(ctx, e.Text(x.Send)); err != nil {
		return broken(rule, "a proper update after ten without secret", "no answer: %v", err)
	}
	if err := e.API.WaitSaid(ctx, x.Want); err != nil {
		return err
	}
	for _, c := range e.API.Calls(from, "") {
		// A bot may look after its registration at any time, and the proper
		// update is answered by a call or in place.
		if !c.Is("getWebhookInfo") && !c.Is("setWebhook") && c.Params.Get("text") != x.Want {
			return broken(rule, "ten POSTs without secret", "a call of %s", c.Method)
		}
	}
	return nil
}

func unreadBody(ctx context.Context, e *Env) error {
	const rule = "a wrong secret is answered within a second, whether or not the body comes, and the connection closes"
	const sent = "headers with a wrong secret and Content-Length 500, then 3 bytes of body"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	c, err := Dial(ctx, bot.Addr())
	if err != nil {
		return err
	}
	defer c.Close()
	r := e.Hook([]byte(`{"u`)).WithSecret("wrong").With("Content-Length: 500")
	if err := c.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
		return err
	}
	resp, err := c.Do(r)
	if err != nil {
		return broken(rule, sent, "no answer in 3 s: %v", err)
	}
	if resp.Status != http.StatusUnauthorized && resp.Status != http.StatusForbidden {
		return broken(rule, sent, "%v", resp)
	}
	if resp.Took > time.Second {
		return broken(rule, sent, "%d after %v", resp.Status, resp.Took)
	}
	if _, err := c.WaitClosed(2 * time.Second); err != nil {
		return broken(rule, sent, "%d, but the connection is still open 2 s later", resp.Status)
	}
	return nil
}

func rotation(ctx context.Context, e *Env) error {
	const rule = "during a rotation both secrets are good"
	oldSecret := e.word("old")
	bot, err := e.Start(ctx, Settings{"WEBHOOK_SECRET_TOKEN_PREVIOUS": oldSecret})
	if err != nil {
		return err
	}
	for name, s := range map[string]string{"new": e.Secret, "old": oldSecret} {
		r, err := bot.Post(ctx, e.Text(e.Probe().Send).WithSecret(s))
		if err != nil || r.Status/100 != 2 {
			return broken(rule, "a POST with the "+name+" secret", "%s", cameBack(r, err))
		}
	}
	if _, err := bot.StopWithin(ctx, 10*time.Second); err != nil {
		return err
	}
	return afterRotation(ctx, e, oldSecret)
}

// afterRotation has Telegram still use the old secret with a bot that knows
// only the new one, as it does until the bot has registered again.
func afterRotation(ctx context.Context, e *Env, oldSecret string) error {
	const rule = "after a rotation the old secret is refused, and its update arrives again with the new one"
	bot, err := e.Restart(ctx, nil)
	if err != nil {
		return err
	}
	if err := e.setWebhook(ctx, oldSecret); err != nil {
		return err
	}
	t, x := e.Talk(), e.Probe()
	t.Say(x.Send)
	err = e.Edge.Wait(ctx, func(all []Delivery) bool {
		return len(all) > 0 && all[len(all)-1].Status != 0
	})
	if err != nil {
		return err
	}
	if d := e.Edge.Deliveries(); d[len(d)-1].Status/100 == 2 {
		return broken(rule, "an update with the old secret", "status %d", d[len(d)-1].Status)
	}
	if err := e.setWebhook(ctx, e.Secret); err != nil {
		return err
	}
	if err := t.Hear(ctx, x.Want); err != nil {
		return broken(rule, "the same update with the new secret", "%v", err)
	}
	return bot.alive(ctx, rule, "both")
}

// setWebhook registers the bot's URL in its place. Telegram allows one
// such call a second (observed on the real server), so its clock moves first.
func (e *Env) setWebhook(ctx context.Context, secret string) error {
	e.Fake.Clock().Advance(time.Second)
	_, err := e.Bot.Call(ctx, "setWebhook", map[string]any{"url": e.hookURL(), "secret_token": secret})
	if err != nil {
		return fmt.Errorf("register the webhook: %w", err)
	}
	return nil
}

func noSecret(ctx context.Context, e *Env) error {
	const rule = "webhook mode without a valid secret exits non-zero and registers nothing"
	for _, tt := range []struct{ name, secret string }{
		{"no secret", unset},
		{"an empty secret", ""},
		{"a secret with a character that Telegram refuses", "not=allowed"},
		{"a secret of 257 characters", strings.Repeat("a", 257)},
	} {
		sent := "a start with " + tt.name
		bot, err := e.Launch(Settings{"WEBHOOK_SECRET_TOKEN": tt.secret})
		if err != nil {
			return err
		}
		exit, err := bot.WaitExit(ctx, 10*time.Second, sent)
		if err != nil {
			return broken(rule, sent, "%v", err)
		}
		if exit.Code == 0 || exit.Signal != 0 {
			return broken(rule, sent, "%v", exit)
		}
	}
	if calls := e.API.Calls(0, "setWebhook"); len(calls) > 0 {
		return broken(rule, "starts without a valid secret", "%d calls of setWebhook", len(calls))
	}
	return nil
}
