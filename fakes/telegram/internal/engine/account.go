package engine

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hookproof/fakes/telegram/internal/files"
	"hookproof/fakes/telegram/internal/queue"
)

// A User is a person or a bot's account.
type User struct {
	ID           int64
	IsBot        bool
	FirstName    string
	LastName     string
	Username     string
	LanguageCode string
	Premium      bool
	Deleted      bool // a deleted account: 403 to whoever writes to it

	bio    string
	photos []*files.Media // profile photos, newest first
}

func (u *User) append(o *object, name string) { o.raw(name, u.json()) }

func (u *User) json() []byte {
	o := newObject(96)
	u.fields(o)
	return o.end()
}

func (u *User) fields(o *object) {
	o.int("id", u.ID)
	o.bool("is_bot", u.IsBot)
	o.str("first_name", u.FirstName)
	o.strIf("last_name", u.LastName)
	o.strIf("username", u.Username)
	o.strIf("language_code", u.LanguageCode)
	o.boolIf("is_premium", u.Premium)
}

// Name is what a person reads: first and last name.
func (u *User) Name() string {
	return strings.TrimSpace(u.FirstName + " " + u.LastName)
}

// NewUser makes a person who has not met any bot yet.
func (w *World) NewUser(firstName string) *User {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.newUser(firstName)
}

func (w *World) newUser(firstName string) *User {
	u := &User{ID: w.nextID(), FirstName: firstName, LanguageCode: "en"}
	w.users[u.ID] = u
	return u
}

// SetUsername gives an account a username, so that @username finds it.
func (w *World) SetUsername(u *User, username string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.setUsername(u, username)
}

func (w *World) setUsername(u *User, username string) {
	delete(w.usernames, strings.ToLower(u.Username))
	u.Username = username
	if username != "" {
		w.usernames[strings.ToLower(username)] = u
	}
}

// A Bot is a bot's account and everything the Bot API server keeps for it.
type Bot struct {
	w     *World
	key   botKey
	User  *User
	token string

	CanReadAll bool // privacy mode is off
	NoGroups   bool // it can't be added to groups
	Inline     bool // it supports inline queries

	queue   *queue.Queue
	allowed typeSet
	poll    polling
	hook    hookState
	life    life
	inbox   map[int64]*Chat // private chats by user id
	lastMsg int32           // the one sequence of private chats and basic groups
	gates   floodGates
	called  bool        // it has called before
	active  int         // calls that are answered later
	updates []time.Time // of the last minute, when they are counted
	profile
}

// NewBot registers a bot under a token made from the world's seed.
func (w *World) NewBot(username string) *Bot {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.nextID()
	b, err := w.newBot(fmt.Sprintf("%d:%s", id, w.newSecret()), username)
	if err != nil {
		panic(err) // a token we made ourselves
	}
	return b
}

// newSecret makes 35 characters that decode as strict base64url: the server
// refuses a secret whose unused trailing bits are not zero.
func (w *World) newSecret() string {
	raw := make([]byte, 26)
	for i := range raw {
		raw[i] = byte(w.rand.Uint32())
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// NewBotToken registers a bot under the given token.
func (w *World) NewBotToken(token, username string) (*Bot, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.newBot(token, username)
}

func (w *World) newBot(token, username string) (*Bot, error) {
	id, err := checkToken(token)
	if err != nil {
		return nil, fmt.Errorf("register the bot %q: its token would be refused: %w", username, err)
	}
	if w.bots[botKey{id: id}] != nil {
		return nil, fmt.Errorf("register the bot %q: there is a bot with the id %d already", username, id)
	}
	u := &User{ID: id, IsBot: true, FirstName: username}
	w.users[id] = u
	w.setUsername(u, username)
	b := w.loadBot(botKey{id: id}, u, token)
	b.CanReadAll = false
	return b, nil
}

// loadBot makes the server's side of a bot; the test data centre has its own.
func (w *World) loadBot(key botKey, u *User, token string) *Bot {
	b := &Bot{
		w: w, key: key, User: u, token: token,
		queue:   queue.New(w.clock, w.rand),
		allowed: defaultTypes,
		inbox:   map[int64]*Chat{},
	}
	b.poll.reset(w.clock.Now())
	b.life.state = "new"
	b.profile.init()
	w.bots[key] = b
	return b
}

// Token is the bot's token.
func (b *Bot) Token() string { return b.token }

// bot finds the bot of a request, in the order of the server's checks: the
// shape of the token, the bot's id, its secret, and whether anybody has it.
func (w *World) bot(token string, test bool) (*Bot, *Error) {
	id, err := checkToken(token)
	if err != nil {
		return nil, w.badToken(err)
	}
	b := w.bots[botKey{id, false}]
	if b == nil || b.token != token {
		return nil, &Error{Code: 401, Text: "Unauthorized"}
	}
	if !test {
		return b, nil
	}
	if t := w.bots[botKey{id, true}]; t != nil {
		return t, nil
	}
	return w.loadBot(botKey{id, true}, b.User, token), nil
}

// badToken is a malformed token's answer: the cloud's front says 404 where the
// server itself says 401 (observed on the real server).
func (w *World) badToken(err *Error) *Error {
	if err.Code == 401 && err.Text != "Unauthorized" && !w.opt.LocalTexts {
		return &Error{Code: 404, Text: "Not Found"}
	}
	return err
}

// checkToken applies the server's rules on the shape of a token.
func checkToken(token string) (int64, *Error) {
	invalid := &Error{Code: 401, Text: "Unauthorized: invalid token specified"}
	id, secret, ok := strings.Cut(token, ":")
	if !ok || token[0] == '0' || len(token) > 80 || strings.Contains(token, "/") {
		return 0, invalid
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || id[0] == '+' || strings.HasPrefix(id, "-0") { // not as it would be printed
		return 0, &Error{Code: 421, Text: "Misdirected Request: unallowed token specified"}
	}
	if n <= 0 || n >= 1<<54 {
		return 0, invalid
	}
	if len(secret) < 24 || !strictBase64(secret) {
		return 0, &Error{Code: 401, Text: "Unauthorized"}
	}
	return n, nil
}

func strictBase64(s string) bool {
	_, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil
}

// life is what close and logOut need to know.
type life struct {
	loaded time.Time
	state  string    // "": running, "new" before the first call, "closing", "out"
	until  time.Time // of closing and out
}

// unload ends what the bot holds open.
func (b *Bot) unload() {
	b.poll.finish(b)
	b.closeHook()
	b.failSetting(tooMany(5))
}

// JSON is the User object. Call with the world held still.
func (u *User) JSON() []byte { return u.json() }
