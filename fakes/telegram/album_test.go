package telegram_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
	"hookproof/fakes/telegram/schema"
)

// items is the media parameter of an album of n photos, in the parts p0, p1...
func items(t *testing.T, n int, more string) (media string, parts []part) {
	t.Helper()
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"type":"photo","media":"attach://p%d"%s}`, i, more))
		parts = append(parts, part{fmt.Sprintf("p%d", i), "p.jpg", telegram.Picture(100+i, 100)})
	}
	return "[" + strings.Join(list, ",") + "]", parts
}

func TestAlbumIsOneAnswerOfSeveralMessages(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	media, parts := items(t, 3, `,"caption":"<b>x</b>","parse_mode":"HTML","has_spoiler":true`)
	sent := result[[]message](t, upload(t, b, s, "sendMediaGroup", parts, "chat_id", chat, "media", media))
	require.Len(t, sent, 3)
	assert.NotEmpty(t, sent[0].Album)
	for i, m := range sent {
		assert.Equal(t, sent[0].Album, m.Album)
		assert.Equal(t, 100+i, m.Photo[len(m.Photo)-1].Width)
		assert.Equal(t, "x", m.Caption)
		assert.True(t, m.Spoiler)
	}
	all := ann.Chat(b).Messages()
	assert.Equal(t, sent[0].Album, all[len(all)-1].Album)
	e, err := s.WaitEvent(soon(t), func(e telegram.Event) bool { return e.Method == "sendMediaGroup" })
	require.NoError(t, err)
	assert.Equal(t, sent[0].ID, e.MessageID)

	one, parts := items(t, 1, "")
	alone := result[[]message](t, upload(t, b, s, "sendMediaGroup", parts, "chat_id", chat, "media", one))
	require.Len(t, alone, 1)
	assert.Empty(t, alone[0].Album, "one message is no album")
}

func TestAlbumsAreForwardedAndCopiedAsAlbums(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	group := s.NewSupergroup("G", ann, b)
	media, parts := items(t, 2, "")
	sent := result[[]message](t, upload(t, b, s, "sendMediaGroup", parts, "chat_id", chat, "media", media))
	both := fmt.Sprintf("[%d,%d]", sent[0].ID, sent[1].ID)
	for _, method := range []string{"forwardMessages", "copyMessages"} {
		require.True(t, call(t, b, s, method, "chat_id", fmt.Sprint(group.ID()), "from_chat_id", chat, "message_ids", both).OK)
		all := group.Messages()
		first, second := all[len(all)-2], all[len(all)-1]
		assert.NotEmpty(t, first.Album)
		assert.Equal(t, first.Album, second.Album)
		assert.NotEqual(t, sent[0].Album, first.Album)
	}
	require.True(t, call(t, b, s, "forwardMessages", "chat_id", fmt.Sprint(group.ID()), "from_chat_id", chat, "message_ids", fmt.Sprintf("[%d]", sent[0].ID)).OK)
	all := group.Messages()
	assert.Empty(t, all[len(all)-1].Album, "one of an album is no album")
}

func TestAlbumsAreRefusedWithTheServersTexts(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	channel := fmt.Sprint(s.NewChannel("C", ann, b).ID())
	url := `{"type":"photo","media":"http://example.com/a.jpg"}`
	document := `{"type":"document","media":"http://example.com/a.zip"}`
	for _, tt := range []struct{ name, media, want string }{
		{"absent", "", `parameter "media" is required`},
		{"bad JSON", "[", "can't parse media JSON object"},
		{"no array", "{}", "expected an Array of InputMedia"},
		{"empty", "[]", "there are no messages to send"},
		{"too many", "[" + strings.Repeat(url+",", 10) + url + "]", "too many messages to send as an album"},
		{"no object", "[1]", "can't parse InputMedia: expected an Object"},
		{"no media", `[{"type":"photo"}]`, "can't parse InputMedia: media not found"},
		{"no such part", `[{"type":"photo","media":"attach://x"}]`, "can't parse InputMedia: media not found"},
		{"no type", `[{"media":"http://a.b/c"}]`, `can't parse InputMedia: Can't find field "type"`},
		{"a caption of the wrong type", `[{"type":"photo","media":"a.b","caption":true}]`, `can't parse InputMedia: Field "caption" must be of type String`},
		{"bad markup", `[{"type":"photo","media":"a.b","caption":"<i>","parse_mode":"HTML"}]`, `can't parse InputMedia: Can't parse entities: Can't find end tag corresponding to start tag "i"`},
		{"an animation", `[{"type":"animation","media":"a.b"}]`, `can't parse InputMedia: type "animation" can't be used in sendMediaGroup`},
		{"an unknown type", `[{"type":"sticker","media":"a.b"}]`, `can't parse InputMedia: type "sticker" is unsupported`},
		{"documents among photos", "[" + url + "," + document + "]", "document can't be mixed with other media types"},
		{"captions above and below", "[" + url + `,{"type":"photo","media":"a.b","show_caption_above_media":true}]`, "parameter show_caption_above_media must be the same for all messages"},
		{"a bad file_id", `[` + url + `,{"type":"photo","media":"x!"}]`, "wrong remote file identifier specified: Wrong character in the string"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := call(t, b, s, "sendMediaGroup", "chat_id", channel, "media", tt.media)
			assert.Equal(t, "Bad Request: "+tt.want, a.Description)
		})
	}
	media, parts := items(t, 3, "")
	parts[1].data = []byte("no picture")
	before := len(ann.Chat(b).Messages())
	a := upload(t, b, s, "sendMediaGroup", parts, "chat_id", chat, "media", media)
	assert.Equal(t, `Bad Request: failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"`, a.Description)
	assert.Len(t, ann.Chat(b).Messages(), before, "all or nothing")
	ann.Block(b)
	a = upload(t, b, s, "sendMediaGroup", parts, "chat_id", chat, "media", media)
	assert.Equal(t, 403, a.Status)
	assert.Equal(t, `Forbidden: failed to send message #1 with the error message "Bot was blocked by the user"`, a.Description)
}

