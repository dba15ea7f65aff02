package engine

func topicMethods() map[string]handler {
	return map[string]handler{
		"createForumTopic":                  createForumTopic,
		"editForumTopic":                    editForumTopic,
		"closeForumTopic":                   topicState("forum_topic_closed", true),
		"reopenForumTopic":                  topicState("forum_topic_reopened", false),
		"deleteForumTopic":                  deleteForumTopic,
		"unpinAllForumTopicMessages":        unpinTopic,
		"hideGeneralForumTopic":             generalTopic("general_forum_topic_hidden"),
		"unhideGeneralForumTopic":           generalTopic("general_forum_topic_unhidden"),
		"closeGeneralForumTopic":            generalTopic("forum_topic_closed"),
		"reopenGeneralForumTopic":           generalTopic("forum_topic_reopened"),
		"editGeneralForumTopic":             editGeneralForumTopic,
		"unpinAllGeneralForumTopicMessages": unpinAllChatMessages,
	}
}

// topic is one topic of a forum.
type topic struct {
	id     int32
	name   string
	color  int64
	closed bool
}

// forum resolves a forum in which the bot may manage topics.
func (c *call) forum() (*Chat, error) {
	chat, err := c.shared(write, "the chat is not a forum")
	if err != nil {
		return nil, err
	}
	if !chat.Forum {
		return nil, badRequest("the chat is not a forum")
	}
	return chat, c.may(chat, "can_manage_topics", "manage topics")
}

// topic resolves the message_thread_id of a forum.
func (c *call) topic() (*Chat, *topic, error) {
	chat, err := c.forum()
	if err != nil {
		return nil, nil, err
	}
	t := chat.topics[int32(c.int("message_thread_id"))]
	if t == nil {
		return nil, nil, fail(400, "TOPIC_ID_INVALID")
	}
	return chat, t, nil
}

// defaultTopicColor is the first of the colours Telegram offers (Bot API docs, createForumTopic).
const defaultTopicColor = 7322096

func createForumTopic(c *call) ([]byte, error) {
	chat, err := c.forum()
	if err != nil {
		return nil, err
	}
	t := &topic{name: c.arg("name"), color: c.clamped("icon_color", defaultTopicColor, 0, 0xffffff)}
	if t.name == "" {
		return nil, badRequest("title must be non-empty")
	}
	m := chat.reportIn(0, c.bot.User, "forum_topic_created", func(_ *Bot, o *object) { o.raw("forum_topic_created", t.created()) })
	t.id = m.id
	m.Thread, m.Topic = t.id, true
	chat.topics[t.id] = t
	o := newObject(96)
	o.int("message_thread_id", int64(t.id))
	o.str("name", t.name)
	o.int("icon_color", t.color)
	return o.end(), nil
}

func (t *topic) created() []byte {
	o := newObject(64)
	o.str("name", t.name)
	o.int("icon_color", t.color)
	return o.end()
}

// reportIn is report in a topic.
func (c *Chat) reportIn(thread int32, by *User, kind string, fields func(*Bot, *object)) *Message {
	m := c.report(by, nil, kind, fields)
	m.Thread, m.Topic = thread, thread != 0
	return m
}

func editForumTopic(c *call) ([]byte, error) {
	chat, t, err := c.topic()
	if err != nil {
		return nil, err
	}
	name := c.arg("name")
	if name == "" || name == t.name {
		return nil, fail(400, "TOPIC_NOT_MODIFIED")
	}
	t.name = name
	chat.reportIn(t.id, c.bot.User, "forum_topic_edited", func(_ *Bot, o *object) {
		in := newObject(48)
		in.str("name", name)
		o.raw("forum_topic_edited", in.end())
	})
	return jsonTrue, nil
}

func topicState(kind string, closed bool) handler {
	return func(c *call) ([]byte, error) {
		chat, t, err := c.topic()
		if err != nil {
			return nil, err
		}
		if t.closed == closed {
			return nil, fail(400, "TOPIC_NOT_MODIFIED")
		}
		t.closed = closed
		chat.reportIn(t.id, c.bot.User, kind, func(_ *Bot, o *object) { o.raw(kind, []byte("{}")) })
		return jsonTrue, nil
	}
}

func deleteForumTopic(c *call) ([]byte, error) {
	chat, t, err := c.topic()
	if err != nil {
		return nil, err
	}
	for _, m := range append([]*Message(nil), chat.messages...) {
		if m.Thread == t.id {
			chat.remove(m)
		}
	}
	delete(chat.topics, t.id)
	return jsonTrue, nil
}

func unpinTopic(c *call) ([]byte, error) {
	chat, t, err := c.topic()
	if err != nil {
		return nil, err
	}
	for _, m := range append([]*Message(nil), chat.pins...) {
		if m.Thread == t.id {
			chat.unpin(m)
		}
	}
	return jsonTrue, nil
}

func generalTopic(kind string) handler {
	return func(c *call) ([]byte, error) {
		chat, err := c.forum()
		if err != nil {
			return nil, err
		}
		chat.report(c.bot.User, nil, kind, func(_ *Bot, o *object) { o.raw(kind, []byte("{}")) })
		return jsonTrue, nil
	}
}

func editGeneralForumTopic(c *call) ([]byte, error) {
	chat, err := c.forum()
	if err != nil {
		return nil, err
	}
	name := c.arg("name")
	if name == "" {
		return nil, badRequest("title must be non-empty")
	}
	chat.report(c.bot.User, nil, "forum_topic_edited", func(_ *Bot, o *object) {
		in := newObject(48)
		in.str("name", name)
		o.raw("forum_topic_edited", in.end())
	})
	return jsonTrue, nil
}
