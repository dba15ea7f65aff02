package engine

import (
	"slices"
	"strconv"
	"strings"

	"hookproof/fakes/telegram/internal/entities"
	"hookproof/fakes/telegram/internal/files"
)

func stickerMethods() map[string]handler {
	return map[string]handler{
		"uploadStickerFile":       uploadStickerFile,
		"createNewStickerSet":     createNewStickerSet,
		"addStickerToSet":         addStickerToSet,
		"replaceStickerInSet":     replaceStickerInSet,
		"getStickerSet":           getStickerSet,
		"setStickerPositionInSet": setStickerPositionInSet,
		"deleteStickerFromSet":    deleteStickerFromSet,
		"deleteStickerSet":        deleteStickerSet,
		"setStickerSetTitle":      setStickerSetTitle,
		"setStickerSetThumbnail":  setStickerSetThumbnail,
		"setStickerEmojiList":     setStickerEmojiList,
		"setStickerKeywords":      setStickerKeywords,
		"setStickerMaskPosition":  setStickerMaskPosition,
		"getCustomEmojiStickers":  getCustomEmojiStickers,
		"setChatStickerSet":       setChatStickerSet,
		"deleteChatStickerSet":    deleteChatStickerSet,

		"setCustomEmojiStickerSetThumbnail": setCustomEmojiStickerSetThumbnail,
	}
}

// A stickerSet is a set that a bot made for a person.
type stickerSet struct {
	name, title string
	kind        string // regular, mask, custom_emoji
	owner       *User
	bot         *Bot
	repaint     bool
	thumb       *files.Media // nil: none
	stickers    []*sticker
}

// Most stickers of a set (Bot API docs, addStickerToSet).
const (
	maxStickers = 120
	maxCustom   = 200
)

// json is the StickerSet. contains_masks is no longer documented, yet sent
// (Bot API server source).
func (s *stickerSet) json(w *World, b *Bot) []byte {
	o := newObject(512)
	o.str("name", s.name)
	o.str("title", s.title)
	if s.thumb != nil {
		raw := w.photoSize(b, s.thumb.File())
		o.raw("thumbnail", raw)
		o.raw("thumb", raw)
	}
	o.str("sticker_type", s.kind)
	o.bool("contains_masks", s.kind == "mask")
	o.raw("stickers", list(s.stickers, func(st *sticker) []byte { return w.fileJSON(b, st.media) }))
	return o.end()
}

// photoSize is the PhotoSize of one image.
func (w *World) photoSize(b *Bot, f *files.File) []byte {
	o := newObject(256)
	o.str("file_id", w.store.FileID(b.id(), f))
	o.str("file_unique_id", w.store.UniqueID(f))
	o.int("file_size", f.Size)
	o.int("width", int64(f.Width))
	o.int("height", int64(f.Height))
	return o.end()
}

// ownSet finds a set of the bot's by the name parameter.
func (c *call) ownSet() (*stickerSet, error) {
	s := c.w.sets[strings.ToLower(c.arg("name"))]
	if s == nil || s.bot != c.bot {
		return nil, fail(400, "STICKERSET_INVALID")
	}
	return s, nil
}

func createNewStickerSet(c *call) ([]byte, error) {
	if c.attachErr != nil {
		return nil, c.attachErr
	}
	s := &stickerSet{name: c.arg("name"), bot: c.bot, repaint: c.bool("needs_repainting")}
	var err error
	if s.kind, err = c.stickerType(); err != nil {
		return nil, err
	}
	if s.owner, err = c.user(); err != nil {
		return nil, err
	}
	s.title = strings.TrimSpace(c.arg("title"))
	if err := c.newSet(s); err != nil {
		return nil, err
	}
	for _, a := range c.attached {
		if err := c.mayAdd(s, a); err != nil {
			return nil, err
		}
	}
	for _, a := range c.attached {
		if err := c.addSticker(s, a, len(s.stickers)); err != nil {
			return nil, err
		}
	}
	c.w.sets[strings.ToLower(s.name)] = s
	return jsonTrue, nil
}

// stickerType is the sticker_type parameter, or the older contains_masks.
func (c *call) stickerType() (string, error) {
	kind := c.arg("sticker_type")
	switch kind {
	case "", "regular", "mask", "custom_emoji":
	default:
		return "", badRequest("unsupported sticker type specified")
	}
	if c.bool("contains_masks") {
		return "mask", nil
	}
	if kind == "" {
		return "regular", nil
	}
	return kind, nil
}

// newSet checks the name and the title of a set: a bot's sets end in its name
// (TDLib, create_new_sticker_set; Bot API docs).
func (c *call) newSet(s *stickerSet) error {
	suffix := "_by_" + strings.ToLower(c.bot.User.Username)
	switch {
	case s.title == "":
		return badRequest("sticker set title must be non-empty")
	case len(c.attached) == 0:
		return badRequest("at least 1 sticker must be specified")
	case entities.Len(s.title) > 64:
		return fail(400, "PACK_TITLE_INVALID")
	case !strings.HasSuffix(strings.ToLower(s.name), suffix) || !setName(s.name):
		return fail(400, "PACK_SHORT_NAME_INVALID")
	case c.w.sets[strings.ToLower(s.name)] != nil:
		return fail(400, "PACK_SHORT_NAME_OCCUPIED")
	}
	return nil
}

// setName tells whether a name has the characters of one: letters, digits and
// single underscores, a letter first (Bot API docs, createNewStickerSet).
func setName(s string) bool {
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') {
			return false
		}
	}
	return len(s) <= 64 && s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z' && !strings.Contains(s, "__")
}

