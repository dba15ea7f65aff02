package entities

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// What Parse refuses before it looks at the markup.
var (
	ErrMode = errors.New("unsupported parse_mode")
	ErrUTF8 = errors.New("Text must be encoded in UTF-8")
)

// Parse takes the markup out of a text. The mode is "markdown", "markdownv2",
// "html", or "" or "none" for plain text, in any case. A markup error's text is
// exactly what the server puts after "can't parse entities: "; the offsets in
// it are bytes. ErrMode and ErrUTF8 come without those words.
//
// The entities are in order but not yet checked against each other: Fix does
// that.
func Parse(text, mode string) (string, []Entity, error) {
	var parse func(string) (string, []Entity, error)
	switch strings.ToLower(mode) {
	case "", "none":
		return text, nil, nil
	case "markdown":
		parse = parseMarkdown
	case "markdownv2":
		parse = parseMarkdownV2
	case "html":
		parse = parseHTML
	default:
		return "", nil, ErrMode
	}
	if !utf8.ValidString(text) {
		return "", nil, ErrUTF8
	}
	return parse(text)
}

// An output is the plain text that a parser has written so far.
type output struct {
	text  []byte
	units int // UTF-16 length of text
}

func (o *output) add(c byte) {
	o.text = append(o.text, c)
	o.units += width(c)
}

// width is how many UTF-16 code units a byte of UTF-8 begins: none if it goes
// on with a character, two if it begins one outside the basic plane.
func width(c byte) int {
	switch {
	case c >= 0xf0:
		return 2
	case c&0xc0 != 0x80:
		return 1
	default:
		return 0
	}
}

// at is the byte at i, and zero after the end: the parsers look ahead freely.
func at(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

// isSpace is what the server takes for a blank; the zero byte is one.
func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0 || c == '\v'
}

// codeHead reads what follows the three backticks that open a pre: a language,
// if a blank ends it, and one line break. It returns the index after them.
func codeHead(s string, i int) (language string, next int) {
	end := i
	for !isSpace(at(s, end)) && at(s, end) != '`' {
		end++
	}
	if end > i && end < len(s) && s[end] != '`' {
		language, i = s[i:end], end
	}
	if !isBreak(at(s, i)) {
		return language, i
	}
	if isBreak(at(s, i+1)) && s[i] != s[i+1] {
		return language, i + 2
	}
	return language, i + 1
}

func isBreak(c byte) bool { return c == '\n' || c == '\r' }

func fence(s string, i int) bool {
	return at(s, i) == '`' && at(s, i+1) == '`' && at(s, i+2) == '`'
}
