package entities

import (
	"fmt"
	"strings"

	"hookproof/fakes/telegram/internal/entities/link"
)

// markdown reads the legacy Markdown mode: *bold*, _italic_, `code`, ```pre```
// and [text](address), none inside another, a backslash before the opening
// characters outside of entities only.
type markdown struct {
	src  string
	out  output
	ents []Entity
}

const markdownMarks = "_*`["

func parseMarkdown(src string) (string, []Entity, error) {
	m := markdown{src: src}
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == '\\' && marks(at(src, i+1)):
			m.out.add(src[i+1])
			i += 2
		case marks(c):
			next, err := m.entity(i)
			if err != nil {
				return "", nil, err
			}
			i = next
		default:
			m.out.add(c)
			i++
		}
	}
	return string(m.out.text), m.ents, nil
}

func marks(c byte) bool { return c != 0 && strings.IndexByte(markdownMarks, c) >= 0 }

// entity reads the entity that begins at begin and returns the index after it.
func (m *markdown) entity(begin int) (int, error) {
	mark, i := m.src[begin], begin+1
	pre := mark == '`' && fence(m.src, begin)
	e := Entity{Offset: m.out.units}
	if pre {
		e.Language, i = codeHead(m.src, begin+3)
	}
	start := i
	for i < len(m.src) && !closes(m.src, i, mark, pre) {
		m.out.add(m.src[i])
		i++
	}
	if i >= len(m.src) {
		return 0, fmt.Errorf("Can't find end of the entity starting at byte offset %d", begin)
	}
	if e.Length = m.out.units - e.Offset; e.Length > 0 {
		i = m.finish(e, mark, pre, start, i)
	}
	if pre {
		i += 2
	}
	return i + 1, nil
}

// closes says whether the mark at i ends an entity that mark began.
func closes(s string, i int, mark byte, pre bool) bool {
	switch {
	case mark == '[':
		return s[i] == ']'
	case pre:
		return fence(s, i)
	default:
		return s[i] == mark
	}
}

// finish adds an entity whose text is src[start:end], and returns the index of
// its last mark: that of a link is behind the address.
func (m *markdown) finish(e Entity, mark byte, pre bool, start, end int) int {
	switch {
	case mark == '_':
		e.Type = Italic
	case mark == '*':
		e.Type = Bold
	case pre:
		e.Type = Pre
	case mark == '`':
		e.Type = Code
	default:
		return m.link(e, m.src[start:end], end)
	}
	m.ents = append(m.ents, e)
	return end
}

// link reads the address after a text in brackets. Without one the text is
// the address. A bad address leaves the text without an entity.
func (m *markdown) link(e Entity, address string, end int) int {
	if at(m.src, end+1) == '(' {
		rest := m.src[end+2:]
		n := strings.IndexByte(rest, ')')
		if n < 0 {
			n = len(rest) // an unclosed address is no error here
		}
		address, end = rest[:n], end+2+n
	}
	if e, ok := linked(e, address); ok {
		m.ents = append(m.ents, e)
	}
	return end
}

// linked makes an entity a text_mention or a text_link, depending on the
// address; ok is false if that is neither.
func linked(e Entity, address string) (_ Entity, ok bool) {
	if id, ok := link.User(address); ok {
		e.Type, e.UserID = TextMention, id
		return e, true
	}
	checked, err := link.Check(address, link.Any)
	e.Type, e.URL = TextLink, checked
	return e, err == nil
}
