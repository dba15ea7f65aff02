package proof

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

func methodChecks() []Check {
	hook := []Mode{Webhook}
	return []Check{
		{ID: "S4", Title: "odd methods and requests cut in the middle leave the bot serving", AC: []string{"AC-003"}, Modes: hook, Run: oddRequests},
		{ID: "S7", Title: "half a header is cut off within 10 s", AC: []string{"AC-003"}, Modes: hook, Run: halfHeader},
		{ID: "S8", Title: "half a body is cut off within 10 s, whatever the secret", AC: []string{"AC-003"}, Modes: hook, Run: halfBody},
		{ID: "S10", Title: "other methods get 405, other paths 404, and errors tell nothing of the parser", AC: []string{"AC-003"}, Modes: hook, Run: refusals},
		{ID: "D11", Title: "bodies that are not updates are refused or ignored, never 5xx", AC: []string{"AC-002"}, Modes: hook, Run: notUpdates},
	}
}

func oddRequests(ctx context.Context, e *Env) error {
	const rule = "no request ends the process"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	for _, secret := range []string{e.Secret, "", "wrong"} {
		hook := e.Text(e.Probe().Send).WithSecret(secret)
		if secret == "" {
			hook = hook.Without(secretHeader)
		}
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "BREW"} {
			if _, err := bot.Post(ctx, hook.As(method)); err != nil && !bot.Running() {
				break // alive says it better
			}
		}
		options := hook.As("OPTIONS")
		options.Target, options.Body = "*", nil
		_, _ = bot.Post(ctx, options) // any answer is fine, none too
		bot.cut(ctx, hook)
		sent := fmt.Sprintf("GET, HEAD, PUT, DELETE, BREW, OPTIONS * and a POST cut mid-body, secret %q", hide(secret, e.Secret))
		if err := bot.alive(ctx, rule, sent); err != nil {
			return err
		}
	}
	return nil
}

// hide keeps the right secret out of messages.
func hide(secret, right string) string {
	if secret == right {
		return "(the right one)"
	}
	return secret
}

// cut sends a request whose body never ends, and hangs up. Nothing is judged:
// whether the bot is still there afterwards is what counts.
func (i *Instance) cut(ctx context.Context, r Request) {
	c, err := Dial(ctx, i.Addr())
	if err != nil {
		return
	}
	defer c.Close()
	whole := len(r.Body)
	r.Body = r.Body[:whole/2]
	_, _ = c.Write(r.With(fmt.Sprintf("Content-Length: %d", whole)).bytes())
}

// slowLimit is how long an unfinished request may hold a connection; a little
// is added for a busy machine.
const slowLimit, slowGrace = 10 * time.Second, 1500 * time.Millisecond

func halfHeader(ctx context.Context, e *Env) error {
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	r := e.Hook(nil)
	text := strings.TrimSuffix(string(r.head()), "\r\n") + "X-Half-a-hea"
	return bot.stall(ctx, "half a header line", text)
}

func halfBody(ctx context.Context, e *Env) error {
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	half := e.Hook([]byte(`{"update_id":1,`)).With("Content-Length: 500")
	results := make(chan error, 2)
	go func() { results <- bot.stall(ctx, "half a body with the right secret", string(half.bytes())) }()
	go func() {
		results <- bot.stall(ctx, "half a body with a wrong secret", string(half.WithSecret("wrong").bytes()))
	}()
	if err := <-results; err != nil {
		<-results
		return err
	}
	return <-results
}

// stall sends text and nothing more, and breaks the rule unless the connection
// closes in time.
func (i *Instance) stall(ctx context.Context, what, text string) error {
	c, err := Dial(ctx, i.Addr())
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write([]byte(text)); err != nil {
		return err
	}
	if _, err := c.WaitClosed(slowLimit + slowGrace); err != nil {
		return broken("an unfinished request is cut off within 10 s", what, "the connection is still open after %v", slowLimit+slowGrace)
	}
	return nil
}

// parserWords are what decoders of several languages say.
var parserWords = []string{
	"invalid character", "unmarshal", "json:", "unexpected end", "SyntaxError", "Unexpected token",
	"Traceback", "JSONDecodeError", "Expecting", "goroutine", "looking for beginning",
}

func refusals(ctx context.Context, e *Env) error {
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	x := e.Probe()
	hook := e.Text(x.Send)
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "PATCH"} {
		r, err := bot.Post(ctx, hook.As(method))
		if err != nil || r.Status != http.StatusMethodNotAllowed {
			return broken("another method on the hook is 405", method+" on the hook with the right secret", "%s", cameBack(r, err))
		}
	}
	for _, path := range []string{"/nowhere", e.hookPath() + "/more", "/"} {
		elsewhere := hook
		elsewhere.Target = path
		r, err := bot.Post(ctx, elsewhere)
		if err != nil || r.Status != http.StatusNotFound {
			return broken("another path is 404", "POST "+path+" with the right secret", "%s", cameBack(r, err))
		}
	}
	if n := e.API.Times(x.Want); n > 0 {
		return broken("a refused request has no effect", "other methods and paths", "%d answers", n)
	}
	return bot.tellsNothing(ctx, e)
}

// tellsNothing looks for the parser's words and the sender's in error bodies.
func (i *Instance) tellsNothing(ctx context.Context, e *Env) error {
	const rule = "an error body carries no parser text and nothing of the request"
	marker := e.word("marker")
	for _, body := range []string{`{"update_id": ` + marker + `}`, `{"update_id": 1,`, `<xml>` + marker + `</xml>`} {
		r, err := i.Post(ctx, e.Hook([]byte(body)))
		if err != nil {
			return broken(rule, body, "no answer: %v", err)
		}
		for _, word := range append([]string{marker}, parserWords...) {
			if strings.Contains(r.Body, word) {
				return broken(rule, body, "%q in %v", word, r)
			}
		}
	}
	return nil
}

func notUpdates(ctx context.Context, e *Env) error {
	const rule = "what is not an update is refused with 4xx or ignored"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	deepObject := strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000)
	for name, body := range map[string]string{
		"null": "null", "an empty object": "{}", "an empty array": "[]", "nothing": "", "a number": "7", "a string": `"x"`,
		"10,000 nested arrays":    deep,
		"10,000 nested objects":   deepObject,
		"deep nesting inside":     `{"update_id":5,"message":` + deepObject + `}`,
		"update_id 2^63":          `{"update_id":9223372036854775808}`,
		"update_id -1":            `{"update_id":-1}`,
		"update_id 1.5":           `{"update_id":1.5}`,
		"duplicate keys":          `{"update_id":1,"update_id":2,"message":{},"message":null}`,
		"a message without chat":  fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"date":1,"text":"x"}}`, e.nextID()),
		"an update of no kind":    fmt.Sprintf(`{"update_id":%d}`, e.nextID()),
		"bytes that are not text": "\x00\xff\xfe{",
	} {
		r, err := bot.Post(ctx, e.Hook([]byte(body)))
		if err != nil {
			return broken(rule, "a body of "+name, "no answer: %v; it said last:\n%s", err, bot.Output.Tail(1024))
		}
		if r.Status/100 == 5 {
			return broken(rule, "a body of "+name, "%v", r)
		}
	}
	return bot.alive(ctx, rule, "bodies that are not updates")
}
