package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// A kind says what sort of JSON value a node is.
type kind string

// The kinds, under the names the Bot API documentation uses for them.
const (
	kindNull   kind = "null"
	kindBool   kind = "Boolean"
	kindNumber kind = "Number"
	kindString kind = "String"
	kindArray  kind = "Array"
	kindObject kind = "Object"
)

// A node is a JSON value. Unlike a Go map it keeps the order of fields and
// duplicates, which a check has to see.
type node struct {
	kind    kind
	text    string // number as written, decoded string, "true" or "false"
	items   []node
	members []member
}

type member struct {
	name  string
	value node
}

// find returns the first member called name.
func (n node) find(name string) (node, bool) {
	for _, m := range n.members {
		if m.name == name {
			return m.value, true
		}
	}
	return node{}, false
}

// describe returns the value for an error message, shortened.
func (n node) describe() string {
	switch n.kind {
	case kindNull:
		return "null"
	case kindBool, kindNumber:
		return fmt.Sprintf("%s %s", n.kind, clip(n.text))
	case kindString:
		return fmt.Sprintf("%s %q", n.kind, clip(n.text))
	}
	return string(n.kind)
}

func clip(s string) string {
	const limit = 40
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "..."
}

// parseNode parses exactly one JSON value.
func parseNode(raw []byte) (node, error) {
	if !utf8.Valid(raw) {
		return node{}, errors.New("not valid UTF-8")
	}
	if !json.Valid(raw) {
		var v any
		return node{}, fmt.Errorf("not valid JSON: %w", json.Unmarshal(raw, &v))
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return readNode(d)
}

// readNode reads one value. Its input is known to be valid, so that the
// standard library has already bounded the depth (10 000).
func readNode(d *json.Decoder) (node, error) {
	t, err := d.Token()
	if err != nil {
		return node{}, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return readArray(d)
		}
		return readObject(d)
	case json.Number:
		return node{kind: kindNumber, text: t.String()}, nil
	case string:
		return node{kind: kindString, text: t}, nil
	case bool:
		return node{kind: kindBool, text: fmt.Sprint(t)}, nil
	}
	return node{kind: kindNull}, nil
}

func readArray(d *json.Decoder) (node, error) {
	n := node{kind: kindArray}
	for d.More() {
		item, err := readNode(d)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	_, err := d.Token()
	return n, err
}

func readObject(d *json.Decoder) (node, error) {
	n := node{kind: kindObject}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return node{}, err
		}
		value, err := readNode(d)
		if err != nil {
			return node{}, err
		}
		n.members = append(n.members, member{fmt.Sprint(name), value})
	}
	_, err := d.Token()
	return n, err
}
