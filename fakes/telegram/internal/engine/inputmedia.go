package engine

import (
	"errors"
	"fmt"

	"hookproof/fakes/telegram/internal/files"
	"hookproof/fakes/telegram/internal/wire"
)

// members reads an object's members one after the other; the first fault stays
// and makes what is read after it worthless.
type members struct {
	of  wire.Value
	err error
}

func member[T any](m *members, read func(string, T) (T, error), name string) T {
	var none T
	v, err := read(name, none)
	if m.err == nil {
		m.err = err
	}
	return v
}

func (m *members) str(name string) string { return member(m, m.of.OptionalString, name) }
func (m *members) bool(name string) bool  { return member(m, m.of.OptionalBool, name) }
func (m *members) int(name string) int    { return int(member(m, m.of.OptionalInt, name)) }

// inputMedia reads an InputMedia, in the server's order: the caption, the
// files, and only then what kind of media it is (Bot API server source,
// get_input_media). Errors are for whoever says what could not be parsed.
func (c *call) inputMedia(v wire.Value, album bool) (*attachment, error) {
	if !v.IsObject() {
		return nil, errors.New("expected an Object")
	}
	m := &members{of: v}
	said, err := m.caption()
	if err != nil {
		return nil, err
	}
	a := c.input("", m.str("media"), 0, false)
	if m.err == nil && a == nil {
		return nil, errors.New("media not found")
	}
	thumb := c.thumbnail(firstText(m.str("thumbnail"), m.str("thumb")))
	kind, err := v.RequiredString("type")
	if err = firstOf(m.err, err); err != nil {
		return nil, err
	}
	if err := c.typedMedia(m, a, kind, album); err != nil {
		return nil, err
	}
	a.text, a.entities, a.above, a.spoiler = said.text, said.entities, said.above, said.spoiler
	meta := m.meta()
	meta.Thumbnail = thumb
	meta.NoDetection = meta.NoDetection || album // a GIF in an album stays a document
	a.load(meta)
	return a, m.err
}

func firstText(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// caption reads what an InputMedia says of the message besides the file.
func (m *members) caption() (said content, err error) {
	text, mode := m.str("caption"), m.str("parse_mode")
	if m.err != nil {
		return said, m.err
	}
	explicit, _ := m.of.Field("caption_entities")
	if said.text, said.entities, err = formatText(text, mode, explicit); err != nil {
		return said, errors.New(bare(err))
	}
	said.above, said.spoiler = m.bool("show_caption_above_media"), m.bool("has_spoiler")
	return said, m.err
}

// meta is what an InputMedia says of its file.
func (m *members) meta() files.Meta {
	return files.Meta{
		Width: m.int("width"), Height: m.int("height"), Duration: m.int("duration"),
		Title: m.str("title"), Performer: m.str("performer"), NoDetection: m.bool("disable_content_type_detection"),
	}
}

// inputTypes are the types of InputMedia; in an album all but animations.
var inputTypes = map[string]bool{
	"photo": true, "video": true, "animation": true, "audio": true, "document": true, "live_photo": true,
}

// typedMedia makes the attachment what its type says.
func (c *call) typedMedia(m *members, a *attachment, kind string, album bool) error {
	switch {
	case album && kind == "animation":
		return fmt.Errorf("type %q can't be used in sendMediaGroup", kind)
	case !inputTypes[kind]:
		return fmt.Errorf(`type "%s" is unsupported`, kind)
	}
	s, _ := sendingOf(kind)
	a.content, a.as = s.begin(), s.as
	switch kind {
	case "live_photo":
		if a.still = c.input("", m.str("photo"), files.Photo, false); a.still == nil {
			return errors.New("photo not found")
		}
		a.still.load(files.Meta{})
	case "video":
		if a.cover = c.input("", m.str("cover"), files.Photo, false); a.cover != nil {
			a.cover.load(files.Meta{})
		}
		a.start = int64(max(0, m.int("start_timestamp")))
	}
	return nil
}

// newMedia reads the media parameter of editMessageMedia.
func newMedia(c *call) ([]*attachment, error) {
	s := c.arg("media")
	if s == "" {
		return nil, badRequest(`parameter "media" is required`)
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse input media JSON object")
	}
	a, err := c.inputMedia(v, false)
	if err != nil {
		return nil, badRequest("can't parse InputMedia: %s", err)
	}
	return []*attachment{a}, nil
}

// mediaList reads a parameter that is a list of media.
func (c *call) mediaList(what string, read func(wire.Value) (*attachment, error)) ([]*attachment, error) {
	s := c.arg("media")
	if s == "" {
		return nil, badRequest(`parameter "media" is required`)
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse media JSON object")
	}
	if !v.IsArray() {
		return nil, badRequest("expected an Array of %s", what)
	}
	var out []*attachment
	for _, item := range v.Array() {
		a, err := read(item)
		if err != nil {
			return nil, badRequest("can't parse %s: %s", what, err)
		}
		out = append(out, a)
	}
	return out, nil
}

// albumItems reads the media parameter of sendMediaGroup.
func albumItems(c *call) ([]*attachment, error) {
	return c.mediaList("InputMedia", func(v wire.Value) (*attachment, error) { return c.inputMedia(v, true) })
}
