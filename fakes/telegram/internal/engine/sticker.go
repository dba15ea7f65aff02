package engine

import (
	"errors"
	"strings"

	"hookproof/fakes/telegram/internal/files"
	"hookproof/fakes/telegram/internal/wire"
)

// A sticker is one of a set.
type sticker struct {
	set      *stickerSet // nil while it is being added
	media    *files.Media
	format   string // static, animated, video or auto
	emojis   []string
	keywords []string
	mask     []byte // its MaskPosition; nil: none
}

// fields writes what a Sticker object has besides its file.
func (s *sticker) fields(o *object) {
	o.rawIf("mask_position", s.mask)
	o.boolIf("needs_repainting", s.set.repaint)
}

// Limits of stickers (Bot API server source; Bot API docs).
const (
	maxNewStickers = 50
	maxEmojis      = 20
	stickerSide    = 512 // pixels; one side of a static sticker
	emojiSide      = 100 // both sides of a custom emoji
)

// stickerFormat reads the format parameter or member.
func stickerFormat(s string) (string, error) {
	switch s {
	case "static", "animated", "video", "auto":
		return s, nil
	}
	return "", errors.New("Invalid sticker format specified")
}

// inputSticker reads an InputSticker in the server's order. Errors are for
// whoever says what could not be parsed.
func (c *call) inputSticker(v wire.Value, format string) (*attachment, error) {
	if !v.IsObject() {
		return nil, errors.New("InputSticker must be an Object")
	}
	m := &members{of: v}
	a := c.input("", m.str("sticker"), files.Sticker, false)
	if m.err == nil && a == nil {
		return nil, errors.New("sticker not found")
	}
	s := &sticker{format: m.str("format")}
	if _, given := v.Field("format"); !given && format == "" {
		return nil, firstOf(m.err, errors.New(`Can't find field "format"`))
	}
	if s.format == "" {
		s.format = format
	}
	if m.err != nil {
		return nil, m.err
	}
	if _, err := stickerFormat(s.format); err != nil {
		return nil, err
	}
	if err := s.details(v); err != nil {
		return nil, err
	}
	a.sticker = s
	a.load(files.Meta{Emoji: s.emojis[0]})
	return a, nil
}

// details reads the emoji, the mask position and the keywords of a sticker.
func (s *sticker) details(v wire.Value) error {
	list, err := v.Required("emoji_list", wire.Array)
	if err != nil {
		return err
	}
	if s.emojis, err = emojiList(list); err != nil {
		return err
	}
	if mask, given := v.Field("mask_position"); given {
		if s.mask, err = maskPosition(mask); err != nil {
			return err
		}
	}
	words, given, err := v.Optional("keywords", wire.Array)
	if err != nil || !given {
		return err
	}
	s.keywords, err = keywordList(words)
	return err
}

func emojiList(v wire.Value) ([]string, error) {
	switch n := len(v.Array()); {
	case !v.IsArray():
		return nil, errors.New("expected an Array of string")
	case n == 0:
		return nil, errors.New("emoji list must be non-empty")
	case n > maxEmojis:
		return nil, errors.New("too many emoji specified")
	}
	var out []string
	for _, item := range v.Array() {
		s, ok := item.String()
		if !ok {
			return nil, errors.New("emoji must be a string")
		}
		if !isEmoji(s) {
			return nil, errors.New("expected a Unicode emoji")
		}
		out = append(out, s)
	}
	return out, nil
}

// isEmoji is true for whatever is written in signs alone. The server has the
// list of Unicode; no test needs it.
func isEmoji(s string) bool {
	signs := false
	for _, r := range s {
		switch {
		case r >= 0x2000 || r == 0xa9 || r == 0xae:
			signs = true
		case !strings.ContainsRune("0123456789#*", r): // of keycaps
			return false
		}
	}
	return signs
}

func keywordList(v wire.Value) ([]string, error) {
	var out []string
	for _, item := range v.Array() {
		s, ok := item.String()
		if !ok {
			return nil, errors.New("keyword must be a string")
		}
		out = append(out, s)
	}
	return out, nil
}

