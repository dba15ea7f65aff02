package engine

import (
	"bytes"
	"strconv"
	"strings"

	"hookproof/fakes/telegram/internal/entities"
	"hookproof/fakes/telegram/internal/markup"
	"hookproof/fakes/telegram/internal/wire"
)

// editable finds the message that an editMessage... method is about. A nil
// message without an error is an inline one, which only Telegram itself has.
func (c *call) editable() (*Message, error) {
	if c.arg("chat_id") == "" && c.messageID("message_id") <= 0 {
		if inline := c.arg("inline_message_id"); inline != "" {
			return c.inlineMessage(inline)
		}
		return nil, badRequest("message identifier is not specified")
	}
	chat, refused := c.chat(edit)
	if refused != nil {
		return nil, refused
	}
	m := chat.message(c.bot, c.messageID("message_id"))
	if m == nil {
		return nil, badRequest("message to edit not found")
	}
	c.chatID, c.msgID = chat.ID, m.ID(c.bot)
	if !m.editableBy(c.bot) {
		return nil, badRequest("message can't be edited")
	}
	return m, nil
}

// editableBy: its own messages, not forwarded ones, nor any with a reply
// keyboard; in a channel also others' if the bot may edit them.
func (m *Message) editableBy(b *Bot) bool {
	if m.Forward != nil || m.Markup != nil && !m.Markup.Inline() && m.Markup.Reply() {
		return false
	}
	if m.fromBot == b || m.ViaBot == b.User {
		return true
	}
	return m.Chat.Type == Channel && m.Chat.Members[b.User.ID].can("can_edit_messages", m.Chat)
}

func editMessageText(c *call) ([]byte, error) {
	preview, err := c.linkPreview()
	if err != nil {
		return nil, err
	}
	text, ents, err := c.text()
	if err != nil {
		return nil, err
	}
	kb, err := c.newMarkup()
	if err != nil {
		return nil, err
	}
	m, err := c.editable()
	if err != nil {
		return nil, err
	}
	if m.kind != "text" {
		return nil, badRequest("there is no text in the message to edit")
	}
	text, ents, err = entities.Fix(text, ents, entities.Options{})
	if err != nil {
		return nil, fail(400, err.Error())
	}
	if entities.Len(text) > entities.MaxText {
		return nil, fail(400, "MESSAGE_TOO_LONG")
	}
	return c.edited(m, func(n *Message) {
		n.text, n.entities, n.preview, n.Markup = text, c.w.knownMentions(ents), preview, kb
	})
}

func editMessageReplyMarkup(c *call) ([]byte, error) {
	kb, err := c.newMarkup()
	if err != nil {
		return nil, err
	}
	m, err := c.editable()
	if err != nil {
		return nil, err
	}
	return c.edited(m, func(n *Message) { n.Markup = kb })
}

func editMessageCaption(c *call) ([]byte, error) {
	text, ents, err := c.caption()
	if err != nil {
		return nil, err
	}
	kb, err := c.newMarkup()
	if err != nil {
		return nil, err
	}
	m, err := c.editable()
	if err != nil {
		return nil, err
	}
	if !captioned[m.kind] {
		return nil, badRequest("there is no caption in the message to edit")
	}
	text, ents, err = entities.Fix(text, ents, entities.Options{AllowEmpty: true})
	if err != nil {
		return nil, fail(400, err.Error())
	}
	if entities.Len(text) > entities.MaxCaption {
		return nil, badRequest("message caption is too long")
	}
	return c.edited(m, func(n *Message) {
		n.text, n.entities, n.Markup = text, c.w.knownMentions(ents), kb
		n.above = c.bool("show_caption_above_media")
	})
}

// captioned are the kinds of message that can have a caption.
var captioned = map[string]bool{
	"photo": true, "video": true, "animation": true, "audio": true, "document": true, "voice": true,
	"paid_media": true, "live_photo": true,
}

func (c *call) newMarkup() (*markup.Markup, error) {
	kb, err := markup.Parse(c.arg("reply_markup"))
	if err != nil {
		return nil, fail(400, err.Error())
	}
	for _, name := range kb.LoginBots() {
		if u, ok := c.w.usernames[strings.ToLower(name)].(*User); !ok || !u.IsBot {
			return nil, badRequest("bot %q not found", name)
		}
	}
	return kb, nil
}

