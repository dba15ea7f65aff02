package markup

import (
	"errors"
	"fmt"

	"hookproof/fakes/telegram/internal/wire"
)

// Parse reads reply_markup. Nothing and an object that asks for nothing are no
// markup.
func Parse(s string) (*Markup, error) {
	if s == "" {
		return nil, nil
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, errors.New("Can't parse reply keyboard markup JSON object")
	}
	return FromValue(v)
}

// FromValue reads a markup that is part of a larger JSON value.
//
// The fields are read in the server's order, all of them whatever the kind, so
// that of two mistakes the same one is reported. The first of keyboard,
// inline_keyboard, remove_keyboard and force_reply that is there counts.
func FromValue(v wire.Value) (*Markup, error) {
	if !v.IsObject() {
		return nil, errors.New("Object expected as reply markup")
	}
	replyRows, err := readRows(v, "keyboard", `Field "keyboard" must be an Array of Arrays`,
		"Can't parse keyboard button: ", readKeyboardButton)
	if err != nil {
		return nil, err
	}
	inlineRows, err := readRows(v, "inline_keyboard",
		`Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`,
		"Can't parse inline keyboard button: ", readInlineButton)
	if err != nil {
		return nil, err
	}
	r := reader{v: v}
	removes := r.either("hide_keyboard", "remove_keyboard")
	m := &Markup{Selective: r.either("personal_keyboard", "selective")}
	forces := r.either("force_reply_keyboard", "force_reply")
	m.Placeholder = r.str("input_field_placeholder")
	switch {
	case r.err != nil:
	case len(replyRows) > 0:
		m.kind, m.rows = keyboard, replyRows
		m.Resize, m.OneTime = r.bool("resize_keyboard"), r.bool("one_time_keyboard")
		m.Persistent = r.bool("is_persistent")
	case len(inlineRows) > 0:
		m = &Markup{kind: inline, rows: inlineRows}
	case removes:
		m.kind, m.Placeholder = remove, ""
	case forces:
		m.kind = forceReply
	default:
		return nil, nil
	}
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

// readRows reads a field that is an array of rows of buttons.
func readRows(v wire.Value, name, notRows, prefix string, button func(wire.Value) (Button, error)) ([][]Button, error) {
	field, _, err := v.Optional(name, wire.Array)
	if err != nil {
		return nil, err
	}
	var rows [][]Button
	for _, row := range field.Array() {
		if !row.IsArray() {
			return nil, errors.New(notRows)
		}
		buttons := make([]Button, 0, len(row.Array()))
		for _, item := range row.Array() {
			b, err := button(item)
			if err != nil {
				return nil, fmt.Errorf("%s%w", prefix, err)
			}
			buttons = append(buttons, b)
		}
		rows = append(rows, buttons)
	}
	return rows, nil
}

// A reader reads the fields of one object and keeps the first error; after it
// everything reads as absent.
type reader struct {
	v   wire.Value
	err error
}

// has tells whether a field is there, null included.
func (r *reader) has(name string) bool {
	_, ok := r.v.Field(name)
	return ok && r.err == nil
}

func (r *reader) bool(name string) bool { return read(r, name, false, r.v.OptionalBool) }

func (r *reader) str(name string) string { return read(r, name, "", r.v.OptionalString) }

// either reads a field under its old and its present name.
func (r *reader) either(old, name string) bool {
	was, is := r.bool(old), r.bool(name)
	return was || is
}

func read[T any](r *reader, name string, def T, get func(string, T) (T, error)) T {
	if r.err != nil {
		return def
	}
	value, err := get(name, def)
	r.err = err
	return value
}

func (r *reader) mustStr(name string) string { return mustRead(r, name, r.v.RequiredString) }

func (r *reader) mustInt(name string) int32 { return mustRead(r, name, r.v.RequiredInt) }

func mustRead[T any](r *reader, name string, get func(string) (T, error)) T {
	var value T
	if r.err == nil {
		value, r.err = get(name)
	}
	return value
}

// object is a reader of a field that must be an object.
func (r *reader) object(name string) *reader {
	if r.err != nil {
		return &reader{err: r.err}
	}
	v, err := r.v.Required(name, wire.Object)
	return &reader{v: v, err: err}
}
