package telegram_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

type set struct {
	Name, Title string
	Type        string `json:"sticker_type"`
	Stickers    []file
	Thumbnail   *file
}

// stickers is a server with a bot that has made a set of two stickers.
func stickers(t *testing.T, kind string, side int) (s *telegram.Server, b *telegram.Bot, owner string, get func() set) {
	t.Helper()
	s, b, _, owner = meeting(t, telegram.Options{})
	parts := []part{{"a", "a.png", telegram.Picture(side, side)}, {"b", "b.png", telegram.Picture(side, side)}}
	require.True(t, upload(t, b, s, "createNewStickerSet", parts,
		"user_id", owner, "name", "cats_by_photo_bot", "title", "Cats", "sticker_type", kind, "stickers",
		`[{"sticker":"attach://a","format":"static","emoji_list":["😀"]},{"sticker":"attach://b","format":"static","emoji_list":["😎","👍"],"keywords":["cool"]}]`).OK)
	return s, b, owner, func() set { return result[set](t, call(t, b, s, "getStickerSet", "name", "Cats_by_photo_bot")) }
}

func TestStickerSetLifeCycle(t *testing.T) {
	s, b, owner, get := stickers(t, "", 512)
	got := get()
	assert.Equal(t, "Cats", got.Title)
	assert.Equal(t, "regular", got.Type)
	require.Len(t, got.Stickers, 2)
	first, second := got.Stickers[0].ID, got.Stickers[1].ID
	assert.Equal(t, "😎", got.Stickers[1].Emoji)
	assert.Equal(t, "cats_by_photo_bot", got.Stickers[0].SetName)
	ok := func(method string, parts []part, params ...string) {
		t.Helper()
		require.True(t, upload(t, b, s, method, parts, params...).OK)
	}

	ok("setStickerPositionInSet", nil, "sticker", second, "position", "0")
	assert.Equal(t, second, get().Stickers[0].ID)
	ok("setStickerEmojiList", nil, "sticker", first, "emoji_list", `["🐱"]`)
	assert.Equal(t, "🐱", get().Stickers[1].Emoji)
	ok("setStickerKeywords", nil, "sticker", first, "keywords", `["cat"]`)
	ok("setStickerSetTitle", nil, "name", got.Name, "title", "More cats")
	assert.Equal(t, "More cats", get().Title)
	ok("setStickerSetThumbnail", []part{{"thumbnail", "t.png", telegram.Picture(100, 100)}}, "user_id", owner, "name", got.Name, "format", "static")
	assert.NotNil(t, get().Thumbnail)

	// A sticker in a set is copied into another place, and becomes another file.
	ok("addStickerToSet", nil, "user_id", owner, "name", got.Name, "sticker", `{"sticker":"`+first+`","emoji_list":["🐱"]}`)
	copied := get().Stickers[2].ID
	assert.NotEqual(t, first, copied)
	ok("replaceStickerInSet", []part{{"c", "c.png", telegram.Picture(512, 300)}}, "user_id", owner, "name", got.Name,
		"old_sticker", copied, "sticker", `{"sticker":"attach://c","format":"static","emoji_list":["👀"]}`)
	assert.Equal(t, "👀", get().Stickers[2].Emoji)
	ok("deleteStickerFromSet", nil, "sticker", second)
	assert.Len(t, get().Stickers, 2)

	sent := result[message](t, call(t, b, s, "sendSticker", "chat_id", owner, "sticker", first))
	assert.Equal(t, got.Name, sent.Sticker.SetName)
	ok("deleteStickerSet", nil, "name", got.Name)
	assert.Equal(t, "Bad Request: STICKERSET_INVALID", call(t, b, s, "getStickerSet", "name", got.Name).Description)
	sent = result[message](t, call(t, b, s, "sendSticker", "chat_id", owner, "sticker", first))
	assert.Empty(t, sent.Sticker.SetName, "the sticker outlives its set")
}

