package engine

import (
	"hookproof/fakes/telegram/internal/entities"
	"hookproof/fakes/telegram/internal/markup"
)

// A Message is one message of a chat.
type Message struct {
	Chat       *Chat
	From       *User // nil in channels
	SenderChat *Chat
	Signature  string
	Date       int64
	EditDate   int64
	Thread     int32
	Topic      bool
	Forward    *origin
	ReplyTo    *Message
	Quote      *quote
	Markup     *markup.Markup
	ViaBot     *User
	Protected  bool
	AlbumID    int64
	Effect     string

	content
	id        int32           // private chats, supergroups, channels
	ids       map[int64]int32 // basic groups: number by bot id
	Deleted   bool
	pinned    bool
	reactions map[int64][]reaction // by user id
	fromBot   *Bot
	inlineID  string // of a message sent through inline mode
}

// content is what a message says.
type content struct {
	kind     string // the Bot API's field: text, photo, poll, new_chat_members, ...
	text     string // the text, or the caption of media
	entities []entities.Entity
	body     func(o *object) // writes the fields of anything but text
	preview  []byte          // link_preview_options as given
	above    bool            // show_caption_above_media
	spoiler  bool            // has_media_spoiler
	media    *media
	poll     *poll
	live     *location
	invoice  *invoice
	right    string // the right it takes to send it, and its name in refusals
	rightFor string

	serviceBody func(*Bot, *object) // writes a service message's fields
}

// origin is where a forwarded message came from.
type origin struct {
	from      *User
	name      string // a person who hides the account
	chat      *Chat
	messageID int32
	signature string
	date      int64
}

// quote is the part of the message replied to that was cited.
type quote struct {
	text     string
	entities []entities.Entity
	position int
	manual   bool
}

// ID is the bot's number for the message; any bot's where numbering is common.
func (m *Message) ID(b *Bot) int64 {
	if m.ids != nil {
		if b == nil {
			return int64(m.anyID())
		}
		return int64(m.ids[b.key.id])
	}
	return int64(m.id)
}

func (m *Message) anyID() int32 {
	least := int32(0)
	for _, id := range m.ids {
		if least == 0 || id < least {
			least = id
		}
	}
	return least
}

// add numbers the message, puts it into its chat, and forgets the oldest
// message when the chat's history is full.
func (c *Chat) add(m *Message) {
	m.Chat = c
	switch c.Type {
	case Private:
		c.met = true
		c.bot.lastMsg++
		m.id = c.bot.lastMsg
		c.index[messageRef{0, m.id}] = m
	case Group:
		m.ids = map[int64]int32{}
		for _, b := range c.bots() {
			b.lastMsg++
			m.ids[b.key.id] = b.lastMsg
			c.index[messageRef{b.key.id, b.lastMsg}] = m
		}
	default:
		c.lastMsg++
		m.id = c.lastMsg
		c.index[messageRef{0, m.id}] = m
	}
	c.messages = append(c.messages, m)
	if len(c.messages) > c.w.opt.History {
		c.forget(c.messages[0])
		c.messages[0] = nil
		c.messages = c.messages[1:]
	}
	c.sight(m, false)
}

// forget takes a message out of the index.
func (c *Chat) forget(m *Message) {
	if m.pinned {
		c.unpin(m)
	}
	if m.ids == nil {
		delete(c.index, messageRef{0, m.id})
		return
	}
	for bot, id := range m.ids {
		delete(c.index, messageRef{bot, id})
	}
}

// remove deletes a message for everybody.
func (c *Chat) remove(m *Message) {
	m.Deleted = true
	c.forget(m)
	for i, have := range c.messages {
		if have == m {
			c.messages = append(c.messages[:i], c.messages[i+1:]...)
			break
		}
	}
	c.w.changed()
}

// json renders the message as the bot sees it.
func (m *Message) json(b *Bot) []byte { return m.render(b, true) }

// render writes the fields in the server's order (Bot API server source,
// JsonMessage). The message replied to is nested one level only.
func (m *Message) render(b *Bot, nest bool) []byte {
	o := newObject(512)
	o.int("message_id", m.ID(b))
	if m.From != nil {
		m.From.append(o, "from")
	}
	o.strIf("author_signature", m.Signature)
	if m.SenderChat != nil {
		o.raw("sender_chat", m.SenderChat.json())
	}
	o.raw("chat", m.Chat.json())
	o.int("date", m.Date)
	o.intIf("edit_date", m.EditDate)
	o.intIf("message_thread_id", int64(m.Thread))
	if m.Forward != nil {
		m.Forward.fields(o)
	}
	if nest {
		m.replyFields(b, o)
	}
	m.contentFields(b, o)
	if m.Markup.Inline() {
		o.raw("reply_markup", m.Markup.AppendJSON(nil))
	}
	if m.ViaBot != nil {
		m.ViaBot.append(o, "via_bot")
	}
	o.boolIf("has_protected_content", m.Protected)
	o.boolIf("is_topic_message", m.Topic)
	o.strIf("effect_id", m.Effect)
	return o.end()
}

