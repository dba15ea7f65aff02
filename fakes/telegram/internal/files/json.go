package files

import (
	"errors"
	"strconv"

	"hookproof/fakes/telegram/internal/wire"
)

// AppendMedia appends the JSON object of media as a message of this bot holds
// it: Document, Video, Sticker and so on, for an image an array of PhotoSize.
// Fields come in the order of the server, thumb beside thumbnail.
func (s *Store) AppendMedia(dst []byte, bot int64, m *Media) []byte {
	w := writer{s, bot, dst}
	switch m.Kind {
	case Photo, ProfilePhoto:
		w.photo(m)
	case Sticker:
		w.sticker(m)
	default:
		w.open()
		w.described(m, false)
		w.close()
	}
	return w.b
}

// AppendAnimationDocument appends the Document object that an animation's
// message holds beside its Animation.
func (s *Store) AppendAnimationDocument(dst []byte, bot int64, m *Media) []byte {
	w := writer{s, bot, dst}
	w.open()
	w.described(m, true)
	w.close()
	return w.b
}

// Field returns the name of the field that holds such media in a Message.
func (k Kind) Field() string {
	switch k {
	case Photo, ProfilePhoto:
		return "photo"
	case Voice:
		return "voice"
	case Video:
		return "video"
	case Sticker:
		return "sticker"
	case Audio:
		return "audio"
	case Animation:
		return "animation"
	case VideoNote:
		return "video_note"
	}
	return "document"
}

// AppendFile appends the File object that getFile answers. Errors are *Error.
func (s *Store) AppendFile(dst []byte, bot int64, id string) ([]byte, error) {
	f, err := s.Find(bot, id)
	switch {
	case errors.Is(err, errForeign):
		return dst, refuse("Wrong file_id or the file is temporarily unavailable")
	case err != nil:
		return dst, refuse("Invalid file_id")
	case s.tooLarge(f):
		return dst, refuse("File is too big")
	}
	path, ok := s.Path(bot, f)
	if !ok {
		return dst, refuse("Wrong file_id or the file is temporarily unavailable")
	}
	w := writer{s, bot, dst}
	w.open()
	w.file(f)
	w.text("file_path", path)
	w.close()
	return w.b, nil
}

// A writer appends objects for one bot.
type writer struct {
	s   *Store
	bot int64
	b   []byte
}

func (w *writer) open()  { w.b = append(w.b, '{') }
func (w *writer) close() { w.b = append(w.b, '}') }

func (w *writer) name(name string) {
	if last := w.b[len(w.b)-1]; last != '{' && last != '[' {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), '"', ':')
}

// text writes a String field unless it is empty.
func (w *writer) text(name, value string) {
	if value != "" {
		w.name(name)
		w.b = wire.AppendString(w.b, value)
	}
}

func (w *writer) int(name string, value int64) {
	w.name(name)
	w.b = strconv.AppendInt(w.b, value, 10)
}

func (w *writer) bool(name string, value bool) {
	w.name(name)
	w.b = strconv.AppendBool(w.b, value)
}

// file writes the fields that all files have.
func (w *writer) file(f *File) {
	w.text("file_id", w.s.FileID(w.bot, f))
	w.text("file_unique_id", w.s.UniqueID(f))
	if f.Size != 0 {
		w.int("file_size", f.Size)
	}
}

// image writes a PhotoSize.
func (w *writer) image(f *File) {
	w.open()
	w.file(f)
	w.int("width", int64(f.Width))
	w.int("height", int64(f.Height))
	w.close()
}

func (w *writer) photo(m *Media) {
	w.b = append(w.b, '[')
	for i, f := range m.Sizes {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.image(f)
	}
	w.b = append(w.b, ']')
}

func (w *writer) thumbnail(m *Media) {
	if m.Thumb == nil {
		return
	}
	w.name("thumbnail")
	w.image(m.Thumb)
	w.name("thumb")
	w.image(m.Thumb)
}

// described writes the fields of any kind but image and sticker; an animation
// may be written as a document.
func (w *writer) described(m *Media, asDocument bool) {
	switch m.Kind {
	case Audio, Voice:
		w.int("duration", int64(m.Meta.Duration))
	case Video:
		w.moving(m)
	case VideoNote:
		w.int("duration", int64(m.Meta.Duration))
		w.int("length", int64(m.Meta.Length))
	}
	if m.Kind != Voice && m.Kind != VideoNote {
		w.text("file_name", m.Name)
	}
	if m.Kind != VideoNote {
		w.text("mime_type", m.MIME)
	}
	if m.Kind == Audio {
		w.text("title", m.Meta.Title)
		w.text("performer", m.Meta.Performer)
	}
	if m.Kind == Animation && !asDocument {
		w.moving(m)
	}
	if m.Kind != Voice {
		w.thumbnail(m)
	}
	w.file(m.File())
}

func (w *writer) moving(m *Media) {
	w.int("duration", int64(m.Meta.Duration))
	w.int("width", int64(m.Meta.Width))
	w.int("height", int64(m.Meta.Height))
}

func (w *writer) sticker(m *Media) {
	w.open()
	w.int("width", int64(m.Meta.Width))
	w.int("height", int64(m.Meta.Height))
	w.text("emoji", m.Meta.Emoji)
	w.text("set_name", m.Meta.SetName)
	w.bool("is_animated", m.Animated)
	w.bool("is_video", m.Moving)
	w.text("type", m.Meta.StickerType)
	w.text("custom_emoji_id", m.Meta.CustomEmojiID)
	w.thumbnail(m)
	w.file(m.File())
	w.close()
}
