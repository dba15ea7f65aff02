package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"hookproof/fakes/telegram"
)

func (c *Console) botEndpoints() []endpoint {
	return []endpoint{
		{
			method: "GET", path: "/bots", about: "the bots, their webhooks and queues",
			curl: "$C/bots", run: c.listBots,
		},
		{
			method: "POST", path: "/bots",
			about: "register a bot; the answer has its token. Optional: token, inline (mode on), reads_groups (privacy mode off)",
			curl:  `$C/bots -d '{"username":"my_bot"}'`, run: c.addBot,
		},
		{
			method: "POST", path: "/up", about: "wait until a bot polls or has a webhook; timeout is 10s unless given",
			curl: `$C/up -d '{"bot":"my_bot","timeout":"5s"}'`, run: c.up,
		},
		{
			method: "POST", path: "/call", about: "call a method as the bot would; the answer is the result",
			curl: `$C/call -d '{"bot":"my_bot","method":"getWebhookInfo"}'`, run: c.call,
		},
		{
			method: "POST", path: "/push", about: "queue an update of your own making, valid or not, without its update_id",
			curl: `$C/push -d '{"bot":"my_bot","update":{"message":{"message_id":"not a number"}}}'`, run: c.push,
		},
	}
}

// A Bot is a bot as the console tells about it.
type Bot struct {
	Username string               `json:"username"`
	ID       int64                `json:"id"`
	Token    string               `json:"token,omitempty"` // only right after registration
	Polling  bool                 `json:"polling"`         // a getUpdates waits for updates
	Pending  int                  `json:"pending_update_count"`
	Webhook  telegram.WebhookInfo `json:"webhook"`
}

func showBot(b *telegram.Bot) Bot {
	info := b.Webhook()
	return Bot{Username: b.Username(), ID: b.ID(), Polling: b.Polling(), Pending: info.PendingUpdateCount, Webhook: info}
}

func (c *Console) listBots(*http.Request) (any, error) {
	out := []Bot{}
	for _, b := range c.tg.Bots() {
		out = append(out, showBot(b))
	}
	return out, nil
}

func (c *Console) addBot(r *http.Request) (any, error) {
	var in struct {
		Username, Token string
		Inline          bool
		ReadsGroups     bool `json:"reads_groups"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(in.Username, "@")
	if name == "" || strings.ContainsAny(name, "@ ") {
		return nil, fmt.Errorf("the username %q: a bot needs one, of letters, digits and _", in.Username)
	}
	if _, err := c.bot(name); err == nil {
		return nil, fmt.Errorf("there is a bot @%s already", name)
	}
	b, err := c.register(in.Token, name)
	if err != nil {
		return nil, err
	}
	b.SetInline(in.Inline)
	b.SetPrivacy(!in.ReadsGroups)
	out := showBot(b)
	out.Token = b.Token()
	return out, nil
}

func (c *Console) register(token, username string) (*telegram.Bot, error) {
	if token == "" {
		return c.tg.NewBot(username), nil
	}
	return c.tg.NewBotToken(token, username)
}

// bot finds a bot by username.
func (c *Console) bot(name string) (*telegram.Bot, error) {
	for _, b := range c.tg.Bots() {
		if strings.EqualFold(b.Username(), strings.TrimPrefix(name, "@")) {
			return b, nil
		}
	}
	return nil, fmt.Errorf("bot %q: %w", name, errMissing)
}

func (c *Console) up(r *http.Request) (any, error) {
	var in struct{ Bot, Timeout string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	b, err := c.bot(in.Bot)
	if err != nil {
		return nil, err
	}
	ctx, cancel, err := waiting(r, in.Timeout)
	if err != nil {
		return nil, err
	}
	defer cancel()
	if err := b.WaitUp(ctx); err != nil {
		return nil, late(err)
	}
	return showBot(b), nil
}

func (c *Console) call(r *http.Request) (any, error) {
	var in struct {
		Bot, Method string
		Params      map[string]any
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	b, err := c.bot(in.Bot)
	if err != nil {
		return nil, err
	}
	return b.Call(r.Context(), in.Method, in.Params)
}

func (c *Console) push(r *http.Request) (any, error) {
	var in struct {
		Bot    string
		Update json.RawMessage
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	b, err := c.bot(in.Bot)
	if err != nil {
		return nil, err
	}
	fields := strings.TrimSpace(string(in.Update))
	fields, isObject := strings.CutPrefix(fields, "{")
	fields = strings.TrimSpace(strings.TrimSuffix(fields, "}"))
	if !isObject || fields == "" {
		return nil, errors.New(`the update must be an object such as {"message":{...}}`)
	}
	return updateID(b.PushRaw(fields))
}

// updateID is the answer of what queues an update.
func updateID(id int64) (any, error) {
	if id == 0 {
		return nil, errors.New("nothing was queued: the bot does not allow this kind of update (allowed_updates), or its queue is full")
	}
	return map[string]int64{"update_id": id}, nil
}
