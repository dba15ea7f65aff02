package wire

import (
	"math"
	"strconv"
)

// The readers of an object's members follow the server's rules: numbers may
// be written as strings and strings as numbers, booleans must be booleans, and
// null is a value of the wrong type, not an absent one (Bot API server
// source). The optional ones return def if the member is absent.

// Field returns the first member with this name.
func (v Value) Field(name string) (value Value, ok bool) {
	for i := range v.fields {
		if v.fields[i].Name == name {
			return v.fields[i].Value, true
		}
	}
	return Value{}, false
}

// Required returns a member of the given kind; Null stands for any kind.
func (v Value) Required(name string, kind Kind) (Value, error) {
	f, ok := v.Field(name)
	if !ok {
		return Value{}, missing(name)
	}
	return f, f.must(name, kind)
}

// Optional is Required for a member that may be absent; ok tells whether it
// is there.
func (v Value) Optional(name string, kind Kind) (f Value, ok bool, err error) {
	f, ok = v.Field(name)
	if !ok {
		return Value{}, false, nil
	}
	return f, true, f.must(name, kind)
}

func (v Value) must(name string, kind Kind) error {
	if kind == Null || v.Kind() == kind {
		return nil
	}
	return wrongType(name, "of type "+string(kind))
}

// OptionalBool reads a boolean member.
func (v Value) OptionalBool(name string, def bool) (bool, error) {
	return optional(v, name, def, asBool)
}

// RequiredBool reads a boolean member that must be there.
func (v Value) RequiredBool(name string) (bool, error) { return required(v, name, asBool) }

// OptionalInt reads a member that is an int32.
func (v Value) OptionalInt(name string, def int32) (int32, error) {
	return optional(v, name, def, asInt)
}

// RequiredInt reads an int32 member that must be there.
func (v Value) RequiredInt(name string) (int32, error) { return required(v, name, asInt) }

// OptionalLong reads a member that is an int64.
func (v Value) OptionalLong(name string, def int64) (int64, error) {
	return optional(v, name, def, asLong)
}

// RequiredLong reads an int64 member that must be there.
func (v Value) RequiredLong(name string) (int64, error) { return required(v, name, asLong) }

// OptionalFloat reads a member that is a number, and not a string.
func (v Value) OptionalFloat(name string, def float64) (float64, error) {
	return optional(v, name, def, asFloat)
}

// RequiredFloat reads a number member that must be there.
func (v Value) RequiredFloat(name string) (float64, error) { return required(v, name, asFloat) }

// OptionalString reads a member that is a string or a number.
func (v Value) OptionalString(name, def string) (string, error) {
	return optional(v, name, def, asString)
}

// RequiredString reads a string or number member that must be there.
func (v Value) RequiredString(name string) (string, error) { return required(v, name, asString) }

func optional[T any](v Value, name string, def T, as func(string, Value) (T, error)) (T, error) {
	f, ok := v.Field(name)
	if !ok {
		return def, nil
	}
	return as(name, f)
}

func required[T any](v Value, name string, as func(string, Value) (T, error)) (T, error) {
	f, ok := v.Field(name)
	if !ok {
		var zero T
		return zero, missing(name)
	}
	return as(name, f)
}

func asBool(name string, f Value) (bool, error) {
	if f.kind != Boolean {
		return false, wrongType(name, "of type Boolean")
	}
	return f.yes, nil
}

func asString(name string, f Value) (string, error) {
	if f.kind != String && f.kind != Number {
		return "", wrongType(name, "of type String")
	}
	return f.text, nil
}

func asInt(name string, f Value) (int32, error) {
	n, err := asLong(name, f)
	if err == nil && (n < math.MinInt32 || n > math.MaxInt32) {
		return 0, wrongType(name, "a valid Number")
	}
	return int32(n), err
}

func asLong(name string, f Value) (int64, error) {
	if f.kind != String && f.kind != Number {
		return 0, wrongType(name, "a Number")
	}
	n, ok := canonical(f.text)
	if !ok {
		return 0, wrongType(name, "a valid Number")
	}
	return n, nil
}

func asFloat(name string, f Value) (float64, error) {
	if f.kind != Number {
		return 0, wrongType(name, "of type Number")
	}
	return leadingFloat(f.text), nil
}

func missing(name string) error {
	return parseError("Can't find field \"" + name + "\"")
}

func wrongType(name, what string) error {
	return parseError("Field \"" + name + "\" must be " + what)
}

// canonical parses an integer that is written the way it would be printed:
// no plus sign, no leading zeros, nothing after it.
func canonical(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != s {
		return 0, false
	}
	return n, true
}

// leadingFloat parses the longest beginning of s that is a number, 0 if there
// is none.
func leadingFloat(s string) float64 {
	n := 0
	if n < len(s) && (s[n] == '-' || s[n] == '+') {
		n++
	}
	n = skipDigits(s, n)
	if n < len(s) && s[n] == '.' {
		n = skipDigits(s, n+1)
	}
	if e := n; e < len(s) && (s[e] == 'e' || s[e] == 'E') {
		e++
		if e < len(s) && (s[e] == '-' || s[e] == '+') {
			e++
		}
		if end := skipDigits(s, e); end > e {
			n = end
		}
	}
	f, _ := strconv.ParseFloat(s[:n], 64) // 0 if there is no digit, infinite if too large
	return f
}

func skipDigits(s string, i int) int {
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return i
}
