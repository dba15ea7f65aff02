package schema

import (
	"fmt"
	"slices"
	"strings"
)

// result makes the answer of the call.
func (s *sampler) result() node {
	returns := s.method.Returns
	if returns.Name == "Boolean" {
		return boolNode(true)
	}
	if _, inline := s.param("inline_message_id"); inline && returns.Any != nil {
		return boolNode(true)
	}
	switch s.method.Name {
	case "getCustomEmojiStickers":
		return s.customEmojiStickers()
	case "getGameHighScores":
		return arrayNode()
	case "getChatMemberCount":
		return intNode(2) // one person and the bot
	case "stopPoll":
		n := s.value(returns, "")
		n.set("is_closed", boolNode(true))
		return n
	case "revokeChatInviteLink":
		n := s.value(returns, "")
		n.set("is_revoked", boolNode(true))
		return n
	case "postStory", "repostStory", "editStory":
		return s.story()
	case "createForumTopic":
		return s.forumTopic()
	case "getBusinessConnection":
		return s.businessConnection()
	}
	if returns.Name == "String" {
		return stringNode(s.bareText())
	}
	return s.value(returns, "")
}

// bareText is the answer of the methods that return a String.
func (s *sampler) bareText() string {
	switch s.method.Name {
	case "exportChatInviteLink":
		return s.text("invite_link")
	case "createInvoiceLink":
		return "https://t.me/$AAAAAAAAAAAAAAAA"
	case "getManagedBotToken", "replaceManagedBotToken":
		user, _ := s.param("user_id")
		letter := map[bool]string{true: "A", false: "B"}[s.method.Name == "getManagedBotToken"]
		// 35 characters of base64url whose spare bits are zero.
		return fmt.Sprintf("%d:AA%sA", leadingInt(user), strings.Repeat(letter, 32))
	}
	return ""
}

func (s *sampler) customEmojiStickers() node {
	ids, _ := s.param("custom_emoji_ids")
	list, _ := parseNode([]byte(ids))
	result := arrayNode()
	for _, id := range list.items {
		sticker := s.typed("Sticker")
		sticker.set("type", stringNode("custom_emoji"))
		sticker.set("width", intNode(100))
		sticker.set("height", intNode(100))
		sticker.set("custom_emoji_id", stringNode(id.text))
		result.items = append(result.items, sticker)
	}
	return result
}

func (s *sampler) story() node {
	n := s.typed("Story")
	if id, ok := s.param("story_id"); ok {
		n.set("id", intNode(leadingInt(id)))
	} else {
		n.set("id", intNode(s.nextID()))
	}
	return n
}

func (s *sampler) forumTopic() node {
	n := s.typed("ForumTopic")
	if _, ok := s.param("icon_color"); !ok {
		n.set("icon_color", intNode(0x6fb9f0)) // the first of the six documented colours
	}
	return n
}

func (s *sampler) businessConnection() node {
	n := s.typed("BusinessConnection")
	if id, ok := s.param("business_connection_id"); ok {
		n.set("id", stringNode(id))
	}
	n.set("is_enabled", boolNode(true))
	return n
}

// chatFullInfo extends the chat's own object.
func (s *sampler) chatFullInfo() node {
	t, _ := Type("ChatFullInfo")
	n := node{kind: kindObject}
	for _, m := range s.chat().members {
		_, documented := t.Field(m.name)
		_, old := legacyField(t.Name, m.name)
		if documented || old {
			n.set(m.name, m.value)
		}
	}
	for _, f := range t.Fields {
		if _, has := n.find(f.Name); f.Required && !has {
			n.set(f.Name, s.value(f.Type, f.Name))
		}
	}
	return n
}

// message makes the message that the call sends or edits, with its fields in
// the order of the server.
func (s *sampler) message() node {
	n := node{kind: kindObject}
	chat := s.chat()
	if id, ok := s.param("business_connection_id"); ok {
		n.set("business_connection_id", stringNode(id))
	}
	n.set("message_id", intNode(s.messageID()))
	if textOf(chat, "type") == "channel" {
		n.set("sender_chat", chat)
	} else {
		n.set("from", s.botUser())
	}
	n.set("chat", chat)
	n.set("date", intNode(s.now()))
	if strings.HasPrefix(s.method.Name, "edit") {
		n.set("edit_date", intNode(s.now()))
	}
	s.content(&n)
	s.echoInto(&n)
	return n
}

func (s *sampler) messageID() int64 {
	if id, ok := s.param("message_id"); ok && s.echoes("message_id") {
		return leadingInt(id)
	}
	return s.nextID()
}

