package engine

import (
	"strconv"

	"hookproof/fakes/telegram/internal/wire"
)

// An object builds one JSON object, fields in the order they are written, as
// the server does: compact, and with every non-ASCII character escaped.
type object struct {
	b []byte
}

func newObject(size int) *object {
	return &object{b: append(make([]byte, 0, size), '{')}
}

func (o *object) name(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *object) str(name, v string) {
	o.name(name)
	o.b = wire.AppendString(o.b, v)
}

// strIf writes the field only when it is not empty: the server leaves absent
// fields out and never writes null.
func (o *object) strIf(name, v string) {
	if v != "" {
		o.str(name, v)
	}
}

func (o *object) int(name string, v int64) {
	o.name(name)
	o.b = strconv.AppendInt(o.b, v, 10)
}

func (o *object) intIf(name string, v int64) {
	if v != 0 {
		o.int(name, v)
	}
}

// id writes a 64-bit identifier that the Bot API passes as a string, such as
// a callback query's.
func (o *object) id(name string, v int64) {
	o.name(name)
	o.b = append(o.b, '"')
	o.b = strconv.AppendInt(o.b, v, 10)
	o.b = append(o.b, '"')
}

func (o *object) float(name string, v float64) {
	o.name(name)
	o.b = strconv.AppendFloat(o.b, v, 'g', -1, 64)
}

func (o *object) bool(name string, v bool) {
	o.name(name)
	o.b = strconv.AppendBool(o.b, v)
}

func (o *object) boolIf(name string, v bool) {
	if v {
		o.bool(name, true)
	}
}

func (o *object) raw(name string, v []byte) {
	o.name(name)
	o.b = append(o.b, v...)
}

func (o *object) rawIf(name string, v []byte) {
	if len(v) > 0 {
		o.raw(name, v)
	}
}

func (o *object) end() []byte {
	return append(o.b, '}')
}

// array joins JSON values.
func array(values [][]byte) []byte {
	size := 2
	for _, v := range values {
		size += len(v) + 1
	}
	b := append(make([]byte, 0, size), '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, v...)
	}
	return append(b, ']')
}

// list renders each item and joins the results.
func list[T any](items []T, render func(T) []byte) []byte {
	values := make([][]byte, len(items))
	for i, item := range items {
		values[i] = render(item)
	}
	return array(values)
}

var jsonTrue = []byte("true")

func intJSON(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

func stringJSON(s string) []byte { return wire.AppendString(nil, s) }