func (m *Message) replyFields(b *Bot, o *object) {
	if m.ReplyTo == nil || m.ReplyTo.Deleted {
		return
	}
	if m.ReplyTo.Chat != m.Chat {
		o.raw("external_reply", m.ReplyTo.external(b))
	} else {
		o.raw("reply_to_message", m.ReplyTo.render(b, false))
	}
	if q := m.Quote; q != nil {
		quoted := newObject(64)
		quoted.str("text", q.text)
		quoted.rawIf("entities", entitiesJSON(m.Chat.w, q.entities))
		quoted.int("position", int64(q.position))
		quoted.boolIf("is_manual", q.manual)
		o.raw("quote", quoted.end())
	}
}

func (m *Message) contentFields(b *Bot, o *object) {
	o.idIf("media_group_id", m.AlbumID)
	if m.kind == "text" {
		o.str("text", m.text)
		o.rawIf("entities", entitiesJSON(m.Chat.w, m.entities))
		o.rawIf("link_preview_options", m.preview)
	} else {
		if m.media != nil {
			m.media.fields(m.Chat.w, b, o)
		}
		if m.body != nil {
			m.body(o)
		}
		if m.serviceBody != nil {
			m.serviceBody(b, o)
		}
		o.strIf("caption", m.text)
		o.rawIf("caption_entities", entitiesJSON(m.Chat.w, m.entities))
		o.boolIf("show_caption_above_media", m.above && m.text != "")
		o.boolIf("has_media_spoiler", m.spoiler)
	}
}

// external is the ExternalReplyInfo of a message in another chat.
func (m *Message) external(b *Bot) []byte {
	o := newObject(256)
	where := &origin{from: m.From, chat: m.SenderChat, messageID: int32(m.ID(b)), date: m.Date}
	o.raw("origin", where.json())
	if m.Chat.Type != Private {
		o.raw("chat", m.Chat.json())
		o.int("message_id", m.ID(b))
	}
	if m.media != nil {
		m.media.fields(m.Chat.w, b, o)
		o.boolIf("has_media_spoiler", m.spoiler)
	}
	if m.body != nil {
		m.body(o)
	}
	return o.end()
}

func (f *origin) json() []byte {
	o := newObject(128)
	switch {
	case f.chat != nil && f.chat.Type == Channel:
		o.str("type", "channel")
		o.raw("chat", f.chat.json())
		o.int("message_id", int64(f.messageID))
		o.strIf("author_signature", f.signature)
	case f.chat != nil:
		o.str("type", "chat")
		o.raw("sender_chat", f.chat.json())
		o.strIf("author_signature", f.signature)
	case f.from != nil:
		o.str("type", "user")
		f.from.append(o, "sender_user")
	default:
		o.str("type", "hidden_user")
		o.str("sender_user_name", f.name)
	}
	o.int("date", f.date)
	return o.end()
}

// fields writes forward_origin and the older fields the server still sends
// beside it.
func (f *origin) fields(o *object) {
	o.raw("forward_origin", f.json())
	switch {
	case f.chat != nil:
		o.raw("forward_from_chat", f.chat.json())
		if f.chat.Type == Channel {
			o.int("forward_from_message_id", int64(f.messageID))
		}
		o.strIf("forward_signature", f.signature)
	case f.from != nil:
		f.from.append(o, "forward_from")
	default:
		o.str("forward_sender_name", f.name)
	}
	o.int("forward_date", f.date)
}

func (o *object) idIf(name string, v int64) {
	if v != 0 {
		o.id(name, v)
	}
}

// entitiesJSON renders entities; nil when there are none. A text_mention
// carries the whole user.
func entitiesJSON(w *World, ents []entities.Entity) []byte {
	if len(ents) == 0 {
		return nil
	}
	return list(ents, func(e entities.Entity) []byte {
		o := newObject(64)
		o.int("offset", int64(e.Offset))
		o.int("length", int64(e.Length))
		o.str("type", e.Type)
		o.strIf("url", e.URL)
		if e.Type == entities.TextMention {
			w.users[e.UserID].append(o, "user")
		}
		o.strIf("language", e.Language)
		o.strIf("custom_emoji_id", e.CustomEmojiID)
		if e.Type == entities.DateTime {
			o.int("unix_time", e.UnixTime)
			o.strIf("date_time_format", e.DateTimeFormat)
		}
		return o.end()
	})
}
