package engine

import (
	"slices"
	"strings"

	"hookproof/fakes/telegram/internal/files"
	"hookproof/fakes/telegram/internal/wire"
)

// setSticker finds a sticker in one of the bot's sets by its file_id.
func (c *call) setSticker(param string) (*sticker, error) {
	id := strings.TrimSpace(c.arg(param))
	if id == "" {
		return nil, badRequest("sticker is not specified")
	}
	m, err := c.w.store.Reuse(c.bot.key.id, id, files.Sticker)
	if err != nil && !files.Foreign(err) {
		return nil, fileRefusal(err)
	}
	s := c.w.stickers[m]
	if err != nil || s == nil || s.set.bot != c.bot {
		return nil, fail(400, "STICKER_INVALID")
	}
	return s, nil
}

func setStickerPositionInSet(c *call) ([]byte, error) {
	st, err := c.setSticker("sticker")
	if err != nil {
		return nil, err
	}
	s := st.set
	at := s.index(st)
	s.stickers = slices.Delete(s.stickers, at, at+1)
	to := int(c.clamped("position", -1, 0, int64(len(s.stickers))))
	s.stickers = slices.Insert(s.stickers, to, st)
	return jsonTrue, nil
}

func deleteStickerFromSet(c *call) ([]byte, error) {
	st, err := c.setSticker("sticker")
	if err != nil {
		return nil, err
	}
	c.w.drop(st)
	return jsonTrue, nil
}

func setStickerEmojiList(c *call) ([]byte, error) {
	if strings.TrimSpace(c.arg("sticker")) == "" {
		return nil, badRequest("sticker is not specified")
	}
	v, err := wire.ParseJSON(c.arg("emoji_list"))
	if err != nil {
		return nil, badRequest("can't parse emoji list JSON array")
	}
	emojis, err := emojiList(v)
	if err != nil {
		return nil, badRequest("can't parse emoji list: %s", err)
	}
	st, err := c.setSticker("sticker")
	if err != nil {
		return nil, err
	}
	st.emojis, st.media.Meta.Emoji = emojis, emojis[0]
	return jsonTrue, nil
}

func setStickerKeywords(c *call) ([]byte, error) {
	var words []string
	if s := c.arg("keywords"); s != "" {
		v, err := wire.ParseJSON(s)
		if err != nil {
			return nil, badRequest("can't parse keywords JSON object")
		}
		if !v.IsArray() {
			return nil, badRequest(`field "keywords" must be an Array`)
		}
		if words, err = keywordList(v); err != nil {
			return nil, fail(400, err.Error())
		}
	}
	st, err := c.setSticker("sticker")
	if err != nil {
		return nil, err
	}
	st.keywords = words
	return jsonTrue, nil
}

func setStickerMaskPosition(c *call) ([]byte, error) {
	var mask []byte
	if s := c.arg("mask_position"); s != "" {
		v, err := wire.ParseJSON(s)
		if err != nil {
			return nil, badRequest("can't parse mask position JSON object")
		}
		if mask, err = maskPosition(v); err != nil {
			return nil, badRequest("can't parse mask position: %s", err)
		}
	}
	st, err := c.setSticker("sticker")
	if err != nil {
		return nil, err
	}
	if st.set.kind != "mask" {
		return nil, fail(400, "STICKER_INVALID")
	}
	st.mask = mask
	return jsonTrue, nil
}
