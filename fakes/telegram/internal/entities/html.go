package entities

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hookproof/fakes/telegram/internal/entities/link"
)

// html reads the HTML mode.
type html struct {
	src  string
	i    int
	out  output
	ents []Entity
	open []tag // innermost last

	// surrogates is set by a reference to half of a surrogate pair, which
	// makes the text invalid.
	surrogates bool
}

// A tag is a start tag whose end tag has not come yet.
type tag struct {
	name     string // lower case
	argument string // the one attribute that matters for this name
	unix     int64  // of a tg-time
	offset   int    // UTF-16 offset in the output
	text     int    // byte offset in the output
}

var htmlTags = []string{
	"a", "b", "strong", "i", "em", "s", "strike", "del", "u", "ins", "tg-spoiler", "tg-emoji", "tg-time", "span",
	"pre", "code", "blockquote",
}

func parseHTML(src string) (string, []Entity, error) {
	if strings.IndexByte(src, 0) >= 0 {
		return "", nil, errors.New("Text must not contain null bytes")
	}
	p := html{src: src}
	for p.i < len(src) {
		if err := p.step(); err != nil {
			return "", nil, err
		}
	}
	if len(p.open) > 0 {
		return "", nil, fmt.Errorf(`Can't find end tag corresponding to start tag "%s"`, p.top().name)
	}
	for i := range p.ents {
		if p.ents[i].Type == Code {
			p.ents[i].Language = "" // was kept for a pre around it
		}
	}
	sortEntities(p.ents)
	if p.surrogates && !utf8.Valid(p.out.text) {
		return "", nil, errors.New("Text contains invalid Unicode characters after decoding HTML entities, " +
			"check for unmatched surrogate code units")
	}
	return string(p.out.text), p.ents, nil
}

func (p *html) top() tag { return p.open[len(p.open)-1] }

// step reads one character, character reference or tag.
func (p *html) step() error {
	c := p.src[p.i]
	if c == '&' {
		if code, next := reference(p.src, p.i); code != 0 {
			p.i = next
			p.out.text = appendCode(p.out.text, code)
			p.out.units++
			if code > 0xffff {
				p.out.units++
			}
			p.surrogates = p.surrogates || code >= 0xd800 && code <= 0xdfff
			return nil
		}
	}
	switch {
	case c != '<':
		p.out.add(c)
		p.i++
		return nil
	case at(p.src, p.i+1) == '/':
		return p.endTag()
	default:
		return p.startTag()
	}
}

// startTag reads "<name attributes>"; p.i ends after it.
func (p *html) startTag() error {
	begin := p.i
	p.i = p.until(begin+1, ">")
	if p.i >= len(p.src) {
		return fmt.Errorf("Unclosed start tag at byte offset %d", begin)
	}
	t := tag{name: lowerASCII(p.src[begin+1 : p.i]), offset: p.out.units, text: len(p.out.text)}
	if !slices.Contains(htmlTags, t.name) {
		return fmt.Errorf(`Unsupported start tag "%s" at byte offset %d`, t.name, begin)
	}
	for {
		p.skipSpace()
		if at(p.src, p.i) == '>' {
			break
		}
		if err := p.attribute(&t, begin); err != nil {
			return err
		}
	}
	p.i++
	if t.name == "span" && t.argument != "spoiler" {
		return fmt.Errorf(`Tag "span" must have class "tg-spoiler" at byte offset %d`, begin)
	}
	p.open = append(p.open, t)
	return nil
}

// until is the index of the first blank or one of stops, from i on.
func (p *html) until(i int, stops string) int {
	for !isSpace(at(p.src, i)) && strings.IndexByte(stops, p.src[i]) < 0 {
		i++
	}
	return i
}

func (p *html) skipSpace() {
	for p.i < len(p.src) && isSpace(p.src[p.i]) {
		p.i++
	}
}

