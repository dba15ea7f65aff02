package engine

import (
	"errors"
	"fmt"

	"hookproof/fakes/telegram/internal/wire"
)

// paidTypes are the types of InputPaidMedia.
var paidTypes = map[string]bool{"photo": true, "video": true, "live_photo": true}

// maxStars is the highest price of paid media (Bot API docs, sendPaidMedia).
const maxStars = 25_000

// paidItems reads the media and the caption of sendPaidMedia.
func paidItems(c *call) ([]*attachment, error) {
	items, err := c.mediaList("InputPaidMedia", c.inputPaidMedia)
	if err != nil {
		return nil, err
	}
	return items, nil
}

func (c *call) inputPaidMedia(v wire.Value) (*attachment, error) {
	if !v.IsObject() {
		return nil, errors.New("expected an Object")
	}
	if kind, err := v.OptionalString("type", ""); err == nil && inputTypes[kind] && !paidTypes[kind] {
		return nil, fmt.Errorf(`type "%s" is unsupported`, kind)
	}
	return c.inputMedia(v, false)
}

// sendPaidMedia sends media that people see once they have paid for them.
func sendPaidMedia(c *call) ([]byte, error) {
	if c.attachErr != nil {
		return nil, c.attachErr
	}
	d := &draft{caption: true, files: c.attached, stars: c.clamped("star_count", 0, 0, 1_000_000_000)}
	d.content = content{kind: "paid_media", right: "can_send_photos", rightFor: "paid media", above: c.bool("show_caption_above_media")}
	var err error
	if d.text, d.entities, err = c.caption(); err != nil {
		return nil, err
	}
	d.check = func(*Chat) error {
		switch {
		case d.stars <= 0 || d.stars > maxStars:
			return badRequest("invalid media price specified")
		case len(d.files) == 0 || len(d.files) > maxAlbum:
			return badRequest("invalid number of paid media specified")
		}
		return nil
	}
	return c.sendOne(d)
}

// info is the PaidMediaInfo object. The bot that sells the media sees them;
// any other sees what somebody who has not paid does.
func (m *media) info(w *World, b *Bot) []byte {
	o := newObject(512)
	o.int("star_count", m.stars)
	o.raw("paid_media", list(m.paid, func(item *media) []byte { return item.paidJSON(w, b, b == m.seller) }))
	return o.end()
}

func (m *media) paidJSON(w *World, b *Bot, mine bool) []byte {
	o := newObject(256)
	switch {
	case !mine:
		o.str("type", "preview")
		o.intIf("width", int64(m.Meta.Width))
		o.intIf("height", int64(m.Meta.Height))
		o.intIf("duration", int64(m.Meta.Duration))
	case m.still != nil:
		o.str("type", "live_photo")
		o.raw("live_photo", m.live(w, b))
	default:
		o.str("type", m.Kind.Field())
		o.raw(m.Kind.Field(), m.json(w, b))
	}
	return o.end()
}