// edited applies a change. A change that nobody could see is refused.
func (c *call) edited(m *Message, change func(*Message)) ([]byte, error) {
	before := m.render(c.bot, false)
	was := *m
	change(m)
	kb, err := checkMarkup(m.Markup, m.Chat, markup.Place{Edit: true, Game: m.kind == "game", Invoice: m.kind == "invoice"})
	if err != nil {
		*m = was
		return nil, err
	}
	m.Markup = kb
	if bytes.Equal(before, m.render(c.bot, false)) {
		*m = was
		return nil, fail(400, "MESSAGE_NOT_MODIFIED")
	}
	m.EditDate = c.w.now()
	if m.Chat != nil {
		m.Chat.sight(m, true)
	}
	if c.arg("inline_message_id") != "" && c.arg("chat_id") == "" {
		return jsonTrue, nil
	}
	return m.render(c.bot, false), nil
}

func deleteMessage(c *call) ([]byte, error) {
	if c.arg("chat_id") == "" {
		return nil, badRequest("chat identifier is not specified")
	}
	id := c.messageID("message_id")
	if id <= 0 {
		return nil, badRequest("message identifier is not specified")
	}
	chat, refused := c.chat(write)
	if refused != nil {
		return nil, refused
	}
	m := chat.message(c.bot, id)
	if m == nil {
		return nil, badRequest("message to delete not found")
	}
	if err := c.mayDelete(m); err != nil {
		return nil, err
	}
	c.chatID, c.msgID = chat.ID, id
	chat.remove(m)
	return jsonTrue, nil
}

// mayDelete applies Telegram's rules (Bot API docs, deleteMessage): within 48
// hours its own messages and, in private chats, anybody's; in groups and
// channels others' only with the right to.
func (c *call) mayDelete(m *Message) error {
	chat := m.Chat
	if chat.Members[c.bot.User.ID].admin() && chat.Members[c.bot.User.ID].can("can_delete_messages", chat) {
		return nil
	}
	if m.fromBot != c.bot && chat.Type != Private {
		return fail(400, "MESSAGE_DELETE_FORBIDDEN")
	}
	if c.w.now()-m.Date > 2*day {
		return badRequest("message can't be deleted for everyone")
	}
	return nil
}

func deleteMessages(c *call) ([]byte, error) {
	if c.arg("chat_id") == "" {
		return nil, badRequest("chat identifier is not specified")
	}
	ids, err := messageIDs(c.arg("message_ids"))
	if err != nil {
		return nil, err
	}
	chat, refused := c.chat(write)
	if refused != nil {
		return nil, refused
	}
	c.chatID = chat.ID
	var found []*Message
	for _, id := range ids {
		if m := chat.message(c.bot, id); m != nil {
			if err := c.mayDelete(m); err != nil {
				return nil, err // nothing is deleted then
			}
			found = append(found, m)
		}
	}
	for _, m := range found {
		chat.remove(m)
	}
	return jsonTrue, nil
}

// messageIDs reads a list of message identifiers, which may be strings.
func messageIDs(s string) ([]int64, error) {
	if s == "" {
		return nil, badRequest("message identifiers are not specified")
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse message_ids JSON object")
	}
	if !v.IsArray() {
		return nil, badRequest("expected an Array of message identifiers")
	}
	items := v.Array()
	if len(items) == 0 {
		return nil, badRequest("message identifiers are not specified")
	}
	if len(items) > 100 {
		return nil, badRequest("too many message identifiers specified")
	}
	ids := make([]int64, len(items))
	for i, item := range items {
		if ids[i], err = messageNumber(item); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func messageNumber(v wire.Value) (int64, error) {
	s, ok := v.Number()
	if !ok {
		if s, ok = v.String(); !ok {
			return 0, badRequest("message identifier must be a Number")
		}
	}
	n, err := strconv.ParseInt(s, 10, 32)
	switch {
	case err != nil:
		return 0, badRequest("can't parse message identifier as a Number")
	case n <= 0:
		return 0, badRequest("invalid message identifier specified")
	}
	return n, nil
}
