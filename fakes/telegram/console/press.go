package console

import (
	"fmt"
	"net/http"
	"slices"

	"hookproof/fakes/telegram"
)

func (c *Console) press(r *http.Request) (any, error) {
	var in struct {
		User, Chat, Button, Timeout string
		Message                     int64
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, err := c.user(in.User)
	if err != nil {
		return nil, err
	}
	chat, err := c.chat(in.Chat)
	if err != nil {
		return nil, err
	}
	m := withButton(chat.Messages(), in.Message, in.Button)
	if m == nil {
		return nil, fmt.Errorf("a message with the button %q: %w", in.Button, errMissing)
	}
	p, err := u.Press(m, in.Button)
	if err != nil {
		return nil, err
	}
	if in.Timeout == "" {
		return map[string]int64{"message_id": m.ID}, nil
	}
	return c.pressed(r, p, m, in.Timeout)
}

// pressed waits for the bot's answer to a press.
func (c *Console) pressed(r *http.Request, p *telegram.Press, m *telegram.Message, timeout string) (any, error) {
	ctx, cancel, err := waiting(r, timeout)
	if err != nil {
		return nil, err
	}
	defer cancel()
	a, err := p.Wait(ctx)
	if err != nil {
		return nil, late(err)
	}
	return map[string]any{"message_id": m.ID, "text": a.Text, "show_alert": a.ShowAlert, "url": a.URL}, nil
}

// withButton finds the last message that has the button, or the one with the
// number.
func withButton(messages []*telegram.Message, id int64, button string) *telegram.Message {
	for _, m := range slices.Backward(messages) {
		if id != 0 && m.ID != id {
			continue
		}
		for _, row := range m.Buttons {
			for _, b := range row {
				if b.Text == button || b.Data == button {
					return m
				}
			}
		}
	}
	return nil
}
