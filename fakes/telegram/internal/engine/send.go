package engine

import (
	"errors"
	"strings"
	"unicode/utf8"

	"hookproof/fakes/telegram/internal/entities"
	"hookproof/fakes/telegram/internal/markup"
	"hookproof/fakes/telegram/internal/wire"
)

// A draft is a message being sent: what its parameters said before any chat
// was looked at.
type draft struct {
	content
	caption bool // text is a caption: it may be empty, and is shorter
	markup  *markup.Markup
	reply   *replyTo
	thread  int32
	silent  bool
	protect bool
	effect  string
	check   func(*Chat) error // the library's checks of content, after access
	files   []*attachment     // what the message carries; not yet in the store
	stars   int64             // the price of paid media
	album   int64
}

// replyTo is a parsed ReplyParameters.
type replyTo struct {
	id      int64
	chatID  string
	allow   bool // allow_sending_without_reply
	quote   string
	ents    []entities.Entity
	hasText bool
	pos     int
}

func sendMessage(c *call) ([]byte, error) {
	preview, err := c.linkPreview()
	if err != nil {
		return nil, err
	}
	d := &draft{}
	d.kind, d.preview = "text", preview
	d.right, d.rightFor = "can_send_messages", "text messages"
	if d.text, d.entities, err = c.text(); err != nil {
		return nil, err
	}
	return c.sendOne(d)
}

// sendOne sends a draft and answers with the message.
func (c *call) sendOne(d *draft) ([]byte, error) {
	m, err := c.send(d)
	if err != nil {
		return nil, err
	}
	return m.json(c.bot), nil
}

// send goes through the checks that all sending methods share, in the
// server's order, and posts the message.
func (c *call) send(d *draft) (*Message, error) {
	if err := c.sendOptions(d); err != nil {
		return nil, err
	}
	chat, refused := c.chat(write)
	if refused != nil {
		return nil, refused
	}
	target, err := c.target(chat, d)
	if err != nil {
		return nil, err
	}
	if err := d.resolve(c); err != nil {
		return nil, err
	}
	if err := d.fix(c, chat); err != nil {
		return nil, err
	}
	if err := c.mayPost(chat, d); err != nil {
		return nil, err
	}
	if err := d.keep(c); err != nil {
		return nil, err
	}
	return c.post(chat, d, target), nil
}

// sendOptions reads what every sending method takes, in the server's order:
// reply_parameters before reply_markup.
func (c *call) sendOptions(d *draft) error {
	var err error
	if d.reply, err = c.replyParameters(); err != nil {
		return err
	}
	if d.markup, err = c.newMarkup(); err != nil {
		return err
	}
	d.posting(c)
	return nil
}

// posting reads how a message is to appear, which can't be wrong.
func (d *draft) posting(c *call) {
	d.silent = c.bool("disable_notification")
	d.protect = c.bool("protect_content")
	d.effect = c.arg("message_effect_id")
	d.thread = int32(max(0, c.messageID("message_thread_id")))
}

// text is the text parameter, parsed; sendMessage and editMessageText.
func (c *call) text() (string, []entities.Entity, error) {
	s := c.arg("text")
	if s == "" {
		return "", nil, badRequest("message text is empty")
	}
	return c.formatted(s, "entities")
}

// caption is the caption of media.
func (c *call) caption() (string, []entities.Entity, error) {
	return c.formatted(c.arg("caption"), "caption_entities")
}

// formatted applies parse_mode, or the explicit entities when there is none.
func (c *call) formatted(s, entitiesParam string) (string, []entities.Entity, error) {
	var explicit wire.Value
	if list := c.arg(entitiesParam); list != "" {
		explicit, _ = wire.ParseJSON(list) // bad JSON counts as no entities
	}
	return formatText(s, c.arg("parse_mode"), explicit)
}

