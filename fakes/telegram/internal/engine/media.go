package engine

import "hookproof/fakes/telegram/internal/files"

// media is the file, or files, that a message carries.
type media struct {
	*files.Media
	still *files.Media // of a live photo
	cover *files.Media // of a video
	start int64        // of a video, seconds; 0: its beginning

	stars  int64 // the price of paid media; then there is no Media but paid
	paid   []*media
	seller *Bot
}

// fields writes the media as a message holds it. Old fields stand beside the
// new ones: an animation is a document, too, and a live photo a photo (Bot API
// server source; Bot API docs, Message).
func (m *media) fields(w *World, b *Bot, o *object) {
	if m.paid != nil {
		o.raw("paid_media", m.info(w, b))
		return
	}
	if m.still != nil {
		o.raw("live_photo", m.live(w, b))
		o.raw("photo", w.fileJSON(b, m.still))
		return
	}
	o.raw(m.Kind.Field(), m.json(w, b))
	if m.Kind == files.Animation {
		o.raw("document", w.store.AppendAnimationDocument(nil, b.id(), m.Media))
	}
}

func (m *media) json(w *World, b *Bot) []byte {
	raw := w.fileJSON(b, m.Media)
	if m.cover == nil && m.start == 0 || m.Kind != files.Video {
		return raw
	}
	o := &object{raw[:len(raw)-1]}
	if m.cover != nil {
		o.raw("cover", w.fileJSON(b, m.cover))
	}
	o.intIf("start_timestamp", m.start)
	return o.end()
}

// live is the LivePhoto object.
func (m *media) live(w *World, b *Bot) []byte {
	f := m.File()
	o := newObject(512)
	o.raw("photo", w.fileJSON(b, m.still))
	o.str("file_id", w.store.FileID(b.id(), f))
	o.str("file_unique_id", w.store.UniqueID(f))
	o.int("width", int64(m.Meta.Width))
	o.int("height", int64(m.Meta.Height))
	o.int("duration", int64(m.Meta.Duration))
	o.strIf("mime_type", m.MIME)
	o.int("file_size", f.Size)
	return o.end()
}

// fileJSON is the object of a file as the bot sees it.
func (w *World) fileJSON(b *Bot, m *files.Media) []byte {
	raw := w.store.AppendMedia(nil, b.id(), m)
	if s := w.stickers[m]; s != nil {
		o := &object{raw[:len(raw)-1]}
		s.fields(o)
		return o.end()
	}
	return raw
}

// id is the bot's id; 0 for nobody, of whom no file_id is valid.
func (b *Bot) id() int64 {
	if b == nil {
		return 0
	}
	return b.key.id
}

// A sending is one of the methods that send a file.
type sending struct {
	method string
	param  string // the file's, and the message's field
	noun   string // in refusals
	as     files.Kind
	right  string // it takes in a group
	plural string // in refusals for want of the right
	plain  bool   // it takes no caption
	above  bool   // it takes show_caption_above_media and has_spoiler
}

var sendings = []sending{
	{"sendPhoto", "photo", "photo", files.Photo, "can_send_photos", "photos", false, true},
	{"sendAudio", "audio", "audio", files.Audio, "can_send_audios", "music", false, false},
	{"sendDocument", "document", "document", files.Document, "can_send_documents", "documents", false, false},
	{"sendVideo", "video", "video", files.Video, "can_send_videos", "videos", false, true},
	{"sendAnimation", "animation", "animation", files.Animation, "can_send_other_messages", "animations", false, true},
	{"sendVoice", "voice", "voice", files.Voice, "can_send_voice_notes", "voice notes", false, false},
	{"sendVideoNote", "video_note", "video note", files.VideoNote, "can_send_video_notes", "video notes", true, false},
	{"sendSticker", "sticker", "sticker", files.Sticker, "can_send_other_messages", "stickers", true, false},
	{"sendLivePhoto", "live_photo", "live photo", files.Video, "can_send_photos", "photos", false, true},
}

// sendingOf finds the row of a message's field.
func sendingOf(param string) (sending, bool) {
	for _, s := range sendings {
		if s.param == param {
			return s, true
		}
	}
	return sending{}, false
}

// begin is the content of a message before its file and caption are known.
func (s sending) begin() content {
	return content{kind: s.param, right: s.right, rightFor: s.plural}
}

func mediaMethods() map[string]handler {
	methods := map[string]handler{}
	for _, s := range sendings {
		methods[s.method] = sendFile
	}
	return methods
}

// sendFile sends what prepare has read.
func sendFile(c *call) ([]byte, error) {
	if c.attachErr != nil {
		return nil, c.attachErr
	}
	return c.sendOne(c.attached[0].draft())
}

// prepare reads the file and the caption of a call.
func (s sending) prepare(c *call) ([]*attachment, error) {
	a := c.input(s.param, c.arg(s.param), s.as, false)
	if a == nil {
		return nil, badRequest("there is no %s in the request", s.noun)
	}
	a.content = s.begin()
	if err := s.companions(c, a); err != nil {
		return nil, err
	}
	if !s.plain {
		var err error
		if a.text, a.entities, err = c.caption(); err != nil {
			return nil, err
		}
	}
	if s.above {
		a.above, a.spoiler = c.bool("show_caption_above_media"), c.bool("has_spoiler")
	}
	a.load(c.meta())
	return []*attachment{a}, nil
}

// companions reads the files that come with the first one.
func (s sending) companions(c *call, a *attachment) error {
	switch s.param {
	case "live_photo":
		if a.still = c.input("photo", c.arg("photo"), files.Photo, false); a.still == nil {
			return badRequest("there is no photo in the request")
		}
		a.still.load(files.Meta{})
	case "video":
		if a.cover = c.input("cover", c.arg("cover"), files.Photo, false); a.cover != nil {
			a.cover.load(files.Meta{})
		}
		a.start = max(0, c.int("start_timestamp"))
	}
	return nil
}

// meta is what the parameters say of a file.
func (c *call) meta() files.Meta {
	return files.Meta{
		Width: int(c.int("width")), Height: int(c.int("height")), Length: int(c.int("length")),
		Duration: int(c.int("duration")), Title: c.arg("title"), Performer: c.arg("performer"), Emoji: c.arg("emoji"),
		Thumbnail: c.thumbnail(c.arg("thumbnail")), NoDetection: c.bool("disable_content_type_detection"),
	}
}