// attribute reads one attribute of the tag that begins at begin.
func (p *html) attribute(t *tag, begin int) error {
	start := p.i
	p.i = p.until(start, `=>/"'`)
	name := p.src[start:p.i]
	if name == "" {
		return fmt.Errorf(`Empty attribute name in the tag "%s" at byte offset %d`, t.name, begin)
	}
	p.skipSpace()
	unclosed := fmt.Errorf(`Unclosed start tag "%s" at byte offset %d`, t.name, begin)
	if p.i >= len(p.src) {
		return unclosed
	}
	if p.src[p.i] != '=' {
		t.set(name, "")
		return nil
	}
	p.i++
	p.skipSpace()
	if p.i >= len(p.src) {
		return unclosed
	}
	value, err := p.value()
	if err != nil {
		return err
	}
	if p.i >= len(p.src) {
		return fmt.Errorf("Unclosed start tag at byte offset %d", begin)
	}
	t.set(name, value)
	return nil
}

// set keeps the attribute if it means something to the tag. Names are told
// apart by case.
func (t *tag) set(attribute, value string) {
	switch t.name + " " + attribute {
	case "a href", "tg-emoji emoji-id", "tg-time format":
		t.argument = value
	case "code class":
		if language, ok := strings.CutPrefix(value, "language-"); ok {
			t.argument = language
		}
	case "span class":
		if class, ok := strings.CutPrefix(value, "tg-"); ok {
			t.argument = class
		}
	case "blockquote expandable":
		t.argument = "1"
	case "tg-time unix":
		t.unix = link.Prefix(value)
	}
}

// value reads a quoted attribute value, or a bare one: letters, digits, dots
// and hyphens, which are lower-cased.
func (p *html) value() (string, error) {
	start := p.i
	if quote := p.src[p.i]; quote == '"' || quote == '\'' {
		return p.quoted(quote), nil
	}
	for isAlnum(at(p.src, p.i)) || at(p.src, p.i) == '.' || at(p.src, p.i) == '-' {
		p.i++
	}
	if c := at(p.src, p.i); !isSpace(c) && c != '>' {
		return "", fmt.Errorf("Unexpected end of name token at byte offset %d", start)
	}
	return lowerASCII(p.src[start:p.i]), nil
}

// quoted reads a quoted value, character references decoded. An unclosed one
// reads to the end of the text.
func (p *html) quoted(quote byte) string {
	var value []byte
	for p.i++; p.i < len(p.src); {
		c := p.src[p.i]
		if c == quote {
			p.i++
			break
		}
		if c == '&' {
			if code, next := reference(p.src, p.i); code != 0 {
				value = appendCode(value, code)
				p.i = next
				continue
			}
		}
		value = append(value, c)
		p.i++
	}
	return string(value)
}

// endTag reads "</name>", or "</>" for whatever is open; p.i ends after it.
func (p *html) endTag() error {
	begin := p.i
	if len(p.open) == 0 {
		return fmt.Errorf("Unexpected end tag at byte offset %d", begin)
	}
	p.i = p.until(begin+2, ">")
	name := lowerASCII(p.src[begin+2 : p.i])
	p.skipSpace()
	if at(p.src, p.i) != '>' {
		return fmt.Errorf("Unclosed end tag at byte offset %d", begin)
	}
	p.i++
	t := p.top()
	if name != "" && name != t.name {
		return fmt.Errorf(`Unmatched end tag at byte offset %d, expected "</%s>", found "</%s>"`, begin, t.name, name)
	}
	p.open = p.open[:len(p.open)-1]
	e := Entity{Offset: t.offset, Length: p.out.units - t.offset}
	if e.Length == 0 {
		return nil
	}
	return p.add(t, e)
}

