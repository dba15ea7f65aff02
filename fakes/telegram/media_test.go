package telegram_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
	"hookproof/fakes/telegram/schema"
)

// A part is a file of a multipart request.
type part struct {
	field, name string
	data        []byte
}

// upload calls a method as multipart/form-data, with files.
func upload(t *testing.T, b *telegram.Bot, s *telegram.Server, method string, parts []part, params ...string) answer {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(params); i += 2 {
		require.NoError(t, w.WriteField(params[i], params[i+1]))
	}
	for _, p := range parts {
		f, err := w.CreateFormFile(p.field, p.name)
		require.NoError(t, err)
		_, err = f.Write(p.data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL()+"/bot"+b.Token()+"/"+method, &body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	status, raw := fetch(t, req)
	a := answer{Status: status, raw: string(raw)}
	require.NoError(t, json.Unmarshal(raw, &a), "body: %s", raw)
	if a.OK {
		require.NoError(t, schema.ValidateReturn(method, a.Result), "%s answers %s", method, a.Result)
	}
	return a
}

func fetch(t *testing.T, req *http.Request) (status int, body []byte) {
	t.Helper()
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, body
}

// download gets a file by its file_id, as a bot does.
func download(t *testing.T, b *telegram.Bot, s *telegram.Server, id string) []byte {
	t.Helper()
	var f struct {
		Path string `json:"file_path"`
	}
	a := call(t, b, s, "getFile", "file_id", id)
	require.NoError(t, schema.ValidateReturn("getFile", a.Result), a.raw)
	require.NoError(t, json.Unmarshal(a.Result, &f))
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL()+"/file/bot"+b.Token()+"/"+f.Path, nil)
	require.NoError(t, err)
	status, body := fetch(t, req)
	require.Equal(t, 200, status, f.Path)
	return body
}

// A message is what the tests look at of a Message.
type message struct {
	ID    int64  `json:"message_id"`
	Album string `json:"media_group_id"`
	Photo []struct {
		ID            string `json:"file_id"`
		Width, Height int
	}
	Audio, Document, Video, Animation, Voice, Sticker, VideoNote *file
	LivePhoto                                                    *file `json:"live_photo"`
	Note                                                         *file `json:"video_note"`
	Caption                                                      string
	Above                                                        bool              `json:"show_caption_above_media"`
	Spoiler                                                      bool              `json:"has_media_spoiler"`
	NewPhoto                                                     []json.RawMessage `json:"new_chat_photo"`
	Gone                                                         bool              `json:"delete_chat_photo"`
	Update                                                       int64             `json:"update_id"`
}

type file struct {
	ID                      string `json:"file_id"`
	Name                    string `json:"file_name"`
	MIME                    string `json:"mime_type"`
	Size, Duration          int64
	Emoji, Title, Performer string
	Width, Height           int
	Thumbnail, Thumb        *file
	Start                   int64 `json:"start_timestamp"`
	Cover                   []file
	SetName                 string          `json:"set_name"`
	CustomEmojiID           string          `json:"custom_emoji_id"`
	Mask                    json.RawMessage `json:"mask_position"`
}

func result[T any](t *testing.T, a answer) T {
	t.Helper()
	require.True(t, a.OK, a.raw)
	var v T
	require.NoError(t, json.Unmarshal(a.Result, &v))
	return v
}

// meeting is a server with a bot that a person has written to.
func meeting(t *testing.T, o telegram.Options) (*telegram.Server, *telegram.Bot, *telegram.User, string) {
	t.Helper()
	s := serve(t, o)
	b := s.NewBot("photo_bot")
	ann := s.NewUser("Ann")
	ann.Send(b, "/start")
	return s, b, ann, fmt.Sprint(ann.ID())
}

func TestEveryFileComesBackAsItWasSent(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	photo, bytes1 := telegram.Picture(640, 480), []byte("some bytes")
	for _, tt := range []struct {
		method, field string
		data          []byte
		extra         []string
		captioned     bool
	}{
		{"sendPhoto", "photo", photo, []string{"has_spoiler", "true", "show_caption_above_media", "1"}, true},
		{"sendAudio", "audio", bytes1, []string{"duration", "7", "title", "T", "performer", "P"}, true},
		{"sendDocument", "document", bytes1, nil, true},
		{"sendVideo", "video", bytes1, []string{"width", "640", "height", "360", "supports_streaming", "true", "start_timestamp", "3"}, true},
		{"sendAnimation", "animation", bytes1, []string{"has_spoiler", "yes"}, true},
		{"sendVoice", "voice", bytes1, []string{"duration", "3"}, true},
		{"sendVideoNote", "video_note", bytes1, []string{"length", "240"}, false},
		{"sendSticker", "sticker", telegram.Picture(512, 512), []string{"emoji", "👍"}, false},
	} {
		t.Run(tt.method, func(t *testing.T) {
			params := append([]string{"chat_id", chat, "caption", "*a* b", "parse_mode", "Markdown"}, tt.extra...)
			a := upload(t, b, s, tt.method, []part{{tt.field, "f", tt.data}}, params...)
			require.True(t, a.OK, a.raw)
			m, err := ann.Chat(b).Wait(soon(t), func(m *telegram.Message) bool { return m.Kind == tt.field })
			require.NoError(t, err)
			got, err := m.Data()
			require.NoError(t, err)
			assert.Equal(t, tt.data, got)
			assert.Equal(t, tt.data, download(t, b, s, m.Files[0].ID))
			assert.Equal(t, tt.captioned, m.Text == "a b", "caption %q", m.Text)

			again := call(t, b, s, tt.method, "chat_id", chat, tt.field, m.Files[0].ID)
			require.True(t, again.OK, again.raw)
			require.NoError(t, schema.ValidateReturn(tt.method, again.Result), again.raw)
			assert.Contains(t, again.raw, m.Files[0].ID, "the same file keeps its file_id")
		})
	}
}

func TestPhotoCarriesWhatItsParametersSay(t *testing.T) {
	s, b, _, chat := meeting(t, telegram.Options{})
	m := result[message](t, upload(t, b, s, "sendPhoto", []part{{"photo", "p.jpg", telegram.Picture(1000, 500)}},
		"chat_id", chat, "caption", "hello", "has_spoiler", "true", "show_caption_above_media", "true"))
	require.Len(t, m.Photo, 4)
	assert.Equal(t, 1000, m.Photo[3].Width)
	assert.Equal(t, "hello", m.Caption)
	assert.True(t, m.Spoiler)
	assert.True(t, m.Above)
	config, _, err := image.DecodeConfig(bytes.NewReader(download(t, b, s, m.Photo[0].ID)))
	require.NoError(t, err)
	assert.Equal(t, 90, config.Width)
}

func TestDocumentCarriesNameThumbnailAndAttachedParts(t *testing.T) {
	s, b, _, chat := meeting(t, telegram.Options{})
	m := result[message](t, upload(t, b, s, "sendDocument",
		[]part{{"one", "report.pdf", []byte("%PDF")}, {"two", "t.jpg", telegram.Picture(320, 200)}},
		"chat_id", chat, "document", "attach://one", "thumbnail", "attach://two"))
	require.NotNil(t, m.Document)
	assert.Equal(t, "report.pdf", m.Document.Name)
	assert.Equal(t, "application/pdf", m.Document.MIME)
	require.NotNil(t, m.Document.Thumbnail)
	assert.Equal(t, m.Document.Thumbnail, m.Document.Thumb, "the old field stands beside the new one")
	assert.Equal(t, 200, m.Document.Thumbnail.Height)
}

func TestGIFIsAnAnimationAndADocument(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	gif := []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
	m := result[message](t, upload(t, b, s, "sendDocument", []part{{"document", "a.gif", gif}}, "chat_id", chat))
	require.NotNil(t, m.Animation)
	require.NotNil(t, m.Document)
	assert.Equal(t, m.Animation.ID, m.Document.ID)
	all := ann.Chat(b).Messages()
	assert.Equal(t, "animation", all[len(all)-1].Kind)
	m = result[message](t, upload(t, b, s, "sendDocument", []part{{"document", "a.gif", gif}},
		"chat_id", chat, "disable_content_type_detection", "true"))
	assert.Nil(t, m.Animation)
}

func TestVideoHasCoverAndStart(t *testing.T) {
	s, b, _, chat := meeting(t, telegram.Options{})
	m := result[message](t, upload(t, b, s, "sendVideo",
		[]part{{"video", "v.mp4", []byte("v")}, {"c", "c.jpg", telegram.Picture(320, 200)}},
		"chat_id", chat, "cover", "attach://c", "start_timestamp", "12"))
	assert.Len(t, m.Video.Cover, 2)
	assert.NotEmpty(t, download(t, b, s, m.Video.Cover[0].ID))
	assert.EqualValues(t, 12, m.Video.Start)
}

func TestLivePhotoIsAPhotoToo(t *testing.T) {
	s, b, _, chat := meeting(t, telegram.Options{})
	parts := []part{{"live_photo", "l.mp4", []byte("moving")}, {"photo", "p.jpg", telegram.Picture(100, 100)}}
	m := result[message](t, upload(t, b, s, "sendLivePhoto", parts, "chat_id", chat, "caption", "c"))
	require.NotNil(t, m.LivePhoto)
	assert.Len(t, m.Photo, 2)
	assert.Equal(t, []byte("moving"), download(t, b, s, m.LivePhoto.ID))
	assert.NotEmpty(t, download(t, b, s, m.Photo[0].ID))
	a := upload(t, b, s, "sendLivePhoto", parts[1:], "chat_id", chat)
	assert.Equal(t, "Bad Request: there is no live photo in the request", a.Description)
	a = upload(t, b, s, "sendLivePhoto", parts[:1], "chat_id", chat)
	assert.Equal(t, "Bad Request: there is no photo in the request", a.Description)
}

func TestFilesAreRefusedWithTheServersTexts(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	other := s.NewBot("other_bot")
	ann.Send(other, "hi")
	foreign := result[message](t, upload(t, other, s, "sendPhoto", []part{{"photo", "p.jpg", telegram.Picture(10, 10)}}, "chat_id", chat)).Photo[0].ID
	document := result[message](t, upload(t, b, s, "sendDocument", []part{{"document", "d", []byte("d")}}, "chat_id", chat)).Document.ID
	for _, tt := range []struct {
		name, method, value string
		params              []string
		want                string
	}{
		{"nothing", "sendPhoto", "", nil, "there is no photo in the request"},
		{"no such part", "sendPhoto", "attach://x", nil, "there is no photo in the request"},
		{"no note", "sendVideoNote", "", nil, "there is no video note in the request"},
		{"no voice", "sendVoice", "", nil, "there is no voice in the request"},
		{"no animation", "sendAnimation", "", nil, "there is no animation in the request"},
		{"no sticker", "sendSticker", "", nil, "there is no sticker in the request"},
		{"nothing comes before the chat", "sendPhoto", "", []string{"chat_id", "1"}, "there is no photo in the request"},
		{"the caption's markup comes before the chat", "sendPhoto", "x", []string{"chat_id", "1", "caption", "*", "parse_mode", "MarkdownV2"}, "can't parse entities: Can't find end of Bold entity at byte offset 0"},
		{"the chat comes before the file", "sendPhoto", "x!", []string{"chat_id", "1"}, "chat not found"},
		{"a bad character", "sendPhoto", "x!", nil, "wrong remote file identifier specified: Wrong character in the string"},
		{"a bad length", "sendPhoto", "AAAAA", nil, "wrong remote file identifier specified: Wrong string length"},
		{"a bad end", "sendPhoto", "AAAA", nil, "wrong remote file identifier specified: can't unserialize it. Wrong last symbol"},
		{"another bot's", "sendPhoto", foreign, nil, "wrong file identifier/HTTP URL specified"},
		{"another kind", "sendPhoto", document, nil, "can't use file of type Document as Photo"},
		{"an ftp URL", "sendPhoto", "ftp://example.com/a", nil, "invalid file HTTP URL specified: Unsupported URL protocol"},
		{"a long caption", "sendPhoto", "http://example.com/a.jpg", []string{"caption", strings.Repeat("x", 1025)}, "message caption is too long"},
		{"the file comes before the caption's length", "sendPhoto", "x!", []string{"caption", strings.Repeat("x", 1025)}, "wrong remote file identifier specified: Wrong character in the string"},
		{"no file_id", "getFile", "", nil, "file_id not specified"},
		{"a bad file_id", "getFile", "x!", nil, "invalid file_id"},
		{"a foreign file_id", "getFile", foreign, nil, "wrong file_id or the file is temporarily unavailable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			field := map[string]string{"sendPhoto": "photo", "getFile": "file_id"}[tt.method]
			params := append([]string{field, tt.value}, tt.params...)
			a := call(t, b, s, tt.method, append(params, "chat_id", chat)...)
			assert.Equal(t, "Bad Request: "+tt.want, a.Description)
			assert.Equal(t, 400, a.Status)
		})
	}
}

