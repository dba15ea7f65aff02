package engine

import (
	"strings"
	"unicode/utf16"

	"hookproof/fakes/telegram/internal/entities"
)

// service tells whether the message reports an event of the chat.
func (m *Message) service() bool { return serviceKinds[m.kind] }

var serviceKinds = map[string]bool{
	"new_chat_members": true, "left_chat_member": true, "new_chat_title": true, "new_chat_photo": true,
	"delete_chat_photo": true, "group_chat_created": true, "supergroup_chat_created": true, "channel_chat_created": true,
	"migrate_to_chat_id": true, "migrate_from_chat_id": true, "pinned_message": true, "successful_payment": true,
	"forum_topic_created": true, "forum_topic_edited": true, "forum_topic_closed": true, "forum_topic_reopened": true,
}

// summary is the message in a line, for transcripts.
func (m *Message) summary() string {
	switch {
	case m.kind == "text":
		return m.text
	case m.text != "":
		return "[" + m.kind + "] " + m.text
	}
	return "[" + m.kind + "]"
}

// Summary is the message in a line. Call with the world held still.
func (m *Message) Summary() string { return m.summary() }

// addresses tells whether a group message is meant for the bot: a command
// without a name or with the bot's, or a mention of it.
func (m *Message) addresses(b *Bot) bool {
	name := "@" + strings.ToLower(b.User.Username)
	for _, e := range m.entities {
		part := strings.ToLower(substring(m.text, e))
		switch e.Type {
		case entities.BotCommand:
			if _, to, named := strings.Cut(part, "@"); !named || "@"+to == name {
				return true
			}
		case entities.Mention:
			if part == name {
				return true
			}
		case entities.TextMention:
			if e.UserID == b.User.ID {
				return true
			}
		}
	}
	return false
}

// substring is the text an entity covers.
func substring(text string, e entities.Entity) string {
	units := utf16.Encode([]rune(text))
	if e.Offset < 0 || e.End() > len(units) {
		return ""
	}
	return string(utf16.Decode(units[e.Offset:e.End()]))
}