func formatText(s, mode string, explicit wire.Value) (string, []entities.Entity, error) {
	if len(s) > entities.MaxRaw {
		return "", nil, badRequest("text is too long")
	}
	if mode == "" {
		ents, err := entities.FromValue(explicit)
		if err != nil {
			return "", nil, fail(400, err.Error())
		}
		return s, ents, nil
	}
	text, ents, err := entities.Parse(s, mode)
	switch {
	case errors.Is(err, entities.ErrMode):
		return "", nil, badRequest("unsupported parse_mode")
	case !utf8.ValidString(s) && !strings.EqualFold(mode, "none"):
		return "", nil, badRequest("Text must be encoded in UTF-8")
	case err != nil:
		return "", nil, badRequest("can't parse entities: %s", err)
	}
	return text, ents, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// fix runs the library's text rules: cleaning, trimming, detection, and the
// limit in code points.
func (d *draft) fix(c *call, chat *Chat) error {
	text, ents, err := entities.Fix(d.text, d.entities, entities.Options{AllowEmpty: d.caption || d.kind != "text"})
	if err != nil {
		return fail(400, err.Error())
	}
	d.text, d.entities = text, c.w.knownMentions(ents)
	if d.kind == "text" && entities.Len(text) > entities.MaxText {
		return badRequest("message is too long")
	}
	if d.kind != "text" && entities.Len(text) > entities.MaxCaption {
		return badRequest("message caption is too long")
	}
	if d.check != nil {
		if err := d.check(chat); err != nil {
			return err
		}
	}
	d.markup, err = checkMarkup(d.markup, chat, markup.Place{Game: d.kind == "game", Invoice: d.kind == "invoice"})
	return err
}

// checkMarkup applies the rules of the place a keyboard is shown in.
func checkMarkup(m *markup.Markup, chat *Chat, p markup.Place) (*markup.Markup, error) {
	if chat != nil {
		p.Private, p.Channel = chat.Type == Private, chat.Type == Channel
	}
	m, err := m.Check(p)
	if err != nil {
		return nil, fail(400, err.Error())
	}
	return m, nil
}

// knownMentions drops text mentions of users nobody knows, as the server does.
func (w *World) knownMentions(ents []entities.Entity) []entities.Entity {
	for i, e := range ents {
		if e.Type == entities.TextMention && w.users[e.UserID] == nil {
			kept := append([]entities.Entity(nil), ents[:i]...)
			return append(kept, w.knownMentions(ents[i+1:])...)
		}
	}
	return ents
}

// linkPreview keeps link_preview_options as given, when they are an object.
func (c *call) linkPreview() ([]byte, error) {
	s := c.arg("link_preview_options")
	if s == "" {
		if c.bool("disable_web_page_preview") {
			return []byte(`{"is_disabled":true}`), nil
		}
		return nil, nil
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse link preview options JSON object")
	}
	if !v.IsObject() {
		return nil, badRequest("object expected as link preview options")
	}
	return previewJSON(v)
}

func previewJSON(v wire.Value) ([]byte, error) {
	o := newObject(64)
	for _, name := range []string{"is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text"} {
		on, err := v.OptionalBool(name, false)
		if err != nil {
			return nil, badRequest("can't parse link preview options: %s", err)
		}
		o.boolIf(name, on)
	}
	url, err := v.OptionalString("url", "")
	if err != nil {
		return nil, badRequest("can't parse link preview options: %s", err)
	}
	o.strIf("url", url)
	if len(o.b) == 1 {
		return nil, nil
	}
	return o.end(), nil
}

// replyParameters reads reply_parameters, or the older reply_to_message_id.
func (c *call) replyParameters() (*replyTo, error) {
	s, given := c.lookup("reply_parameters")
	if !given {
		if id := c.messageID("reply_to_message_id"); id > 0 {
			return &replyTo{id: id, allow: c.bool("allow_sending_without_reply")}, nil
		}
		return nil, nil
	}
	if s == "" {
		return nil, nil
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse reply parameters JSON object")
	}
	if !v.IsObject() {
		return nil, badRequest("object expected as reply parameters")
	}
	r, err := parseReply(v)
	if err != nil {
		return nil, err
	}
	if r.id <= 0 {
		return nil, nil
	}
	return r, nil
}

// parseReply reads a ReplyParameters; one without any field is none. The errors
// of its fields have no prefix of their own (Bot API server source).
func parseReply(v wire.Value) (*replyTo, error) {
	r := &replyTo{}
	if len(v.Fields()) == 0 {
		return r, nil
	}
	var err [5]error
	r.chatID, err[0] = v.OptionalString("chat_id", "")
	id, e1 := v.RequiredInt("message_id")
	r.allow, err[2] = v.OptionalBool("allow_sending_without_reply", false)
	r.quote, err[3] = v.OptionalString("quote", "")
	mode, e4 := v.OptionalString("quote_parse_mode", "")
	err[1], err[4] = e1, e4
	if e := firstOf(err[:]...); e != nil {
		return nil, fail(400, e.Error())
	}
	r.id = int64(id)
	if r.quote != "" {
		explicit, _ := v.Field("quote_entities")
		var bad error
		if r.quote, r.ents, bad = formatText(r.quote, mode, explicit); bad != nil {
			return nil, bad
		}
		r.hasText = true
	}
	pos, bad := v.OptionalInt("quote_position", 0)
	if bad != nil {
		return nil, fail(400, bad.Error())
	}
	r.pos = int(pos)
	return r, nil
}

// target finds the thread and the message replied to.
func (c *call) target(chat *Chat, d *draft) (*Message, error) {
	if d.thread != 0 && !chat.hasTopic(d.thread) {
		return nil, badRequest("message thread not found")
	}
	if d.reply == nil {
		return nil, nil
	}
	where := chat
	if d.reply.chatID != "" {
		var refused *Error
		if where, refused = c.chatNamed(d.reply.chatID); refused != nil {
			return nil, refused
		}
	}
	if m := where.message(c.bot, d.reply.id); m != nil {
		return m, nil
	}
	if d.reply.allow {
		return nil, nil
	}
	return nil, badRequest("message to be replied not found")
}

// mayPost checks the bot's rights in the chat and what only Telegram's own
// back end knows: who blocked whom, and which buttons are too long.
func (c *call) mayPost(chat *Chat, d *draft) error {
	switch chat.Type {
	case Private:
		return c.mayWriteTo(chat)
	case Channel:
		if !chat.Members[c.bot.User.ID].can("can_post_messages", chat) {
			return badRequest("need administrator rights in the channel chat")
		}
	default:
		me := chat.Members[c.bot.User.ID]
		if !me.admin() && !me.can(d.right, chat) {
			return badRequest("not enough rights to send %s to the chat", d.rightFor)
		}
	}
	return nil
}

func (c *call) mayWriteTo(chat *Chat) error {
	switch {
	case chat.User.IsBot:
		return forbidden("the bot can't send messages to the bot")
	case chat.Blocked:
		return fail(400, "USER_IS_BLOCKED")
	}
	return nil
}

// post makes the message.
func (c *call) post(chat *Chat, d *draft, target *Message) *Message {
	m := &Message{
		From: c.bot.User, Date: c.w.now(), content: d.content, ReplyTo: target,
		Markup: d.markup, Protected: d.protect, Effect: d.effect, Thread: d.thread, AlbumID: d.album, fromBot: c.bot,
	}
	m.Topic = d.thread != 0
	if d.reply != nil && d.reply.hasText && target != nil {
		m.Quote = &quote{text: d.reply.quote, entities: d.reply.ents, position: d.reply.pos, manual: true}
	}
	if chat.Type == Channel {
		m.From, m.SenderChat = nil, chat
	}
	chat.add(m)
	chat.keyboard(m)
	c.chatID, c.msgID = chat.ID, m.ID(c.bot)
	c.announceToOthers(m)
	return m
}

// announceToOthers tells the other bots of a channel; bots do not see each
// other's messages elsewhere, nor their own (Bot API docs, bots FAQ).
func (c *call) announceToOthers(m *Message) {
	if m.Chat.Type != Channel {
		return
	}
	for _, b := range m.Chat.bots() {
		if b != c.bot {
			b.enqueue("channel_post", m.Chat.ID, m.json(b), m.Date+day)
		}
	}
}

func sendChatAction(c *call) ([]byte, error) {
	if !chatActions[c.arg("action")] {
		return nil, badRequest("wrong parameter action in request")
	}
	chat, refused := c.chat(write)
	if refused != nil {
		return nil, refused
	}
	if id := c.messageID("message_thread_id"); id > 0 && !chat.hasTopic(int32(id)) {
		return nil, badRequest("message thread not found")
	}
	if chat.Type == Private {
		if err := c.mayWriteTo(chat); err != nil {
			return nil, err
		}
	}
	c.chatID = chat.ID
	return jsonTrue, nil
}

// chatActions are the actions the server knows, old names included.
var chatActions = map[string]bool{
	"cancel": true, "typing": true, "record_video": true, "upload_video": true,
	"record_audio": true, "record_voice": true, "upload_audio": true, "upload_voice": true,
	"upload_photo": true, "upload_document": true, "choose_sticker": true,
	"pick_up_location": true, "find_location": true, "record_video_note": true, "upload_video_note": true,
}