func TestUploadsAreRefusedWithTheBackEndsCodes(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	send := func(name string, data []byte) string {
		return upload(t, b, s, "sendPhoto", []part{{"photo", name, data}}, "chat_id", chat).Description
	}
	assert.Equal(t, "Bad Request: IMAGE_PROCESS_FAILED", send("a.jpg", []byte("no picture")))
	assert.Equal(t, "Bad Request: photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp", send("a.pdf", telegram.Picture(1, 1)))
	assert.Equal(t, "Bad Request: PHOTO_INVALID_DIMENSIONS", send("a.jpg", telegram.Picture(210, 10)))
	assert.Equal(t, "Bad Request: file must be non-empty", send("a.jpg", nil))
	ann.Block(b)
	assert.Equal(t, "Bad Request: file must be non-empty", send("a.jpg", nil), "the server itself comes first")
	assert.Equal(t, "Forbidden: bot was blocked by the user", send("a.jpg", []byte("no picture")))
}

func TestFileFromURLIsAStandIn(t *testing.T) {
	s, b, _, chat := meeting(t, telegram.Options{})
	m := result[message](t, call(t, b, s, "sendPhoto", "chat_id", chat, "photo", "https://example.invalid/cat.png"))
	require.NotEmpty(t, m.Photo)
	_, _, err := image.DecodeConfig(bytes.NewReader(download(t, b, s, m.Photo[0].ID)))
	require.NoError(t, err)
	d := result[message](t, call(t, b, s, "sendDocument", "chat_id", chat, "document", "example.invalid/a.zip"))
	assert.Equal(t, "a.zip", d.Document.Name)
}

