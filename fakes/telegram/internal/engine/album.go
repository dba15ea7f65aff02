package engine

import "hookproof/fakes/telegram/internal/files"

func albumMethods() map[string]handler {
	return map[string]handler{
		"sendMediaGroup":   sendMediaGroup,
		"sendPaidMedia":    sendPaidMedia,
		"editMessageMedia": editMessageMedia,
	}
}

// maxAlbum is how many messages an album may have (TDLib).
const maxAlbum = 10

// sendMediaGroup sends an album: all of it or nothing. One message alone is no
// album and is sent as any other (TDLib, send_message_group).
func sendMediaGroup(c *call) ([]byte, error) {
	d := &draft{}
	var err error
	if d.reply, err = c.replyParameters(); err != nil {
		return nil, err
	}
	d.posting(c)
	if c.attachErr != nil {
		return nil, c.attachErr
	}
	chat, refused := c.chat(write)
	if refused != nil {
		return nil, refused
	}
	target, err := c.target(chat, d)
	if err != nil {
		return nil, err
	}
	items, err := c.albumDrafts(chat, d)
	if err != nil {
		return nil, err
	}
	return c.postAlbum(chat, items, target)
}

// albumDrafts checks what the server checks by itself before it sends any of
// the messages.
func (c *call) albumDrafts(chat *Chat, common *draft) ([]*draft, error) {
	var items []*draft
	for _, a := range c.attached {
		d := a.draft()
		d.reply, d.thread, d.protect, d.effect, d.silent = common.reply, common.thread, common.protect, common.effect, common.silent
		if err := firstOf(d.resolve(c), d.fix(c, chat)); err != nil {
			return nil, err
		}
		if chat.Type != Private {
			if err := c.mayPost(chat, d); err != nil {
				return nil, err
			}
		}
		items = append(items, d)
	}
	if err := sameAlbum(items); err != nil {
		return nil, err
	}
	if len(items) > 1 {
		album := c.w.nextQuery()
		for _, d := range items {
			d.album = album
		}
	}
	return items, nil
}

// sameAlbum tells whether the media may be in one album: documents and audio
// files only among themselves (TDLib, check_message_group_message_contents).
func sameAlbum(items []*draft) error {
	switch {
	case len(items) == 0:
		return badRequest("there are no messages to send")
	case len(items) > maxAlbum:
		return badRequest("too many messages to send as an album")
	}
	for _, d := range items {
		if d.above != items[0].above {
			return badRequest("parameter show_caption_above_media must be the same for all messages")
		}
	}
	for _, d := range items {
		if d.kind == items[0].kind {
			continue
		}
		for _, one := range []*draft{items[0], d} {
			if noun, alone := loners[one.kind]; alone {
				return badRequest("%s can't be mixed with other media types", noun)
			}
		}
	}
	return nil
}

// loners are kinds of media that do not mix with others in an album.
var loners = map[string]string{"document": "Document", "audio": "Audio"}

// postAlbum sends the messages, unless the back end refuses one of them.
func (c *call) postAlbum(chat *Chat, items []*draft, target *Message) ([]byte, error) {
	for i, d := range items {
		if chat.Type == Private {
			if err := c.mayWriteTo(chat); err != nil {
				return nil, failedItem(i+1, err)
			}
		}
		for _, a := range d.files {
			if err := a.broken(); err != nil {
				return nil, failedItem(i+1, err)
			}
		}
	}
	var sent []*Message
	for _, d := range items {
		if err := d.keep(c); err != nil {
			return nil, err
		}
		sent = append(sent, c.post(chat, d, target))
	}
	c.msgID = sent[0].ID(c.bot)
	return list(sent, func(m *Message) []byte { return m.json(c.bot) }), nil
}

func editMessageMedia(c *call) ([]byte, error) {
	kb, err := c.newMarkup()
	if err != nil {
		return nil, err
	}
	if c.attachErr != nil {
		return nil, c.attachErr
	}
	m, err := c.editable()
	if err != nil {
		return nil, err
	}
	if !mediaEditable[m.kind] {
		return nil, badRequest("message media can't be edited")
	}
	d := c.attached[0].draft()
	if c.arg("chat_id") == "" && d.files[0].value == "" {
		return nil, badRequest("invalid message content specified") // inline messages take no uploads (Bot API docs)
	}
	if err := firstOf(d.resolve(c), d.fix(c, m.Chat), m.fitsAlbum(d)); err != nil {
		return nil, err
	}
	for _, a := range d.files {
		if err := a.keep(c); err != nil {
			return nil, editFailure(err)
		}
		d.media, d.kind = a.media, a.kind
	}
	return c.edited(m, func(n *Message) { n.content, n.Markup = d.content, kb })
}

// mediaEditable are the kinds of message that other media may take the place
// of, text included (TDLib, can_edit_message_media; Bot API docs).
var mediaEditable = map[string]bool{
	"text": true, "photo": true, "video": true, "animation": true, "audio": true, "document": true, "live_photo": true,
}

// fitsAlbum keeps an album's documents and audio files what they are (TDLib,
// edit_message_media).
func (m *Message) fitsAlbum(d *draft) error {
	if m.AlbumID == 0 || m.kind == d.kind {
		return nil
	}
	if d.kind == "animation" {
		return badRequest("message content type can't be used in an album")
	}
	if loners[m.kind] != "" || loners[d.kind] != "" {
		return badRequest("can't change media type in the album")
	}
	return nil
}

// editFailure is a file's refusal by the back end, whose codes an edit does not
// put into words.
func editFailure(err error) error {
	if files.Foreign(err) {
		return fail(400, "MEDIA_EMPTY")
	}
	return fail(400, err.Error())
}
