// Package markup parses and renders the reply_markup of messages.
package markup

import (
	"errors"
	"fmt"

	"hookproof/fakes/telegram/internal/wire"
)

// A Markup is what stands under a message, or replaces a person's keyboard. A
// nil Markup is none.
type Markup struct {
	kind string // inline, keyboard, remove, force
	rows [][]Button
}

// A Button is one button of an inline keyboard, or of a reply keyboard.
type Button struct {
	Text string
	Data string
	URL  string
	game bool
}

// Game tells whether the button starts a game.
func (b Button) Game() bool { return b.game }

// Inline tells whether it is an inline keyboard.
func (m *Markup) Inline() bool { return m != nil && m.kind == "inline" }

// Reply tells whether it changes the person's own keyboard.
func (m *Markup) Reply() bool { return m != nil && m.kind != "inline" }

// Rows are the buttons of an inline keyboard.
func (m *Markup) Rows() [][]Button {
	if !m.Inline() {
		return nil
	}
	return m.rows
}

// Find is the inline button with that text or callback data.
func (m *Markup) Find(name string) (Button, bool) {
	for _, row := range m.Rows() {
		for _, b := range row {
			if b.Text == name || b.Data == name && name != "" {
				return b, true
			}
		}
	}
	return Button{}, false
}

// Parse reads reply_markup. Nothing and an empty object are no markup.
func Parse(s string) (*Markup, error) {
	if s == "" {
		return nil, nil
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, errors.New("can't parse reply keyboard markup JSON object")
	}
	return FromValue(v)
}

// FromValue reads a markup that is part of a larger JSON value.
func FromValue(v wire.Value) (*Markup, error) {
	if !v.IsObject() {
		return nil, errors.New("object expected as reply markup")
	}
	if kb, ok := v.Field("inline_keyboard"); ok {
		return inline(kb)
	}
	if _, ok := v.Field("keyboard"); ok {
		return &Markup{kind: "keyboard"}, nil
	}
	return nil, nil
}

func inline(kb wire.Value) (*Markup, error) {
	m := &Markup{kind: "inline"}
	for _, row := range kb.Array() {
		var buttons []Button
		for _, b := range row.Array() {
			text, err := b.RequiredString("text")
			if err != nil {
				return nil, fmt.Errorf("can't parse inline keyboard button: %w", err)
			}
			data, _ := b.OptionalString("callback_data", "")
			url, _ := b.OptionalString("url", "")
			buttons = append(buttons, Button{Text: text, Data: data, URL: url})
		}
		m.rows = append(m.rows, buttons)
	}
	return m, nil
}

// AppendJSON renders an inline keyboard.
func (m *Markup) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"inline_keyboard":[`...)
	for i, row := range m.rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		for j, b := range row {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, `{"text":`...)
			dst = wire.AppendString(dst, b.Text)
			if b.URL != "" {
				dst = append(dst, `,"url":`...)
				dst = wire.AppendString(dst, b.URL)
			} else {
				dst = append(dst, `,"callback_data":`...)
				dst = wire.AppendString(dst, b.Data)
			}
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	return append(dst, `]}`...)
}
