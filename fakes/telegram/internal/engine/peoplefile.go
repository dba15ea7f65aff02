package engine

import (
	"fmt"
	"strconv"

	"hookproof/fakes/telegram/internal/files"
)

// A FilePost is a file that a person puts into a chat.
type FilePost struct {
	Kind    string // the field of the message: photo, document, voice, ...
	File    files.Upload
	Meta    files.Meta
	Caption string
	Spoiler bool
}

// PostFiles lets a person send files; more than one make an album, each message
// an update of its own, as on Telegram. Photos are decoded before the world is
// held still.
func (w *World) PostFiles(u *User, c *Chat, posts ...FilePost) ([]*Message, error) {
	var ready []Post
	for _, p := range posts {
		s, known := sendingOf(p.Kind)
		if !known || p.Kind == "live_photo" {
			return nil, fmt.Errorf("%s sends a %q: there are no such files", u.Name(), p.Kind)
		}
		m, err := files.Read(s.as, p.File, p.Meta)
		if err != nil {
			return nil, fmt.Errorf("%s sends a %s named %q: %w", u.Name(), p.Kind, p.File.Name, err)
		}
		body := s.begin()
		body.kind, body.media, body.spoiler = m.Kind.Field(), &media{Media: m}, p.Spoiler
		ready = append(ready, Post{Text: p.Caption, content: &body})
	}
	album := w.albumOf(len(ready))
	var sent []*Message
	for _, p := range ready {
		p.album = album
		m, err := w.Post(u, c, p)
		if err != nil {
			return sent, err
		}
		sent = append(sent, m)
	}
	return sent, nil
}

// albumOf makes the id that n messages have in common; one alone has none.
func (w *World) albumOf(n int) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n < 2 {
		return 0
	}
	return w.nextQuery()
}

// SetPhoto gives a person a new profile photo.
func (w *World) SetPhoto(u *User, up files.Upload) error {
	m, err := files.Read(files.ProfilePhoto, up, files.Meta{})
	if err != nil {
		return fmt.Errorf("%s sets a profile photo: %w", u.Name(), err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.store.Keep(m)
	u.photos = append([]*files.Media{m}, u.photos...)
	return nil
}

// A File is a file that a message carries, as a bot knows it.
type File struct {
	ID, UniqueID string
	Name, MIME   string
	Size         int64
	Data         []byte // nil when the store was full and dropped it; not to be changed
}

// Album is the id that the messages of an album have in common, or "".
func (m *Message) Album() string {
	if m.AlbumID == 0 {
		return ""
	}
	return strconv.FormatInt(m.AlbumID, 10)
}

// Files are those that the message carries: of a photo its largest size. Call
// with the world held still.
func (m *Message) Files(b *Bot) []File {
	if m.media == nil {
		return nil
	}
	items := m.media.paid
	if items == nil {
		items = []*media{m.media}
	}
	var out []File
	for _, item := range items {
		f := item.File()
		s := m.Chat.w.store
		out = append(out, File{
			ID: s.FileID(b.id(), f), UniqueID: s.UniqueID(f), Name: item.Name, MIME: item.MIME, Size: f.Size, Data: f.Data(),
		})
	}
	return out
}
