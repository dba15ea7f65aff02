package telegram

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep values may nest; real updates stay below 20.
const maxDepth = 100

// A scanner walks over JSON and checks it. After the first fault bad is set,
// at is at the end, and everything reads as nothing.
type scanner struct {
	data  []byte
	at    int
	depth int
	bad   bool
}

func (s *scanner) fail() { s.bad, s.at = true, len(s.data) }

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; c {
		case ' ', '\n', '\r', '\t':
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) want(c byte) {
	if s.peek() != c {
		s.fail()
		return
	}
	s.at++
}

func (s *scanner) end() {
	if s.peek(); s.at < len(s.data) {
		s.fail()
	}
}

// object reads an object and calls field after each key; field has to read the
// value.
func (s *scanner) object(field func(key []byte)) {
	s.list('{', '}', func() {
		key := s.str()
		if bytes.IndexByte(key, '\\') >= 0 {
			key = []byte(unescape(key))
		}
		s.want(':')
		s.peek()
		if !s.bad {
			field(key)
		}
	})
}

func (s *scanner) list(open, shut byte, item func()) {
	s.want(open)
	if s.depth++; s.depth > maxDepth {
		s.fail()
	}
	if s.peek() != shut {
		for item(); s.peek() == ','; item() {
			s.at++
			s.peek()
		}
	}
	s.want(shut)
	s.depth--
}

// skip reads any value.
func (s *scanner) skip() {
	switch c := s.peek(); {
	case c == '"':
		s.str()
	case c == '{':
		s.object(func([]byte) { s.skip() })
	case c == '[':
		s.list('[', ']', s.skip)
	case c == '-' || c >= '0' && c <= '9':
		s.num()
	default:
		s.word()
	}
}

func (s *scanner) word() {
	for _, w := range [...]string{"true", "false", "null"} {
		if bytes.HasPrefix(s.data[s.at:], []byte(w)) {
			s.at += len(w)
			return
		}
	}
	s.fail()
}

func (s *scanner) num() {
	if s.next() == '-' {
		s.at++
	}
	if s.next() == '0' {
		s.at++
	} else {
		s.digits()
	}
	if s.next() == '.' {
		s.at++
		s.digits()
	}
	if c := s.next(); c == 'e' || c == 'E' {
		s.at++
		if c := s.next(); c == '+' || c == '-' {
			s.at++
		}
		s.digits()
	}
}

func (s *scanner) next() byte {
	if s.at < len(s.data) {
		return s.data[s.at]
	}
	return 0
}

func (s *scanner) digits() {
	start := s.at
	for c := s.next(); c >= '0' && c <= '9'; c = s.next() {
		s.at++
	}
	if s.at == start {
		s.fail()
	}
}

// str reads a string and returns what is between its quotes, escapes as they
// are but known to be well formed.
func (s *scanner) str() []byte {
	s.want('"')
	start := s.at
	for s.at < len(s.data) {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return s.data[start : s.at-1]
		case c == '\\':
			s.escape()
		case c < ' ':
			s.fail()
		default:
			s.at++
		}
	}
	s.fail()
	return nil
}

func (s *scanner) escape() {
	s.at++
	c := s.next()
	s.at++
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
	case 'u':
		if _, ok := hex4(s.data[min(s.at, len(s.data)):]); !ok {
			s.fail()
			return
		}
		s.at += 4
	default:
		s.fail()
	}
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(n), err == nil
}

// unescape turns the inside of a checked JSON string into text. What is not
// UTF-8 and half a surrogate pair become U+FFFD, as in encoding/json.
func unescape(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		if b[0] != '\\' {
			r, size := utf8.DecodeRune(b)
			out = utf8.AppendRune(out, r)
			b = b[size:]
			continue
		}
		var r rune
		r, b = unescapeOne(b)
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

func unescapeOne(b []byte) (rune, []byte) {
	const from, to = `bfnrt`, "\b\f\n\r\t"
	if b[1] != 'u' {
		if i := bytes.IndexByte([]byte(from), b[1]); i >= 0 {
			return rune(to[i]), b[2:]
		}
		return rune(b[1]), b[2:]
	}
	r, _ := hex4(b[2:])
	b = b[6:]
	if !utf16.IsSurrogate(r) {
		return r, b
	}
	if len(b) >= 6 && b[0] == '\\' && b[1] == 'u' {
		low, _ := hex4(b[2:])
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, b[6:]
		}
	}
	return utf8.RuneError, b
}
