package files

import (
	"bytes"
	"cmp"
	"slices"
)

// An Upload is a file as a bot sent it.
type Upload struct {
	Name string
	Data []byte
}

// Meta is what a bot states about a file beside the file. Zero values are
// unknown; numbers are clamped as the server does.
type Meta struct {
	Width, Height, Length int // pixels
	Duration              int // seconds
	Title, Performer      string
	Emoji, SetName        string  // of a sticker
	CustomEmojiID         string  // of a custom emoji sticker
	StickerType           string  // "" is regular
	Thumbnail             *Upload // JPEG of at most 200 KiB, else ignored
	NoDetection           bool    // disable_content_type_detection
}

// A File is one stored file.
type File struct {
	Kind          Kind
	Size          int64 // bytes
	Width, Height int   // of an image

	number int64
	size   byte // letter of an image's size, else 0
	ext    string
	data   []byte // nil: dropped because the store was full
	media  *Media // what it is a part of
}

// Data returns the bytes of the file, nil if the store was full and dropped
// them. The caller must not change them.
func (f *File) Data() []byte { return f.data }

// Media is what a message holds: a file with what is known about it. It does
// not change once it is kept.
type Media struct {
	Kind  Kind
	Sizes []*File // of an image, smallest first; else the file alone
	Thumb *File   // nil: none
	Name  string
	MIME  string
	Meta  Meta

	Animated bool // a Lottie sticker (.tgs)
	Moving   bool // a video sticker (.webm)
}

// File returns the file itself: of an image, its largest size.
func (m *Media) File() *File { return m.Sizes[len(m.Sizes)-1] }

// Read makes media of an upload. Errors are *Error.
func Read(kind Kind, up Upload, meta Meta) (*Media, error) {
	if len(up.Data) == 0 {
		return nil, refuse("File must be non-empty")
	}
	up.Name = cleanName(up.Name)
	if kind.isImage() {
		sizes, err := readPhoto(kind, up)
		if err != nil {
			return nil, err
		}
		return own(&Media{Kind: kind, Sizes: sizes}), nil
	}
	m := &Media{Kind: kind, Name: up.Name, MIME: mimeOf(kind, up.Name), Meta: clamp(meta)}
	if kind == Document && m.MIME == "image/gif" && !meta.NoDetection {
		m.Kind = Animation
	}
	m.Sizes = []*File{{Kind: m.Kind, Size: int64(len(up.Data)), ext: pathExtension(m.Kind, up.Name), data: up.Data}}
	m.look(up.Data)
	return own(m), nil
}

// Telegram's bounds of what bots state (Bot API server source).
const (
	maxLength   = 10_000       // pixels
	maxDuration = 24 * 60 * 60 // seconds
)

func clamp(meta Meta) Meta {
	for _, side := range []*int{&meta.Width, &meta.Height, &meta.Length} {
		*side = min(max(*side, 0), maxLength)
	}
	meta.Duration = min(max(meta.Duration, 0), maxDuration)
	return meta
}

// look completes what the bot stated with what the bytes tell.
func (m *Media) look(data []byte) {
	width, height, isImage := Dimensions(data)
	if isImage {
		m.Meta.Width = cmp.Or(m.Meta.Width, width)
		m.Meta.Height = cmp.Or(m.Meta.Height, height)
	}
	switch {
	case m.Meta.Thumbnail != nil:
		m.Thumb = readThumbnail(m.Meta.Thumbnail.Data)
	case isImage && m.Kind != Sticker:
		m.Thumb = thumbnail(data, width, height)
	}
	m.Meta.Thumbnail = nil
	if m.Kind == VideoNote {
		m.Meta.Length = cmp.Or(m.Meta.Length, 240) // what Telegram's apps record
	}
	if m.Kind == Sticker {
		m.Animated = m.MIME == "application/x-tgsticker" || bytes.HasPrefix(data, gzipMagic)
		m.Moving = m.MIME == "video/webm" || bytes.HasPrefix(data, webmMagic)
		m.Meta.Width, m.Meta.Height = cmp.Or(m.Meta.Width, 512), cmp.Or(m.Meta.Height, 512)
		m.Meta.StickerType = cmp.Or(m.Meta.StickerType, "regular")
	}
}

// How the files of animated and of video stickers begin.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	webmMagic = []byte{0x1a, 0x45, 0xdf, 0xa3}
)

// own makes the files know what they are a part of.
func own(m *Media) *Media {
	for _, f := range m.files() {
		f.media = m
	}
	return m
}

// files returns all files of the media.
func (m *Media) files() []*File {
	if m.Thumb == nil {
		return m.Sizes
	}
	return append(slices.Clip(m.Sizes), m.Thumb)
}
