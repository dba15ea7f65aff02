package console

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hookproof/fakes/telegram"
)

func (c *Console) chatEndpoints() []endpoint {
	return []endpoint{
		{
			method: "GET", path: "/chats", about: "the chats; address is what to call a chat by",
			curl: "$C/chats", run: c.listChats,
		},
		{
			method: "POST", path: "/chats", about: "make a group, supergroup or channel; members are people or bots",
			curl: `$C/chats -d '{"type":"supergroup","title":"Team","owner":"Ann","members":["my_bot"]}'`, run: c.addChat,
		},
		{
			method: "GET", path: "/chats/{chat}", about: "the messages of a chat: PERSON@BOT, or a group's title or id",
			curl: "$C/chats/Ann@my_bot", run: c.messages,
		},
		{
			method: "GET", path: "/chats/{chat}/transcript", about: "the chat as text",
			curl: "$C/chats/Ann@my_bot/transcript", write: c.transcript,
		},
		{
			method: "GET", path: "/chats/{chat}/{message}", about: "one message as its bot sees it",
			curl: "$C/chats/Ann@my_bot/1", run: c.message,
		},
		{
			method: "GET", path: "/chats/{chat}/{message}/file", about: "the file in a message",
			curl: "$C/chats/Ann@my_bot/2/file -o hello.txt", write: c.file,
		},
		{
			method: "POST", path: "/wait", about: "wait for a message from a bot that no wait has returned yet; text is all of it, contains a part; timeout is 10s unless given",
			curl: `$C/wait -d '{"chat":"Ann@my_bot","contains":"hello","timeout":"5s"}'`, run: c.wait,
		},
	}
}

// A Chat is a chat as the console tells about it.
type Chat struct {
	ID      int64  `json:"id"`
	Type    string `json:"type"`
	Name    string `json:"name"`
	Address string `json:"address"` // as other paths name it
}

func showChat(chat *telegram.Chat) Chat {
	out := Chat{ID: chat.ID(), Type: chat.Type(), Name: chat.Name(), Address: strconv.FormatInt(chat.ID(), 10)}
	if b := chat.Bot(); b != nil {
		out.Address = chat.User().Name() + "@" + b.Username()
	}
	return out
}

func (c *Console) listChats(*http.Request) (any, error) {
	out := []Chat{}
	for _, chat := range c.tg.Chats() {
		out = append(out, showChat(chat))
	}
	return out, nil
}

