package telegram

import (
	"bytes"
	"encoding/json"
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

// next returns the next byte, 0 at the end.
func (s *scanner) next() byte {
	if s.at < len(s.data) {
		return s.data[s.at]
	}
	return 0
}

// peek is next after white space.
func (s *scanner) peek() byte {
	c := s.next()
	for c == ' ' || c == '\n' || c == '\r' || c == '\t' {
		s.at++
		c = s.next()
	}
	return c
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
		if s.want(':'); !s.bad {
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
		}
	}
	s.want(shut)
	s.depth--
}

// skip reads any value.
func (s *scanner) skip() {
	switch c := s.peek(); {
	case c == '"':
		s.raw()
	case c == '{':
		s.object(func([]byte) { s.skip() })
	case c == '[':
		s.list('[', ']', s.skip)
	case c == '-' || digit(c):
		s.number()
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

func digit(c byte) bool { return '0' <= c && c <= '9' }

func (s *scanner) number() {
	s.option('-', '-')
	if !s.option('0', '0') {
		s.digits()
	}
	if s.option('.', '.') {
		s.digits()
	}
	if s.option('e', 'E') {
		s.option('+', '-')
		s.digits()
	}
}

// option passes over one byte if it is a or b.
func (s *scanner) option(a, b byte) bool {
	c := s.next()
	if c != a && c != b {
		return false
	}
	s.at++
	return true
}

func (s *scanner) digits() {
	if !digit(s.next()) {
		s.fail()
	}
	for digit(s.next()) {
		s.at++
	}
}

// raw reads a string and returns it with its quotes and escapes, nil for a fault.
func (s *scanner) raw() []byte {
	s.peek()
	start := s.at
	s.want('"')
	for s.at < len(s.data) {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return s.data[start:s.at]
		case c < ' ':
			s.fail()
		case c == '\\':
			s.escape()
		default:
			s.at++
		}
	}
	s.fail()
	return nil
}

func (s *scanner) escape() {
	const hex = "0123456789abcdefABCDEF"
	s.at++
	c := s.next()
	s.at++
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
	case 'u':
		for range 4 {
			if bytes.IndexByte([]byte(hex), s.next()) < 0 {
				s.fail()
				return
			}
			s.at++
		}
	default:
		s.fail()
	}
}

// str reads a string and returns its text, which may be part of data. What is
// not UTF-8 becomes U+FFFD.
func (s *scanner) str() []byte {
	raw := s.raw()
	if len(raw) < 2 {
		return nil
	}
	if inside := raw[1 : len(raw)-1]; plain(inside) {
		return inside
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		s.fail()
	}
	return []byte(text)
}