// maskPosition renders a MaskPosition as the server keeps it; null is none.
func maskPosition(v wire.Value) ([]byte, error) {
	if v.IsNull() {
		return nil, nil
	}
	if !v.IsObject() {
		return nil, errors.New("MaskPosition must be an Object")
	}
	point, err := v.RequiredString("point")
	if err != nil {
		return nil, err
	}
	point = strings.ToLower(strings.TrimSpace(point))
	switch point {
	case "forehead", "eyes", "mouth", "chin":
	default:
		return nil, errors.New("Wrong point specified in MaskPosition")
	}
	o := newObject(96)
	o.str("point", point)
	for _, name := range []string{"x_shift", "y_shift", "scale"} {
		f, err := v.RequiredFloat(name)
		if err != nil {
			return nil, err
		}
		o.float(name, f)
	}
	return o.end(), nil
}

// uploadedSticker reads the file of uploadStickerFile.
func uploadedSticker(c *call) ([]*attachment, error) {
	if c.int("user_id") <= 0 {
		return nil, badRequest("invalid user_id specified")
	}
	format, err := stickerFormat(c.arg("sticker_format"))
	if err != nil {
		return nil, fail(400, err.Error())
	}
	a := c.input("sticker", c.arg("sticker"), files.Sticker, true)
	if a == nil {
		return nil, badRequest("InputFile is not specified")
	}
	a.sticker = &sticker{format: format}
	a.load(files.Meta{})
	return []*attachment{a}, nil
}

// newStickers reads the stickers of a new set.
func newStickers(c *call) ([]*attachment, error) {
	if c.int("user_id") <= 0 {
		return nil, badRequest("invalid user_id specified")
	}
	if c.arg("stickers") == "" {
		return nil, badRequest("there is no sticker file in the request")
	}
	v, err := wire.ParseJSON(c.arg("stickers"))
	switch {
	case err != nil:
		return nil, badRequest("can't parse stickers JSON object")
	case !v.IsArray():
		return nil, badRequest("expected an Array of InputSticker")
	case len(v.Array()) > maxNewStickers:
		return nil, badRequest("too many stickers specified")
	}
	var out []*attachment
	for _, item := range v.Array() {
		a, err := c.inputSticker(item, c.arg("sticker_format"))
		if err != nil {
			return nil, badRequest("can't parse InputSticker: %s", err)
		}
		out = append(out, a)
	}
	return out, nil
}

// newSticker reads the one sticker of addStickerToSet and replaceStickerInSet.
func newSticker(c *call) ([]*attachment, error) {
	s := c.arg("sticker")
	if s == "" {
		return nil, badRequest("there is no sticker file in the request")
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse sticker JSON object")
	}
	a, err := c.inputSticker(v, "auto")
	if err != nil {
		return nil, badRequest("can't parse sticker: %s", err)
	}
	return []*attachment{a}, nil
}

// fits refuses a file that is not what its format says (codes of the Telegram
// API docs).
func (s *sticker) fits(m *files.Media, kind string) error {
	animated, moving := m.Animated, m.Moving
	switch {
	case s.format == "animated" && !animated:
		return fail(400, "STICKER_TGS_NOTGS")
	case s.format == "video" && !moving:
		return fail(400, "STICKER_VIDEO_NOWEBM")
	case s.format == "animated", s.format == "video", s.format == "auto" && (animated || moving):
		return nil
	}
	w, h, ok := files.Dimensions(m.File().Data())
	if !ok {
		return fail(400, "STICKER_PNG_NOPNG")
	}
	if kind == "custom_emoji" && (w != emojiSide || h != emojiSide) || kind != "custom_emoji" && max(w, h) != stickerSide {
		return fail(400, "STICKER_PNG_DIMENSIONS")
	}
	return nil
}

func uploadStickerFile(c *call) ([]byte, error) {
	if c.attachErr != nil {
		return nil, c.attachErr
	}
	if _, err := c.user(); err != nil {
		return nil, err
	}
	a := c.attached[0]
	if err := a.resolve(c); err != nil {
		return nil, err
	}
	if err := a.keep(c); err != nil {
		return nil, fileRefusal(err)
	}
	f := a.found.File()
	o := newObject(192)
	o.str("file_id", c.w.store.FileID(c.bot.key.id, f))
	o.str("file_unique_id", c.w.store.UniqueID(f))
	o.int("file_size", f.Size)
	return o.end(), nil
}