func (c *Console) addChat(r *http.Request) (any, error) {
	var in struct {
		Type, Title, Owner string
		Members            []string
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	create, known := map[string]func(string, *telegram.User, ...telegram.Member) *telegram.Chat{
		"group": c.tg.NewGroup, "supergroup": c.tg.NewSupergroup, "channel": c.tg.NewChannel,
	}[in.Type]
	if !known {
		return nil, fmt.Errorf("there is no type %q: it is group, supergroup or channel", in.Type)
	}
	if in.Title == "" {
		return nil, errors.New("a chat needs a title")
	}
	owner, err := c.user(in.Owner)
	if err != nil {
		return nil, err
	}
	var members []telegram.Member
	for _, name := range in.Members {
		m, err := c.member(name)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	return showChat(create(in.Title, owner, members...)), nil
}

// chat finds a chat by PERSON@BOT, by id or by title.
func (c *Console) chat(name string) (*telegram.Chat, error) {
	if at := strings.LastIndex(name, "@"); at > 0 {
		u, err := c.user(name[:at])
		if err != nil {
			return nil, err
		}
		b, err := c.bot(name[at:])
		if err != nil {
			return nil, err
		}
		return u.Chat(b), nil
	}
	for _, chat := range c.tg.Chats() {
		if strconv.FormatInt(chat.ID(), 10) == name || chat.Name() == name {
			return chat, nil
		}
	}
	return nil, fmt.Errorf("chat %q: %w", name, errMissing)
}

// A Message is a message as the console tells about it.
type Message struct {
	ID      int64               `json:"message_id"`
	From    string              `json:"from"`
	Bot     bool                `json:"from_bot"`
	Kind    string              `json:"kind"`
	Text    string              `json:"text"`
	Date    time.Time           `json:"date"`
	Edited  bool                `json:"edited"`
	Buttons [][]telegram.Button `json:"buttons,omitempty"`
	File    *File               `json:"file,omitempty"`
	Album   string              `json:"media_group_id,omitempty"`
}

// A File is a message's file as the console tells about it.
type File struct {
	Name string `json:"name"`
	MIME string `json:"mime_type"`
	Size int64  `json:"size"` // bytes
}

func showMessage(m *telegram.Message) Message {
	out := Message{
		ID: m.ID, From: m.From, Bot: m.FromBot, Kind: m.Kind, Text: m.Text, Date: m.Date.UTC(), Edited: m.Edited,
		Buttons: m.Buttons, Album: m.Album,
	}
	if len(m.Files) > 0 {
		f := m.Files[0]
		out.File = &File{f.Name, f.MIME, f.Size}
	}
	return out
}

func (c *Console) messages(r *http.Request) (any, error) {
	chat, err := c.chat(r.PathValue("chat"))
	if err != nil {
		return nil, err
	}
	return showMessages(chat), nil
}

func showMessages(chat *telegram.Chat) []Message {
	out := []Message{}
	for _, m := range chat.Messages() {
		out = append(out, showMessage(m))
	}
	return out
}

func (c *Console) transcript(w http.ResponseWriter, r *http.Request) error {
	chat, err := c.chat(r.PathValue("chat"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, chat.Transcript())
	return nil
}

// find finds a message by its number.
func (c *Console) find(chat string, id int64) (*telegram.Message, error) {
	in, err := c.chat(chat)
	if err != nil {
		return nil, err
	}
	for _, m := range in.Messages() {
		if m.ID == id {
			return m, nil
		}
	}
	return nil, fmt.Errorf("message %d in chat %q: %w", id, chat, errMissing)
}

func (c *Console) pathMessage(r *http.Request) (*telegram.Message, error) {
	id, err := number("message", r.PathValue("message"))
	if err != nil {
		return nil, err
	}
	return c.find(r.PathValue("chat"), id)
}

func (c *Console) message(r *http.Request) (any, error) {
	m, err := c.pathMessage(r)
	if err != nil {
		return nil, err
	}
	return m.JSON(), nil
}

func (c *Console) file(w http.ResponseWriter, r *http.Request) error {
	m, err := c.pathMessage(r)
	if err != nil {
		return err
	}
	data, err := m.Data()
	if err != nil {
		return fmt.Errorf("%w: %w", err, errMissing)
	}
	f := m.Files[0]
	// A download, whatever is in it: a page shown from here could use the console.
	w.Header().Set("Content-Type", "application/octet-stream")
	if m.Kind == "photo" {
		w.Header().Set("Content-Type", "image/jpeg")
	} else if f.Name != "" {
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(data) // the client may have gone
	return nil
}

func (c *Console) wait(r *http.Request) (any, error) {
	var in struct{ Chat, Text, Contains, Timeout string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	chat, err := c.chat(in.Chat)
	if err != nil {
		return nil, err
	}
	ctx, cancel, err := waiting(r, in.Timeout)
	if err != nil {
		return nil, err
	}
	defer cancel()
	m, err := chat.Wait(ctx, func(m *telegram.Message) bool {
		return m.FromBot && (in.Text == "" || m.Text == in.Text) && strings.Contains(m.Text, in.Contains)
	})
	if err != nil {
		return nil, late(err)
	}
	return showMessage(m), nil
}

// waiting is a context for a wait of the given time, 10 s unless given.
func waiting(r *http.Request, timeout string) (context.Context, context.CancelFunc, error) {
	d, err := duration("timeout", timeout, 10*time.Second)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), d)
	return ctx, cancel, nil
}

// late marks the error of a wait.
func late(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", errLate, err)
	}
	return err
}