// echoInto sets the optional fields of a message that parameters determine.
func (s *sampler) echoInto(n *node) {
	t, _ := Type("Message")
	for _, name := range []string{
		"message_thread_id", "text", "entities", "link_preview_options", "caption", "caption_entities",
		"show_caption_above_media", "reply_markup",
	} {
		f, _ := t.Field(name)
		if value, ok := s.echo(f); ok {
			n.set(name, value)
		}
	}
	for param, field := range map[string]string{
		"protect_content": "has_protected_content", "has_spoiler": "has_media_spoiler",
	} {
		if text, ok := s.param(param); ok && truth(text) {
			n.set(field, boolNode(true))
		}
	}
	if id, ok := s.param("message_effect_id"); ok {
		n.set("effect_id", stringNode(id))
	}
}

// content sets what the message holds, told from the method's name.
func (s *sampler) content(n *node) {
	t, _ := Type("Message")
	f, ok := t.Field(contentField(s.method.Name))
	if !ok {
		return
	}
	switch f.Name {
	case "dice":
		n.set(f.Name, s.dice())
	case "game":
		n.set(f.Name, s.game())
	case "invoice":
		n.set(f.Name, s.invoice())
	case "checklist":
		n.set(f.Name, s.checklist())
	case "poll":
		n.set(f.Name, s.poll())
	case "paid_media":
		n.set(f.Name, s.paidMedia())
	case "rich_message":
		n.set(f.Name, s.richMessage())
	case "venue":
		n.set("location", s.typed("Location")) // beside the venue (Bot API docs)
		n.set(f.Name, s.value(f.Type, f.Name))
	default:
		n.set(f.Name, s.value(f.Type, f.Name))
	}
}

// contentField returns the field of a message that a method fills, or "".
func contentField(method string) string {
	switch method {
	case "editMessageChecklist":
		return "checklist"
	case "editMessageLiveLocation", "stopMessageLiveLocation":
		return "location"
	case "setGameScore":
		return "game"
	}
	name, ok := strings.CutPrefix(method, "send")
	if !ok {
		return ""
	}
	var snake strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			snake.WriteByte('_')
		}
		snake.WriteRune(r)
	}
	return strings.ToLower(snake.String())
}

func (s *sampler) dice() node {
	n := node{}
	emoji, ok := s.param("emoji")
	if !ok {
		emoji = "\U0001f3b2"
	}
	n.set("emoji", stringNode(emoji))
	n.set("value", intNode(1))
	return n
}

func (s *sampler) game() node {
	n := s.typed("Game")
	if name, ok := s.param("game_short_name"); ok {
		n.set("title", stringNode(name))
	}
	return n
}

func (s *sampler) invoice() node {
	n := s.typed("Invoice")
	if _, ok := s.param("start_parameter"); !ok {
		n.set("start_parameter", stringNode(""))
	}
	var total int64
	for _, price := range s.list("prices") {
		total += leadingInt(textOf(price, "amount"))
	}
	n.set("total_amount", intNode(total))
	return n
}

// list returns the items of a parameter that is a JSON array.
func (s *sampler) list(param string) []node {
	text, _ := s.param(param)
	n, _ := parseNode([]byte(text))
	return n.items
}

func (s *sampler) checklist() node {
	text, _ := s.param("checklist")
	input, _ := parseNode([]byte(text))
	n := node{}
	n.set("title", stringNode(textOf(input, "title")))
	tasks := arrayNode()
	given, _ := input.find("tasks")
	for _, task := range given.items {
		t := node{}
		t.set("id", intNode(leadingInt(textOf(task, "id"))))
		t.set("text", stringNode(textOf(task, "text")))
		tasks.items = append(tasks.items, t)
	}
	n.set("tasks", tasks)
	return n
}

func (s *sampler) poll() node {
	n := s.typed("Poll")
	if options := s.list("options"); len(options) > 0 {
		made := arrayNode()
		for i, o := range options {
			text := o.text
			if o.kind == kindObject {
				text = textOf(o, "text")
			}
			option := node{}
			option.set("persistent_id", stringNode(fmt.Sprint(i)))
			option.set("text", stringNode(text))
			option.set("voter_count", intNode(0))
			made.items = append(made.items, option)
		}
		n.set("options", made)
	}
	if anonymous, ok := s.param("is_anonymous"); !ok || truth(anonymous) {
		n.set("is_anonymous", boolNode(true)) // by default (Bot API docs)
	}
	return n
}

func (s *sampler) paidMedia() node {
	n := s.typed("PaidMediaInfo")
	if media := s.list("media"); len(media) > 0 {
		one, _ := n.find("paid_media")
		one.items = slices.Repeat(one.items[:1], len(media))
		n.set("paid_media", one)
	}
	return n
}

// richMessage holds the text given, markup and all, as one paragraph.
func (s *sampler) richMessage() node {
	text, _ := s.param("rich_message")
	input, _ := parseNode([]byte(text))
	paragraph := node{}
	paragraph.set("type", stringNode("paragraph"))
	paragraph.set("text", stringNode(textOf(input, "html")+textOf(input, "markdown")))
	n := node{}
	n.set("blocks", arrayNode(paragraph))
	return n
}
