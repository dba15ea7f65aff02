package telegram_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
	"hookproof/fakes/telegram/schema"
)

func TestPeoplesFilesReachBots(t *testing.T) {
	s, b, ann, _ := meeting(t, telegram.Options{})
	photo, err := ann.SendPhoto(b, telegram.Picture(1000, 700), "at the /beach")
	require.NoError(t, err)
	assert.Equal(t, "photo", photo.Kind)
	assert.Empty(t, photo.Album)
	for _, send := range []func() (*telegram.Message, error){
		func() (*telegram.Message, error) { return ann.SendDocument(b, "a.pdf", []byte("pdf"), "c") },
		func() (*telegram.Message, error) { return ann.SendVideo(b, []byte("video"), 4, "c") },
		func() (*telegram.Message, error) { return ann.SendAudio(b, "a.mp3", []byte("audio"), 180) },
		func() (*telegram.Message, error) { return ann.SendVoice(b, []byte("voice"), 2) },
		func() (*telegram.Message, error) { return ann.SendSticker(b, telegram.Picture(512, 512), "👍") },
		func() (*telegram.Message, error) {
			return ann.SendMedia(b, telegram.Media{Kind: "video_note", Name: "n.mp4", Data: []byte("note"), Width: 240, Duration: 3})
		},
	} {
		m, err := send()
		require.NoError(t, err)
		want, err := m.Data()
		require.NoError(t, err)
		assert.Equal(t, want, download(t, b, s, m.Files[0].ID), m.Kind)
	}
	album, err := ann.SendAlbum(b, telegram.Media{Kind: "photo", Data: telegram.Picture(10, 10)}, telegram.Media{Kind: "video", Data: []byte("v"), Caption: "two"})
	require.NoError(t, err)
	assert.NotEmpty(t, album[0].Album)
	assert.Equal(t, album[0].Album, album[1].Album)

	a := call(t, b, s, "getUpdates") // which validates all of them
	assert.Contains(t, a.raw, `"type":"bot_command"`)
	assert.Contains(t, a.raw, `"media_group_id":"`+album[0].Album+`"`)

	_, err = ann.SendPhoto(b, []byte("no picture"), "")
	require.ErrorContains(t, err, "IMAGE_PROCESS_FAILED")
	_, err = ann.SendMedia(b, telegram.Media{Kind: "spoon"})
	require.ErrorContains(t, err, "spoon")
	_, err = ann.SendAlbum(b)
	require.Error(t, err)
	_, err = ann.Send(b, "no file").Data()
	require.ErrorContains(t, err, "carries no file")
}

func TestPeopleNeedRightsToSendFiles(t *testing.T) {
	s, b, ann, _ := meeting(t, telegram.Options{})
	bob := s.NewUser("Bob")
	group := s.NewSupergroup("G", ann, b, bob)
	require.NoError(t, ann.Promote(b, group, "can_restrict_members"))
	require.True(t, call(t, b, s, "restrictChatMember", "chat_id", fmt.Sprint(group.ID()), "user_id", fmt.Sprint(bob.ID()),
		"permissions", `{"can_send_messages":true}`, "use_independent_chat_permissions", "true").OK)
	bob.Send(group, "text is fine")
	_, err := bob.SendPhoto(group, telegram.Picture(1, 1), "")
	require.ErrorContains(t, err, "Bob can't send photos")
	_, err = ann.SendPhoto(group, telegram.Picture(1, 1), "")
	require.NoError(t, err)
}

func TestRepliesElsewhereShowTheFile(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	group := s.NewSupergroup("G", ann, b)
	m, err := ann.SendMedia(b, telegram.Media{Kind: "photo", Data: telegram.Picture(10, 10), Spoiler: true})
	require.NoError(t, err)
	a := call(t, b, s, "sendMessage", "chat_id", fmt.Sprint(group.ID()), "text", "see",
		"reply_parameters", fmt.Sprintf(`{"chat_id":%s,"message_id":%d}`, chat, m.ID))
	require.True(t, a.OK, a.raw)
	assert.Contains(t, a.raw, m.Files[0].ID)
	assert.Contains(t, a.raw, `"has_media_spoiler":true`)
}

