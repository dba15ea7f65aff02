package engine

import (
	"slices"
	"strconv"

	"hookproof/fakes/telegram/internal/files"
	"hookproof/fakes/telegram/internal/wire"
)

func setCustomEmojiStickerSetThumbnail(c *call) ([]byte, error) {
	s, err := c.ownSet()
	if err != nil {
		return nil, err
	}
	id := c.arg("custom_emoji_id")
	named := slices.ContainsFunc(s.stickers, func(st *sticker) bool { return st.media.Meta.CustomEmojiID == id })
	if s.kind != "custom_emoji" || id != "" && !named {
		return nil, fail(400, "STICKERSET_INVALID")
	}
	return jsonTrue, nil
}

func getCustomEmojiStickers(c *call) ([]byte, error) {
	s := c.arg("custom_emoji_ids")
	if s == "" {
		return nil, badRequest(`parameter "custom_emoji_ids" is required`)
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse custom emoji identifiers JSON object")
	}
	if !v.IsArray() {
		return nil, badRequest("expected an Array of custom emoji identifiers")
	}
	var found []*files.Media
	for _, item := range v.Array() {
		id, ok := item.String()
		if !ok {
			return nil, badRequest("custom emoji identifier must be of type String")
		}
		if _, err := strconv.ParseInt(id, 10, 64); err != nil {
			return nil, badRequest("invalid custom emoji identifier specified")
		}
		if m := c.w.customEmoji(id); m != nil {
			found = append(found, m)
		}
	}
	return list(found, func(m *files.Media) []byte { return c.w.fileJSON(c.bot, m) }), nil
}

func (w *World) customEmoji(id string) *files.Media {
	for m := range w.stickers {
		if m.Meta.CustomEmojiID == id {
			return m
		}
	}
	return nil
}
