package entities

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"hookproof/fakes/telegram/internal/entities/link"
)

// markdownV2 reads the MarkdownV2 mode.
type markdownV2 struct {
	src  string
	i    int
	out  output
	ents []Entity
	open []mark // innermost last

	quoted    bool // a blockquote is open
	lineStart bool // a '>' here begins or continues a blockquote
}

// A mark is an entity whose end has not come yet.
type mark struct {
	kind     string
	language string
	offset   int // UTF-16 offset in the output
	text     int // byte offset in the output
	at       int // byte offset in the source, for errors
}

// name is how error texts call the entity.
func (m mark) name() string {
	switch m.kind {
	case Bold:
		return "Bold"
	case Italic:
		return "Italic"
	case Underline:
		return "Underline"
	case Strikethrough:
		return "Strikethrough"
	case Spoiler:
		return "Spoiler"
	case Code:
		return "Code"
	case TextLink:
		return "TextUrl"
	case CustomEmoji:
		return "CustomEmoji"
	case Blockquote:
		return "BlockQuote"
	case Pre:
		if m.language != "" {
			return "PreCode"
		}
	}
	return "Pre"
}

func (m mark) unclosed() error {
	return fmt.Errorf("Can't find end of %s entity at byte offset %d", m.name(), m.at)
}

const reservedV2 = "_*[]()~`>#+-=|{}.!\n"

func parseMarkdownV2(src string) (string, []Entity, error) {
	p := markdownV2{src: src, lineStart: true}
	for ; p.i < len(src); p.i++ {
		if err := p.step(); err != nil {
			return "", nil, err
		}
	}
	if p.quoted {
		p.endText()
	}
	if len(p.open) > 0 {
		return "", nil, p.top().unclosed()
	}
	sortEntities(p.ents)
	return string(p.out.text), p.ents, nil
}

func (p *markdownV2) top() mark { return p.open[len(p.open)-1] }

func (p *markdownV2) inside(kinds ...string) bool {
	for _, kind := range kinds {
		if len(p.open) > 0 && p.top().kind == kind {
			return true
		}
	}
	return false
}

// step reads one character, or one mark; p.i ends on its last byte.
func (p *markdownV2) step() error {
	c := p.src[p.i]
	reserved := reservedV2
	if p.inside(Code, Pre) {
		reserved = "`"
	}
	switch {
	case c == '\\' && escapable(at(p.src, p.i+1)):
		p.i++
		p.plain(p.src[p.i], true)
	case strings.IndexByte(reserved, c) < 0:
		p.plain(c, false)
	case p.closing(c):
		return p.end(c)
	default:
		return p.begin(c)
	}
	return nil
}

// escapable is any ASCII character: a backslash before it makes it plain.
func escapable(c byte) bool { return c > 0 && c <= 126 }

// plain copies a character. One that is escaped can be a line break of the
// text; inside code a line break does not begin a line for a blockquote, and
// a carriage return never counts.
func (p *markdownV2) plain(c byte, escaped bool) {
	p.out.add(c)
	if c != '\r' && width(c) > 0 {
		p.lineStart = escaped && c == '\n'
	}
}

// closing says whether the mark at p.i ends the innermost entity.
func (p *markdownV2) closing(c byte) bool {
	if len(p.open) == 0 {
		return false
	}
	if p.quoted && c == '\n' && at(p.src, p.i+1) != '>' {
		return true
	}
	next := at(p.src, p.i+1)
	switch p.top().kind {
	case Bold:
		return c == '*'
	case Italic:
		return c == '_' && next != '_'
	case Underline:
		return c == '_' && next == '_'
	case Strikethrough:
		return c == '~'
	case Spoiler:
		return c == '|' && next == '|'
	case Code:
		return c == '`'
	case Pre:
		return fence(p.src, p.i)
	case TextLink, CustomEmoji:
		return c == ']'
	default:
		return false
	}
}

// begin reads an opening mark, or one of the characters that mean something
// at the start of a line only.
func (p *markdownV2) begin(c byte) error {
	m := mark{at: p.i, offset: p.out.units, text: len(p.out.text)}
	next := at(p.src, p.i+1)
	switch {
	case c == '\n':
		p.out.add(c)
		p.lineStart = true
		return nil
	case c == '>' && p.lineStart:
		if p.quoted {
			return nil // goes on with the quote
		}
		m.kind, p.quoted = Blockquote, true
	case c == '_' && next == '_':
		m.kind = Underline
		p.i++
	case c == '_':
		m.kind = Italic
	case c == '*':
		m.kind = Bold
	case c == '~':
		m.kind = Strikethrough
	case c == '|' && next == '|':
		m.kind = Spoiler
		p.i++
	case c == '[':
		m.kind = TextLink
	case c == '!' && next == '[':
		m.kind = CustomEmoji
		p.i++
	case fence(p.src, p.i):
		m.kind = Pre
		m.language, p.i = codeHead(p.src, p.i+3)
		p.i-- // to the head's last byte
	case c == '`':
		m.kind = Code
	default:
		return fmt.Errorf(`Character '%c' is reserved and must be escaped with the preceding '\'`, c)
	}
	p.open = append(p.open, m)
	return nil
}