func TestEditingReplacesMedia(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	text := result[message](t, call(t, b, s, "sendMessage", "chat_id", chat, "text", "look"))
	edit := func(id int64, media string, parts ...part) answer {
		return upload(t, b, s, "editMessageMedia", parts, "chat_id", chat, "message_id", fmt.Sprint(id), "media", media)
	}
	picture := part{"p", "p.jpg", telegram.Picture(200, 100)}
	m := result[message](t, edit(text.ID, `{"type":"photo","media":"attach://p","caption":"seen"}`, picture))
	assert.Equal(t, "seen", m.Caption)
	require.Len(t, m.Photo, 2)

	m = result[message](t, edit(m.ID, `{"type":"document","media":"attach://d"}`, part{"d", "d.txt", []byte("d")}))
	assert.Empty(t, m.Caption, "the caption goes with the photo")
	assert.Empty(t, m.Photo)
	require.NotNil(t, m.Document)
	edited, err := ann.Chat(b).Wait(soon(t), func(m *telegram.Message) bool { return m.Edited && m.Kind == "document" })
	require.NoError(t, err)
	data, err := edited.Data()
	require.NoError(t, err)
	assert.Equal(t, "d", string(data))

	same := edit(m.ID, fmt.Sprintf(`{"type":"document","media":%q}`, m.Document.ID))
	assert.Contains(t, same.Description, "message is not modified")
	captioned := call(t, b, s, "editMessageCaption", "chat_id", chat, "message_id", fmt.Sprint(m.ID), "caption", "later")
	assert.Equal(t, "later", result[message](t, captioned).Caption)
}

