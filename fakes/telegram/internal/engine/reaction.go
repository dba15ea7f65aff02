package engine

import (
	"fmt"
	"slices"

	"hookproof/fakes/telegram/internal/wire"
)

func reactionMethods() map[string]handler {
	return map[string]handler{"setMessageReaction": setMessageReaction}
}

// reaction is one reaction to a message: an emoji or a custom one.
type reaction struct {
	emoji  string
	custom string
}

func (r reaction) json() []byte {
	o := newObject(48)
	if r.custom != "" {
		o.str("type", "custom_emoji")
		o.str("custom_emoji_id", r.custom)
	} else {
		o.str("type", "emoji")
		o.str("emoji", r.emoji)
	}
	return o.end()
}

// allowedReactions are the emoji that anybody may react with (Bot API docs, ReactionTypeEmoji).
var allowedReactions = []string{
	"❤", "👍", "👎", "🔥", "🥰", "👏", "😁", "🤔", "🤯", "😱", "🤬", "😢", "🎉", "🤩", "🤮", "💩", "🙏", "👌", "🕊", "🤡",
	"🥱", "🥴", "😍", "🐳", "❤‍🔥", "🌚", "🌭", "💯", "🤣", "⚡", "🍌", "🏆", "💔", "🤨", "😐", "🍓", "🍾", "💋", "🖕", "😈",
	"😴", "😭", "🤓", "👻", "👨‍💻", "👀", "🎃", "🙈", "😇", "😨", "🤝", "✍", "🤗", "🫡", "🎅", "🎄", "☃", "💅", "🤪", "🗿",
	"🆒", "💘", "🙉", "🦄", "😘", "💊", "🙊", "😎", "👾", "🤷‍♂", "🤷", "🤷‍♀", "😡",
}

func setMessageReaction(c *call) ([]byte, error) {
	reactions, err := c.reactions()
	if err != nil {
		return nil, err
	}
	chat, refused := c.chat(read)
	if refused != nil {
		return nil, refused
	}
	m := chat.message(c.bot, c.messageID("message_id"))
	if m == nil {
		return nil, badRequest("message to react not found")
	}
	for _, r := range reactions {
		if r.custom != "" || !slices.Contains(allowedReactions, r.emoji) {
			return nil, fail(400, "REACTION_INVALID")
		}
	}
	if len(reactions) > 1 {
		return nil, fail(400, "REACTIONS_TOO_MANY")
	}
	m.react(c.bot.User, reactions)
	c.chatID, c.msgID = chat.ID, m.ID(c.bot)
	return jsonTrue, nil
}

func (c *call) reactions() ([]reaction, error) {
	s := c.arg("reaction")
	if s == "" {
		return nil, nil
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse reaction types JSON object")
	}
	if !v.IsArray() {
		return nil, badRequest("expected an Array of ReactionType")
	}
	var out []reaction
	for _, item := range v.Array() {
		r, err := parseReaction(item)
		if err != nil {
			return nil, badRequest("can't parse ReactionType: %s", err)
		}
		out = append(out, r)
	}
	return out, nil
}

func parseReaction(v wire.Value) (r reaction, err error) {
	if !v.IsObject() {
		return r, fmt.Errorf("expected an Object")
	}
	kind, err := v.RequiredString("type")
	if err != nil {
		return r, err
	}
	switch kind {
	case "emoji":
		r.emoji, err = v.RequiredString("emoji")
	case "custom_emoji":
		r.custom, err = v.RequiredString("custom_emoji_id")
	default:
		err = fmt.Errorf("invalid reaction type specified")
	}
	return r, err
}

func (m *Message) react(u *User, reactions []reaction) {
	if m.reactions == nil {
		m.reactions = map[int64][]reaction{}
	}
	if len(reactions) == 0 {
		delete(m.reactions, u.ID)
		return
	}
	m.reactions[u.ID] = reactions
}

// React lets a person react to a message; with nothing, takes it back. Bots
// that are told of reactions (they must ask for them, and administer the chat
// unless it is private) get an update.
func (w *World) React(u *User, m *Message, emoji ...string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var now []reaction
	for _, e := range emoji {
		if !slices.Contains(allowedReactions, e) {
			return fmt.Errorf("%s reacts with %q: Telegram has no such reaction", u.Name(), e)
		}
		now = append(now, reaction{emoji: e})
	}
	before := m.reactions[u.ID]
	m.react(u, now)
	w.record(Event{Kind: EventPost, ChatID: m.Chat.ID, MessageID: m.ID(nil), Text: fmt.Sprintf("%s reacts with %v", u.Name(), emoji)})
	for _, b := range m.Chat.bots() {
		if m.Chat.Type != Private && !m.Chat.Members[b.User.ID].admin() {
			continue
		}
		if m.Chat.Type == Channel {
			b.enqueue("message_reaction_count", m.Chat.ID, m.reactionCount(b), w.now()+day)
			continue
		}
		b.enqueue("message_reaction", m.Chat.ID, m.reactionJSON(b, u, before, now), w.now()+day)
	}
	return nil
}

func (m *Message) reactionJSON(b *Bot, u *User, before, now []reaction) []byte {
	o := newObject(256)
	o.raw("chat", m.Chat.json())
	o.int("message_id", m.ID(b))
	u.append(o, "user")
	o.int("date", m.Chat.w.now())
	o.raw("old_reaction", list(before, reaction.json))
	o.raw("new_reaction", list(now, reaction.json))
	return o.end()
}

// reactionCount sums the reactions up, as channels show them.
func (m *Message) reactionCount(b *Bot) []byte {
	counts := map[reaction]int64{}
	for _, rs := range m.reactions {
		for _, r := range rs {
			counts[r]++
		}
	}
	var kinds []reaction
	for r := range counts {
		kinds = append(kinds, r)
	}
	slices.SortFunc(kinds, func(x, y reaction) int {
		return slices.Index(allowedReactions, x.emoji) - slices.Index(allowedReactions, y.emoji)
	})
	o := newObject(256)
	o.raw("chat", m.Chat.json())
	o.int("message_id", m.ID(b))
	o.int("date", m.Chat.w.now())
	o.raw("reactions", list(kinds, func(r reaction) []byte {
		in := newObject(64)
		in.raw("type", r.json())
		in.int("total_count", counts[r])
		return in.end()
	}))
	return o.end()
}
