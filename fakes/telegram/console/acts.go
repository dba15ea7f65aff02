package console

import (
	"fmt"
	"net/http"

	"hookproof/fakes/telegram"
)

func (c *Console) actEndpoints() []endpoint {
	return []endpoint{
		{
			method: "POST", path: "/send", about: "write as a person, to a bot or into a chat; optional: reply_to, a message's number",
			curl: `$C/send -d '{"user":"Ann","to":"my_bot","text":"/start"}'`, run: c.send,
		},
		{
			method: "POST", path: "/media", about: "send a file as a person: kind is photo, document, video, animation, audio, voice, video_note or sticker; data is base64; optional: name, caption",
			curl: `$C/media -d '{"user":"Ann","to":"my_bot","kind":"document","name":"hello.txt","data":"aGVsbG8K"}'`, run: c.media,
		},
		{
			method: "POST", path: "/edit", about: "change the text of a person's message",
			curl: `$C/edit -d '{"user":"Ann","chat":"Ann@my_bot","message":1,"text":"/start again"}'`, run: c.edit,
		},
		{
			method: "POST", path: "/press", about: "press an inline button by its text or data, on the last message with it unless message is given; with timeout, wait for the bot's answer",
			curl: `$C/press -d '{"user":"Ann","chat":"Ann@my_bot","button":"OK","timeout":"5s"}'`, run: c.press,
		},
		{
			method: "POST", path: "/react", about: "react to a message; no emoji takes the reactions back",
			curl: `$C/react -d '{"user":"Ann","chat":"Ann@my_bot","message":1,"emoji":["👍"]}'`, run: c.react,
		},
		{
			method: "POST", path: "/vote", about: "vote in a poll for options counted from 0; none takes the vote back",
			curl: `$C/vote -d '{"user":"Ann","chat":"Ann@my_bot","message":5,"options":[0]}'`, run: c.vote,
		},
		{
			method: "POST", path: "/pay", about: "pay an invoice with test money, and wait until the bot has agreed",
			curl: `$C/pay -d '{"user":"Ann","chat":"Ann@my_bot","message":6,"timeout":"5s"}'`, run: c.pay,
		},
		{
			method: "POST", path: "/inline", about: "type an inline query and wait for the results; choose, with to, puts one into a chat",
			curl: `$C/inline -d '{"user":"Ann","bot":"my_bot","query":"cats","timeout":"5s"}'`, run: c.inline,
		},
		{
			method: "POST", path: "/block", about: "block a bot as a person, or unblock it",
			curl: `$C/block -d '{"user":"Ann","bot":"my_bot","blocked":true}'`, run: c.block,
		},
		{
			method: "POST", path: "/join", about: "enter a chat by its name or by an invite link",
			curl: `$C/join -d '{"user":"Ann","chat":"Team"}'`, run: c.join,
		},
		{
			method: "POST", path: "/leave", about: "leave a chat",
			curl: `$C/leave -d '{"user":"Ann","chat":"Team"}'`, run: c.leave,
		},
		{
			method: "GET", path: "/trigger", about: "the kinds of update",
			curl: "$C/trigger", run: c.kinds,
		},
		{
			method: "POST", path: "/trigger", about: "queue an example of any kind of update, about a person",
			curl: `$C/trigger -d '{"user":"Ann","bot":"my_bot","kind":"chat_boost"}'`, run: c.trigger,
		},
	}
}

// done is the answer of acts that have no result.
var done = map[string]bool{"ok": true}

// peer finds where a person writes: a bot, or a chat.
func (c *Console) peer(name string) (telegram.Peer, error) {
	if b, err := c.bot(name); err == nil {
		return b, nil
	}
	chat, err := c.chat(name)
	if err != nil {
		return nil, fmt.Errorf("bot or %w", err)
	}
	return chat, nil
}

// act finds the person and the message of an act.
func (c *Console) act(user, chat string, message int64) (*telegram.User, *telegram.Message, error) {
	u, err := c.user(user)
	if err != nil {
		return nil, nil, err
	}
	m, err := c.find(chat, message)
	return u, m, err
}

func (c *Console) send(r *http.Request) (any, error) {
	var in struct {
		User, To, Text string
		ReplyTo        int64 `json:"reply_to"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, err := c.user(in.User)
	if err != nil {
		return nil, err
	}
	to, err := c.peer(in.To)
	if err != nil {
		return nil, err
	}
	if in.ReplyTo != 0 {
		return c.reply(u, to, in.ReplyTo, in.Text)
	}
	return shown(u.TrySend(to, in.Text))
}

func (c *Console) reply(u *telegram.User, to telegram.Peer, id int64, text string) (any, error) {
	chat, ok := to.(*telegram.Chat)
	if !ok {
		chat = u.Chat(to.(*telegram.Bot))
	}
	for _, m := range chat.Messages() {
		if m.ID == id {
			return shown(u.Reply(m, text))
		}
	}
	return nil, fmt.Errorf("message %d to reply to: %w", id, errMissing)
}

func shown(m *telegram.Message, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return showMessage(m), nil
}

func (c *Console) media(r *http.Request) (any, error) {
	var in struct {
		User, To, Kind, Name, Caption string
		Data                          []byte
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, err := c.user(in.User)
	if err != nil {
		return nil, err
	}
	to, err := c.peer(in.To)
	if err != nil {
		return nil, err
	}
	name := in.Name
	if name == "" {
		name = in.Kind
	}
	return shown(u.SendMedia(to, telegram.Media{Kind: in.Kind, Name: name, Data: in.Data, Caption: in.Caption}))
}

func (c *Console) edit(r *http.Request) (any, error) {
	var in struct {
		User, Chat, Text string
		Message          int64
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, m, err := c.act(in.User, in.Chat, in.Message)
	if err != nil {
		return nil, err
	}
	return done, u.Edit(m, in.Text)
}

func (c *Console) react(r *http.Request) (any, error) {
	var in struct {
		User, Chat string
		Message    int64
		Emoji      []string
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, m, err := c.act(in.User, in.Chat, in.Message)
	if err != nil {
		return nil, err
	}
	return done, u.React(m, in.Emoji...)
}

func (c *Console) vote(r *http.Request) (any, error) {
	var in struct {
		User, Chat string
		Message    int64
		Options    []int
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, m, err := c.act(in.User, in.Chat, in.Message)
	if err != nil {
		return nil, err
	}
	return done, u.Vote(m, in.Options...)
}

func (c *Console) kinds(*http.Request) (any, error) { return telegram.UpdateKinds(), nil }

func (c *Console) trigger(r *http.Request) (any, error) {
	var in struct{ User, Bot, Kind string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, err := c.user(in.User)
	if err != nil {
		return nil, err
	}
	b, err := c.bot(in.Bot)
	if err != nil {
		return nil, err
	}
	id, err := u.Trigger(b, in.Kind)
	if err != nil {
		return nil, err
	}
	return updateID(id)
}
