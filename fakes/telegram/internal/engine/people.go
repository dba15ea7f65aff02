package engine

import (
	"fmt"

	"hookproof/fakes/telegram/internal/entities"
	"hookproof/fakes/telegram/internal/markup"
)

// A Sighting is a message as it appeared in its chat: when it was posted, and
// again each time it was edited.
type Sighting struct {
	*Message
	Text   string
	Markup *markup.Markup
	Edited bool
}

// sight notes what the people in the chat see appear.
func (c *Chat) sight(m *Message, edited bool) {
	c.log = append(c.log, Sighting{Message: m, Text: m.text, Markup: m.Markup, Edited: edited})
	if n := c.w.opt.History; len(c.log) >= 3*n { // seldom, so that sending stays cheap
		c.seen += len(c.log) - 2*n
		c.log = append([]Sighting(nil), c.log[len(c.log)-2*n:]...)
	}
	c.w.changed()
}

// Sightings are those after the first n, and how many there were in all. Call
// with the world held still.
func (c *Chat) Sightings(n int) ([]Sighting, int) {
	from := min(max(n-c.seen, 0), len(c.log))
	return c.log[from:], c.seen + len(c.log)
}

// Messages are those of the chat that are kept, oldest first. Call with the
// world held still.
func (c *Chat) Messages() []*Message { return c.messages }

// Content is the text or caption of a message. Call with the world held still.
func (m *Message) Content() (kind, text string) { return m.kind, m.text }

// Entities of the text or caption. Call with the world held still.
func (m *Message) Entities() []entities.Entity { return m.entities }

// JSON is the message as the bot sees it. Call with the world held still.
func (m *Message) JSON(b *Bot) []byte { return m.json(b) }

// PrivateChat is the chat between a person and a bot. The bot can't write to it
// before the person has.
func (w *World) PrivateChat(u *User, b *Bot) *Chat {
	w.mu.Lock()
	defer w.mu.Unlock()
	return b.private(u)
}

// NewChat makes a group, supergroup or channel owned by the first member,
// who must be a person. Bots that join a channel become administrators, as
// that is the only way a bot can be in one.
func (w *World) NewChat(kind, title string, members ...*User) (*Chat, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(members) == 0 || members[0].IsBot {
		return nil, fmt.Errorf("make the %s %q: its first member owns it and must be a person", kind, title)
	}
	c := w.newChat(kind, title)
	for i, u := range members {
		m := &Member{User: u, Status: Regular}
		switch {
		case i == 0:
			m.Status = Creator
		case kind == Channel && u.IsBot:
			m.Status, m.Rights = Administrator, allRights()
		}
		c.enter(m, members[0])
	}
	return c, nil
}

// A Post is what a person puts into a chat.
type Post struct {
	Text    string
	ReplyTo *Message
	Topic   int32
	content *content // of media and the like; nil: the text
	forward *origin
	album   int64
}

// Post lets a person write into a chat and tells the bots there.
func (w *World) Post(u *User, c *Chat, p Post) (*Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := c.mayWrite(u); err != nil {
		return nil, err
	}
	if p.content != nil && !c.mayShow(u, p.content.right) {
		return nil, fmt.Errorf("%s can't send %s to %s: restricted", u.Name(), p.content.rightFor, c)
	}
	m := &Message{From: u, Date: w.now(), ReplyTo: p.ReplyTo, Thread: p.Topic, Topic: p.Topic != 0, Forward: p.forward, AlbumID: p.album}
	if p.content != nil {
		m.content = *p.content
	} else {
		m.kind = "text"
	}
	text, ents, err := entities.Fix(p.Text, nil, entities.Options{AllowEmpty: m.kind != "text"})
	if err != nil {
		return nil, fmt.Errorf("%s writes to %s: %w", u.Name(), c, err)
	}
	m.text, m.entities = text, ents
	if c.Type == Channel {
		m.From, m.SenderChat = nil, c
	}
	if m.media != nil {
		w.store.Keep(m.media.Media)
	}
	return m, c.publish(u, m)
}

