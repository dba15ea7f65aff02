package telegram

import (
	"context"
	"fmt"

	"hookproof/fakes/telegram/internal/engine"
)

// A User is a person with a Telegram account.
type User struct {
	s *Server
	u *engine.User
}

// A Peer is where a person can write: a bot, or a chat with more members.
type Peer interface {
	// chat is the place of the conversation with u.
	chat(u *User) *Chat
}

// NewUser makes a person. Bots can't write to them before they wrote first.
func (s *Server) NewUser(firstName string) *User { return s.user(s.world.NewUser(firstName)) }

func (s *Server) user(u *engine.User) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[u] == nil {
		s.users[u] = &User{s, u}
	}
	return s.users[u]
}

// ID is the person's user id, and the id of their private chat with any bot.
func (u *User) ID() int64 { return u.u.ID }

// Name is the person's full name.
func (u *User) Name() string { return u.u.Name() }

// SetUsername gives the person a name after the @; "" takes it away.
func (u *User) SetUsername(name string) { u.s.world.SetUsername(u.u, name) }

// Chat is the private chat with a bot. Asking for it changes nothing: the bot
// can't write before the person has.
func (u *User) Chat(b *Bot) *Chat { return u.s.chat(u.s.world.PrivateChat(u.u, b.b)) }

func (b *Bot) chat(u *User) *Chat { return u.Chat(b) }

// Send writes a text. It panics where Telegram's apps would not let the
// person write, for example into a group they are not in: that is a mistake in
// the test. See TrySend.
func (u *User) Send(to Peer, text string) *Message {
	m, err := u.TrySend(to, text)
	if err != nil {
		panic("telegram: " + err.Error())
	}
	return m
}

// TrySend writes a text, or tells why the person can't.
func (u *User) TrySend(to Peer, text string) (*Message, error) {
	return u.post(to, engine.Post{Text: text})
}

// Reply answers a message in its chat.
func (u *User) Reply(m *Message, text string) (*Message, error) {
	return u.post(m.Chat, engine.Post{Text: text, ReplyTo: m.m})
}

func (u *User) post(to Peer, p engine.Post) (*Message, error) {
	c := to.chat(u)
	m, err := u.s.world.Post(u.u, c.c, p)
	if err != nil {
		return nil, err
	}
	return c.message(m), nil
}

// Edit changes the text of a message of theirs.
func (u *User) Edit(m *Message, text string) error { return u.s.world.Edit(u.u, m.m, text) }

// Meet has the person know the bot from before: it may write to them, and no
// update tells it so.
func (u *User) Meet(b *Bot) { u.s.world.Meet(u.u, b.b) }

// Block stops a bot: what it sends is refused with 403 until the person
// unblocks it or writes to it again.
func (u *User) Block(b *Bot) { u.s.world.Block(u.u, b.b, true) }

// Unblock lets a blocked bot write again.
func (u *User) Unblock(b *Bot) { u.s.world.Block(u.u, b.b, false) }

// A Press is a pressed button.
type Press struct {
	s *Server
	p *engine.Press
}

// An Answer is what answerCallbackQuery told the person.
type Answer struct {
	Text      string
	ShowAlert bool
	URL       string
}

// Press presses the inline button with that text or that callback data.
func (u *User) Press(m *Message, button string) (*Press, error) {
	p, err := u.s.world.Press(u.u, m.m, button)
	if err != nil {
		return nil, err
	}
	return &Press{u.s, p}, nil
}

// Wait returns the bot's answer; until then the button shows a progress bar.
func (p *Press) Wait(ctx context.Context) (Answer, error) {
	var a Answer
	err := p.s.world.Await(ctx, func() bool {
		a = Answer{p.p.Text, p.p.Alert, p.p.URL}
		return p.p.Answered
	})
	if err != nil {
		return Answer{}, fmt.Errorf("the press of %q was not answered: %w\nthe last events:\n%s", p.p.Data, err, p.s.lastEvents(20))
	}
	return a, nil
}
