package schema

import (
	"fmt"
	"unicode/utf16"
)

// appendNode appends n as the server writes JSON: compact, everything outside
// ASCII escaped in lower-case hexadecimal, "/" and 0x7f as they are (observed
// on the real server).
func appendNode(dst []byte, n node) []byte {
	switch n.kind {
	case kindString:
		return appendString(dst, n.text)
	case kindArray:
		dst = append(dst, '[')
		for i, item := range n.items {
			dst = appendNode(appendComma(dst, i), item)
		}
		return append(dst, ']')
	case kindObject:
		dst = append(dst, '{')
		for i, m := range n.members {
			dst = appendString(appendComma(dst, i), m.name)
			dst = appendNode(append(dst, ':'), m.value)
		}
		return append(dst, '}')
	case kindNull:
		return append(dst, "null"...)
	}
	return append(dst, n.text...)
}

func appendComma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		dst = appendRune(dst, r)
	}
	return append(dst, '"')
}

func appendRune(dst []byte, r rune) []byte {
	switch {
	case r == '"' || r == '\\':
		return append(dst, '\\', byte(r))
	case r >= 0x20 && r < 0x80:
		return append(dst, byte(r))
	case r == '\n':
		return append(dst, `\n`...)
	case r == '\r':
		return append(dst, `\r`...)
	case r == '\t':
		return append(dst, `\t`...)
	case r == '\b':
		return append(dst, `\b`...)
	case r == '\f':
		return append(dst, `\f`...)
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(dst, `\u%04x`, r)
}

// The constructors below build values for samples.

func stringNode(s string) node { return node{kind: kindString, text: s} }

func intNode(n int64) node { return node{kind: kindNumber, text: fmt.Sprint(n)} }

func boolNode(b bool) node { return node{kind: kindBool, text: fmt.Sprint(b)} }

func arrayNode(items ...node) node { return node{kind: kindArray, items: items} }

// set gives the object a member, in place of an older one of that name.
func (n *node) set(name string, value node) {
	for i := range n.members {
		if n.members[i].name == name {
			n.members[i].value = value
			return
		}
	}
	n.kind = kindObject
	n.members = append(n.members, member{name, value})
}