func TestMasksAndCustomEmoji(t *testing.T) {
	s, b, _, get := stickers(t, "mask", 512)
	id := get().Stickers[0].ID
	mask := `{"point":"eyes","x_shift":0.5,"y_shift":-1,"scale":2}`
	require.True(t, call(t, b, s, "setStickerMaskPosition", "sticker", id, "mask_position", mask).OK)
	assert.JSONEq(t, mask, string(get().Stickers[0].Mask))
	a := call(t, b, s, "setStickerMaskPosition", "sticker", id, "mask_position", `{"point":"ear"}`)
	assert.Equal(t, "Bad Request: can't parse mask position: Wrong point specified in MaskPosition", a.Description)

	s, b, _, get = stickers(t, "custom_emoji", 100)
	emoji := get().Stickers[1].CustomEmojiID
	require.NotEmpty(t, emoji)
	found := result[[]file](t, call(t, b, s, "getCustomEmojiStickers", "custom_emoji_ids", `["`+emoji+`","1"]`))
	require.Len(t, found, 1)
	assert.Equal(t, get().Stickers[1].ID, found[0].ID)
	require.True(t, call(t, b, s, "setCustomEmojiStickerSetThumbnail", "name", "cats_by_photo_bot", "custom_emoji_id", emoji).OK)
	for ids, want := range map[string]string{
		"":      `parameter "custom_emoji_ids" is required`,
		"[":     "can't parse custom emoji identifiers JSON object",
		"{}":    "expected an Array of custom emoji identifiers",
		"[1]":   "custom emoji identifier must be of type String",
		`["x"]`: "invalid custom emoji identifier specified",
	} {
		assert.Equal(t, "Bad Request: "+want, call(t, b, s, "getCustomEmojiStickers", "custom_emoji_ids", ids).Description)
	}
}

func TestUploadedStickerCanBeUsed(t *testing.T) {
	s, b, _, owner := meeting(t, telegram.Options{})
	up := func(format string, data []byte) answer {
		return upload(t, b, s, "uploadStickerFile", []part{{"sticker", "s.webp", data}}, "user_id", owner, "sticker_format", format)
	}
	f := result[file](t, up("static", telegram.Picture(512, 512)))
	assert.NotEmpty(t, download(t, b, s, f.ID))
	a := call(t, b, s, "createNewStickerSet", "user_id", owner, "name", "x_by_photo_bot", "title", "X",
		"stickers", `[{"sticker":"`+f.ID+`","format":"static","emoji_list":["😀"]}]`)
	require.True(t, a.OK, a.raw)
	assert.Equal(t, "Bad Request: invalid sticker format specified", up("", nil).Description)
	assert.Equal(t, "Bad Request: file must be non-empty", up("static", nil).Description)
	a = call(t, b, s, "uploadStickerFile", "user_id", owner, "sticker_format", "static")
	assert.Equal(t, "Bad Request: inputFile is not specified", a.Description)
	assert.Equal(t, "Bad Request: invalid user_id specified", call(t, b, s, "uploadStickerFile").Description)
}