// publish adds a person's message to the chat and announces it.
func (c *Chat) publish(u *User, m *Message) error {
	if c.Type == Private {
		c.Blocked = false // writing to a bot unblocks it
	}
	c.add(m)
	c.w.record(Event{Kind: EventPost, ChatID: c.ID, MessageID: m.ID(nil), Text: u.Name() + ": " + m.summary()})
	m.announce(false)
	return nil
}

func (c *Chat) mayWrite(u *User) error {
	if c.Type == Private {
		if u != c.User {
			return fmt.Errorf("%s can't write to %s: it is somebody else's chat", u.Name(), c)
		}
		return nil
	}
	m := c.Members[u.ID]
	if !m.present() {
		return fmt.Errorf("%s can't write to %s: not a member, let them join first", u.Name(), c)
	}
	if c.Type == Channel && !m.can("can_post_messages", c) {
		return fmt.Errorf("%s can't post to %s: only administrators may", u.Name(), c)
	}
	if !m.admin() && !m.can("can_send_messages", c) {
		return fmt.Errorf("%s can't write to %s: restricted", u.Name(), c)
	}
	return nil
}

// mayShow tells whether a member of a group may send content that takes a
// right of its own.
func (c *Chat) mayShow(u *User, right string) bool {
	m := c.Members[u.ID]
	return c.Type == Private || right == "" || m.admin() || m.can(right, c)
}

// Edit lets a person change the text of a message of theirs.
func (w *World) Edit(u *User, m *Message, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.From != u || m.Deleted {
		return fmt.Errorf("%s can't edit message %d: it is not theirs, or deleted", u.Name(), m.ID(nil))
	}
	fixed, ents, err := entities.Fix(text, nil, entities.Options{AllowEmpty: m.kind != "text"})
	if err != nil {
		return fmt.Errorf("%s edits message %d: %w", u.Name(), m.ID(nil), err)
	}
	if fixed == m.text {
		return nil // an edit that changes nothing makes no update
	}
	m.text, m.entities, m.EditDate = fixed, ents, w.now()
	m.Chat.sight(m, true)
	w.record(Event{Kind: EventPost, ChatID: m.Chat.ID, MessageID: m.ID(nil), Text: u.Name() + " edits: " + fixed})
	m.announce(true)
	return nil
}

// sees tells whether a bot is told of a message: not of bots' own, and in
// groups, with privacy mode on, only of commands, of mentions of it, and of
// replies to it (Bot API docs, privacy mode).
func (b *Bot) sees(m *Message) bool {
	if m.fromBot != nil || m.From != nil && m.From.IsBot && m.kind == "text" {
		return false
	}
	if m.Chat.Type == Private || m.Chat.Type == Channel || b.CanReadAll {
		return true
	}
	if m.kind != "text" && m.service() || m.Chat.Members[b.User.ID].admin() {
		return true
	}
	if m.ReplyTo != nil && m.ReplyTo.fromBot == b || m.ViaBot == b.User {
		return true
	}
	return m.addresses(b)
}

// Block lets a person stop a bot; what they had open ends with 403.
func (w *World) Block(u *User, b *Bot, blocked bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := b.private(u)
	if c.Blocked == blocked {
		return
	}
	c.Blocked = blocked
	verb, was, is := " blocks the bot", Regular, Kicked
	if !blocked {
		verb, was, is = " unblocks the bot", Kicked, Regular
	}
	w.record(Event{Kind: EventPost, ChatID: c.ID, Text: u.Name() + verb})
	b.enqueue("my_chat_member", c.ID, c.memberUpdate(u, &Member{User: b.User, Status: was}, &Member{User: b.User, Status: is}, nil), w.now()+day)
}

// Show is the message as it stands now. Call with the world held still.
func Show(m *Message) Sighting {
	return Sighting{Message: m, Text: m.text, Markup: m.Markup, Edited: m.EditDate != 0}
}

// Meet lets a bot write to a person who has not written to it.
func (w *World) Meet(u *User, b *Bot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b.private(u).meet()
}

// Bot is the bot of a private chat; nil elsewhere.
func (c *Chat) Bot() *Bot { return c.bot }

// AnyBot is a bot that sees the message; nil when none does.
func (m *Message) AnyBot() *Bot {
	if m.fromBot != nil {
		return m.fromBot
	}
	for _, b := range m.Chat.bots() {
		return b
	}
	return nil
}
