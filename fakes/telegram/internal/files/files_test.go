package files_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/files"
	"hookproof/fakes/telegram/schema"
)

const bot = 123456789

func picture(t *testing.T, format string, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	var b bytes.Buffer
	var err error
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "png":
		err = png.Encode(&b, img)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	require.NoError(t, err)
	return b.Bytes()
}

func keep(t *testing.T, s *files.Store, kind files.Kind, up files.Upload, meta files.Meta) *files.Media {
	t.Helper()
	m, err := files.Read(kind, up, meta)
	require.NoError(t, err)
	s.Keep(m)
	return m
}

func TestPhotoHasTheSizesThatItsDimensionsGive(t *testing.T) {
	for _, tt := range []struct {
		format     string
		w, h       int
		wantWidths [][2]int
	}{
		{"jpeg", 1, 1, [][2]int{{1, 1}}},
		{"jpeg", 90, 60, [][2]int{{90, 60}}},
		{"png", 91, 60, [][2]int{{90, 59}, {91, 60}}},
		{"png", 800, 600, [][2]int{{90, 68}, {320, 240}, {800, 600}}},
		{"gif", 600, 800, [][2]int{{68, 90}, {240, 320}, {600, 800}}},
		{"jpeg", 3000, 1500, [][2]int{{90, 45}, {320, 160}, {800, 400}, {1280, 640}, {2560, 1280}}},
	} {
		s := files.New(0, 1)
		data := picture(t, tt.format, tt.w, tt.h)
		m := keep(t, s, files.Photo, files.Upload{Name: "p." + tt.format, Data: data}, files.Meta{})
		raw := s.AppendMedia(nil, bot, m)
		require.NoError(t, schema.Validate("Array of PhotoSize", raw), "%s", raw)

		var sizes []struct {
			ID            string `json:"file_id"`
			Size          int    `json:"file_size"`
			Width, Height int
		}
		require.NoError(t, json.Unmarshal(raw, &sizes))
		var got [][2]int
		for _, size := range sizes {
			got = append(got, [2]int{size.Width, size.Height})
			assert.True(t, strings.HasPrefix(size.ID, "AgACAgIAAxkB"), size.ID)
			assertDownload(t, s, size.ID, size.Size, size.Width, size.Height)
		}
		assert.Equal(t, tt.wantWidths, got)
	}
}

// assertDownload gets a photo's file and finds in it what was announced.
func assertDownload(t *testing.T, s *files.Store, id string, size, w, h int) {
	t.Helper()
	raw, err := s.AppendFile(nil, bot, id)
	require.NoError(t, err)
	require.NoError(t, schema.Validate("File", raw))
	var f struct {
		Path string `json:"file_path"`
		Size int    `json:"file_size"`
	}
	require.NoError(t, json.Unmarshal(raw, &f))
	assert.Regexp(t, `^photos/file_\d+\.jpg$`, f.Path)
	data, ok := s.Download(bot, f.Path)
	require.True(t, ok)
	assert.Len(t, data, size)
	assert.Equal(t, size, f.Size)
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	require.NoError(t, err)
	assert.Equal(t, "jpeg", format)
	assert.Equal(t, [2]int{w, h}, [2]int{config.Width, config.Height})
}