func TestRightsToSendMedia(t *testing.T) {
	s, b, ann, _ := meeting(t, telegram.Options{})
	group := s.NewSupergroup("G", ann, b)
	id := fmt.Sprint(group.ID())
	require.NoError(t, ann.Promote(b, group, "can_restrict_members"))
	require.True(t, call(t, b, s, "setChatPermissions", "chat_id", id, "permissions", `{"can_send_messages":true}`, "use_independent_chat_permissions", "true").OK)
	require.NoError(t, ann.Promote(b, group))
	for _, s2 := range [][3]string{
		{"sendPhoto", "photo", "photos"}, {"sendAudio", "audio", "music"}, {"sendVideoNote", "video_note", "video notes"},
		{"sendSticker", "sticker", "stickers"}, {"sendVoice", "voice", "voice notes"}, {"sendAnimation", "animation", "animations"},
	} {
		a := call(t, b, s, s2[0], "chat_id", id, s2[1], "http://example.com/a.jpg")
		assert.Equal(t, "Bad Request: not enough rights to send "+s2[2]+" to the chat", a.Description)
	}
	assert.True(t, call(t, b, s, "sendMessage", "chat_id", id, "text", "x").OK)
}

func TestForwardsAndCopiesKeepTheFile(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	group := s.NewGroup("G", ann, b)
	to := fmt.Sprint(group.ID())
	m := result[message](t, upload(t, b, s, "sendDocument", []part{{"document", "d.txt", []byte("d")}}, "chat_id", chat, "caption", "c"))
	f := result[message](t, call(t, b, s, "forwardMessage", "chat_id", to, "from_chat_id", chat, "message_id", fmt.Sprint(m.ID)))
	assert.Equal(t, m.Document.ID, f.Document.ID)
	require.True(t, call(t, b, s, "copyMessage", "chat_id", to, "from_chat_id", chat, "message_id", fmt.Sprint(m.ID), "caption", "new").OK)
	last := group.Messages()[len(group.Messages())-1]
	assert.Equal(t, "new", last.Text)
	assert.Equal(t, m.Document.ID, last.Files[0].ID)
	require.NoError(t, schema.Validate("Message", last.JSON()))
}

