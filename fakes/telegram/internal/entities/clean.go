package entities

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Clean cleans a short text that has no entities, such as a button's, the way
// Fix cleans a message's, but leaves its blanks. The result is false if it is
// not UTF-8.
func Clean(text string) (string, bool) {
	if !utf8.ValidString(text) {
		return "", false
	}
	text, _ = clean(text, nil)
	return text, true
}

// clean replaces control characters by spaces and removes what has no place in
// a text: carriage returns, line separators and overrides of direction
// (U+2028 to U+202E), and three combining lines that cover other text. The
// entities, which must be sorted and nested, are moved along in place. One
// whose border lies outside of the text or within a surrogate pair is an
// error.
func clean(text string, ents []Entity) (string, error) {
	first := firstUnclean(text)
	if first < 0 && len(ents) == 0 {
		return text, nil
	}
	c := cleaner{ents: ents}
	if err := c.run(text, first); err != nil {
		return "", err
	}
	if first < 0 {
		return text, nil
	}
	return tameMarks(c.text), nil
}

// firstUnclean is where the first character is that clean would change, or -1.
func firstUnclean(text string) int {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < ' ' && c != '\n', c == 0xe2, c == 0xcc:
			return i // most of what begins with the last two is harmless
		}
	}
	return -1
}

// A cleaner walks through a text once.
type cleaner struct {
	text    []byte
	units   int // UTF-16 units read
	removed int // UTF-16 units left out so far
	ents    []Entity
	begun   int      // ents[:begun] have begun
	open    []opened // innermost last
}

// opened is an entity whose end has not come yet.
type opened struct {
	*Entity
	end     int // in the old text
	removed int // units left out before its beginning
}

func (c *cleaner) run(text string, first int) error {
	if first >= 0 {
		c.text = make([]byte, 0, len(text))
	}
	for pos, r := range text {
		if err := c.borders(pos); err != nil {
			return err
		}
		n := utf8.RuneLen(r)
		c.units += utf16Width(r)
		switch {
		case r == '\r', r >= 0x2028 && r <= 0x202e, r == 0x333, r == 0x33f, r == 0x30a:
			c.removed++
		case first < 0:
		case r < ' ' && r != '\n':
			c.text = append(c.text, ' ')
		default:
			c.text = append(c.text, text[pos:pos+n]...)
		}
	}
	if err := c.borders(len(text)); err != nil {
		return err
	}
	return c.leftOver()
}

func utf16Width(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// borders ends and begins the entities whose borders are here, before the
// character at byte pos.
func (c *cleaner) borders(pos int) error {
	for len(c.open) > 0 {
		e := c.open[len(c.open)-1]
		if c.units < e.end {
			break
		}
		if c.units != e.end {
			return fmt.Errorf("Entity beginning at UTF-16 offset %d ends in a middle of a UTF-16 symbol at byte offset %d",
				e.Offset, pos)
		}
		e.Offset -= e.removed
		e.Length -= c.removed - e.removed
		c.open = c.open[:len(c.open)-1]
	}
	for ; c.begun < len(c.ents) && c.units >= c.ents[c.begun].Offset; c.begun++ {
		e := &c.ents[c.begun]
		if c.units != e.Offset {
			return fmt.Errorf("Entity begins in a middle of a UTF-16 symbol at byte offset %d", pos)
		}
		c.open = append(c.open, opened{e, e.End(), c.removed})
	}
	return nil
}

// leftOver is an error if an entity reaches beyond the text.
func (c *cleaner) leftOver() error {
	if c.begun < len(c.ents) {
		return fmt.Errorf("Entity begins after the end of the text at UTF-16 offset %d", c.ents[c.begun].Offset)
	}
	if n := len(c.open); n > 0 {
		e := c.open[n-1]
		return fmt.Errorf("Entity beginning at UTF-16 offset %d ends after the end of the text at UTF-16 offset %d",
			e.Offset, e.end)
	}
	return nil
}

// tameMarks turns all but the last of a run of direction marks (U+200E,
// U+200F) into zero width non-joiners.
func tameMarks(text []byte) string {
	for i := 0; i+2 < len(text); i++ {
		if directionMark(text, i) && directionMark(text, i+3) {
			text[i+2] = 0x8c
		}
	}
	return string(text)
}

func directionMark(text []byte, i int) bool {
	return i+2 < len(text) && text[i] == 0xe2 && text[i+1] == 0x80 && (text[i+2] == 0x8e || text[i+2] == 0x8f)
}

// trim removes spaces and line breaks around the text. Those at the beginning
// that belong to an entity stay; at the end the entity shrinks.
func trim(text string, ents []Entity) (string, []Entity) {
	text = strings.TrimRight(text, " \n")
	if text == "" {
		return "", nil
	}
	first := len(text)
	if len(ents) > 0 {
		ents = shorten(ents, UTF16Len(text))
	}
	if len(ents) > 0 {
		first = ents[0].Offset // bytes as well: only blanks are before it
	}
	n := 0
	for n < first && (text[n] == ' ' || text[n] == '\n') {
		n++
	}
	for i := range ents {
		ents[i].Offset -= n
	}
	return text[n:], ents
}

// shorten cuts entities off at the end of a text that became shorter.
func shorten(ents []Entity, units int) []Entity {
	for len(ents) > 0 && ents[len(ents)-1].Offset >= units {
		ents = ents[:len(ents)-1]
	}
	for i := range ents {
		ents[i].Length = min(ents[i].Length, units-ents[i].Offset)
	}
	sortEntities(ents)
	return ents
}

// invisible says whether a text has nothing to see: blanks of any kind, zero
// width characters, tags.
func invisible(text string) bool {
	for _, r := range text {
		if r > ' ' && r < 0x7f || !blank(r) {
			return false
		}
	}
	return true
}

func blank(r rune) bool {
	switch {
	case r == ' ', r == '\n', r == 0xa0, r == 0x1680, r == 0x180e:
		return true
	case r >= 0x2000 && r <= 0x200f, r == 0x202e, r == 0x202f, r == 0x205f, r == 0x2800, r == 0x3000:
		return true
	case r == 0xfeff, r == 0xfffc, r >= 0xe0000 && r <= 0xe007f:
		return true
	default:
		return false
	}
}