// add adds the entity that a tag stands for.
func (p *html) add(t tag, e Entity) error {
	switch t.name {
	case "i", "em":
		e.Type = Italic
	case "b", "strong":
		e.Type = Bold
	case "s", "strike", "del":
		e.Type = Strikethrough
	case "u", "ins":
		e.Type = Underline
	case "tg-spoiler", "span":
		e.Type = Spoiler
	case "blockquote":
		e.Type = Blockquote
		if t.argument != "" {
			e.Type = ExpandableBlockquote
		}
	case "pre", "code":
		p.addCode(t, e)
		return nil
	default:
		return p.addArgument(t, e)
	}
	p.ents = append(p.ents, e)
	return nil
}

// addArgument adds the entity of a tag that is nothing without its attribute.
func (p *html) addArgument(t tag, e Entity) error {
	ok := true
	switch t.name {
	case "a":
		address := t.argument
		if address == "" {
			address = string(p.out.text[t.text:])
		}
		e, ok = linked(e, address)
	case "tg-emoji":
		id, valid := link.Number(t.argument)
		if !valid || id == 0 {
			return errEmoji
		}
		e.Type, e.CustomEmojiID = CustomEmoji, strconv.FormatInt(id, 10)
	case "tg-time":
		format, err := timeFormat(t.argument)
		if err != nil {
			return err
		}
		e.Type, e.UnixTime, e.DateTimeFormat = DateTime, t.unix, format
		ok = t.unix > 0
	}
	if ok {
		p.ents = append(p.ents, e)
	}
	return nil
}

var errEmoji = errors.New("Invalid custom emoji identifier specified")

// addCode adds a pre or a code. A code with a language that fills a pre, or
// is filled by one, is one pre with that language.
func (p *html) addCode(t tag, e Entity) {
	e.Type = Pre
	if t.name == "code" {
		e.Type, e.Language = Code, t.argument
	}
	if n := len(p.ents); n > 0 {
		last := &p.ents[n-1]
		same := last.Offset == e.Offset && last.Length == e.Length && last.Type != e.Type
		switch {
		case same && last.Type == Code && last.Language != "":
			last.Type = Pre
			return
		case same && last.Type == Pre && last.Language == "" && e.Language != "":
			last.Language = e.Language
			return
		}
	}
	p.ents = append(p.ents, e)
}

// reference decodes the character reference at s[i], an ampersand. The code
// is 0 if there is none there; the ampersand then stands for itself. Known
// names are lt, gt, amp and quot; the semicolon may be missing.
func reference(s string, i int) (code rune, next int) {
	end := i + 1
	if at(s, end) == '#' {
		code, end = numericReference(s, end+1)
		if code == 0 || end-i >= 10 {
			return 0, i
		}
	} else {
		for isAlpha(at(s, end)) {
			end++
		}
		switch s[i+1 : end] {
		case "lt":
			code = '<'
		case "gt":
			code = '>'
		case "amp":
			code = '&'
		case "quot":
			code = '"'
		default:
			return 0, i
		}
	}
	if at(s, end) == ';' {
		end++
	}
	return code, end
}

// numericReference reads the digits behind "&#"; 0 is no valid code.
func numericReference(s string, i int) (rune, int) {
	base, digit := 10, func(c byte) bool { return c >= '0' && c <= '9' }
	if at(s, i) == 'x' {
		base, digit = 16, func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
		i++
	}
	end := i
	for digit(at(s, end)) {
		end++
	}
	code, err := strconv.ParseUint(s[i:end], base, 32)
	if err != nil || code >= 0x10ffff {
		return 0, end
	}
	return rune(code), end
}

// appendCode appends a code point as UTF-8, halves of surrogate pairs too:
// the result is then invalid on purpose.
func appendCode(dst []byte, code rune) []byte {
	if code >= 0xd800 && code <= 0xdfff {
		return append(dst, byte(0xe0|code>>12), byte(0x80|code>>6&0x3f), byte(0x80|code&0x3f))
	}
	return utf8.AppendRune(dst, code)
}

func isAlpha(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