// end reads the closing mark of the innermost entity.
func (p *markdownV2) end(c byte) error {
	if p.quoted && c == '\n' {
		return p.endQuote()
	}
	m := p.top()
	e := Entity{Type: m.kind, Offset: m.offset, Length: p.out.units - m.offset, Language: m.language}
	keep := e.Length > 0
	switch m.kind {
	case Underline, Spoiler:
		p.i++
	case Pre:
		p.i += 2
	case TextLink:
		address, err := p.linkAddress(m)
		if err != nil {
			return err
		}
		var ok bool
		e, ok = linked(e, address)
		keep = keep && ok
	case CustomEmoji:
		var err error
		if e, err = p.special(e); err != nil {
			return err
		}
	}
	p.open = p.open[:len(p.open)-1]
	if keep {
		p.ents = append(p.ents, e)
	}
	return nil
}

// endQuote ends a blockquote at the line break that is not followed by '>'.
// The break belongs to it. Two bars before the break make it expandable;
// anything else that is still open is an error.
func (p *markdownV2) endQuote() error {
	kind := Blockquote
	if m := p.top(); m.kind != Blockquote {
		if m.kind != Spoiler || !p.emptySpoiler(m) {
			return m.unclosed()
		}
		p.open = p.open[:len(p.open)-1]
		if m = p.top(); m.kind != Blockquote {
			return m.unclosed()
		}
		kind = ExpandableBlockquote
	}
	m := p.top()
	p.open = p.open[:len(p.open)-1]
	p.quoted, p.lineStart = false, true
	p.out.add('\n')
	p.ents = append(p.ents, Entity{Type: kind, Offset: m.offset, Length: p.out.units - m.offset})
	return nil
}

// emptySpoiler says whether nothing but a carriage return stands between the
// bars and the line break at p.i.
func (p *markdownV2) emptySpoiler(m mark) bool {
	if m.at == p.i-2 {
		return true
	}
	n := len(p.out.text)
	return m.at == p.i-3 && n > 0 && p.out.text[n-1] == '\r'
}

// endText ends a blockquote that the end of the text ends.
func (p *markdownV2) endText() {
	kind := Blockquote
	if p.inside(Spoiler) && p.top().at == len(p.src)-2 {
		p.open = p.open[:len(p.open)-1]
		kind = ExpandableBlockquote
	}
	if !p.inside(Blockquote) {
		return
	}
	m := p.top()
	p.open = p.open[:len(p.open)-1]
	if n := p.out.units - m.offset; n > 0 {
		p.ents = append(p.ents, Entity{Type: kind, Offset: m.offset, Length: n})
	}
}

// linkAddress reads the address after a text in brackets; without one the
// text is the address. p.i is moved to its last byte.
func (p *markdownV2) linkAddress(m mark) (string, error) {
	if at(p.src, p.i+1) != '(' {
		return string(p.out.text[m.text:]), nil
	}
	return p.address()
}

// address reads what stands between the parentheses behind p.i.
func (p *markdownV2) address() (string, error) {
	start := p.i + 2
	var address []byte
	for i := start; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == ')':
			p.i = i
			return string(address), nil
		case c == '\\' && escapable(at(p.src, i+1)):
			i++
			address = append(address, p.src[i])
		default:
			address = append(address, c)
		}
	}
	return "", fmt.Errorf("Can't find end of a URL at byte offset %d", start)
}

// special makes the entity what the tg: link behind it says: a custom emoji
// or a moment.
func (p *markdownV2) special(e Entity) (Entity, error) {
	if at(p.src, p.i+1) != '(' {
		return e, errors.New("The entity must contain a tg://emoji or tg://time URL")
	}
	address, err := p.address()
	if err != nil {
		return e, err
	}
	if id, ok := link.CustomEmoji(address); ok {
		e.CustomEmojiID = strconv.FormatInt(id, 10)
		return e, nil
	}
	unix, format, ok := link.Time(address)
	if !ok {
		return e, errors.New("Invalid tg://emoji or tg://time URL specified")
	}
	e.Type, e.UnixTime = DateTime, unix
	e.DateTimeFormat, err = timeFormat(format)
	return e, err
}