func TestScaledPhotoShowsTheSame(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 400, 200))
	draw.Draw(img, image.Rect(200, 0, 400, 200), image.White, image.Point{}, draw.Src)
	var data bytes.Buffer
	require.NoError(t, png.Encode(&data, img))
	s := files.New(0, 1)
	m := keep(t, s, files.Photo, files.Upload{Data: data.Bytes()}, files.Meta{})
	path, ok := s.Path(bot, m.Sizes[0])
	require.True(t, ok)
	small, ok := s.Download(bot, path)
	require.True(t, ok)
	got, err := jpeg.Decode(bytes.NewReader(small))
	require.NoError(t, err)
	assert.Equal(t, image.Rect(0, 0, 90, 45), got.Bounds())
	left, _, _, _ := got.At(20, 20).RGBA()
	right, _, _, _ := got.At(70, 20).RGBA()
	assert.Less(t, left, uint32(0x1000))
	assert.Greater(t, right, uint32(0xf000))
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind files.Kind
		up   files.Upload
		want string
	}{
		{"empty", files.Document, files.Upload{Name: "a.txt"}, "File must be non-empty"},
		{"no image", files.Photo, files.Upload{Name: "a.jpg", Data: []byte("text")}, "IMAGE_PROCESS_FAILED"},
		{"wide", files.Photo, files.Upload{Data: picture(t, "png", 420, 20)}, "PHOTO_INVALID_DIMENSIONS"},
		{"huge", files.Photo, files.Upload{Data: picture(t, "png", 9000, 1001)}, "PHOTO_INVALID_DIMENSIONS"},
		{"extension", files.Photo, files.Upload{Name: "a.pdf", Data: picture(t, "png", 9, 9)}, "PHOTO_EXT_INVALID"},
		{"heavy", files.Photo, files.Upload{Data: make([]byte, files.MaxPhoto+1)},
			"File of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := files.Read(tt.kind, tt.up, files.Meta{})
			var refusal *files.Error
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, tt.want, refusal.Text)
		})
	}
}

func TestWideAsAllowedIsTaken(t *testing.T) {
	_, err := files.Read(files.Photo, files.Upload{Data: picture(t, "png", 400, 20)}, files.Meta{})
	require.NoError(t, err)
}

