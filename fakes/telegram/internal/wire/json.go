package wire

// A Kind is the type of a JSON value, named as in the server's errors.
type Kind string

// The kinds of values.
const (
	Null    Kind = "Null"
	Boolean Kind = "Boolean"
	Number  Kind = "Number"
	String  Kind = "String"
	Array   Kind = "Array"
	Object  Kind = "Object"
)

// A Value is a parsed JSON value. The zero Value is null.
type Value struct {
	kind   Kind // empty: Null
	yes    bool
	text   string
	items  []Value
	fields []Field
}

// A Field is one member of an object. Names may occur twice; the first counts.
type Field struct {
	Name  string
	Value Value
}

// Kind tells the type of the value.
func (v Value) Kind() Kind {
	if v.kind == "" {
		return Null
	}
	return v.kind
}

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.Kind() == Null }

// IsArray reports whether the value is an array.
func (v Value) IsArray() bool { return v.kind == Array }

// IsObject reports whether the value is an object.
func (v Value) IsObject() bool { return v.kind == Object }

// Bool returns the value of a boolean; ok is false for anything else.
func (v Value) Bool() (value, ok bool) { return v.yes, v.kind == Boolean }

// String returns the text of a string; ok is false for anything else.
func (v Value) String() (text string, ok bool) {
	if v.kind != String {
		return "", false
	}
	return v.text, true
}

// Number returns the text of a number as it was written, which need not be a
// number that anything can parse; ok is false for anything else.
func (v Value) Number() (text string, ok bool) {
	if v.kind != Number {
		return "", false
	}
	return v.text, true
}

// Array returns the elements of an array, nil for anything else.
func (v Value) Array() []Value { return v.items }

// Fields returns the members of an object in order, nil for anything else.
func (v Value) Fields() []Field { return v.fields }

const (
	errEnd         parseError = "Unexpected string end"
	errColon       parseError = "':' expected"
	errInArray     parseError = "Unexpected symbol while parsing JSON Array"
	errInObject    parseError = "Unexpected symbol while parsing JSON Object"
	errSymbol      parseError = "Unexpected symbol"
	errTrailing    parseError = "Expected string end"
	errFalse       parseError = "Token starts with 'f' -- false expected"
	errTrue        parseError = "Token starts with 't' -- true expected"
	errNullKeyword parseError = "Token starts with 'n' -- null expected"
)

// ParseJSON parses one JSON value as the Bot API server parses nested
// parameters. The error's text is the server's own; it puts a phrase that
// depends on the parameter before it.
func ParseJSON(s string) (Value, error) {
	p := parser{scanner{s: s}}
	v, err := p.value(maxDepth)
	if err != nil {
		return Value{}, err
	}
	p.space()
	if !p.empty() {
		return Value{}, errTrailing
	}
	return v, nil
}

// A parser builds values from what the scanner sees.
type parser struct{ scanner }

func (p *parser) value(depth int) (Value, error) {
	if depth < 0 {
		return Value{}, errDepth
	}
	p.space()
	switch c := p.peek(); {
	case c == '"':
		s, err := p.text()
		return Value{kind: String, text: s}, err
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case startsNumber(c):
		return Value{kind: Number, text: p.number()}, nil
	default:
		return p.word(c)
	}
}

func (p *parser) word(c byte) (Value, error) {
	switch {
	case c == 'f' && p.tryWord("false"):
		return Value{kind: Boolean}, nil
	case c == 't' && p.tryWord("true"):
		return Value{kind: Boolean, yes: true}, nil
	case c == 'n' && p.tryWord("null"):
		return Value{kind: Null}, nil
	case c == 'f':
		return Value{}, errFalse
	case c == 't':
		return Value{}, errTrue
	case c == 'n':
		return Value{}, errNullKeyword
	case c == 0:
		return Value{}, errEnd
	case c < 127:
		return Value{}, parseError("Unexpected symbol '" + string(rune(c)) + "'")
	}
	return Value{}, errSymbol
}

func (p *parser) array(depth int) (Value, error) {
	p.pos++
	v := Value{kind: Array}
	p.space()
	if p.try(']') {
		return v, nil
	}
	for {
		if p.empty() {
			return v, errEnd
		}
		item, err := p.value(depth - 1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
		if done, err := p.next(']', errInArray); done || err != nil {
			return v, err
		}
	}
}

func (p *parser) object(depth int) (Value, error) {
	p.pos++
	v := Value{kind: Object}
	p.space()
	if p.try('}') {
		return v, nil
	}
	for {
		if p.empty() {
			return v, errEnd
		}
		name, err := p.text()
		if err != nil {
			return v, err
		}
		p.space()
		if !p.try(':') {
			return v, errColon
		}
		member, err := p.value(depth - 1)
		if err != nil {
			return v, err
		}
		v.fields = append(v.fields, Field{name, member})
		if done, err := p.next('}', errInObject); done || err != nil {
			return v, err
		}
	}
}

// next reads what follows an element: the closing byte or a comma.
func (p *parser) next(closing byte, other error) (done bool, err error) {
	p.space()
	switch {
	case p.try(closing):
		return true, nil
	case p.try(','):
		p.space()
		return false, nil
	case p.empty():
		return false, errEnd
	}
	return false, other
}