func TestChatPhotoIsReported(t *testing.T) {
	s, b, ann, private := meeting(t, telegram.Options{})
	group := s.NewSupergroup("G", ann, b)
	id := fmt.Sprint(group.ID())
	good := []part{{"photo", "p.jpg", telegram.Picture(300, 300)}}
	set := func(parts []part, params ...string) string {
		return upload(t, b, s, "setChatPhoto", parts, append(params, "chat_id", id)...).Description
	}
	assert.Equal(t, "Bad Request: not enough rights to change chat photo", set(good))
	require.NoError(t, ann.Promote(b, group, "can_change_info"))
	assert.Equal(t, "Bad Request: there is no photo in the request", set(nil))
	assert.Equal(t, "Bad Request: photo must be uploaded as an InputFile", set(nil, "photo", "http://example.com/a.jpg"))
	assert.Equal(t, "Bad Request: PHOTO_CROP_SIZE_SMALL", set([]part{{"photo", "p.jpg", telegram.Picture(100, 300)}}))
	assert.Equal(t, "Bad Request: CHAT_NOT_MODIFIED", call(t, b, s, "deleteChatPhoto", "chat_id", id).Description)
	assert.Empty(t, set(good))
	assert.Equal(t, "new_chat_photo", group.Messages()[0].Kind)
	require.NoError(t, schema.Validate("Message", group.Messages()[0].JSON()))

	var full struct{ Photo map[string]string }
	require.NoError(t, json.Unmarshal(call(t, b, s, "getChat", "chat_id", id).Result, &full))
	assert.NotEmpty(t, download(t, b, s, full.Photo["small_file_id"]))
	assert.NotEqual(t, full.Photo["small_file_id"], full.Photo["big_file_id"])
	require.True(t, call(t, b, s, "deleteChatPhoto", "chat_id", id).OK)
	assert.Equal(t, "delete_chat_photo", group.Messages()[1].Kind)
	assert.NotContains(t, call(t, b, s, "getChat", "chat_id", id).raw, `"photo"`)

	a := upload(t, b, s, "setChatPhoto", good, "chat_id", private)
	assert.Equal(t, "Bad Request: can't change private chat photo", a.Description)
}

func TestProfilePhotos(t *testing.T) {
	s, b, ann, _ := meeting(t, telegram.Options{})
	require.NoError(t, ann.SetPhoto(telegram.Picture(200, 200)))
	require.NoError(t, ann.SetPhoto(telegram.Picture(400, 400)))
	require.Error(t, ann.SetPhoto([]byte("no picture")))
	type photos struct {
		Total  int `json:"total_count"`
		Photos [][]struct{ Width int }
	}
	get := func(id int64, params ...string) photos {
		return result[photos](t, call(t, b, s, "getUserProfilePhotos", append(params, "user_id", fmt.Sprint(id))...))
	}
	p := get(ann.ID())
	assert.Equal(t, 2, p.Total)
	assert.Equal(t, 400, p.Photos[0][len(p.Photos[0])-1].Width, "newest first")
	assert.Contains(t, call(t, b, s, "getChat", "chat_id", fmt.Sprint(ann.ID())).raw, `"photo":{"small_file_id"`)
	p = get(ann.ID(), "offset", "1", "limit", "1")
	assert.Equal(t, 2, p.Total)
	assert.Len(t, p.Photos, 1)
	assert.Equal(t, "Bad Request: user not found", call(t, b, s, "getUserProfilePhotos", "user_id", "5").Description)
	assert.Equal(t, "Bad Request: invalid user_id specified", call(t, b, s, "getUserProfilePhotos").Description)

	require.True(t, upload(t, b, s, "setMyProfilePhoto", []part{{"me", "me.jpg", telegram.Picture(200, 200)}}, "photo", `{"type":"static","photo":"attach://me"}`).OK)
	require.True(t, upload(t, b, s, "setMyProfilePhoto", []part{{"me", "me.mp4", []byte("moving")}}, "photo", `{"type":"animated","animation":"attach://me"}`).OK)
	p = get(b.ID())
	assert.Equal(t, 2, p.Total)
	assert.Equal(t, 800, p.Photos[0][len(p.Photos[0])-1].Width, "newest first: the stand-in for a frame")
	require.True(t, call(t, b, s, "removeMyProfilePhoto").OK)
	assert.Equal(t, 1, get(b.ID()).Total)
	s.Reset()
	ann = s.NewUser("Ann")
	ann.Send(b, "hello again")
	assert.Zero(t, get(b.ID()).Total)
	for _, bad := range []string{"", "{", "[]", "{}", `{"type":"x"}`, `{"type":"static"}`, `{"type":"static","photo":"id"}`} {
		assert.Equal(t, 400, call(t, b, s, "setMyProfilePhoto", "photo", bad).Status, bad)
	}
}

