package engine

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"hookproof/fakes/telegram/internal/markup"
)

// A Press is a button pressed by a person, and the bot's answer to it.
type Press struct {
	ID      int64
	User    *User
	Message *Message
	Data    string

	Answered bool
	Text     string // of the answer
	Alert    bool
	URL      string
	asked    int64 // Unix time
	bot      *Bot
}

// Press lets a person press the inline button with that text, or with that
// callback data. A button that is a link opens on the person's side only.
func (w *World) Press(u *User, m *Message, button string) (*Press, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, ok := m.Markup.Find(button)
	if !ok || m.Deleted {
		return nil, fmt.Errorf("%s presses %q: message %d has no such button", u.Name(), button, m.ID(nil))
	}
	owner := m.owner()
	if owner == nil || b.Data == "" && !b.Game() {
		return nil, fmt.Errorf("%s presses %q: that button makes no callback query", u.Name(), button)
	}
	p := &Press{ID: w.nextQuery(), User: u, Message: m, Data: b.Data, asked: w.now(), bot: owner}
	w.presses[p.ID] = p
	sweep(&w.sweeps.presses, w.presses, func(p *Press) bool { return p.Answered || w.now()-p.asked > queryLife })
	w.record(Event{Kind: EventPost, ChatID: m.Chat.ID, MessageID: m.ID(nil), Text: u.Name() + " presses " + b.Text})
	owner.enqueue("callback_query", u.ID, p.json(b), w.now()+queryLife)
	return p, nil
}

// owner is the bot that learns of presses on the message.
func (m *Message) owner() *Bot {
	if m.ViaBot != nil {
		return m.Chat.w.bots[botKey{id: m.ViaBot.ID}]
	}
	return m.fromBot
}

func (p *Press) json(b markup.Button) []byte {
	o := newObject(512)
	o.id("id", p.ID)
	p.User.append(o, "from")
	if p.Message.inlineID != "" {
		o.str("inline_message_id", p.Message.inlineID)
	} else {
		o.raw("message", p.Message.json(p.bot))
	}
	o.str("chat_instance", strconv.FormatInt(p.Message.Chat.instance(), 10))
	if b.Game() {
		o.str("game_short_name", p.Message.gameName())
	} else {
		o.str("data", p.Data)
	}
	return o.end()
}

// gameName is the short name of the game a message carries; the fake has none.
func (m *Message) gameName() string { return "" }

// instance is the number that is common to callback queries of one chat.
func (c *Chat) instance() int64 {
	n := uint64(c.ID) * 0x9e3779b97f4a7c15
	return int64(n)
}

// maxOpen is how many queries of one kind are remembered before those that
// nobody can answer any more are forgotten.
const maxOpen = 10_000

// A sweeper decides when a map is worth going through: when it has doubled
// since the last time, so that each entry costs the same in the end.
type sweeper struct{ next int }

// sweep forgets the entries that are over, once there are too many.
func sweep[K comparable, V any](s *sweeper, open map[K]V, over func(V) bool) {
	if len(open) < max(maxOpen, s.next) {
		return
	}
	for k, v := range open {
		if over(v) {
			delete(open, k)
		}
	}
	s.next = 2 * len(open)
}

func answerCallbackQuery(c *call) ([]byte, error) {
	id, err := strconv.ParseInt(c.arg("callback_query_id"), 10, 64)
	p := c.w.presses[id]
	if err != nil || p == nil || p.bot != c.bot || c.w.now()-p.asked > queryLife || p.Answered {
		return nil, fail(400, "QUERY_ID_INVALID")
	}
	text := c.arg("text")
	if utf8.RuneCountInString(text) > 200 {
		return nil, fail(400, "MESSAGE_TOO_LONG")
	}
	p.Answered, p.Text, p.Alert, p.URL = true, text, c.bool("show_alert"), c.arg("url")
	c.chatID = p.Message.Chat.ID
	return jsonTrue, nil
}
