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
// every message: encoding/json takes several times as long, and leaves garbage.
func Decode(data []byte) (Update, error) {
	d := decoder{scanner: scanner{data: data}}
	d.object(d.updateField)
	d.end()
	switch {
	case d.bad || d.u.ID <= 0:
		return Update{}, ErrNotUpdate
	case d.mismatch || d.seen&message != 0 && d.seen&chatID == 0:
		return Update{ID: d.u.ID}, ErrMismatch
	}
	return d.u, nil
}

// The fields that are read. One that comes twice is a mismatch, since two
// readers could then see two different updates.
const (
	updateID = 1 << iota
	message
	chat
	chatID
	text
	date
)

type decoder struct {
	scanner
	u        Update
	seen     int // the fields so far
	mismatch bool
}

// first reports whether the field is new and its value begins as it should. If
// not, the value is passed over.
func (d *decoder) first(field int, begin byte) bool {
	c := d.peek()
	if ok := d.seen&field == 0 && (c == begin || begin == '0' && (c == '-' || digit(c))); !ok {
		d.mismatch = true
		d.skip()
		return false
	}
	d.seen |= field
	return true
}

func (d *decoder) integer(field int, to *int64) {
	if !d.first(field, '0') {
		return
	}
	start := d.at
	d.number()
	n, err := strconv.ParseInt(string(d.data[start:d.at]), 10, 64)
	if err != nil {
		d.mismatch = true
		return
	}
	*to = n
}

func (d *decoder) updateField(key []byte) {
	switch string(key) {
	case "update_id":
		if d.seen&updateID != 0 {
			d.fail() // ambiguous: there is no id to park it by
			return
		}
		d.integer(updateID, &d.u.ID)
	case "message":
		if d.first(message, '{') {
			d.object(d.messageField)
		}
	default:
		d.skip()
	}
}

func (d *decoder) messageField(key []byte) {
	switch string(key) {
	case "chat":
		if d.first(chat, '{') {
			d.object(d.chatField)
		}
	case "text":
		if d.first(text, '"') {
			d.u.Text = string(d.str())
		}
	case "date":
		d.integer(date, &d.u.Date)
	default:
		d.skip()
	}
}

func (d *decoder) chatField(key []byte) {
	if string(key) == "id" {
		d.integer(chatID, &d.u.Chat)
		return
	}
	d.skip()
}
