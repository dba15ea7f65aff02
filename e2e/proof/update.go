package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// secretHeader carries the webhook's secret (Bot API docs, setWebhook).
const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

// A person is somebody who writes to the bot in raw updates.
type person int64

// message is an update with a private text message, as Telegram writes it.
func (p person) message(updateID int64, text string) []byte {
	quoted, _ := json.Marshal(text) // strings always marshal
	return fmt.Appendf(nil, `{"update_id":%d,
"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Prober","language_code":"en"},"chat":{"id":%d,"first_name":"Prober","type":"private"},"date":%d,"text":%s}}`,
		updateID, updateID%1_000_000, p, p, time.Now().Unix(), quoted)
}

// person makes a user known to the fake, to whom the bot may write.
func (e *Env) person() person {
	u := e.Fake.NewUser("Prober")
	u.Meet(e.Bot)
	return person(u.ID())
}

// Hook is a delivery as Telegram sends it, after one plain reverse proxy: the
// same header lines in the same order (observed on the real server), then the
// proxy's.
func (e *Env) Hook(body []byte) Request {
	return Request{
		Method: "POST", Target: e.hookPath(), Body: body,
		Headers: []string{
			"Host: " + publicHost,
			secretHeader + ": " + e.Secret,
			"Content-Type: application/json",
			"Connection: keep-alive",
			"Accept-Encoding: gzip, deflate",
			"X-Forwarded-For: " + telegramIP,
			"X-Forwarded-Proto: https",
		},
	}
}

// Text is Hook for a new update with a text from a new person.
func (e *Env) Text(text string) Request {
	return e.Hook(e.person().message(e.nextID(), text))
}

// WithSecret replaces the secret header's value.
func (r Request) WithSecret(secret string) Request {
	return r.Without(secretHeader).With(secretHeader + ": " + secret)
}

// Post sends a request to the instance and notes a call in its reply.
func (i *Instance) Post(ctx context.Context, r Request) (Response, error) {
	return i.post(ctx, r, func() {})
}

// post calls sent when the request has been sent, or could not be.
func (i *Instance) post(ctx context.Context, r Request, sent func()) (Response, error) {
	resp, err := send(ctx, i.Addr(), r, sent)
	if c, ok := replyCall(resp); ok && err == nil {
		i.env.API.made(c)
	}
	return resp, err
}

// alive breaks the rule unless the instance still runs and answers a proper
// update.
func (i *Instance) alive(ctx context.Context, rule, sent string) error {
	if !i.Running() {
		exit, _ := i.Wait(ctx)
		return broken(rule, sent, "%v; it said last:\n%s", exit, i.Output.Tail(2048))
	}
	ctx, cancel := within(ctx, 15*time.Second, "the answer to a proper update")
	defer cancel()
	x := i.env.Probe()
	resp, err := i.Post(ctx, i.env.Text(x.Send))
	if err != nil || resp.Status/100 != 2 {
		return broken(rule, sent+", then a proper update", "%s", cameBack(resp, err))
	}
	if err := i.env.API.WaitSaid(ctx, x.Want); err != nil {
		return broken(rule, sent+", then a proper update", "status %d but %v", resp.Status, err)
	}
	return nil
}
