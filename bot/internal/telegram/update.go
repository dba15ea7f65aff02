package telegram

import (
	"bytes"
	"encoding/json"
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
	ErrNotUpdate = errors.New("not an update")                             // no JSON object with one update_id
	ErrMismatch  = errors.New("an update whose message has another shape") // the ID is valid
)

// Decode reads one update. It is on the path of every message, so the standard
// library says whether it is JSON, which takes no memory, and the few fields are
// picked out by hand: half the time of json.Unmarshal, and no garbage but
// Text.
func Decode(data []byte) (Update, error) {
	if !json.Valid(data) {
		return Update{}, ErrNotUpdate
	}
	top, ok := value(bytes.TrimSpace(data)).pick("update_id", "message")
	id, isID := top[0].integer()
	if !ok || !isID || id <= 0 {
		return Update{}, ErrNotUpdate
	}
	u := Update{ID: id}
	if top[1] == nil {
		return u, nil
	}
	message, isObject := top[1].pick("chat", "text", "date")
	chat, isChat := message[0].pick("id")
	u.Chat, ok = chat[0].integer()
	ok = ok && isObject && isChat
	if message[1] != nil && ok {
		u.Text, ok = message[1].text()
	}
	if message[2] != nil && ok {
		u.Date, ok = message[2].integer()
	}
	if !ok {
		return Update{ID: id}, ErrMismatch
	}
	return u, nil
}

// A value is the text of one JSON value, known to be valid; nil for none.
type value []byte

func (v value) integer() (int64, bool) {
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil
}

// text returns a string's text. What is not UTF-8 in it becomes U+FFFD.
func (v value) text() (string, bool) {
	if v[0] != '"' {
		return "", false
	}
	if inside := v[1 : len(v)-1]; plain(inside) {
		return string(inside), true
	}
	var text string
	err := json.Unmarshal(v, &text)
	return text, err == nil
}

// pick returns the fields of an object that have these names. It is not ok if
// the value is no object, or a name comes twice: two readers could then see two
// different updates.
func (v value) pick(names ...string) (fields [3]value, ok bool) {
	if len(v) == 0 || v[0] != '{' {
		return fields, false
	}
	for rest := v[1:]; ; {
		var key, field value
		if key, rest = cut(rest); key == nil {
			return fields, true
		}
		field, rest = cut(rest)
		for i, name := range names {
			if !key.is(name) {
				continue
			}
			if fields[i] != nil {
				return fields, false
			}
			fields[i] = field
		}
	}
}

// is reports whether a key is name. It compares before it unescapes.
func (v value) is(name string) bool {
	if string(v[1:len(v)-1]) == name || bytes.IndexByte(v, '\\') < 0 {
		return string(v[1:len(v)-1]) == name
	}
	text, _ := v.text()
	return text == name
}

// cut returns the first value in data, past what separates values, and what
// follows it; nil if a bracket closes before any.
func cut(data value) (first, rest value) {
	for len(data) > 0 && separates(data[0]) {
		data = data[1:]
	}
	depth := 0
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch c {
		case '"':
			for i++; data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		switch {
		case depth < 0 && i == 0:
			return nil, nil
		case depth < 0, depth == 0 && separates(c): // a number or a word ends before
			return data[:i], data[i:]
		case depth == 0 && (c == '"' || c == '}' || c == ']'):
			return data[:i+1], data[i+1:]
		}
	}
	return nil, nil
}

func separates(c byte) bool { return c <= ' ' || c == ',' || c == ':' }
