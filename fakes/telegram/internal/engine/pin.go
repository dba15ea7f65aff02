package engine

import "slices"

func pinMethods() map[string]handler {
	return map[string]handler{
		"pinChatMessage":       pinChatMessage,
		"unpinChatMessage":     unpinChatMessage,
		"unpinAllChatMessages": unpinAllChatMessages,
	}
}

// pinnable resolves the chat and checks the right to pin.
func (c *call) pinnable() (*Chat, error) {
	chat, refused := c.chat(write)
	if refused != nil {
		return nil, refused
	}
	me := chat.Members[c.bot.User.ID]
	right := "can_pin_messages"
	if chat.Type == Channel {
		right = "can_edit_messages"
	}
	if chat.Type != Private && !me.can(right, chat) {
		return nil, badRequest("not enough rights to manage pinned messages in the chat")
	}
	c.chatID = chat.ID
	return chat, nil
}

// pinChatMessage pins, and reports it in the chat unless it is already pinned.
func pinChatMessage(c *call) ([]byte, error) {
	chat, err := c.pinnable()
	if err != nil {
		return nil, err
	}
	m := chat.message(c.bot, c.messageID("message_id"))
	if m == nil {
		return nil, badRequest("message to pin not found")
	}
	if m.pinned {
		return nil, fail(400, "CHAT_NOT_MODIFIED")
	}
	m.pinned = true
	chat.pins = append(chat.pins, m)
	if !c.bool("disable_notification") || chat.Type == Private {
		chat.report(c.bot.User, c.bot, "pinned_message", func(b *Bot, o *object) { o.raw("pinned_message", m.render(b, false)) })
	}
	return jsonTrue, nil
}

func unpinChatMessage(c *call) ([]byte, error) {
	chat, err := c.pinnable()
	if err != nil {
		return nil, err
	}
	var m *Message
	if id := c.messageID("message_id"); id > 0 {
		m = chat.message(c.bot, id)
	} else if len(chat.pins) > 0 {
		m = chat.pins[len(chat.pins)-1]
	}
	if m == nil {
		return nil, badRequest("message to unpin not found")
	}
	chat.unpin(m)
	return jsonTrue, nil
}

func (c *Chat) unpin(m *Message) {
	m.pinned = false
	c.pins = slices.DeleteFunc(c.pins, func(p *Message) bool { return p == m })
}

func unpinAllChatMessages(c *call) ([]byte, error) {
	chat, err := c.pinnable()
	if err != nil {
		return nil, err
	}
	for _, m := range chat.pins {
		m.pinned = false
	}
	chat.pins = nil
	return jsonTrue, nil
}

// report adds a service message and tells the bots, the acting one included:
// service messages are among its own that a bot is told of.
func (c *Chat) report(by *User, bot *Bot, kind string, fields func(*Bot, *object)) *Message {
	m := &Message{From: by, Date: c.w.now(), content: content{kind: kind}}
	m.serviceBody = fields
	if c.Type == Channel {
		m.From, m.SenderChat = nil, c
	}
	c.add(m)
	for _, b := range c.bots() {
		b.enqueue(m.updateKind(false), c.ID, m.json(b), m.expires(false))
	}
	return m
}