func TestEditingMediaIsRefused(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	voice := result[message](t, upload(t, b, s, "sendVoice", []part{{"voice", "v.ogg", []byte("v")}}, "chat_id", chat))
	media, parts := items(t, 2, "")
	album := result[[]message](t, upload(t, b, s, "sendMediaGroup", parts, "chat_id", chat, "media", media))
	for _, tt := range []struct {
		name, media, want string
		id                int64
	}{
		{"nothing", "", `parameter "media" is required`, 1},
		{"bad JSON", "{", "can't parse input media JSON object", 1},
		{"no object", "[]", "can't parse InputMedia: expected an Object", 1},
		{"no such message", `{"type":"photo","media":"a.b"}`, "message to edit not found", 999},
		{"a voice message", `{"type":"photo","media":"a.b"}`, "message media can't be edited", voice.ID},
		{"a document into an album of photos", `{"type":"document","media":"a.b"}`, "can't change media type in the album", album[0].ID},
		{"an animation into an album", `{"type":"animation","media":"a.b"}`, "message content type can't be used in an album", album[0].ID},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := call(t, b, s, "editMessageMedia", "chat_id", chat, "message_id", fmt.Sprint(tt.id), "media", tt.media)
			assert.Equal(t, "Bad Request: "+tt.want, a.Description)
		})
	}
	other := s.NewBot("other_bot")
	ann.Send(other, "hi")
	foreign := result[message](t, upload(t, other, s, "sendPhoto", []part{{"photo", "p.jpg", telegram.Picture(10, 10)}}, "chat_id", chat)).Photo[0].ID
	a := call(t, b, s, "editMessageMedia", "chat_id", chat, "message_id", fmt.Sprint(album[0].ID), "media", `{"type":"photo","media":"`+foreign+`"}`)
	assert.Equal(t, "Bad Request: MEDIA_EMPTY", a.Description)
	a = upload(t, b, s, "editMessageMedia", []part{{"p", "p.pdf", telegram.Picture(1, 1)}}, "chat_id", chat, "message_id", fmt.Sprint(album[0].ID), "media", `{"type":"photo","media":"attach://p"}`)
	assert.Equal(t, "Bad Request: PHOTO_EXT_INVALID", a.Description, "an edit leaves codes as they are")
	a = call(t, b, s, "editMessageMedia", "chat_id", chat, "message_id", fmt.Sprint(album[0].ID), "media", `{"type":"video","media":"a.b"}`)
	m := result[message](t, a)
	assert.NotNil(t, m.Video)
	assert.Equal(t, album[0].Album, m.Album, "it stays in its album")
}

func TestPaidMediaAreSeenByTheirSellerOnly(t *testing.T) {
	s, b, ann, _ := meeting(t, telegram.Options{})
	other := s.NewBot("other_bot")
	channel := s.NewChannel("C", ann, b, other)
	id := fmt.Sprint(channel.ID())
	media := `[{"type":"photo","media":"attach://p0"},{"type":"video","media":"attach://v","duration":3}]`
	_, parts := items(t, 1, "")
	a := upload(t, b, s, "sendPaidMedia", append(parts, part{"v", "v.mp4", []byte("v")}),
		"chat_id", id, "media", media, "star_count", "5", "caption", "pay")
	require.True(t, a.OK, a.raw)
	assert.Contains(t, a.raw, `"star_count":5`)
	assert.Contains(t, a.raw, `{"type":"video"`)
	var updates []json.RawMessage
	require.NoError(t, json.Unmarshal(call(t, other, s, "getUpdates").Result, &updates))
	last := string(updates[len(updates)-1])
	assert.Contains(t, last, `{"type":"preview"`)
	assert.NotContains(t, last, "file_id")

	for _, tt := range []struct{ name, media, stars, want string }{
		{"no price", media, "0", "invalid media price specified"},
		{"too dear", media, "25001", "invalid media price specified"},
		{"nothing", "[]", "1", "invalid number of paid media specified"},
		{"no array", "{}", "1", "expected an Array of InputPaidMedia"},
		{"a document", `[{"type":"document","media":"a.b"}]`, "1", `can't parse InputPaidMedia: type "document" is unsupported`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			media := strings.ReplaceAll(tt.media, "attach://p0", "http://example.com/a.jpg")
			media = strings.ReplaceAll(media, "attach://v", "http://example.com/a.mp4")
			a := call(t, b, s, "sendPaidMedia", "chat_id", id, "media", media, "star_count", tt.stars)
			assert.Equal(t, "Bad Request: "+tt.want, a.Description)
		})
	}
	require.NoError(t, schema.Validate("Message", channel.Messages()[0].JSON()))
}

