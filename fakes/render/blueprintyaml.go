package render

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of a file. They are this package's own, so that nobody's file makes a
// test hang; Render's are not documented.
const (
	mostBytes  = 1 << 20
	mostDepth  = 50
	mostVisits = 20_000 // nodes looked at, each time that an alias leads to them
)

// readYAML parses the text and returns its first document. Without one, the
// findings say why.
func readYAML(found *findings, text []byte) (spot, bool) {
	if len(text) > mostBytes {
		found.say(spot{}, inferred, "the file has %d bytes, and no Blueprint has more than %d", len(text), mostBytes)
		return spot{}, false
	}
	if line, bad := notText(text); bad {
		found.say(onLine(line), fromYAML, "this is not UTF-8 text: save the file as UTF-8")
		return spot{}, false
	}
	documents := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	switch err := documents.Decode(&first); {
	case errors.Is(err, io.EOF):
		found.say(spot{}, fromYAML, "the file is empty: it needs a list of services")
		return spot{}, false
	case err != nil:
		broken(found, text, err)
		return spot{}, false
	}
	switch err := documents.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		broken(found, text, err)
	case kindOf(content(&second)) != isNull:
		found.say(onLine(second.Content[0].Line), fromYAML,
			"a second document begins here, and only the first would be read: remove the line with ---")
	}
	return spot{node: content(&first)}, true
}

func content(document *yaml.Node) *yaml.Node {
	if document.Kind == yaml.DocumentNode && len(document.Content) > 0 {
		return document.Content[0]
	}
	return document
}

func onLine(line int) spot { return spot{node: &yaml.Node{Line: line}} }

// notText finds the first line that is not UTF-8.
func notText(text []byte) (line int, bad bool) {
	if utf8.Valid(text) {
		return 0, false
	}
	for i, l := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(l) {
			return i + 1, true
		}
	}
	return 0, true
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// broken says where the YAML can't be read, and why in the library's words.
func broken(found *findings, text []byte, err error) {
	line, what := 0, err.Error()
	if m := yamlError.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1])
		what = m[2]
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if len(lines)*len(text) < 16*mostBytes {
		line = culprit(lines)
	}
	if line > 0 && line <= len(lines) && bytes.HasPrefix(bytes.TrimLeft(lines[line-1], " "), []byte("\t")) {
		what += ": indent with spaces, not with tabs"
	}
	found.say(onLine(line), fromYAML, "this is not YAML: %s", quoteAll(what))
}

// culprit is the line after the longest beginning of the file that can be read.
// The library often names the line where a block began, and some count from 0.
func culprit(lines [][]byte) int {
	for n := len(lines) - 1; n > 0; n-- {
		if readable(bytes.Join(lines[:n], nil)) {
			return n + 1
		}
	}
	return 1
}

func readable(text []byte) bool {
	documents := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		if err := documents.Decode(&document); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// quoteAll is quote for a sentence.
func quoteAll(text string) string {
	return strings.ToValidUTF8(secretive.ReplaceAllString(text, "[hidden]"), "?")
}

// A survey looks at every node once, aliases not followed, for what is wrong
// with any YAML file.
type survey struct {
	found   *findings
	aliases bool
}

// look returns false when the file is too deep to be read.
func (s *survey) look(at spot, deep int) bool {
	if deep > mostDepth {
		s.found.say(at, inferred, "this is nested more than %d deep, and no Blueprint is", mostDepth)
		return false
	}
	switch at.node.Kind {
	case yaml.AliasNode:
		s.aliases = true
	case yaml.SequenceNode:
		for _, item := range at.items() {
			if !s.look(item, deep+1) {
				return false
			}
		}
	case yaml.MappingNode:
		return s.lookInto(at, deep)
	}
	return true
}

func (s *survey) lookInto(at spot, deep int) bool {
	first := map[string]int{}
	content := at.node.Content
	for i := 0; i+1 < len(content); i += 2 {
		key, value := content[i], content[i+1]
		child := spot{node: value, key: key, around: at.node, path: at.child(quote(followed(key).Value))}
		if kindOf(key) == isMapping || kindOf(key) == isList {
			s.found.say(child, fromYAML, "a key is text, and this is %s", kindOf(key))
			continue
		}
		if line, twice := first[followed(key).Value]; twice {
			s.found.say(child, fromYAML, "mapping key %s already defined at line %d", quote(key.Value), line)
		}
		first[followed(key).Value] = key.Line
		if !s.look(child, deep+1) {
			return false
		}
	}
	return true
}
