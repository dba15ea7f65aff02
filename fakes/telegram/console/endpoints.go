package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hookproof/fakes/telegram"
)

func (c *Console) endpoints() []endpoint {
	return []endpoint{
		{"GET /bots", "the bots, their webhooks and queues", "$C/bots", c.listBots},
		{"POST /bots", "register a bot; token is optional; the answer has the token", `$C/bots -d '{"username":"my_bot"}'`, c.addBot},
		{"GET /users", "the people", "$C/users", c.listUsers},
		{"POST /users", "make a person", `$C/users -d '{"first_name":"Ann"}'`, c.addUser},
		{"GET /chats", "the chats", "$C/chats", c.listChats},
		{"POST /chats", "make a group, supergroup or channel; members are users or bots", `$C/chats -d '{"type":"supergroup","title":"Team","owner":"Ann","members":["my_bot"]}'`, c.addChat},
		{"GET /chats/{chat}", "the messages of a chat; a private one is named PERSON@BOT", "$C/chats/Ann@my_bot", c.messages},
		{"POST /send", "write as a person, to a bot or into a chat", `$C/send -d '{"user":"Ann","to":"my_bot","text":"/start"}'`, c.send},
		{"POST /press", "press an inline button by its text or data; message is the last one with it unless given", `$C/press -d '{"user":"Ann","chat":"Ann@my_bot","button":"OK"}'`, c.press},
		{"POST /trigger", "queue an example of any kind of update", `$C/trigger -d '{"user":"Ann","bot":"my_bot","kind":"chat_boost"}'`, c.trigger},
		{"GET /faults", "the kinds of damage a fault can do", "$C/faults", c.listFaults},
		{"POST /faults", "make things go wrong: by method, chat, probability and count", `$C/faults -d '{"method":"sendMessage","error":{"code":429,"description":"Too Many Requests: retry after 3","retry_after":3},"times":2}'`, c.addFault},
		{"DELETE /faults", "end all faults", "-X DELETE $C/faults", c.clearFaults},
		{"GET /clock", "the server's time", "$C/clock", c.readClock},
		{"POST /clock", "let time pass: a Go duration", `$C/clock -d '{"advance":"24h"}'`, c.advance},
		{"GET /snapshot", "bots, people, chats and messages in one", "$C/snapshot", c.snapshot},
		{"POST /reset", "forget everything but the bots and their tokens", "-X POST $C/reset", c.reset},
	}
}

// A Bot is a bot as the console tells about it.
type Bot struct {
	Username string               `json:"username"`
	ID       int64                `json:"id"`
	Token    string               `json:"token,omitempty"` // only right after registration
	Pending  int                  `json:"pending_update_count"`
	Webhook  telegram.WebhookInfo `json:"webhook"`
}

func showBot(b *telegram.Bot) Bot {
	info := b.Webhook()
	return Bot{Username: b.Username(), ID: b.ID(), Pending: info.PendingUpdateCount, Webhook: info}
}

func (c *Console) listBots(*http.Request) (any, error) {
	out := []Bot{}
	for _, b := range c.tg.Bots() {
		out = append(out, showBot(b))
	}
	return out, nil
}