func TestLargeFilesAreNotServed(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 20<<16) // 20 MiB
	for _, tt := range []struct {
		texts telegram.Profile
		size  int
		want  string
	}{
		{telegram.Cloud, len(big), ""},
		{telegram.Cloud, len(big) + 1, "Bad Request: file is too big"},
		{telegram.Local, len(big) + 1, ""},
	} {
		s, b, _, chat := meeting(t, telegram.Options{Texts: tt.texts})
		data := append(slices.Clip(big), big[:tt.size-len(big)]...)
		m := result[message](t, upload(t, b, s, "sendDocument", []part{{"document", "b.bin", data}}, "chat_id", chat))
		assert.Equal(t, tt.want, call(t, b, s, "getFile", "file_id", m.Document.ID).Description)
	}
}

func TestWhoServesFiles(t *testing.T) {
	get := func(url string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		require.NoError(t, err)
		status, body := fetch(t, req)
		return status, string(body)
	}
	type object struct {
		Path string `json:"file_path"`
	}
	notFound := `{"ok":false,"error_code":404,"description":"Not Found"}`

	s, b, _, chat := meeting(t, telegram.Options{})
	m := result[message](t, upload(t, b, s, "sendDocument", []part{{"document", "b.txt", []byte("b")}}, "chat_id", chat))
	f := result[object](t, call(t, b, s, "getFile", "file_id", m.Document.ID))
	assert.Equal(t, "documents/file_0.txt", f.Path)
	other := s.NewBot("other_bot")
	for _, url := range []string{
		s.URL() + "/file/bot" + b.Token() + "/documents/file_1.txt", s.URL() + "/file/bot" + b.Token(),
		s.URL() + "/file/bot" + other.Token() + "/" + f.Path, s.URL() + "/file/botx/" + f.Path, s.URL() + "/file/x",
	} {
		status, body := get(url)
		assert.Equal(t, 404, status)
		assert.Equal(t, notFound, body)
	}

	s, b, _, chat = meeting(t, telegram.Options{Texts: telegram.Local})
	m = result[message](t, upload(t, b, s, "sendDocument", []part{{"document", "b.txt", []byte("b")}}, "chat_id", chat))
	f = result[object](t, call(t, b, s, "getFile", "file_id", m.Document.ID))
	assert.Equal(t, fmt.Sprintf("/var/lib/telegram-bot-api/%d/documents/file_0.txt", b.ID()), f.Path)
	status, body := get(s.URL() + "/file/bot" + b.Token() + f.Path)
	assert.Equal(t, 404, status)
	assert.Equal(t, notFound, body)
}

func TestCallTakesUploads(t *testing.T) {
	s, b, ann, _ := meeting(t, telegram.Options{})
	_ = s
	raw, err := b.Call(t.Context(), "sendDocument", map[string]any{
		"chat_id": ann.ID(), "document": telegram.Upload{Name: "a.txt", Data: []byte("a")},
	})
	require.NoError(t, err)
	require.NoError(t, schema.ValidateReturn("sendDocument", raw))
}
