package markup

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"hookproof/fakes/telegram/internal/entities"
	"hookproof/fakes/telegram/internal/entities/link"
)

// A Place is where a markup is to stand. The zero value is a message in a
// group.
type Place struct {
	Private bool // a private chat: requests and Web Apps are allowed
	Channel bool // a channel: only inline keyboards, and none that switch to inline mode
	Edit    bool // of a message that is there already, or an inline one: only inline keyboards
	Game    bool // the message is a game
	Invoice bool // the message is an invoice
}

// Limits that the library cuts at without a word, and those that the backend
// refuses beyond.
const (
	maxRow     = 12
	maxButtons = 300

	maxData  = 64  // bytes of callback data
	maxCopy  = 256 // characters of a text to copy
	maxUsers = 10  // users requested at once
	maxTotal = 100 // buttons of an inline keyboard
)

// Check is what becomes of a markup in a place: texts cleaned, addresses
// normalised, what is too much cut off. It is nil if nothing is left. A button
// that cannot be is an error.
func (m *Markup) Check(p Place) (*Markup, error) {
	if m == nil {
		return nil, nil
	}
	if m.kind != inline && (p.Channel || p.Edit) {
		return nil, errors.New("Inline keyboard expected")
	}
	checked := *m
	checked.Selective = m.Selective && !p.Private
	if m.kind == remove || m.kind == forceReply {
		return &checked, nil
	}
	var err error
	if checked.rows, err = m.checkRows(p); err != nil || len(checked.rows) == 0 {
		return nil, err
	}
	if err := checked.refusedByBackend(p); err != nil {
		return nil, err
	}
	return &checked, nil
}

func (m *Markup) checkRows(p Place) ([][]Button, error) {
	check := Button.checkKeyboard
	if m.kind == inline {
		check = Button.checkInline
	}
	var rows [][]Button
	total := 0
	for _, row := range m.rows {
		var kept []Button
		for _, b := range row[:min(len(row), maxRow, maxButtons-total)] {
			b, err := check(b, p)
			if err != nil {
				return nil, err
			}
			kept = append(kept, b)
		}
		if total += len(kept); len(kept) > 0 {
			rows = append(rows, kept)
		}
	}
	return rows, nil
}

// text cleans the text of a button. The fake is stricter than the server in
// one point: the server's library leaves a button out without a word if its
// text is empty from the beginning, and refuses it only if cleaning makes it
// so. A bot that sends such a button has a mistake that should be seen.
func (b *Button) text(name string) error {
	var ok bool
	if b.Text, ok = entities.Clean(b.Text); !ok {
		return errors.New(name + " text must be encoded in UTF-8")
	}
	if b.Text == "" {
		return errors.New(name + " text must be non-empty")
	}
	return nil
}

func (b Button) checkInline(p Place) (Button, error) {
	const name = "Inline keyboard button"
	if err := b.text(name); err != nil {
		return b, err
	}
	switch b.Action {
	case URL:
		if id, ok := link.User(b.URL); ok {
			b.User, b.URL = id, ""
			return b, nil
		}
		return b, b.address(name, link.Any)
	case LoginURL:
		if err := b.noUserLink("login"); err != nil {
			return b, err
		}
		return b, b.address(name+" login", link.HTTPS)
	case WebApp:
		if err := b.noUserLink("Web App"); err != nil {
			return b, err
		}
		return b, b.address(name+" Web App", link.HTTPS)
	case SwitchInline, SwitchChosen, SwitchHere:
		return b, b.switches(p)
	}
	return b, nil
}

// address checks and normalises the button's URL.
func (b *Button) address(name string, rule link.Rule) error {
	checked, err := link.Check(b.URL, rule)
	if err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	var ok bool
	if b.URL, ok = entities.Clean(checked); !ok {
		return errors.New(name + " URL must be encoded in UTF-8")
	}
	return nil
}

func (b *Button) noUserLink(what string) error {
	if _, ok := link.User(b.URL); !ok {
		return nil
	}
	if what == "login" {
		return errors.New("Link to a user can't be used in login URL buttons")
	}
	return errors.New("Link to a user can't be used in Web App URL buttons")
}

// switches checks a button that switches to inline mode. One that allows all
// kinds of chat is an ordinary switch_inline_query.
func (b *Button) switches(p Place) error {
	if b.Action == SwitchChosen {
		switch b.Chats {
		case Chats{}:
			return errors.New("At least one chat type must be allowed")
		case Chats{true, true, true, true}:
			b.Action = SwitchInline
		}
	}
	if p.Channel {
		name := SwitchInline
		if b.Action == SwitchHere {
			name = SwitchHere
		}
		return fmt.Errorf("Can't use %s button in a channel chat, because users will not be able to use the "+
			"button without knowing bot's username", name)
	}
	b.Query, _ = entities.Clean(b.Query)
	return nil
}

// privateOnly is what the library says of an action of reply keyboards outside
// of private chats; empty if it may be anywhere.
func privateOnly(a Action) string {
	switch a {
	case RequestContact:
		return "Phone number can be requested in private chats only"
	case RequestLocation:
		return "Location can be requested in private chats only"
	case RequestPoll:
		return "Poll can be requested in private chats only"
	case WebApp:
		return "Web App buttons can be used in private chats only"
	case RequestUsers:
		return "Users can be requested in private chats only"
	case RequestChat:
		return "Chats can be requested in private chats only"
	case RequestManagedBot:
		return "Managed bots can be requested in private chats only" // our words
	default:
		return ""
	}
}

func (b Button) checkKeyboard(p Place) (Button, error) {
	const name = "Keyboard button"
	if err := b.text(name); err != nil {
		return b, err
	}
	if text := privateOnly(b.Action); text != "" && !p.Private {
		return b, errors.New(text)
	}
	if b.Action != WebApp {
		return b, nil
	}
	if err := b.noUserLink("Web App"); err != nil {
		return b, err
	}
	return b, b.address(name+" Web App", link.HTTPS)
}

// refusedByBackend finds what only Telegram's backend checks. Its codes were
// observed on the real server; BUTTON_POS_INVALID and REPLY_MARKUP_TOO_LONG
// are from the public list of its errors.
func (m *Markup) refusedByBackend(p Place) error {
	total := 0
	for i, row := range m.rows {
		for j, b := range row {
			if code := b.refused(p, i == 0 && j == 0); code != "" {
				return errors.New(code)
			}
			total++
		}
	}
	if m.kind == inline && total > maxTotal {
		return errors.New("REPLY_MARKUP_TOO_LONG")
	}
	return nil
}

// refused is the backend's code for a button that it refuses.
func (b Button) refused(p Place, first bool) string {
	switch {
	case b.Action == Callback && len(b.Data) > maxData:
		return "BUTTON_DATA_INVALID"
	case b.Action == CopyText && (b.Copy == "" || utf8.RuneCountInString(b.Copy) > maxCopy):
		return "BUTTON_COPY_TEXT_INVALID"
	case b.Action == RequestUsers && (b.Quantity < 1 || b.Quantity > maxUsers):
		return "BUTTON_QUANTITY_MAX_INVALID"
	case b.Action == Game && !p.Game, b.Action == Pay && !p.Invoice, b.Action == WebApp && !p.Private:
		return "BUTTON_TYPE_INVALID"
	case (b.Action == Game || b.Action == Pay) && !first:
		return "BUTTON_POS_INVALID"
	}
	return ""
}