func TestEditingInlineMessagesTakesNoUploads(t *testing.T) {
	s, b, ann, _ := meeting(t, telegram.Options{})
	b.SetInline(true)
	q, err := ann.Inline(b, "q")
	require.NoError(t, err)
	var updates []struct {
		InlineQuery struct{ ID string } `json:"inline_query"`
		Chosen      struct {
			Message string `json:"inline_message_id"`
		} `json:"chosen_inline_result"`
	}
	read := func() {
		t.Helper()
		require.NoError(t, json.Unmarshal(call(t, b, s, "getUpdates", "offset", "-1").Result, &updates))
	}
	read()
	require.True(t, call(t, b, s, "answerInlineQuery", "inline_query_id", updates[len(updates)-1].InlineQuery.ID, "results",
		`[{"type":"article","id":"1","title":"t","input_message_content":{"message_text":"text"},"reply_markup":{"inline_keyboard":[[{"text":"b","callback_data":"d"}]]}}]`).OK)
	m, err := q.Choose("1", b)
	require.NoError(t, err)
	read()
	id := updates[len(updates)-1].Chosen.Message
	require.NotEmpty(t, id)
	a := upload(t, b, s, "editMessageMedia", []part{{"p", "p.jpg", telegram.Picture(1, 1)}}, "inline_message_id", id, "media", `{"type":"photo","media":"attach://p"}`)
	assert.Equal(t, "Bad Request: invalid message content specified", a.Description)
	require.True(t, call(t, b, s, "editMessageMedia", "inline_message_id", id, "media", `{"type":"photo","media":"http://example.com/a.jpg"}`).OK)
	all := m.Chat.Messages()
	assert.Equal(t, "photo", all[len(all)-1].Kind)
}

func TestEveryTypeOfInputMedia(t *testing.T) {
	s, b, _, chat := meeting(t, telegram.Options{})
	parts := []part{
		{"v", "v.mp4", []byte("v")}, {"c", "c.jpg", telegram.Picture(100, 50)}, {"l", "l.mp4", []byte("l")}, {"a", "a.mp3", []byte("a")},
		{"g", "g.gif", []byte("GIF89a\x01\x00\x01\x00")},
	}
	mixed := `[{"type":"video","media":"attach://v","width":64,"height":48,"duration":2,"cover":"attach://c","start_timestamp":1,"thumbnail":"attach://c"},
		{"type":"live_photo","media":"attach://l","photo":"attach://c"}]`
	sent := result[[]message](t, upload(t, b, s, "sendMediaGroup", parts, "chat_id", chat, "media", mixed))
	v := sent[0].Video
	assert.Equal(t, [4]int64{64, 48, 2, 1}, [4]int64{int64(v.Width), int64(v.Height), v.Duration, v.Start})
	assert.NotEmpty(t, v.Cover)
	assert.NotNil(t, v.Thumbnail)
	require.NotNil(t, sent[1].LivePhoto)
	audio := `[{"type":"audio","media":"attach://a","duration":9,"title":"T","performer":"P"},{"type":"audio","media":"attach://a"}]`
	sent = result[[]message](t, upload(t, b, s, "sendMediaGroup", parts, "chat_id", chat, "media", audio))
	assert.Equal(t, "T/P", sent[0].Audio.Title+"/"+sent[0].Audio.Performer)
	sent = result[[]message](t, upload(t, b, s, "sendMediaGroup", parts, "chat_id", chat, "media", `[{"type":"document","media":"attach://g"},{"type":"document","media":"attach://a"}]`))
	assert.Nil(t, sent[0].Animation, "a GIF in an album stays a document")
	a := upload(t, b, s, "sendMediaGroup", parts, "chat_id", chat, "media", `[{"type":"live_photo","media":"attach://l"}]`)
	assert.Equal(t, "Bad Request: can't parse InputMedia: photo not found", a.Description)
}
