package wire

import "strings"

// maxDepth is how many containers a JSON value may be nested in. A value in
// one container more is refused (observed on the real server: a hundred
// containers around a number, a hundred and one if the innermost is empty).
const maxDepth = 100

// A parseError is a fault in JSON text, in the server's own words.
type parseError string

func (e parseError) Error() string { return string(e) }

const (
	errDepth    parseError = "Too big object depth"
	errNoQuote  parseError = "Opening '\"' expected"
	errUnclosed parseError = "Closing '\"' not found"
	errEscape   parseError = "Unexpected end of string"
	errShortHex parseError = "\\u has less than 4 symbols"
	errHex      parseError = "Invalid \\u -- not hex digit"
)

// A scanner walks over JSON text the way the Bot API server does: leniently in
// numbers and escapes, strictly in structure.
type scanner struct {
	s   string
	pos int
}

func (sc *scanner) empty() bool { return sc.pos >= len(sc.s) }

// peek returns the next byte, or 0 at the end. A zero byte in the text is
// taken for the end too, as in the server.
func (sc *scanner) peek() byte {
	if sc.empty() {
		return 0
	}
	return sc.s[sc.pos]
}

// try skips the next byte if it is c.
func (sc *scanner) try(c byte) bool {
	if sc.empty() || sc.s[sc.pos] != c {
		return false
	}
	sc.pos++
	return true
}

// tryWord skips a word if it comes next. What follows is not looked at.
func (sc *scanner) tryWord(w string) bool {
	if !strings.HasPrefix(sc.s[sc.pos:], w) {
		return false
	}
	sc.pos += len(w)
	return true
}

func (sc *scanner) space() {
	for !sc.empty() {
		switch sc.s[sc.pos] {
		case ' ', '\t', '\r', '\n':
			sc.pos++
		default:
			return
		}
	}
}

// number skips a run of the bytes numbers are made of. The server does not
// look at their order: "1.-e" is a number to it until someone needs its value.
func (sc *scanner) number() string {
	start := sc.pos
	for !sc.empty() && isNumberByte(sc.s[sc.pos]) {
		sc.pos++
	}
	return sc.s[start:sc.pos]
}

func isNumberByte(c byte) bool {
	return '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// startsNumber tells whether a value that begins with c is a number.
func startsNumber(c byte) bool { return isNumberByte(c) && c != 'e' && c != 'E' }

// rawString skips a string and returns what stands between its quotes.
func (sc *scanner) rawString() (raw string, escaped bool, err error) {
	if !sc.try('"') {
		return "", false, errNoQuote
	}
	for i := sc.pos; i < len(sc.s); i++ {
		switch sc.s[i] {
		case '"':
			raw = sc.s[sc.pos:i]
			sc.pos = i + 1
			return raw, escaped, nil
		case '\\':
			escaped = true
			i++
		}
	}
	return "", false, errUnclosed
}

// text reads a string and decodes its escapes.
func (sc *scanner) text() (string, error) {
	raw, escaped, err := sc.rawString()
	if err != nil || !escaped {
		return raw, err
	}
	return unescape(raw)
}

// unescape decodes the escapes of a string. An unknown escape stands for the
// character after the backslash; a lone surrogate becomes three bytes that are
// not valid UTF-8, as in the server.
func unescape(raw string) (string, error) {
	var b strings.Builder
	b.Grow(len(raw))
	for {
		i := strings.IndexByte(raw, '\\')
		if i < 0 {
			b.WriteString(raw)
			return b.String(), nil
		}
		b.WriteString(raw[:i])
		raw = raw[i+1:]
		if raw == "" {
			return "", errEscape
		}
		if raw[0] != 'u' {
			b.WriteByte(plainEscape(raw[0]))
			raw = raw[1:]
			continue
		}
		r, rest, err := hexEscape(raw[1:])
		if err != nil {
			return "", err
		}
		raw = rest
		writeRune(&b, r)
	}
}

func plainEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// hexEscape decodes what follows "\u": four digits and, after a surrogate,
// perhaps a second escape. The server pairs any two surrogates, in any order.
func hexEscape(s string) (r int, rest string, err error) {
	if r, err = hex4(s); err != nil {
		return 0, "", err
	}
	rest = s[4:]
	if !isSurrogate(r) || len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
		return r, rest, nil
	}
	low, err := hex4(rest[2:])
	if err != nil {
		return 0, "", err
	}
	if !isSurrogate(low) {
		return r, rest, nil
	}
	return (r&0x3ff<<10 | low&0x3ff) + 0x10000, rest[6:], nil
}

func isSurrogate(r int) bool { return 0xd800 <= r && r < 0xe000 }

func hex4(s string) (int, error) {
	if len(s) < 4 {
		return 0, errShortHex
	}
	r := 0
	for i := range 4 {
		d := hexDigit(s[i])
		if d < 0 {
			return 0, errHex
		}
		r = r<<4 | d
	}
	return r, nil
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// writeRune appends r in UTF-8, surrogates included: utf8.AppendRune would
// replace those.
func writeRune(b *strings.Builder, r int) {
	switch {
	case r < 0x80:
		b.WriteByte(byte(r))
	case r < 0x800:
		b.Write([]byte{byte(0xc0 | r>>6), byte(0x80 | r&63)})
	case r < 0x10000:
		b.Write([]byte{byte(0xe0 | r>>12), byte(0x80 | r>>6&63), byte(0x80 | r&63)})
	default:
		b.Write([]byte{byte(0xf0 | r>>18), byte(0x80 | r>>12&63), byte(0x80 | r>>6&63), byte(0x80 | r&63)})
	}
}
