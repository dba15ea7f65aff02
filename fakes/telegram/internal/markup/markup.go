package markup

import "slices"

// A Markup is what stands under a message, or replaces a person's keyboard.
type Markup struct {
	kind kind
	rows [][]Button

	// Of a reply keyboard.
	Resize, OneTime, Persistent bool
	// Of everything but an inline keyboard: for the people mentioned only.
	Selective bool
	// Of a reply keyboard or a forced reply: shown in the empty input field.
	Placeholder string
}

type kind int

const (
	inline kind = iota
	keyboard
	remove
	forceReply
)

// An Action is what a button does, named as the field of the Bot API that
// asks for it.
type Action string

// Actions of inline buttons.
const (
	URL               Action = "url"
	Callback          Action = "callback_data"
	Game              Action = "callback_game"
	Pay               Action = "pay"
	SwitchInline      Action = "switch_inline_query"
	SwitchChosen      Action = "switch_inline_query_chosen_chat"
	SwitchHere        Action = "switch_inline_query_current_chat"
	LoginURL          Action = "login_url"
	WebApp            Action = "web_app" // of reply keyboards as well
	CopyText          Action = "copy_text"
	SendText          Action = "" // and the others, of reply keyboards
	RequestContact    Action = "request_contact"
	RequestLocation   Action = "request_location"
	RequestPoll       Action = "request_poll"
	RequestUsers      Action = "request_users"
	RequestChat       Action = "request_chat"
	RequestManagedBot Action = "request_managed_bot"
)

// A Button is one button of an inline keyboard, or of a reply keyboard.
type Button struct {
	Text   string
	Icon   int64  // custom emoji before the text; 0 is none
	Style  string // danger, success, primary; empty is the app's own
	Action Action

	Data  string // callback data
	URL   string // of a URL, login or Web App button
	User  int64  // whom a URL button's tg://user link names; URL is then empty
	Query string // of the buttons that switch to inline mode
	Chats Chats  // of a button that lets choose a chat
	Copy  string // the text to copy
	Login Login  // of a login button

	Request  int32  // request_id of what a reply button requests
	Quantity int32  // users to request, at most
	Poll     string // kind of poll to create: quiz, regular or empty
}

// Chats are the kinds of chat to choose from.
type Chats struct{ Users, Bots, Groups, Channels bool }

// Login is what a login button asks for.
type Login struct {
	Bot         string // username of another bot, without the @; empty is this bot
	ForwardText string
	WriteAccess bool
}

// Game tells whether the button starts a game.
func (b Button) Game() bool { return b.Action == Game }

// Inline tells whether it is an inline keyboard.
func (m *Markup) Inline() bool { return m != nil && m.kind == inline }

// Reply tells whether it changes the person's own keyboard.
func (m *Markup) Reply() bool { return m != nil && m.kind != inline }

// Removes tells whether it takes the person's keyboard away.
func (m *Markup) Removes() bool { return m != nil && m.kind == remove }

// Forces tells whether it makes the person reply.
func (m *Markup) Forces() bool { return m != nil && m.kind == forceReply }

// Rows are the buttons of an inline keyboard. Do not change them.
func (m *Markup) Rows() [][]Button {
	if !m.Inline() {
		return nil
	}
	return m.rows
}

// Keyboard is the buttons of a reply keyboard. Do not change them.
func (m *Markup) Keyboard() [][]Button {
	if m == nil || m.kind != keyboard {
		return nil
	}
	return m.rows
}

// Find is the inline button with that text or callback data. A text goes
// first: two buttons may share their data.
func (m *Markup) Find(name string) (Button, bool) {
	if b, ok := m.find(func(b Button) bool { return b.Text == name }); ok {
		return b, true
	}
	return m.find(func(b Button) bool { return b.Action == Callback && b.Data == name })
}

func (m *Markup) find(match func(Button) bool) (Button, bool) {
	for _, row := range m.Rows() {
		if i := slices.IndexFunc(row, match); i >= 0 {
			return row[i], true
		}
	}
	return Button{}, false
}

// LoginBots are the usernames of the other bots that login buttons name. Each
// must be a bot (Bot API server source: `bot "name" not found`).
func (m *Markup) LoginBots() []string {
	var names []string
	for _, row := range m.Rows() {
		for _, b := range row {
			if b.Login.Bot != "" && !slices.Contains(names, b.Login.Bot) {
				names = append(names, b.Login.Bot)
			}
		}
	}
	return names
}
