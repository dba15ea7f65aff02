package engine

import (
	"errors"
	"fmt"
	"strings"

	"hookproof/fakes/telegram/internal/files"
)

// An attachment is a file of a call, and the content of the message it is to
// make. It is read before the world is held still, because to read a photo
// takes long; file_ids are looked up when it is.
type attachment struct {
	content
	as     files.Kind
	value  string        // a file_id or URL; "" if the file is uploaded
	upload *files.Upload // nil for a file_id
	found  *files.Media
	fresh  bool  // found was made of this call's upload, and is to be kept
	err    error // why there is no media: an *files.Error

	still *attachment // the photo of a live photo
	cover *attachment // of a video
	start int64       // seconds into a video

	sticker *sticker // of a set, about to be added to it
}

// input finds the file that a value stands for: "attach://part", a file_id or
// a URL; anything else is the upload in the part of the given name. With
// uploads only, a file_id or URL counts as nothing. It is nil when there is no
// file (Bot API server source, get_input_file).
func (c *call) input(part, value string, as files.Kind, uploadsOnly bool) *attachment {
	ref, attached := strings.CutPrefix(value, "attach://")
	switch {
	case attached:
		part = ref
	case value != "" && !uploadsOnly:
		return &attachment{as: as, value: value}
	}
	if part == "" {
		return nil
	}
	f := c.upload(part)
	if f == nil {
		return nil
	}
	return &attachment{as: as, upload: &files.Upload{Name: f.Name, Data: f.Data}}
}

// thumbnail is the picture that stands for a file: an upload, or nothing.
func (c *call) thumbnail(value string) *files.Upload {
	for _, try := range []*attachment{
		c.input("", value, files.Thumbnail, true),
		c.input("thumbnail", "", files.Thumbnail, true),
		c.input("thumb", "", files.Thumbnail, true),
	} {
		if try != nil {
			return try.upload
		}
	}
	return nil
}

// load makes media of an upload, or of what stands for a URL's.
func (a *attachment) load(meta files.Meta) {
	if a.upload == nil {
		if !files.IsURL(a.value) {
			return
		}
		up, err := files.FromURL(a.as, a.value)
		if err != nil {
			a.err = err
			return
		}
		a.upload = &up
	}
	a.found, a.err = files.Read(a.as, *a.upload, meta)
	a.fresh = a.err == nil
}

// parts are the attachment and those that belong to it.
func (a *attachment) parts() []*attachment {
	parts := []*attachment{a}
	for _, p := range []*attachment{a.still, a.cover} {
		if p != nil {
			parts = append(parts, p)
		}
	}
	return parts
}

// resolve looks file_ids up and refuses what the server refuses by itself,
// which it does before it looks at the caption.
func (a *attachment) resolve(c *call) error {
	for _, p := range a.parts() {
		if p.found == nil && p.err == nil {
			p.found, p.err = c.w.store.Reuse(c.bot.key.id, p.value, p.as)
		}
		if e, ok := errors.AsType[*files.Error](p.err); ok && !e.BackEnd() {
			return fail(400, e.Text)
		}
	}
	return nil
}

// broken is what Telegram's back end says of the files: nil, or an
// *files.Error.
func (a *attachment) broken() error {
	for _, p := range a.parts() {
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

// keep stores what is new, unless the back end refuses it. The error is an
// *files.Error.
func (a *attachment) keep(c *call) error {
	if err := a.broken(); err != nil {
		return err
	}
	for _, p := range a.parts() {
		if p.fresh {
			c.w.store.Keep(p.found)
		}
	}
	a.media = &media{Media: a.found, start: a.start}
	if a.cover != nil {
		a.media.cover = a.cover.found
	}
	if a.still != nil {
		a.media.still = a.still.found
		return nil
	}
	a.kind = a.found.Kind.Field() // a GIF sent as a document is an animation
	return nil
}

// draft is the message that the attachment makes.
func (a *attachment) draft() *draft {
	return &draft{content: a.content, caption: true, files: []*attachment{a}}
}

// sendCodes are codes of the back end that the server puts into words when it
// sends, though not when it edits (TDLib, on_send_message_fail).
var sendCodes = map[string]string{
	"PHOTO_EXT_INVALID": "Photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp",
}

func sendText(code string) string {
	if text, known := sendCodes[code]; known {
		return text
	}
	return code
}

// resolve and keep do so for all files of the draft.
func (d *draft) resolve(c *call) error {
	for _, a := range d.files {
		if err := a.resolve(c); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) keep(c *call) error {
	for _, a := range d.files {
		if err := a.keep(c); err != nil {
			return fail(400, sendText(err.Error()))
		}
	}
	switch {
	case d.stars > 0:
		d.media = &media{stars: d.stars, seller: c.bot}
		for _, a := range d.files {
			d.media.paid = append(d.media.paid, a.media)
		}
	case len(d.files) == 1:
		d.media, d.kind = d.files[0].media, d.files[0].kind
	}
	return nil
}

// failedItem is the refusal of a whole album for one of its messages, counted
// from 1 (Bot API server source, on_message_send_failed).
func failedItem(k int, err error) error {
	code, text := 400, sendText(err.Error())
	if e, ok := errors.AsType[*Error](err); ok {
		code, text = e.Code, bare(e)
	}
	return fail(code, fmt.Sprintf(`Failed to send message #%d with the error message "%s"`, k, text))
}

// bare is the text of an error before it became a description: without its
// prefix, and with the capital it began with.
func bare(err error) string {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err.Error()
	}
	text := strings.TrimPrefix(e.Text, prefixes[e.Code]+": ")
	return strings.ToUpper(text[:1]) + text[1:]
}
