package telegram

import (
	"errors"
	"strconv"
)

// An Update is the part of an update that the bot reads. The rest of it is
// checked to be JSON, and left.
type Update struct {
	ID   int64
	Chat int64  // 0 when it is not a message
	Date int64  // when it was sent, Unix seconds; 0 when unknown
	Text string // empty for a message without text
}

// What [Decode] fails with.
var (
	ErrNotUpdate = errors.New("not an update")                             // no JSON object with an update_id
	ErrMismatch  = errors.New("an update whose message has another shape") // the ID is valid
)

// Decode reads one update. It is written by hand because it is on the path of
// every message: a fifth of the cost of encoding/json, and no garbage but Text.
func Decode(data []byte) (Update, error) {
	d := decoder{scanner: scanner{data: data}}
	d.object(d.updateField)
	d.end()
	switch {
	case d.bad || d.u.ID <= 0:
		return Update{}, ErrNotUpdate
	case d.mismatch || d.hasMessage && !d.hasChat:
		return Update{ID: d.u.ID}, ErrMismatch
	}
	return d.u, nil
}

// A decoder picks the known fields out of what its scanner passes over. A field
// of the wrong type is a mismatch, and so is one that comes twice, since two
// readers could then see two different updates.
type decoder struct {
	scanner
	u                   Update
	hasID               bool
	hasMessage, hasChat bool
	hasText, hasDate    bool
	hasChatID, mismatch bool
}

func (d *decoder) updateField(key []byte) {
	switch string(key) {
	case "update_id":
		// Ambiguous or no number at all: then there is no id to park it by.
		if d.hasID || !d.integer(&d.u.ID) {
			d.bad = true
		}
		d.hasID = true
	case "message":
		d.field(&d.hasMessage, '{', func() { d.object(d.messageField) })
	default:
		d.skip()
	}
}

func (d *decoder) messageField(key []byte) {
	switch string(key) {
	case "chat":
		d.field(&d.hasChat, '{', func() {
			d.object(d.chatField)
			d.mismatch = d.mismatch || !d.hasChatID
		})
	case "text":
		d.field(&d.hasText, '"', func() { d.u.Text = unescape(d.str()) })
	case "date":
		d.number(&d.hasDate, &d.u.Date)
	default:
		d.skip()
	}
}

func (d *decoder) chatField(key []byte) {
	if string(key) == "id" {
		d.number(&d.hasChatID, &d.u.Chat)
		return
	}
	d.skip()
}

// field reads a value that has to begin with first and to come once.
func (d *decoder) field(seen *bool, first byte, read func()) {
	if *seen || d.peek() != first {
		d.mismatch = true
		d.skip()
		return
	}
	*seen = true
	read()
}

func (d *decoder) number(seen *bool, to *int64) {
	if *seen || !d.integer(to) {
		d.mismatch = true
	}
	*seen = true
}

// integer reads a value into to, and reports whether it was a whole number that
// fits.
func (d *decoder) integer(to *int64) bool {
	start := d.at
	d.skip()
	n, err := strconv.ParseInt(string(d.data[start:d.at]), 10, 64)
	if err != nil {
		return false
	}
	*to = n
	return true
}
