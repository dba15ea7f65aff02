package engine

import "hookproof/fakes/telegram/internal/entities"

func forwardMethods() map[string]handler {
	return map[string]handler{
		"forwardMessage":  forwardMessage,
		"forwardMessages": forwardMessages,
		"copyMessage":     copyMessage,
		"copyMessages":    copyMessages,
	}
}

// source finds the chat that a message is forwarded or copied from.
func (c *call) source() (*Chat, error) {
	if c.arg("from_chat_id") == "" {
		return nil, badRequest(`parameter "from_chat_id" is required`)
	}
	chat, refused := c.chatIn("from_chat_id", read)
	if refused != nil {
		return nil, refused
	}
	return chat, nil
}

func forwardMessage(c *call) ([]byte, error) {
	chat, from, err := c.sourceAndTarget(&draft{})
	if err != nil {
		return nil, err
	}
	m := from.message(c.bot, c.messageID("message_id"))
	if m == nil {
		return nil, badRequest("message to forward not found")
	}
	n, err := c.forward(chat, m, 0)
	if err != nil {
		return nil, err
	}
	c.chatID, c.msgID = chat.ID, n.ID(c.bot)
	return n.json(c.bot), nil
}

// sourceAndTarget resolves both chats: the target's options and access come
// before the source (Bot API server source, forward and copy).
func (c *call) sourceAndTarget(d *draft) (chat, from *Chat, err error) {
	if c.arg("from_chat_id") == "" {
		return nil, nil, badRequest(`parameter "from_chat_id" is required`)
	}
	if err := c.sendOptions(d); err != nil {
		return nil, nil, err
	}
	chat, refused := c.chat(write)
	if refused != nil {
		return nil, nil, refused
	}
	from, err = c.source()
	return chat, from, err
}

// mayRepeat checks the right to post what a message holds.
func (c *call) mayRepeat(chat *Chat, m *Message) error {
	d := &draft{content: m.content}
	if d.right == "" {
		d.right, d.rightFor = "can_send_messages", "text messages"
	}
	return c.mayPost(chat, d)
}

// forward posts a message as coming from where it was first sent.
func (c *call) forward(chat *Chat, m *Message, album int64) (*Message, error) {
	switch {
	case m.Protected:
		return nil, fail(400, "message has protected content and can't be forwarded")
	case m.service():
		return nil, badRequest("the message can't be forwarded")
	}
	if err := c.mayRepeat(chat, m); err != nil {
		return nil, err
	}
	n := c.again(chat, m)
	n.Forward, n.Markup, n.AlbumID = m.source(c.bot), nil, album
	if m.Markup.Inline() && m.ViaBot != nil {
		n.Markup = m.Markup
	}
	chat.add(n)
	c.announceToOthers(n)
	return n, nil
}

// again is a new message of the bot with another's content.
func (c *call) again(chat *Chat, m *Message) *Message {
	n := &Message{From: c.bot.User, Date: c.w.now(), content: m.content, fromBot: c.bot, Protected: c.bool("protect_content")}
	if chat.Type == Channel {
		n.From, n.SenderChat = nil, chat
	}
	return n
}

// source is where a message says it comes from when it is forwarded.
func (m *Message) source(b *Bot) *origin {
	if m.Forward != nil {
		return m.Forward
	}
	if m.SenderChat != nil {
		return &origin{chat: m.SenderChat, messageID: int32(m.ID(b)), signature: m.Signature, date: m.Date}
	}
	return &origin{from: m.From, date: m.Date}
}

func copyMessage(c *call) ([]byte, error) {
	d := &draft{}
	var text string
	var ents []entities.Entity
	_, replace := c.lookup("caption")
	if replace {
		var err error
		if text, ents, err = c.caption(); err != nil {
			return nil, err
		}
	}
	chat, from, err := c.sourceAndTarget(d)
	if err != nil {
		return nil, err
	}
	m := from.message(c.bot, c.messageID("message_id"))
	if m == nil {
		return nil, badRequest("message to copy not found")
	}
	target, err := c.target(chat, d)
	if err != nil {
		return nil, err
	}
	n, err := c.copy(chat, m)
	if err != nil {
		return nil, err
	}
	if replace && captioned[m.kind] {
		if err := n.recaption(c, text, ents); err != nil {
			return nil, err
		}
	}
	n.Markup, n.ReplyTo = d.markup, target
	chat.add(n)
	c.announceToOthers(n)
	c.chatID, c.msgID = chat.ID, n.ID(c.bot)
	return messageID(n.ID(c.bot)), nil
}

// recaption gives a copy a caption of its own.
func (m *Message) recaption(c *call, text string, ents []entities.Entity) error {
	d := &draft{content: m.content, caption: true}
	d.text, d.entities = text, ents
	if err := d.fix(c, m.Chat); err != nil {
		return err
	}
	m.text, m.entities, m.above = d.text, d.entities, c.bool("show_caption_above_media")
	return nil
}

func (c *call) copy(chat *Chat, m *Message) (*Message, error) {
	if m.service() || m.kind == "invoice" || m.kind == "poll" && m.poll == nil {
		return nil, badRequest("the message can't be copied")
	}
	if m.Protected {
		return nil, fail(400, "message has protected content and can't be copied")
	}
	if err := c.mayRepeat(chat, m); err != nil {
		return nil, err
	}
	n := c.again(chat, m)
	if c.bool("remove_caption") && m.kind != "text" {
		n.text, n.entities = "", nil
	}
	return n, nil
}

func messageID(id int64) []byte {
	o := newObject(32)
	o.int("message_id", id)
	return o.end()
}

func forwardMessages(c *call) ([]byte, error) {
	return c.several(c.forward)
}

func copyMessages(c *call) ([]byte, error) {
	return c.several(func(chat *Chat, m *Message, album int64) (*Message, error) {
		n, err := c.copy(chat, m)
		if err == nil {
			n.AlbumID = album
			chat.add(n)
			c.announceToOthers(n)
		}
		return n, err
	})
}

// several carries over many messages, skipping those that can't be (Bot API
// docs, forwardMessages and copyMessages).
func (c *call) several(one func(to *Chat, m *Message, album int64) (*Message, error)) ([]byte, error) {
	ids, err := messageIDs(c.arg("message_ids"))
	if err != nil {
		return nil, err
	}
	chat, from, err := c.sourceAndTarget(&draft{})
	if err != nil {
		return nil, err
	}
	var sent [][]byte
	albums := c.newAlbums(from, ids)
	for _, id := range ids {
		m := from.message(c.bot, id)
		if m == nil {
			continue
		}
		n, err := one(chat, m, albums[m.AlbumID])
		if err != nil {
			continue
		}
		sent = append(sent, messageID(n.ID(c.bot)))
	}
	if len(sent) == 0 {
		return nil, badRequest("there are no messages to forward")
	}
	c.chatID = chat.ID
	return array(sent), nil
}

// newAlbums are the ids of albums that messages carried over make again, by the
// ids they had; one message alone makes none (TDLib, forward_messages).
func (c *call) newAlbums(from *Chat, ids []int64) map[int64]int64 {
	members, albums := map[int64]int{}, map[int64]int64{}
	for _, id := range ids {
		m := from.message(c.bot, id)
		if m == nil || m.AlbumID == 0 {
			continue
		}
		if members[m.AlbumID]++; members[m.AlbumID] == 2 {
			albums[m.AlbumID] = c.w.nextQuery()
		}
	}
	return albums
}