func TestStickerSetsAreRefused(t *testing.T) {
	s, b, owner, get := stickers(t, "", 512)
	one := `[{"sticker":"attach://a","format":"static","emoji_list":["😀"]}]`
	for _, tt := range []struct {
		name, set, title, stickers string
		data                       []byte
		want                       string
	}{
		{"a name without the bot's", "dogs", "D", one, nil, "invalid sticker set name is specified"},
		{"a name with a hyphen", "do-gs_by_photo_bot", "D", one, nil, "invalid sticker set name is specified"},
		{"a name that is taken", "CATS_by_photo_bot", "D", one, nil, "sticker set name is already occupied"},
		{"no title", "dogs_by_photo_bot", " ", one, nil, "sticker set title must be non-empty"},
		{"no stickers", "dogs_by_photo_bot", "D", "[]", nil, "at least 1 sticker must be specified"},
		{"absent stickers", "dogs_by_photo_bot", "D", "", nil, "there is no sticker file in the request"},
		{"bad JSON", "dogs_by_photo_bot", "D", "[", nil, "can't parse stickers JSON object"},
		{"no array", "dogs_by_photo_bot", "D", "{}", nil, "expected an Array of InputSticker"},
		{"no object", "dogs_by_photo_bot", "D", "[1]", nil, "can't parse InputSticker: InputSticker must be an Object"},
		{"no such part", "dogs_by_photo_bot", "D", `[{"sticker":"attach://z"}]`, nil, "can't parse InputSticker: sticker not found"},
		{"no format", "dogs_by_photo_bot", "D", `[{"sticker":"attach://a"}]`, nil, `can't parse InputSticker: Can't find field "format"`},
		{"a bad format", "dogs_by_photo_bot", "D", `[{"sticker":"attach://a","format":"x"}]`, nil, "can't parse InputSticker: Invalid sticker format specified"},
		{"no emoji", "dogs_by_photo_bot", "D", `[{"sticker":"attach://a","format":"static","emoji_list":[]}]`, nil, "can't parse InputSticker: emoji list must be non-empty"},
		{"words", "dogs_by_photo_bot", "D", `[{"sticker":"attach://a","format":"static","emoji_list":["ab"]}]`, nil, "can't parse InputSticker: expected a Unicode emoji"},
		{"no picture", "dogs_by_photo_bot", "D", one, []byte("x"), "STICKER_PNG_NOPNG"},
		{"a small picture", "dogs_by_photo_bot", "D", one, telegram.Picture(100, 100), "STICKER_PNG_DIMENSIONS"},
		{"no animation", "dogs_by_photo_bot", "D", `[{"sticker":"attach://a","format":"animated","emoji_list":["😀"]}]`, nil, "STICKER_TGS_NOTGS"},
		{"no video", "dogs_by_photo_bot", "D", `[{"sticker":"attach://a","format":"video","emoji_list":["😀"]}]`, nil, "STICKER_VIDEO_NOWEBM"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := tt.data
			if data == nil {
				data = telegram.Picture(512, 512)
			}
			a := upload(t, b, s, "createNewStickerSet", []part{{"a", "a.png", data}},
				"user_id", owner, "name", tt.set, "title", tt.title, "stickers", tt.stickers)
			assert.Equal(t, "Bad Request: "+tt.want, a.Description)
		})
	}
	full := func(method string, want string, params ...string) {
		t.Helper()
		parts := []part{{"a", "a.png", telegram.Picture(512, 512)}, {"bad", "x", []byte("x")}}
		assert.Equal(t, "Bad Request: "+want, upload(t, b, s, method, parts, append(params, "name", "cats_by_photo_bot")...).Description)
	}
	bob := s.NewUser("Bob")
	good := `{"sticker":"attach://a","emoji_list":["😀"]}`
	full("addStickerToSet", "invalid user_id specified", "sticker", good)
	full("addStickerToSet", "there is no sticker file in the request", "user_id", owner)
	full("addStickerToSet", "can't parse sticker JSON object", "user_id", owner, "sticker", "{")
	full("addStickerToSet", "can't parse sticker: sticker not found", "user_id", owner, "sticker", "{}")
	full("addStickerToSet", "STICKERSET_INVALID", "user_id", fmt.Sprint(bob.ID()), "sticker", good)
	full("addStickerToSet", "user not found", "user_id", "1", "sticker", good)
	full("replaceStickerInSet", "sticker is not specified", "user_id", owner, "sticker", good)
	full("setStickerSetThumbnail", "STICKER_THUMB_PNG_NOPNG", "user_id", owner, "thumbnail", "attach://bad")
	full("setStickerSetThumbnail", "invalid sticker format specified", "user_id", owner, "format", "x")
	full("setStickerSetTitle", "sticker set title must be non-empty")
	full("setStickerEmojiList", "can't parse emoji list JSON array", "sticker", "x")
	full("setStickerEmojiList", "can't parse emoji list: expected an Array of string", "sticker", "x", "emoji_list", "{}")
	full("setStickerKeywords", "can't parse keywords JSON object", "sticker", "x", "keywords", "{")
	full("setStickerKeywords", `field "keywords" must be an Array`, "sticker", "x", "keywords", "{}")
	full("setStickerKeywords", "keyword must be a string", "sticker", "x", "keywords", "[1]")
	full("setStickerKeywords", "wrong remote file identifier specified: Wrong string length", "sticker", "x")
	full("setStickerMaskPosition", "STICKER_INVALID", "sticker", get().Stickers[0].ID)
	a := call(t, b, s, "createNewStickerSet", "user_id", owner, "name", "x_by_photo_bot", "title", "x", "sticker_type", "x", "stickers", "[]")
	assert.Equal(t, "Bad Request: unsupported sticker type specified", a.Description)
	other := s.NewBot("other_bot")
	assert.Equal(t, "Bad Request: STICKERSET_INVALID", call(t, other, s, "deleteStickerSet", "name", "cats_by_photo_bot").Description)
	assert.Equal(t, "Bad Request: STICKER_INVALID", call(t, other, s, "deleteStickerFromSet", "sticker", get().Stickers[0].ID).Description)
	assert.Equal(t, "Bad Request: sticker is not specified", call(t, b, s, "deleteStickerFromSet").Description)
	seen := result[set](t, call(t, other, s, "getStickerSet", "name", "cats_by_photo_bot")).Stickers[0].ID
	assert.Equal(t, "Bad Request: STICKER_INVALID", call(t, other, s, "deleteStickerFromSet", "sticker", seen).Description)
	many := `["😀"` + strings.Repeat(`,"😀"`, 20) + `]`
	full("setStickerEmojiList", "can't parse emoji list: too many emoji specified", "sticker", "x", "emoji_list", many)

	require.True(t, upload(t, b, s, "createNewStickerSet", []part{{"a", "a.png", telegram.Picture(512, 512)}},
		"user_id", owner, "name", "dogs_by_photo_bot", "title", "D", "stickers", one).OK)
	dog := result[set](t, call(t, b, s, "getStickerSet", "name", "dogs_by_photo_bot")).Stickers[0].ID
	full("replaceStickerInSet", "STICKER_INVALID", "user_id", owner, "old_sticker", dog, "sticker", good)
}