func (c *Console) addBot(r *http.Request) (any, error) {
	var in struct{ Username, Token string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Username == "" {
		return nil, fmt.Errorf("a bot needs a username")
	}
	b := (*telegram.Bot)(nil)
	if in.Token == "" {
		b = c.tg.NewBot(in.Username)
	} else {
		var err error
		if b, err = c.tg.NewBotToken(in.Token, in.Username); err != nil {
			return nil, err
		}
	}
	out := showBot(b)
	out.Token = b.Token()
	return out, nil
}

// A User is a person as the console tells about them.
type User struct {
	ID   int64  `json:"id"`
	Name string `json:"first_name"`
}

func (c *Console) listUsers(*http.Request) (any, error) {
	out := []User{}
	for _, u := range c.tg.Users() {
		out = append(out, User{u.ID(), u.Name()})
	}
	return out, nil
}

func (c *Console) addUser(r *http.Request) (any, error) {
	var in struct {
		Name string `json:"first_name"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, fmt.Errorf("a person needs a first_name")
	}
	u := c.tg.NewUser(in.Name)
	return User{u.ID(), u.Name()}, nil
}

// A Chat is a chat as the console tells about it.
type Chat struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
	Name string `json:"name"`
}

func (c *Console) listChats(*http.Request) (any, error) {
	out := []Chat{}
	for _, chat := range c.tg.Chats() {
		out = append(out, Chat{chat.ID(), chat.Type(), chat.Name()})
	}
	return out, nil
}

func (c *Console) addChat(r *http.Request) (any, error) {
	var in struct {
		Type, Title, Owner string
		Members            []string
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	owner, err := c.user(in.Owner)
	if err != nil {
		return nil, err
	}
	members, err := c.members(in.Members)
	if err != nil {
		return nil, err
	}
	create, known := map[string]func(string, *telegram.User, ...telegram.Member) *telegram.Chat{
		"group": c.tg.NewGroup, "supergroup": c.tg.NewSupergroup, "channel": c.tg.NewChannel,
	}[in.Type]
	if !known {
		return nil, fmt.Errorf("there is no type %q: it is group, supergroup or channel", in.Type)
	}
	chat := create(in.Title, owner, members...)
	return Chat{chat.ID(), chat.Type(), chat.Name()}, nil
}

func (c *Console) members(names []string) ([]telegram.Member, error) {
	var out []telegram.Member
	for _, name := range names {
		if b, err := c.bot(name); err == nil {
			out = append(out, b)
			continue
		}
		u, err := c.user(name)
		if err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}

// bot finds a bot by username.
func (c *Console) bot(name string) (*telegram.Bot, error) {
	for _, b := range c.tg.Bots() {
		if b.Username() == strings.TrimPrefix(name, "@") {
			return b, nil
		}
	}
	return nil, fmt.Errorf("bot %q: %w", name, errMissing)
}

// user finds a person by name or id.
func (c *Console) user(name string) (*telegram.User, error) {
	for _, u := range c.tg.Users() {
		if u.Name() == name || strconv.FormatInt(u.ID(), 10) == name {
			return u, nil
		}
	}
	return nil, fmt.Errorf("person %q: %w", name, errMissing)
}

// chat finds a chat by PERSON@BOT, by id or by title.
func (c *Console) chat(name string) (*telegram.Chat, error) {
	if person, bot, ok := strings.Cut(name, "@"); ok && person != "" {
		u, err := c.user(person)
		if err != nil {
			return nil, err
		}
		b, err := c.bot(bot)
		if err != nil {
			return nil, err
		}
		return u.Chat(b), nil
	}
	for _, chat := range c.tg.Chats() {
		if strconv.FormatInt(chat.ID(), 10) == name || chat.Name() == name {
			return chat, nil
		}
	}
	return nil, fmt.Errorf("chat %q: %w", name, errMissing)
}

// A Message is a message as the console tells about it.
type Message struct {
	ID      int64               `json:"message_id"`
	From    string              `json:"from"`
	Bot     bool                `json:"from_bot"`
	Kind    string              `json:"kind"`
	Text    string              `json:"text"`
	Date    time.Time           `json:"date"`
	Edited  bool                `json:"edited"`
	Buttons [][]telegram.Button `json:"buttons,omitempty"`
}

func showMessage(m *telegram.Message) Message {
	return Message{m.ID, m.From, m.FromBot, m.Kind, m.Text, m.Date.UTC(), m.Edited, m.Buttons}
}

func (c *Console) messages(r *http.Request) (any, error) {
	chat, err := c.chat(r.PathValue("chat"))
	if err != nil {
		return nil, err
	}
	return showMessages(chat), nil
}

func showMessages(chat *telegram.Chat) []Message {
	out := []Message{}
	for _, m := range chat.Messages() {
		out = append(out, showMessage(m))
	}
	return out
}

func (c *Console) send(r *http.Request) (any, error) {
	var in struct{ User, To, Text string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, err := c.user(in.User)
	if err != nil {
		return nil, err
	}
	var to telegram.Peer
	if b, err := c.bot(in.To); err == nil {
		to = b
	} else if to, err = c.chat(in.To); err != nil {
		return nil, err
	}
	m, err := u.TrySend(to, in.Text)
	if err != nil {
		return nil, err
	}
	return showMessage(m), nil
}

func (c *Console) press(r *http.Request) (any, error) {
	var in struct {
		User, Chat, Button string
		Message            int64
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, err := c.user(in.User)
	if err != nil {
		return nil, err
	}
	chat, err := c.chat(in.Chat)
	if err != nil {
		return nil, err
	}
	m := withButton(chat.Messages(), in.Message, in.Button)
	if m == nil {
		return nil, fmt.Errorf("a message with the button %q: %w", in.Button, errMissing)
	}
	if _, err := u.Press(m, in.Button); err != nil {
		return nil, err
	}
	return map[string]int64{"message_id": m.ID}, nil
}

// withButton finds the last message that has the button, or the one with the
// number.
func withButton(messages []*telegram.Message, id int64, button string) *telegram.Message {
	for _, m := range slices.Backward(messages) {
		if id != 0 && m.ID != id {
			continue
		}
		for _, row := range m.Buttons {
			for _, b := range row {
				if b.Text == button || b.Data == button {
					return m
				}
			}
		}
	}
	return nil
}

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
	return map[string]int64{"update_id": id}, nil
}

func (c *Console) readClock(*http.Request) (any, error) {
	return map[string]time.Time{"now": c.tg.Clock().Now().UTC()}, nil
}

func (c *Console) advance(r *http.Request) (any, error) {
	var in struct{ Advance string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil || d < 0 {
		return nil, fmt.Errorf("advance %q: give a Go duration that is not negative, such as 90s or 24h", in.Advance)
	}
	c.tg.Clock().Advance(d)
	return c.readClock(r)
}

func (c *Console) snapshot(r *http.Request) (any, error) {
	bots, _ := c.listBots(r)
	users, _ := c.listUsers(r)
	type chat struct {
		Chat
		Messages []Message `json:"messages"`
	}
	chats := []chat{}
	for _, one := range c.tg.Chats() {
		chats = append(chats, chat{Chat{one.ID(), one.Type(), one.Name()}, showMessages(one)})
	}
	return map[string]any{"now": c.tg.Clock().Now().UTC(), "bots": bots, "users": users, "chats": chats}, nil
}

func (c *Console) reset(*http.Request) (any, error) {
	c.tg.Reset()
	return map[string]bool{"ok": true}, nil
}
