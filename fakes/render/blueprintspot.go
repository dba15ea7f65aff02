package render

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A spot is a place in the file: what is there, and the path to it.
type spot struct {
	node   *yaml.Node // nil: the file has nothing there
	key    *yaml.Node // of a mapping's value: its key
	around *yaml.Node // what it is, or would be, in; nil at the root
	path   string
}

func (s spot) there() bool { return s.node != nil }

// line is where the spot is in the file, or what it is missing from.
func (s spot) line() int {
	switch {
	case s.node != nil && s.key != nil: // the value may begin on the next line
		return s.key.Line
	case s.node != nil:
		return s.node.Line
	case s.around != nil:
		return s.around.Line
	}
	return 0
}

// value is the node with an alias followed.
func (s spot) value() *yaml.Node { return followed(s.node) }

func followed(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// get is the value of a mapping's key. It need not be there.
func (s spot) get(key string) spot {
	at := spot{around: s.node, path: s.child(key)}
	if at.around == nil {
		at.around = s.around
	}
	for _, e := range entries(s.node) {
		if e.key.Value == key {
			at.key, at.node = e.key, e.value
			break
		}
	}
	return at
}

func (s spot) child(key string) string {
	if s.path == "" {
		return key
	}
	return s.path + "." + key
}

// items are the elements of a list.
func (s spot) items() []spot {
	n := s.value()
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	all := make([]spot, len(n.Content))
	for i, item := range n.Content {
		all[i] = spot{node: item, around: n, path: s.path + "[" + strconv.Itoa(i) + "]"}
	}
	return all
}

// text is a scalar as the file writes it, and "" for anything else.
func (s spot) text() string {
	switch kindOf(s.node) {
	case isText, isInteger, isFraction, isBoolean:
		return s.value().Value
	default:
		return ""
	}
}

// number is a whole number, and 0 for anything else.
func (s spot) number() int {
	if kindOf(s.node) != isInteger {
		return 0
	}
	n, _ := strconv.ParseInt(s.value().Value, 0, 32)
	return int(n)
}

// is reports whether the spot has this boolean, written as YAML 1.2 does.
func (s spot) is(want bool) bool {
	return kindOf(s.node) == isBoolean && strings.EqualFold(s.value().Value, strconv.FormatBool(want))
}

// An entry is one key of a mapping.
type entry struct{ key, value *yaml.Node }

// entries are the keys of a mapping, its own before those that "<<" merges into
// it and it lacks. Anything else has none.
func entries(n *yaml.Node) []entry {
	m := merging{seen: map[*yaml.Node]bool{}, names: map[string]bool{}}
	m.add(n)
	return m.all
}

// merging gathers a mapping's entries. What was seen is not added again: a
// mapping can be merged into itself.
type merging struct {
	seen  map[*yaml.Node]bool
	names map[string]bool
	all   []entry
}

func (m *merging) add(n *yaml.Node) {
	n = followed(n)
	if n == nil || n.Kind != yaml.MappingNode || m.seen[n] {
		return
	}
	m.seen[n] = true
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := followed(n.Content[i]), n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode: // the survey has said so
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
		case !m.names[key.Value]:
			m.names[key.Value] = true
			m.all = append(m.all, entry{key, value})
		}
	}
	for _, from := range merged {
		m.add(from)
		if list := followed(from); list.Kind == yaml.SequenceNode {
			for _, each := range list.Content {
				m.add(each)
			}
		}
	}
}

// A kind is what a node is to a reader of the Blueprint.
type kind int

const (
	isNothing  kind = iota // not there
	isNull                 // no value, ~ or null
	isText                 //
	isInteger              //
	isFraction             // any other number
	isBoolean              // to YAML 1.1 readers, so off and yes too
	isList                 //
	isMapping              //
	isTagged               // of a type of its own: !Ref x
)

func (k kind) String() string {
	return [...]string{"missing", "empty", "text", "a number", "a fraction", "true or false", "a list", "a mapping", "a value of its own type"}[k]
}

func kindOf(n *yaml.Node) kind {
	n = followed(n)
	switch {
	case n == nil:
		return isNothing
	case n.Kind == yaml.SequenceNode:
		return isList
	case n.Kind == yaml.MappingNode:
		return isMapping
	}
	switch n.ShortTag() {
	case "!!null":
		return isNull
	case "!!int":
		return isInteger
	case "!!float":
		return isFraction
	case "!!bool":
		return isBoolean
	case "!!str", "!!timestamp", "!!binary", "!!merge":
		if n.Style == 0 && oldBoolean(n.Value) {
			return isBoolean
		}
		return isText
	}
	return isTagged
}

// oldBoolean reports whether YAML 1.1 takes the text for true or false when it
// is not quoted. Render's schema is held against what such a reader reads.
func oldBoolean(text string) bool {
	switch strings.ToLower(text) {
	case "y", "n", "yes", "no", "on", "off":
		return true
	}
	return false
}