func TestChatStickerSet(t *testing.T) {
	s, b, _, _ := stickers(t, "", 512)
	bob := s.NewUser("Bob")
	super, group := s.NewSupergroup("S", bob, b), s.NewGroup("G", bob, b)
	id := fmt.Sprint(super.ID())
	assert.Equal(t, "Bad Request: method is available only for supergroups", call(t, b, s, "setChatStickerSet", "chat_id", fmt.Sprint(group.ID()), "sticker_set_name", "x").Description)
	assert.Equal(t, "Bad Request: sticker_set_name is empty", call(t, b, s, "setChatStickerSet", "chat_id", id).Description)
	assert.Equal(t, "Bad Request: sticker set not found", call(t, b, s, "setChatStickerSet", "chat_id", id, "sticker_set_name", "x").Description)
	name := "cats_by_photo_bot"
	assert.Equal(t, "Bad Request: not enough rights to change supergroup sticker set", call(t, b, s, "setChatStickerSet", "chat_id", id, "sticker_set_name", name).Description)
	require.NoError(t, bob.Promote(b, super, "can_change_info"))
	require.True(t, call(t, b, s, "setChatStickerSet", "chat_id", id, "sticker_set_name", name).OK)
	var full struct {
		Name string `json:"sticker_set_name"`
	}
	require.NoError(t, json.Unmarshal(call(t, b, s, "getChat", "chat_id", id).Result, &full))
	assert.Equal(t, name, full.Name)
	require.True(t, call(t, b, s, "deleteChatStickerSet", "chat_id", id).OK)
	assert.NotContains(t, call(t, b, s, "getChat", "chat_id", id).raw, "sticker_set_name")
}

func TestStickerSetsHaveLimits(t *testing.T) {
	_, b, owner, get := stickers(t, "", 512)
	add := map[string]any{"user_id": owner, "name": "cats_by_photo_bot", "sticker": map[string]any{"sticker": get().Stickers[0].ID, "emoji_list": []string{"😀"}}}
	for range 118 {
		_, err := b.Call(t.Context(), "addStickerToSet", add)
		require.NoError(t, err)
	}
	_, err := b.Call(t.Context(), "addStickerToSet", add)
	require.ErrorContains(t, err, "STICKERS_TOO_MUCH")
}
