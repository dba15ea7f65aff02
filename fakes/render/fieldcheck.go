package render

import (
	"slices"
	"strconv"
	"strings"
)

// A walk holds a file against the tables of fields.
type walk struct {
	found  *findings
	visits int
}

// A fieldCheck judges one value, which is there.
type fieldCheck func(w *walk, at spot)

// A field is one key that an object can have.
type field struct {
	check fieldCheck
	need  bool   // the object is refused without it
	only  string // of a service: the types that can have it; "" is all
	old   string // of a form that has a successor: what to write now
}

// An object is one kind of mapping.
type object struct {
	what   string // with its article, for a mistake
	server string // the server's name for it, where that is on record
	fields map[string]field
	open   bool              // other keys are let through
	hints  map[string]string // what to do about keys that do not exist
}

// visit counts what was looked at, and ends a walk that aliases make endless.
func (w *walk) visit(at spot) bool {
	w.visits++
	if w.visits == mostVisits {
		w.found.say(at, inferred, "this is more than %d values, with aliases followed, and no Blueprint has so many", mostVisits)
	}
	return w.visits < mostVisits
}

// as reports whether the value is of the kind, and says so when it is not.
func (w *walk) as(at spot, want kind) bool {
	got := kindOf(at.node)
	switch {
	case got == want:
		return true
	case want == isText && (got == isInteger || got == isFraction || got == isBoolean):
		w.found.say(at, fromSchema, "this must be text, and %s is %s%s: quote it", quote(at.value().Value), got, reader(at))
	default:
		w.found.say(at, fromSchema, "this must be %s, and is %s", want, got)
	}
	return false
}

// reader says for whom an unquoted word such as off is a boolean.
func reader(at spot) string {
	if oldBoolean(at.value().Value) {
		return " to a YAML 1.1 reader"
	}
	return ""
}

// anyText takes any text that is not empty.
func anyText(w *walk, at spot) {
	if w.as(at, isText) && strings.TrimSpace(at.text()) == "" {
		w.found.say(at, inferred, "this is empty: give it a value, or remove it")
	}
}

// trueOrFalse takes true and false.
func trueOrFalse(w *walk, at spot) {
	if w.as(at, isBoolean) && oldBoolean(at.value().Value) {
		w.found.note(at, fromYAML, "%s is text to YAML 1.2, and a boolean to YAML 1.1: write true or false", quote(at.value().Value))
	}
}

// literalValue takes the value of an environment variable.
func literalValue(w *walk, at spot) {
	switch kind := kindOf(at.node); kind {
	case isText:
		if n := at.value(); n.Style == 0 && odd(n.Value) {
			w.found.note(at, fromYAML, "some YAML readers take this for a number or a date: quote it")
		}
	case isInteger, isFraction:
		if !exact(at.value().Value) {
			w.found.note(at, fromYAML, "this is a number, and may arrive written differently, as 1.20 does as 1.2: quote it")
		}
	case isBoolean:
		w.found.say(at, fromSchema, "a value is text or a number, and %s is true or false%s: quote it", at.value().Value, reader(at))
	default:
		w.found.say(at, fromSchema, "a value is text or a number, and this is %s", kind)
	}
}

// exact reports whether a number is written as everybody writes it.
func exact(text string) bool {
	if len(text) > 15 {
		return false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return strconv.FormatInt(n, 10) == text
	}
	x, err := strconv.ParseFloat(text, 64)
	return err == nil && strconv.FormatFloat(x, 'f', -1, 64) == text
}

// odd reports whether a plain text is a number in base 60 or a date to YAML 1.1.
func odd(text string) bool {
	digits := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && !strings.ContainsRune(":-.", r) }) < 0
	return digits && text != "" && strings.ContainsAny(text, ":-") && text[0] >= '0' && text[0] <= '9' && strings.Count(text, ".") < 2
}

// wholeNumber takes whole numbers from low to high.
func wholeNumber(low, high int) fieldCheck {
	return func(w *walk, at spot) {
		if !beyond(at) && !w.as(at, isInteger) {
			return
		}
		n, err := strconv.ParseInt(at.value().Value, 0, 64)
		if err != nil || n < int64(low) || n > int64(high) {
			w.found.say(at, fromSchema, "%s is not from %d to %d", quote(at.value().Value), low, high)
		}
	}
}

// beyond reports whether the value is a whole number that is too large for one.
func beyond(at spot) bool {
	return kindOf(at.node) == isFraction && strings.Trim(at.value().Value, "0123456789") == ""
}

// oneOf takes these words.
func oneOf(words ...string) fieldCheck {
	return func(w *walk, at spot) {
		if !w.as(at, isText) || slices.Contains(words, at.text()) {
			return
		}
		w.found.say(at, fromSchema, "%s is none of %s", quote(at.text()), strings.Join(words, ", "))
	}
}

// listOf takes a list, and each element as the check says.
func listOf(each fieldCheck) fieldCheck {
	return func(w *walk, at spot) {
		if !w.as(at, isList) {
			return
		}
		for _, item := range at.items() {
			if !w.visit(item) {
				return
			}
			each(w, item)
		}
	}
}

// an takes a mapping with the fields of an object.
func an(o *object) fieldCheck {
	return func(w *walk, at spot) {
		if w.as(at, isMapping) {
			o.hold(w, at, "")
		}
	}
}

// hold judges the keys of a mapping. The type is a service's, and "" for
// everything else.
func (o *object) hold(w *walk, at spot, service string) {
	for _, e := range entries(at.node) {
		name := e.key.Value
		child := spot{node: e.value, key: e.key, around: at.value(), path: at.child(quote(name))}
		if !w.visit(child) {
			return
		}
		f, known := o.fields[name]
		switch {
		case !known && o.open:
		case !known:
			o.refuse(w, child, name)
		case !f.fits(service):
			w.found.say(child, fromSchema, "%s is a field of %s, not of %s", name, orList(f.only), service)
		default:
			if f.old != "" {
				w.found.note(child, fromDocs, "%s is the old form: write %s", name, f.old)
			}
			f.check(w, child)
		}
	}
	for _, name := range o.needed(service) {
		if missing := at.get(name); !missing.there() {
			w.found.say(missing, fromSchema, "%s is required", name)
		}
	}
}

// fits reports whether a service of this type can have the field.
func (f field) fits(service string) bool {
	return f.only == "" || service == "" || slices.Contains(strings.Fields(f.only), service)
}

func orList(words string) string { return strings.Join(strings.Fields(words), ", ") }

// needed are the fields that may not be missing, in alphabetical order.
func (o *object) needed(service string) (names []string) {
	for name, f := range o.fields {
		if f.need && (f.only == "" || service != "" && f.fits(service)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// refuse says that a key does not exist, and which one was meant.
func (o *object) refuse(w *walk, at spot, name string) {
	switch {
	case o.server == "":
		w.found.say(at, fromSchema, "%s has no field %s%s", o.what, quote(name), o.hint(name))
	case name == "env": // Render's documentation lets it pass, its schema does not
		w.found.say(at, fromSchema, "env is the old name of runtime, and the schema refuses it: rename it")
	default:
		w.found.say(at, fromServer, "field %s not found in type %s%s", quote(name), o.server, o.hint(name))
	}
}