// A real client's uploads, albums and downloads work.
func TestRealClientSendsFiles(t *testing.T) {
	s, account, ann, _ := meeting(t, telegram.Options{})
	b, err := bot.New(account.Token(), bot.WithServerURL(s.URL()))
	require.NoError(t, err)
	picture := telegram.Picture(300, 200)
	ctx := soon(t)
	m, err := b.SendPhoto(ctx, &bot.SendPhotoParams{
		ChatID: ann.ID(), Photo: &models.InputFileUpload{Filename: "p.jpg", Data: bytes.NewReader(picture)}, Caption: "one",
	})
	require.NoError(t, err)
	f, err := b.GetFile(ctx, &bot.GetFileParams{FileID: m.Photo[len(m.Photo)-1].FileID})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(ctx, "GET", b.FileDownloadLink(f), nil)
	require.NoError(t, err)
	status, got := fetch(t, req)
	require.Equal(t, 200, status)
	assert.Equal(t, picture, got)
	group, err := b.SendMediaGroup(ctx, &bot.SendMediaGroupParams{ChatID: ann.ID(), Media: []models.InputMedia{
		&models.InputMediaPhoto{Media: "attach://a.jpg", MediaAttachment: bytes.NewReader(picture), Caption: "two"},
		&models.InputMediaPhoto{Media: m.Photo[0].FileID},
	}})
	require.NoError(t, err)
	assert.Equal(t, group[0].MediaGroupID, group[1].MediaGroupID)
	e, err := s.WaitEvent(ctx, func(e telegram.Event) bool { return e.Method == "sendPhoto" })
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf(`[file "p.jpg", %d bytes]`, len(picture)), e.Params["photo"])
}

