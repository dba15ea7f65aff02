package wire

import "strings"

// appendJSON appends the arguments in a JSON body: the members of an object.
// Strings are decoded, all else is passed on as it was written, null included.
// A fault ends the reading silently and what was read before it counts. A body
// that is one string is the argument "content" (observed on the real server).
func appendJSON(args []Arg, s string) []Arg {
	sc := scanner{s: s}
	sc.space()
	if sc.peek() == '"' {
		if text, err := sc.text(); err == nil && sc.empty() {
			args = append(args, Arg{"content", text})
		}
		return args
	}
	if !sc.try('{') {
		return args
	}
	if args == nil {
		args = make([]Arg, 0, min(strings.Count(s, "\":"), 16))
	}
	for {
		sc.space()
		if sc.empty() || sc.peek() == '}' {
			return args
		}
		arg, ok := sc.member()
		if !ok {
			return args
		}
		args = append(args, arg)
		sc.space()
		if !sc.try(',') { // '}', or a fault
			return args
		}
	}
}

// member reads one member of the outermost object.
func (sc *scanner) member() (arg Arg, ok bool) {
	name, err := sc.text()
	if err != nil {
		return Arg{}, false
	}
	sc.space()
	if !sc.try(':') {
		return Arg{}, false
	}
	sc.space()
	if sc.peek() == '"' {
		value, err := sc.text()
		return Arg{name, value}, err == nil
	}
	start := sc.pos
	ok = sc.skip(maxDepth)
	return Arg{name, sc.s[start:sc.pos]}, ok
}

// skip passes over one value and tells whether it was sound.
func (sc *scanner) skip(depth int) bool {
	if depth < 0 {
		return false
	}
	sc.space()
	switch c := sc.peek(); {
	case c == '"':
		return sc.skipString()
	case c == '[':
		return sc.skipItems(']', depth, func() bool { return true })
	case c == '{':
		return sc.skipItems('}', depth, sc.skipName)
	case startsNumber(c):
		sc.number()
		return true
	}
	return sc.tryWord("false") || sc.tryWord("true") || sc.tryWord("null")
}

// skipItems passes over what is in a container; each value has a lead-in.
func (sc *scanner) skipItems(closing byte, depth int, lead func() bool) bool {
	sc.pos++
	sc.space()
	if sc.try(closing) {
		return true
	}
	for {
		if !lead() || !sc.skip(depth-1) {
			return false
		}
		sc.space()
		if sc.try(closing) {
			return true
		}
		if !sc.try(',') {
			return false
		}
		sc.space()
	}
}

func (sc *scanner) skipName() bool {
	if !sc.skipString() {
		return false
	}
	sc.space()
	return sc.try(':')
}

func (sc *scanner) skipString() bool {
	raw, escaped, err := sc.rawString()
	if err == nil && escaped {
		_, err = unescape(raw)
	}
	return err == nil
}
