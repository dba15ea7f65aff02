package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hookproof/fakes/telegram/internal/engine"
)

// A Chat is a private chat, a group, a supergroup or a channel.
type Chat struct {
	s    *Server
	c    *engine.Chat
	seen int // sightings that Wait has passed; guarded by the world's lock
}

// A Member can be in a group or channel: a *User or a *Bot.
type Member interface{ account() *engine.User }

func (u *User) account() *engine.User { return u.u }
func (b *Bot) account() *engine.User  { return b.b.User }

// NewGroup makes a basic group. The first member owns it.
func (s *Server) NewGroup(title string, owner *User, members ...Member) *Chat {
	return s.newChat(engine.Group, title, owner, members)
}

// NewSupergroup makes a supergroup. The first member owns it.
func (s *Server) NewSupergroup(title string, owner *User, members ...Member) *Chat {
	return s.newChat(engine.Supergroup, title, owner, members)
}

// NewChannel makes a channel. The first member owns it; bots in it are
// administrators.
func (s *Server) NewChannel(title string, owner *User, members ...Member) *Chat {
	return s.newChat(engine.Channel, title, owner, members)
}

func (s *Server) newChat(kind, title string, owner *User, members []Member) *Chat {
	accounts := []*engine.User{owner.u}
	for _, m := range members {
		accounts = append(accounts, m.account())
	}
	c, err := s.world.NewChat(kind, title, accounts...)
	if err != nil {
		panic("telegram: " + err.Error()) // the owner is a person, by its type
	}
	return s.chat(c)
}

func (s *Server) chat(c *engine.Chat) *Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chats[c] == nil {
		s.chats[c] = &Chat{s: s, c: c}
	}
	return s.chats[c]
}

func (c *Chat) chat(*User) *Chat { return c }

// ID is the chat's id, as bots see it.
func (c *Chat) ID() int64 { return c.c.ID }

// A Button is a button under a message.
type Button struct {
	Text string
	Data string // callback data
	URL  string
}

// A Message is a message as it stood when it was looked at.
type Message struct {
	Chat    *Chat
	ID      int64
	From    string // name of the sender, or of the channel
	FromID  int64
	FromBot bool
	Kind    string // text, photo, ...: the Bot API's field
	Text    string // the text, or the caption
	Date    time.Time
	Edited  bool
	Buttons [][]Button // of an inline keyboard
	Files   []File     // that it carries; of a photo its largest size
	Album   string     // media_group_id: common to the messages of an album
	m       *engine.Message
}

// JSON is the message as its bot sees it now.
func (m *Message) JSON() json.RawMessage {
	var raw []byte
	m.Chat.s.world.Do(func() { raw = m.m.JSON(m.m.AnyBot()) })
	return raw
}

// message makes a Message of what the chat shows now.
func (c *Chat) message(m *engine.Message) *Message {
	var out *Message
	c.s.world.Do(func() { out = c.show(engine.Show(m)) })
	return out
}

// show makes a Message; the world is held still.
func (c *Chat) show(s engine.Sighting) *Message {
	kind, _ := s.Content()
	m := &Message{
		Chat: c, ID: s.Message.ID(nil), Kind: kind, Text: s.Text, Edited: s.Edited,
		Date: time.Unix(s.Date, 0), m: s.Message,
	}
	switch {
	case s.From != nil:
		m.From, m.FromID, m.FromBot = s.From.Name(), s.From.ID, s.From.IsBot
	case s.SenderChat != nil:
		m.From, m.FromID = s.SenderChat.Name(), s.SenderChat.ID
	}
	m.Files, m.Album = filesOf(s.Message), s.Album()
	for _, row := range s.Markup.Rows() {
		var buttons []Button
		for _, b := range row {
			buttons = append(buttons, Button{Text: b.Text, Data: b.Data, URL: b.URL})
		}
		m.Buttons = append(m.Buttons, buttons)
	}
	return m
}

// Messages are those of the chat, oldest first, deleted ones excepted.
func (c *Chat) Messages() []*Message {
	var out []*Message
	c.s.world.Do(func() {
		for _, m := range c.c.Messages() {
			out = append(out, c.show(engine.Show(m)))
		}
	})
	return out
}

// Transcript is the chat as text, a message a line, buttons in brackets.
func (c *Chat) Transcript() string {
	var b strings.Builder
	for _, m := range c.Messages() {
		fmt.Fprintln(&b, m)
	}
	return b.String()
}

// String is the message as a line of a transcript.
func (m *Message) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", m.From)
	if m.Kind != "text" {
		fmt.Fprintf(&b, "[%s] ", m.Kind)
	}
	b.WriteString(m.Text)
	if m.Edited {
		b.WriteString(" (edited)")
	}
	for _, row := range m.Buttons {
		b.WriteString(" ")
		for _, button := range row {
			fmt.Fprintf(&b, "[%s]", button.Text)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// Wait returns the first message, new or edited, that match accepts and that
// no earlier Wait of this chat has passed. The error of a wait that ends
// without one shows the chat and the last events.
func (c *Chat) Wait(ctx context.Context, match func(*Message) bool) (*Message, error) {
	var found *Message
	err := c.s.world.Await(ctx, func() bool {
		news, all := c.c.Sightings(c.seen)
		for i, s := range news {
			if m := c.show(s); match(m) {
				found, c.seen = m, all-len(news)+i+1
				return true
			}
		}
		return false
	})
	if err != nil {
		return nil, fmt.Errorf("no such message: %w\nthe chat:\n%s\nthe last events:\n%s", err, c.Transcript(), c.s.lastEvents(20))
	}
	return found, nil
}

// WaitText waits for a bot's message with exactly that text.
func (c *Chat) WaitText(ctx context.Context, text string) (*Message, error) {
	m, err := c.Wait(ctx, func(m *Message) bool { return m.FromBot && m.Text == text })
	if err != nil {
		return nil, fmt.Errorf("wait for %q from a bot: %w", text, err)
	}
	return m, nil
}