func TestCopiesTakeCaptionsOfTheirOwn(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	m := result[message](t, call(t, b, s, "sendPhoto", "chat_id", chat, "photo", "http://example.com/a.jpg", "caption", "old"))
	id := fmt.Sprint(m.ID)
	a := call(t, b, s, "copyMessage", "chat_id", chat, "from_chat_id", chat, "message_id", id, "caption", strings.Repeat("x", 1025))
	assert.Equal(t, "Bad Request: message caption is too long", a.Description)
	require.True(t, call(t, b, s, "copyMessage", "chat_id", chat, "from_chat_id", chat, "message_id", id, "caption", "  new "+ann.Name()+" ").OK)
	all := ann.Chat(b).Messages()
	assert.Equal(t, "new Ann", all[len(all)-1].Text)
}

func TestUploadsAtOnce(t *testing.T) {
	s, b, ann, chat := meeting(t, telegram.Options{})
	picture := telegram.Picture(800, 600)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			assert.True(t, call(t, b, s, "sendMessage", "chat_id", chat, "text", "x").OK)
			assert.True(t, upload(t, b, s, "sendPhoto", []part{{"photo", "p.jpg", picture}}, "chat_id", chat).OK)
			_, err := ann.SendPhoto(b, picture, "")
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Len(t, ann.Chat(b).Messages(), 1+3*8)
}