func TestObjects(t *testing.T) {
	thumb := &files.Upload{Data: picture(t, "jpeg", 100, 50)}
	for _, tt := range []struct {
		name string
		kind files.Kind
		up   files.Upload
		meta files.Meta
		typ  string
		want string // with ids and sizes left out
	}{
		{"document", files.Document, files.Upload{Name: `C:\dir\report.PDF`, Data: []byte("x")}, files.Meta{}, "Document",
			`{"file_name":"report.PDF","mime_type":"application/pdf",FILE}`},
		{"document without extension", files.Document, files.Upload{Name: "Makefile", Data: []byte("x")}, files.Meta{}, "Document",
			`{"file_name":"Makefile","mime_type":"application/octet-stream",FILE}`},
		{"document without name", files.Document, files.Upload{Data: []byte("x")}, files.Meta{Thumbnail: thumb}, "Document",
			`{"mime_type":"application/octet-stream","thumbnail":{FILE,"width":100,"height":50},"thumb":{FILE,"width":100,"height":50},FILE}`},
		{"video", files.Video, files.Upload{Name: "a.mp4", Data: []byte("x")}, files.Meta{Width: 640, Height: 99999, Duration: -5}, "Video",
			`{"duration":0,"width":640,"height":10000,"file_name":"a.mp4","mime_type":"video/mp4",FILE}`},
		{"audio", files.Audio, files.Upload{Name: "a", Data: []byte("x")}, files.Meta{Duration: 3, Title: "T", Performer: "Ünal"}, "Audio",
			`{"duration":3,"file_name":"a","mime_type":"audio/mpeg","title":"T","performer":"\u00dcnal",FILE}`},
		{"voice", files.Voice, files.Upload{Name: "a", Data: []byte("x")}, files.Meta{Duration: 3}, "Voice",
			`{"duration":3,"mime_type":"audio/ogg",FILE}`},
		{"video note", files.VideoNote, files.Upload{Name: "a", Data: []byte("x")}, files.Meta{Duration: 3}, "VideoNote",
			`{"duration":3,"length":240,FILE}`},
		{"animation", files.Animation, files.Upload{Name: "a.gif", Data: picture(t, "gif", 30, 20)}, files.Meta{Duration: 1}, "Animation",
			`{"file_name":"a.gif","mime_type":"image/gif","duration":1,"width":30,"height":20,` +
				`"thumbnail":{FILE,"width":30,"height":20},"thumb":{FILE,"width":30,"height":20},FILE}`},
		{"a GIF sent as a document", files.Document, files.Upload{Name: "a.gif", Data: picture(t, "gif", 30, 20)}, files.Meta{}, "Animation",
			`{"file_name":"a.gif","mime_type":"image/gif","duration":0,"width":30,"height":20,` +
				`"thumbnail":{FILE,"width":30,"height":20},"thumb":{FILE,"width":30,"height":20},FILE}`},
		{"sticker", files.Sticker, files.Upload{Name: "a.webp", Data: webp(300, 400)}, files.Meta{Emoji: "😀"}, "Sticker",
			`{"width":300,"height":400,"emoji":"\ud83d\ude00","is_animated":false,"is_video":false,"type":"regular",FILE}`},
		{"animated sticker", files.Sticker, files.Upload{Data: []byte("\x1f\x8b...")}, files.Meta{}, "Sticker",
			`{"width":512,"height":512,"is_animated":true,"is_video":false,"type":"regular",FILE}`},
		{"video sticker", files.Sticker, files.Upload{Name: "a.webm", Data: []byte("x")}, files.Meta{SetName: "set"}, "Sticker",
			`{"width":512,"height":512,"set_name":"set","is_animated":false,"is_video":true,"type":"regular",FILE}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := files.New(0, 1)
			raw := s.AppendMedia(nil, bot, keep(t, s, tt.kind, tt.up, tt.meta))
			assert.Equal(t, tt.want, withoutFiles(raw))
			assert.NoError(t, schema.Validate(tt.typ, raw))
		})
	}
}

func TestAnimationIsADocumentToo(t *testing.T) {
	s := files.New(0, 1)
	m := keep(t, s, files.Animation, files.Upload{Name: "a.mp4", Data: []byte("x")}, files.Meta{Width: 5})
	raw := s.AppendAnimationDocument(nil, bot, m)
	assert.Equal(t, `{"file_name":"a.mp4","mime_type":"video/mp4",FILE}`, withoutFiles(raw))
	assert.NoError(t, schema.Validate("Document", raw))
	assert.Equal(t, "animation", m.Kind.Field())
}

func TestEveryKindHasItsPlaceInAMessage(t *testing.T) {
	message, ok := schema.Type("Message")
	require.True(t, ok)
	for _, k := range []files.Kind{
		files.Photo, files.Voice, files.Video, files.Document, files.Sticker, files.Audio, files.Animation, files.VideoNote,
	} {
		_, ok := message.Field(k.Field())
		assert.True(t, ok, k)
	}
}

// withoutFiles replaces the fields that all files have by FILE.
func withoutFiles(raw []byte) string {
	s := string(raw)
	for {
		from := strings.Index(s, `"file_id":`)
		if from < 0 {
			return s
		}
		to := from + strings.Index(s[from:], `"file_size":`) + len(`"file_size":`)
		for s[to] >= '0' && s[to] <= '9' {
			to++
		}
		s = s[:from] + "FILE" + s[to:]
	}
}

// webp makes the head of a lossy WebP image.
func webp(w, h int) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WEBPVP8 \x00\x00\x00\x00\x00\x00\x00\x9d\x01\x2a")
	return append(b, byte(w), byte(w>>8), byte(h), byte(h>>8), 0)
}

func TestDocumentKeepsItsBytes(t *testing.T) {
	s := files.New(0, 1)
	data := picture(t, "png", 40, 40)
	m := keep(t, s, files.Document, files.Upload{Name: "a.png", Data: data}, files.Meta{})
	raw, err := s.AppendFile(nil, bot, s.FileID(bot, m.File()))
	require.NoError(t, err)
	assert.Contains(t, string(raw), `"file_path":"documents/file_0.png"`)
	again, err := s.AppendFile(nil, bot, s.FileID(bot, m.File()))
	require.NoError(t, err)
	assert.Equal(t, string(raw), string(again), "the path is the same each time")
	got, ok := s.Download(bot, "documents/file_0.png")
	require.True(t, ok)
	assert.Equal(t, data, got)
	_, ok = s.Download(bot+1, "documents/file_0.png")
	assert.False(t, ok, "a path belongs to one bot")
	_, ok = s.Download(bot, "documents/file_1.png")
	assert.False(t, ok)
}

func TestPathNames(t *testing.T) {
	s := files.New(0, 1)
	for i, tt := range []struct {
		kind files.Kind
		name string
		want string
	}{
		{files.Voice, "", "voice/file_0.oga"},
		{files.Audio, "song.M4A", "music/file_1.m4a"},
		{files.Document, "none", "documents/file_2"},
		{files.Document, "a.tar.gz", "documents/file_3.gz"},
		{files.Document, "a.../../x", "documents/file_4"},
		{files.VideoNote, "", "video_notes/file_5.mp4"},
		{files.Sticker, "", "stickers/file_6.webp"},
		{files.Animation, "", "animations/file_7.mp4"},
		{files.Video, "", "videos/file_8.mp4"},
	} {
		m := keep(t, s, tt.kind, files.Upload{Name: tt.name, Data: []byte{byte(i)}}, files.Meta{})
		path, ok := s.Path(bot, m.File())
		require.True(t, ok)
		assert.Equal(t, tt.want, path)
	}
}

func TestGetFileRefuses(t *testing.T) {
	s := files.New(1<<30, 1)
	big := keep(t, s, files.Document, files.Upload{Data: make([]byte, files.MaxDownload+1)}, files.Meta{})
	just := keep(t, s, files.Document, files.Upload{Data: make([]byte, files.MaxDownload)}, files.Meta{})
	for _, tt := range []struct{ name, id, want string }{
		{"junk", "junk!", "Invalid file_id"},
		{"foreign", s.FileID(bot+1, just.File()), "Wrong file_id or the file is temporarily unavailable"},
		{"big", s.FileID(bot, big.File()), "File is too big"},
	} {
		_, err := s.AppendFile(nil, bot, tt.id)
		assert.EqualError(t, err, tt.want, tt.name)
	}
	_, err := s.AppendFile(nil, bot, s.FileID(bot, just.File()))
	require.NoError(t, err)
}

func TestMalformedIDs(t *testing.T) {
	s := files.New(0, 1)
	m := keep(t, s, files.Document, files.Upload{Data: []byte("x")}, files.Meta{})
	good := s.FileID(bot, m.File())
	require.True(t, strings.HasPrefix(good, "BQACAgIAAxkB"), good)
	const wrong = "Wrong remote file identifier specified: "
	for _, tt := range []struct{ name, id, want string }{
		{"character", good[:9] + "!" + good[10:], wrong + "Wrong character in the string"},
		{"plus is not url-safe", "AAA+", wrong + "Wrong character in the string"},
		{"length", "AAAAA", wrong + "Wrong string length"},
		{"spare bits of two", "AB", wrong + "Wrong padding in the string"},
		{"spare bits of three", "AAB", wrong + "Wrong padding in the string"},
		{"too much padding", "A===", wrong + "Wrong string padding"},
		{"padding short", "AA=", wrong + "Wrong padding length"},
		{"last symbol", "AAAA", wrong + "can't unserialize it. Wrong last symbol"},
		{"truncated", "AgAE", wrong + "can't unserialize it"},
		{"empty", "", "Remote file identifier can't be empty"},
		{"of another bot", s.FileID(bot+1, m.File()), "Wrong file identifier/HTTP URL specified"},
		{"of another world", files.New(0, 2).FileID(bot, m.File()), "Wrong file identifier/HTTP URL specified"},
	} {
		_, err := s.Find(bot, tt.id)
		assert.EqualError(t, err, tt.want, tt.name)
	}
	f, err := s.Find(bot, good)
	require.NoError(t, err)
	assert.Same(t, m.File(), f)
}

func TestOneChangedCharacterIsNoticed(t *testing.T) {
	s := files.New(0, 1)
	keep(t, s, files.Document, files.Upload{Data: []byte("y")}, files.Meta{})
	m := keep(t, s, files.Photo, files.Upload{Data: picture(t, "png", 5, 5)}, files.Meta{})
	id := s.FileID(bot, m.File())
	for i := range id {
		letter := "A"
		if id[i] == 'A' {
			letter = "B"
		}
		changed := id[:i] + letter + id[i+1:]
		_, err := s.Find(bot, changed)
		assert.Error(t, err, "%d: %s", i, changed)
	}
}

func TestUniqueIDIsTheSameForAllBots(t *testing.T) {
	s := files.New(0, 1)
	m := keep(t, s, files.Document, files.Upload{Data: []byte("x")}, files.Meta{})
	one, two := string(s.AppendMedia(nil, 1, m)), string(s.AppendMedia(nil, 2, m))
	assert.NotEqual(t, one, two)
	assert.Equal(t, after(one, "file_unique_id"), after(two, "file_unique_id"))
	p := keep(t, s, files.Photo, files.Upload{Data: picture(t, "png", 100, 100)}, files.Meta{})
	assert.NotEqual(t, s.UniqueID(p.Sizes[0]), s.UniqueID(p.Sizes[1]))
}

func after(s, field string) string { return s[strings.Index(s, field):] }

func TestReuse(t *testing.T) {
	s := files.New(0, 1)
	photo := keep(t, s, files.Photo, files.Upload{Data: picture(t, "png", 100, 100)}, files.Meta{})
	doc := keep(t, s, files.Document, files.Upload{Name: "a.png", Data: picture(t, "png", 100, 100)}, files.Meta{})

	m, err := s.Reuse(bot, s.FileID(bot, photo.Sizes[0]), files.Photo)
	require.NoError(t, err)
	assert.Same(t, photo, m, "any size stands for the photo")
	m, err = s.Reuse(bot, s.FileID(bot, doc.File()), files.Video)
	require.NoError(t, err)
	assert.Same(t, doc, m, "a document stays what it is")

	_, err = s.Reuse(bot, s.FileID(bot, photo.File()), files.Document)
	assert.EqualError(t, err, "Can't use file of type Photo as Document")
	_, err = s.Reuse(bot, s.FileID(bot, doc.File()), files.Photo)
	assert.EqualError(t, err, "Can't use file of type Document as Photo")
	_, err = s.Reuse(bot, s.FileID(bot, doc.Thumb), files.Photo)
	assert.EqualError(t, err, "Can't use file of type Thumbnail as Photo")
	_, err = s.Reuse(bot, "AAAA", files.Photo)
	assert.Error(t, err)
}

func TestOldestBytesGoFirst(t *testing.T) {
	s := files.New(10, 1)
	old := keep(t, s, files.Document, files.Upload{Data: make([]byte, 6)}, files.Meta{})
	path, ok := s.Path(bot, old.File())
	require.True(t, ok)
	young := keep(t, s, files.Document, files.Upload{Data: make([]byte, 5)}, files.Meta{})
	assert.Equal(t, int64(5), s.Used())

	_, ok = s.Download(bot, path)
	assert.False(t, ok)
	_, err := s.AppendFile(nil, bot, s.FileID(bot, old.File()))
	assert.EqualError(t, err, "Wrong file_id or the file is temporarily unavailable")
	_, err = s.Reuse(bot, s.FileID(bot, old.File()), files.Document)
	assert.NoError(t, err, "it can be sent again all the same")
	_, err = s.AppendFile(nil, bot, s.FileID(bot, young.File()))
	assert.NoError(t, err)
}

func TestOldestFilesAreForgotten(t *testing.T) {
	s := files.New(0, 1)
	first := keep(t, s, files.Document, files.Upload{Data: []byte("ab")}, files.Meta{})
	path, ok := s.Path(bot, first.File())
	require.True(t, ok)
	second := keep(t, s, files.Document, files.Upload{Data: []byte("cde")}, files.Meta{})
	for range files.MaxFiles - 1 {
		keep(t, s, files.Document, files.Upload{Data: []byte("x")}, files.Meta{})
	}

	_, err := s.Find(bot, s.FileID(bot, first.File()))
	assert.True(t, files.Foreign(err), "%v", err)
	_, ok = s.Download(bot, path)
	assert.False(t, ok)
	_, err = s.Find(bot, s.FileID(bot, second.File()))
	assert.NoError(t, err)
	assert.EqualValues(t, 3+files.MaxFiles-1, s.Used(), "the bytes of the first are gone")
}

// A file without bytes is forgotten, too, and no other loses its bytes for it.
func TestForgottenFileMayHaveNoBytes(t *testing.T) {
	s := files.New(2*files.MaxFiles, 1)
	keep(t, s, files.Document, files.Upload{Data: make([]byte, files.MaxFiles+2)}, files.Meta{})
	for range files.MaxFiles {
		keep(t, s, files.Document, files.Upload{Data: []byte("x")}, files.Meta{})
	}
	assert.EqualValues(t, files.MaxFiles, s.Used())
}

func TestFromURL(t *testing.T) {
	for _, tt := range []struct {
		kind             files.Kind
		url, name, error string
	}{
		{files.Photo, "https://example.com/a.png", "photo.jpg", ""},
		{files.Document, "example.com/dir/a.pdf?x=1", "a.pdf", ""},
		{files.Document, "https://example.com", "", ""},
		{files.Document, "ftp://example.com/a", "", "Invalid file HTTP URL specified: Unsupported URL protocol"},
		{files.Document, "HTTPS://bob:secret@example.com/a%20b.txt#c/d", "a%20b.txt", ""},
		{files.Document, "http:///a.b", "", "Invalid file HTTP URL specified: URL host is empty"},
		{files.Document, "https://.", "", "Invalid file HTTP URL specified: Host is invalid"},
		{files.Document, "http://a.b:0/", "", "Invalid file HTTP URL specified: Wrong port number specified in the URL"},
		{files.Document, "http://[1.2]/", "", "Invalid file HTTP URL specified: Wrong IPv6 address specified in the URL"},
		{files.Document, "http://:80/a.b", "", "Invalid file HTTP URL specified: Disallowed character in URL host"},
		{files.Document, "http://a b.c", "", "Invalid file HTTP URL specified: Disallowed character in URL host"},
	} {
		require.True(t, files.IsURL(tt.url))
		up, err := files.FromURL(tt.kind, tt.url)
		if tt.error != "" {
			assert.EqualError(t, err, tt.error)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, tt.name, up.Name)
		_, err = files.Read(tt.kind, up, files.Meta{})
		assert.NoError(t, err)
	}
	assert.False(t, files.IsURL("BQACAgIAAxkB"))
}

func TestBadThumbnailIsIgnored(t *testing.T) {
	m, err := files.Read(files.Document, files.Upload{Data: []byte("x")}, files.Meta{Thumbnail: &files.Upload{Data: []byte("no image")}})
	require.NoError(t, err)
	assert.Nil(t, m.Thumb)
}

func BenchmarkReadPhoto(b *testing.B) {
	var data bytes.Buffer
	require.NoError(b, jpeg.Encode(&data, image.NewRGBA(image.Rect(0, 0, 4000, 3000)), nil))
	for b.Loop() {
		_, err := files.Read(files.Photo, files.Upload{Data: data.Bytes()}, files.Meta{})
		require.NoError(b, err)
	}
}

func FuzzFind(f *testing.F) {
	s := files.New(0, 1)
	m, err := files.Read(files.Document, files.Upload{Data: []byte("x")}, files.Meta{})
	require.NoError(f, err)
	s.Keep(m)
	good := s.FileID(bot, m.File())
	f.Add(good)
	f.Add("AgAE")
	f.Fuzz(func(t *testing.T, id string) {
		_, err := s.Find(bot, id)
		var refusal *files.Error
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("%q: %v", id, err)
		}
		if err == nil && id != good {
			t.Fatalf("%q is taken for %q", id, good)
		}
	})
}

func FuzzReadPhoto(f *testing.F) {
	f.Add(webp(3, 4))
	f.Add([]byte("\xff\xd8\xff"))
	f.Add([]byte("GIF89a\x01\x00\x01\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []files.Kind{files.Photo, files.Sticker, files.Document} {
			m, err := files.Read(kind, files.Upload{Name: "a.webp", Data: data}, files.Meta{})
			if err == nil && m.File().Size == 0 {
				t.Fatal("an empty file")
			}
		}
	})
}