// mayAdd tells whether the back end takes a sticker into the set.
func (c *call) mayAdd(s *stickerSet, a *attachment) error {
	if err := a.resolve(c); err != nil {
		return err
	}
	if err := a.broken(); err != nil {
		return fileRefusal(err)
	}
	return a.sticker.fits(a.found, s.kind)
}

// addSticker puts a sticker into the set. One that is in a set already is
// copied: it becomes another file.
func (c *call) addSticker(s *stickerSet, a *attachment, at int) error {
	if err := a.keep(c); err != nil {
		return fileRefusal(err)
	}
	st := a.sticker
	st.set, st.media = s, a.found
	if c.w.stickers[st.media] != nil {
		copied, err := files.Read(files.Sticker, files.Upload{Name: a.found.Name, Data: a.found.File().Data()}, files.Meta{})
		if err != nil {
			return fileRefusal(err)
		}
		c.w.store.Keep(copied)
		st.media = copied
	}
	meta := &st.media.Meta
	meta.SetName, meta.Emoji, meta.StickerType = s.name, st.emojis[0], s.kind
	if s.kind == "custom_emoji" {
		meta.CustomEmojiID = strconv.FormatInt(c.w.nextQuery(), 10)
	}
	c.w.stickers[st.media] = st
	s.stickers = slices.Insert(s.stickers, at, st)
	return nil
}

// room is an error when the set is full.
func (s *stickerSet) room() error {
	most := maxStickers
	if s.kind == "custom_emoji" {
		most = maxCustom
	}
	if len(s.stickers) >= most {
		return fail(400, "STICKERS_TOO_MUCH")
	}
	return nil
}

func addStickerToSet(c *call) ([]byte, error) {
	s, err := c.givenSet()
	if err != nil {
		return nil, err
	}
	a := c.attached[0]
	if err := firstOf(c.mayAdd(s, a), s.room()); err != nil {
		return nil, err
	}
	return jsonTrue, c.addSticker(s, a, len(s.stickers))
}

// givenSet is the set of methods that name its owner, too.
func (c *call) givenSet() (*stickerSet, error) {
	if c.int("user_id") <= 0 {
		return nil, badRequest("invalid user_id specified")
	}
	if c.attachErr != nil {
		return nil, c.attachErr
	}
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	s, err := c.ownSet()
	if err == nil && s.owner != u {
		return nil, fail(400, "STICKERSET_INVALID")
	}
	return s, err
}

func replaceStickerInSet(c *call) ([]byte, error) {
	if c.int("user_id") > 0 && strings.TrimSpace(c.arg("old_sticker")) == "" {
		return nil, badRequest("sticker is not specified")
	}
	s, err := c.givenSet()
	if err != nil {
		return nil, err
	}
	old, err := c.setSticker("old_sticker")
	if err != nil {
		return nil, err
	}
	if old.set != s {
		return nil, fail(400, "STICKER_INVALID")
	}
	a := c.attached[0]
	if err := c.mayAdd(s, a); err != nil {
		return nil, err
	}
	at := s.index(old)
	c.w.drop(old)
	return jsonTrue, c.addSticker(s, a, at)
}

func getStickerSet(c *call) ([]byte, error) {
	s := c.w.sets[strings.ToLower(c.arg("name"))]
	if s == nil {
		return nil, fail(400, "STICKERSET_INVALID")
	}
	return s.json(c.w, c.bot), nil
}

func (s *stickerSet) index(st *sticker) int { return slices.Index(s.stickers, st) }

// drop takes a sticker out of its set.
func (w *World) drop(st *sticker) {
	s := st.set
	s.stickers = slices.Delete(s.stickers, s.index(st), s.index(st)+1)
	delete(w.stickers, st.media)
	st.media.Meta.SetName, st.media.Meta.CustomEmojiID = "", ""
}

func deleteStickerSet(c *call) ([]byte, error) {
	s, err := c.ownSet()
	if err != nil {
		return nil, err
	}
	for len(s.stickers) > 0 {
		c.w.drop(s.stickers[0])
	}
	delete(c.w.sets, strings.ToLower(s.name))
	return jsonTrue, nil
}

func setStickerSetTitle(c *call) ([]byte, error) {
	title := strings.TrimSpace(c.arg("title"))
	if title == "" {
		return nil, badRequest("sticker set title must be non-empty")
	}
	s, err := c.ownSet()
	if err != nil {
		return nil, err
	}
	s.title = title
	return jsonTrue, nil
}

// setThumbnail reads the thumbnail of a set; none takes it away.
func setThumbnail(c *call) ([]*attachment, error) {
	format := c.arg("format")
	if format == "" {
		format = "auto"
	}
	a := c.input("thumbnail", c.arg("thumbnail"), files.Thumbnail, false)
	if a == nil {
		a = c.input("thumb", c.arg("thumb"), files.Thumbnail, false)
	}
	if _, err := stickerFormat(format); err != nil {
		return nil, fail(400, err.Error())
	}
	if a == nil {
		return nil, nil
	}
	a.load(files.Meta{})
	return []*attachment{a}, nil
}

func setStickerSetThumbnail(c *call) ([]byte, error) {
	s, err := c.givenSet()
	if err != nil {
		return nil, err
	}
	if len(c.attached) == 0 {
		s.thumb = nil
		return jsonTrue, nil
	}
	a := c.attached[0]
	if err := a.resolve(c); err != nil {
		return nil, err
	}
	if err := a.keep(c); err != nil {
		return nil, fail(400, "STICKER_THUMB_PNG_NOPNG")
	}
	s.thumb = a.found
	return jsonTrue, nil
}
