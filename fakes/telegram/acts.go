package telegram

import (
	"context"
	"fmt"

	"hookproof/fakes/telegram/internal/engine"
)

// React puts reactions under a message, or takes them back with none. A bot is
// told only if it asked for message_reaction updates and, outside private
// chats, administers the chat.
func (u *User) React(m *Message, emoji ...string) error {
	return u.s.world.React(u.u, m.m, emoji...)
}

// Vote votes in a poll for the options with these numbers, from 0; none takes
// the vote back.
func (u *User) Vote(m *Message, options ...int) error { return u.s.world.Vote(u.u, m.m, options...) }

// Join enters a group or channel.
func (u *User) Join(c *Chat) error { return u.s.world.Join(u.u, u.u, c.c) }

// Leave leaves a group or channel.
func (u *User) Leave(c *Chat) error { return u.s.world.Leave(u.u, u.u, c.c) }

// Add brings somebody else, or a bot, into a group or channel.
func (u *User) Add(m Member, c *Chat) error { return u.s.world.Join(m.account(), u.u, c.c) }

// Remove takes somebody else, or a bot, out and keeps them out.
func (u *User) Remove(m Member, c *Chat) error { return u.s.world.Leave(m.account(), u.u, c.c) }

// Promote makes somebody an administrator with rights such as
// "can_delete_messages"; without any, an ordinary member again.
func (u *User) Promote(m Member, c *Chat, rights ...string) error {
	return u.s.world.Promote(m.account(), u.u, c.c, rights...)
}

// Follow follows an invite link: the person joins, or asks to be let in.
func (u *User) Follow(link string) error { return u.s.world.Follow(u.u, link) }

// Upgrade makes a basic group a supergroup, which has an id of its own; what
// is sent to the old one is refused with the new id.
func (c *Chat) Upgrade() (*Chat, error) {
	s, err := c.s.world.Upgrade(c.c)
	if err != nil {
		return nil, err
	}
	return c.s.chat(s), nil
}

// SetForum gives a supergroup topics, or takes them away.
func (c *Chat) SetForum(on bool) { c.s.world.Do(func() { c.c.Forum = on }) }

// SetInline switches the bot's inline mode, which is off at first.
func (b *Bot) SetInline(on bool) { b.s.world.Do(func() { b.b.Inline = on }) }

// An InlineQuery is what a person typed after a bot's name.
type InlineQuery struct {
	s *Server
	q *engine.InlineQuery
}

// An InlineResult is one result of a bot's answer.
type InlineResult struct{ ID, Type, Title string }

// Inline types an inline query.
func (u *User) Inline(b *Bot, query string) (*InlineQuery, error) {
	q, err := u.s.world.Inline(u.u, b.b, query, "")
	if err != nil {
		return nil, err
	}
	return &InlineQuery{u.s, q}, nil
}

// Wait returns the bot's results.
func (q *InlineQuery) Wait(ctx context.Context) ([]InlineResult, error) {
	var out []InlineResult
	err := q.s.world.Await(ctx, func() bool {
		out = nil
		for _, r := range q.q.Results {
			out = append(out, InlineResult{r.ID, r.Type, r.Title})
		}
		return q.q.Answered
	})
	if err != nil {
		return nil, fmt.Errorf("the inline query %q was not answered: %w\nthe last events:\n%s", q.q.Query, err, q.s.lastEvents(20))
	}
	return out, nil
}

// Choose puts a result into a chat.
func (q *InlineQuery) Choose(resultID string, to Peer) (*Message, error) {
	c := to.chat(q.s.user(q.q.User))
	m, err := q.s.world.Choose(q.q, resultID, c.c)
	if err != nil {
		return nil, err
	}
	return c.message(m), nil
}

// A Payment is a person paying an invoice, with test money.
type Payment struct {
	s *Server
	p *engine.Payment
}

// Pay begins to pay the invoice in a message. The bot is asked whether it
// ships, where the price depends on it, and then whether it takes the order.
func (u *User) Pay(m *Message) (*Payment, error) {
	p, err := u.s.world.Pay(u.u, m.m)
	if err != nil {
		return nil, err
	}
	return &Payment{u.s, p}, nil
}

// Wait returns when the payment is done; a refusal by the bot is an error.
func (p *Payment) Wait(ctx context.Context) error {
	refused := ""
	err := p.s.world.Await(ctx, func() bool {
		refused = p.p.Refused
		return p.p.Asked == "done" || refused != ""
	})
	switch {
	case err != nil:
		return fmt.Errorf("the bot did not answer the %s query: %w\nthe last events:\n%s", p.p.Asked, err, p.s.lastEvents(20))
	case refused != "":
		return fmt.Errorf("the bot refused the payment: %s", refused)
	}
	return nil
}

// WaitPoll waits until the bot has a getUpdates open that waits for updates.
func (b *Bot) WaitPoll(ctx context.Context) error {
	if err := b.s.world.Await(ctx, b.b.Polling); err != nil {
		return fmt.Errorf("@%s does not poll: %w\nthe last events:\n%s", b.Username(), err, b.s.lastEvents(20))
	}
	return nil
}

// Polling tells whether the bot has a getUpdates open that waits for updates.
func (b *Bot) Polling() (polling bool) {
	b.s.world.Do(func() { polling = b.b.Polling() })
	return polling
}

// WaitUp waits until the bot polls or has a webhook.
func (b *Bot) WaitUp(ctx context.Context) error {
	if err := b.s.world.Await(ctx, func() bool { return b.b.Polling() || b.b.Hooked() }); err != nil {
		return fmt.Errorf("@%s neither polls nor has a webhook: %w\nthe last events:\n%s", b.Username(), err, b.s.lastEvents(20))
	}
	return nil
}

// WaitHeld waits until the server holds n calls whose answers are due later:
// long polls, late conflicts, flood waits.
func (s *Server) WaitHeld(ctx context.Context, n int) error {
	if err := s.world.Await(ctx, func() bool { return s.world.Held() >= n }); err != nil {
		return fmt.Errorf("no %d calls are held: %w", n, err)
	}
	return nil
}
