package telegram

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"slices"

	"hookproof/fakes/telegram/internal/engine"
	"hookproof/fakes/telegram/internal/files"
)

// An Upload is a file to send: a parameter of [Bot.Call].
type Upload struct {
	Name string
	Data []byte
}

// A Media is a file that a person sends, see [User.SendMedia].
type Media struct {
	// Kind is the message's field: "photo", "video", "animation", "audio",
	// "document", "voice", "video_note" or "sticker".
	Kind    string
	Name    string // of the file; its extension tells the MIME type
	Data    []byte
	Caption string
	Spoiler bool

	Width, Height    int    // pixels, of videos and animations
	Duration         int    // seconds, of sounds and videos
	Title, Performer string // of audio files
	Emoji            string // of stickers
}

// A File is a file that a message carries.
type File struct {
	ID       string // file_id, as the bot knows it that sent the message or sees it
	UniqueID string
	Name     string // "" where Telegram keeps none: of photos, voice messages and video notes
	MIME     string // "" of photos
	Size     int64  // bytes
	data     []byte
}

// SendMedia sends a file. The error tells why Telegram's apps would not take
// it, for example a photo that is no picture.
func (u *User) SendMedia(to Peer, m Media) (*Message, error) {
	sent, err := u.SendAlbum(to, m)
	if err != nil {
		return nil, err
	}
	return sent[0], nil
}

// SendAlbum sends files as an album: each is a message and an update of its
// own, with the media_group_id in common.
func (u *User) SendAlbum(to Peer, items ...Media) ([]*Message, error) {
	if len(items) == 0 {
		return nil, errors.New("send an album: it has no files")
	}
	c := to.chat(u)
	var posts []engine.FilePost
	for _, m := range items {
		posts = append(posts, m.post())
	}
	sent, err := u.s.world.PostFiles(u.u, c.c, posts...)
	if err != nil {
		return nil, err
	}
	var out []*Message
	for _, m := range sent {
		out = append(out, c.message(m))
	}
	return out, nil
}

func (m Media) post() engine.FilePost {
	return engine.FilePost{
		Kind: m.Kind, Caption: m.Caption, Spoiler: m.Spoiler, File: files.Upload{Name: m.Name, Data: slices.Clone(m.Data)},
		Meta: files.Meta{
			Width: m.Width, Height: m.Height, Length: m.Width, Duration: m.Duration,
			Title: m.Title, Performer: m.Performer, Emoji: m.Emoji,
		},
	}
}

// SendPhoto sends a picture, which Telegram makes several sizes of. See
// [Picture] for one to send.
func (u *User) SendPhoto(to Peer, data []byte, caption string) (*Message, error) {
	return u.SendMedia(to, Media{Kind: "photo", Name: "photo.jpg", Data: data, Caption: caption})
}

// SendDocument sends a file as it is.
func (u *User) SendDocument(to Peer, name string, data []byte, caption string) (*Message, error) {
	return u.SendMedia(to, Media{Kind: "document", Name: name, Data: data, Caption: caption})
}

// SendVideo sends a video of so many seconds.
func (u *User) SendVideo(to Peer, data []byte, seconds int, caption string) (*Message, error) {
	return u.SendMedia(to, Media{Kind: "video", Name: "video.mp4", Data: data, Duration: seconds, Width: 640, Height: 360, Caption: caption})
}

// SendAudio sends a piece of music of so many seconds.
func (u *User) SendAudio(to Peer, name string, data []byte, seconds int) (*Message, error) {
	return u.SendMedia(to, Media{Kind: "audio", Name: name, Data: data, Duration: seconds})
}

// SendVoice sends a voice message of so many seconds.
func (u *User) SendVoice(to Peer, data []byte, seconds int) (*Message, error) {
	return u.SendMedia(to, Media{Kind: "voice", Name: "voice.ogg", Data: data, Duration: seconds})
}

// SendSticker sends a sticker: a WebP or PNG picture, or an animation.
func (u *User) SendSticker(to Peer, data []byte, emoji string) (*Message, error) {
	return u.SendMedia(to, Media{Kind: "sticker", Name: "sticker.webp", Data: data, Emoji: emoji})
}

// SetPhoto gives the person a new profile photo, of at least 160 by 160 pixels.
func (u *User) SetPhoto(data []byte) error {
	return u.s.world.SetPhoto(u.u, files.Upload{Name: "photo.jpg", Data: slices.Clone(data)})
}

// Picture makes a JPEG of the given size, for tests that need one to send.
func Picture(width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	blue := image.NewUniform(color.RGBA{R: 0x40, G: 0x80, B: 0xc0, A: 0xff})
	draw.Draw(img, img.Bounds(), blue, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(fmt.Sprintf("telegram: no JPEG can be %d by %d pixels: %v", width, height, err))
	}
	return b.Bytes()
}

// Data returns the bytes of the message's file, as the bot uploaded it or a
// person sent it; of a photo, those of its largest size. It fails if there is
// no file, or if the server, which keeps 256 MiB, no longer has the bytes.
func (m *Message) Data() ([]byte, error) {
	if len(m.Files) == 0 {
		return nil, fmt.Errorf("message %d carries no file: %s", m.ID, m)
	}
	return m.Files[0].Data()
}

// Data returns the bytes of the file.
func (f File) Data() ([]byte, error) {
	if f.data == nil {
		return nil, fmt.Errorf("the file %q is no longer kept", f.Name)
	}
	return slices.Clone(f.data), nil
}

// filesOf are the files of a message; the world is held still.
func filesOf(m *engine.Message) []File {
	var out []File
	for _, f := range m.Files(m.AnyBot()) {
		out = append(out, File{ID: f.ID, UniqueID: f.UniqueID, Name: f.Name, MIME: f.MIME, Size: f.Size, data: f.Data})
	}
	return out
}
