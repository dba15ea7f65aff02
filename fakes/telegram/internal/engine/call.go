package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hookproof/fakes/telegram/internal/wire"
)

// A Request is one call of a method, from HTTP or from a webhook's reply.
type Request struct {
	Token  string
	Test   bool   // the test data centre
	Method string // lower-cased
	Client string // address of the client, for the server's own limits; "": none
	Args   []wire.Arg
	Files  []wire.File
}

// A Reply is what goes back over HTTP.
type Reply struct {
	Status     int
	Body       []byte
	RetryAfter int // seconds; 0: no header
	Damage     Damage
}

// A call is one method being carried out.
type call struct {
	w      *World
	bot    *Bot
	method string
	args   []wire.Arg
	files  []wire.File
	inline bool

	attached  []*attachment // the files of the call, read before the world was held still
	attachErr error         // the parameter they could not be made of

	desc   string // of a success
	chatID int64  // for the journal
	msgID  int64
	done   chan Reply    // a held call's answer
	waited time.Duration // of flood waits
	damage Damage
	held   bool
	start  time.Time
}

// errHeld says that the handler will answer later.
var errHeld = errors.New("held")

// A handler carries out one method and returns the JSON of its result.
type handler func(*call) ([]byte, error)

// Call carries out a request and returns when it is answered. A call that is
// held (a long poll, a delayed conflict, a flood wait) ends with ctx at the
// latest, and then has no reply.
func (w *World) Call(ctx context.Context, r Request) (Reply, error) {
	c := &call{w: w, method: r.Method, args: r.Args, files: r.Files, start: w.clock.Now()}
	c.prepare()
	w.mu.Lock()
	reply, held := c.run(r)
	w.mu.Unlock()
	if !held {
		return reply, nil
	}
	select {
	case reply = <-c.done:
		return reply, nil
	case <-ctx.Done():
	}
	select {
	case reply = <-c.done: // a poll is answered when the server closes
		return reply, nil
	default:
		return Reply{}, ctx.Err()
	}
}

// prepare reads the files of the call. It may take long, so it comes before the
// world is held still, and looks at nothing but the call.
func (c *call) prepare() {
	if c.method == "" {
		c.method = strings.ToLower(c.arg("method"))
	}
	if m := c.w.methods[c.method]; m.prepare != nil {
		c.attached, c.attachErr = m.prepare(c)
	}
}

func (c *call) run(r Request) (reply Reply, held bool) {
	if c.w.closed {
		return c.reply(nil, tooMany(5)), false // as while the real server shuts down
	}
	b, refused := c.w.bot(r.Token, r.Test)
	if refused != nil {
		return c.reply(nil, refused), false
	}
	c.bot = b
	if refused := c.newToken(r.Client); refused != nil {
		return c.reply(nil, refused), false
	}
	c.done = make(chan Reply, 1)
	result, err := c.admit()
	if errors.Is(err, errHeld) {
		c.hold()
		return Reply{}, true
	}
	return c.finish(result, err), false
}

// hold counts the call among those that are answered later.
func (c *call) hold() {
	if len(c.done) == 0 {
		c.held = true
		c.w.held++
		c.bot.active++
		c.w.changed()
	}
}

// admit applies what comes before the method itself: the bot's state, then
// the look-up, which is why an unknown method of a bad token is a 401.
func (c *call) admit() ([]byte, error) {
	if err := c.alive(); err != nil {
		return nil, err
	}
	if err := c.tooActive(); err != nil {
		return nil, err
	}
	m, known := c.w.methods[c.method]
	if !known {
		return nil, &Error{Code: 404, Text: "Not Found: method not found"}
	}
	if err := c.fault(); err != nil {
		return nil, err
	}
	if err := c.flood(); err != nil {
		return nil, err
	}
	return m.run(c)
}

// perform runs the handler for a call that was held before it began.
func (c *call) perform() {
	result, err := c.w.methods[c.method].run(c)
	c.answer(result, err)
}

// answer ends a held call. The world's lock is held.
func (c *call) answer(result []byte, err error) {
	if errors.Is(err, errHeld) {
		return
	}
	if c.held {
		c.held = false
		c.w.held--
		c.bot.active--
	}
	c.done <- c.finish(result, err)
}

func (c *call) finish(result []byte, err error) Reply {
	reply := c.reply(result, err)
	reply.Damage = c.damage
	c.w.record(c.event(reply, err))
	return reply
}

// reply renders the envelope (Bot API server source, JsonQueryOk and
// JsonQueryError): the description of a success comes after its result.
func (c *call) reply(result []byte, err error) Reply {
	if err == nil {
		b := make([]byte, 0, len(result)+len(c.desc)+40)
		b = append(b, `{"ok":true,"result":`...)
		b = append(b, result...)
		if c.desc != "" {
			b = append(b, `,"description":`...)
			b = wire.AppendString(b, c.desc)
		}
		return Reply{Status: 200, Body: append(b, '}')}
	}
	e := refusal(err)
	b := append(make([]byte, 0, 128), `{"ok":false,"error_code":`...)
	b = strconv.AppendInt(b, int64(e.Code), 10)
	b = append(b, `,"description":`...)
	b = wire.AppendString(b, e.Text)
	switch {
	case e.RetryAfter != 0:
		b = append(b, `,"parameters":{"retry_after":`...)
		b = strconv.AppendInt(b, int64(e.RetryAfter), 10)
		b = append(b, '}')
	case e.MigrateTo != 0:
		b = append(b, `,"parameters":{"migrate_to_chat_id":`...)
		b = strconv.AppendInt(b, e.MigrateTo, 10)
		b = append(b, '}')
	}
	return Reply{Status: e.Code, Body: append(b, '}'), RetryAfter: e.RetryAfter}
}

func (c *call) event(r Reply, err error) Event {
	e := Event{
		Kind: EventCall, Bot: c.bot.key.id, Method: c.name(), Args: withFiles(journalled(c.args), c.files),
		Status: r.Status, ChatID: c.chatID, MessageID: c.msgID, Inline: c.inline,
		Latency: c.w.clock.Since(c.start),
	}
	if err != nil {
		e.Err = refusal(err).Text
	}
	return e
}

// withFiles adds the uploaded files to the parameters, in words.
func withFiles(args []wire.Arg, uploads []wire.File) []wire.Arg {
	if len(uploads) == 0 {
		return args
	}
	all := slices.Clone(args)
	for _, f := range uploads {
		all = append(all, wire.Arg{Name: f.Field, Value: fmt.Sprintf("[file %q, %d bytes]", f.Name, len(f.Data))})
	}
	return all
}

// name is the method as documented, or as it was called when unknown.
func (c *call) name() string {
	if m, ok := c.w.methods[c.method]; ok {
		return m.name
	}
	return c.method
}

// maxValue is how much of a parameter the journal keeps, in bytes: it is
// bounded by events, and these must be bounded, too.
const maxValue = 8 << 10

// journalled are the parameters as the journal keeps them: without secrets,
// and cut where they are long.
func journalled(args []wire.Arg) []wire.Arg {
	args = redacted(args)
	for i := range args {
		if len(args[i].Value) > maxValue {
			kept := slices.Clone(args)
			for j := range kept {
				if v := kept[j].Value; len(v) > maxValue {
					kept[j].Value = strings.Clone(v[:maxValue]) + fmt.Sprintf("... (%d bytes)", len(v))
				}
			}
			return kept
		}
	}
	return args
}

// redacted takes secrets out of a call's parameters: the journal is shown.
func redacted(args []wire.Arg) []wire.Arg {
	for i, a := range args {
		if a.Name == "secret_token" && a.Value != "" {
			safe := append([]wire.Arg(nil), args...)
			safe[i].Value = "[secret]"
			return redacted2(safe, i+1)
		}
	}
	return args
}

func redacted2(args []wire.Arg, from int) []wire.Arg {
	for i := from; i < len(args); i++ {
		if args[i].Name == "secret_token" {
			args[i].Value = "[secret]"
		}
	}
	return args
}

// inlineCall carries out a method call that came in a webhook's reply. Its
// outcome is not observable to the bot.
func (b *Bot) inlineCall(m *wire.Message) {
	c := &call{w: b.w, bot: b, method: m.NamedMethod(), args: m.Args, files: m.Files, inline: true, start: b.w.clock.Now()}
	c.done = make(chan Reply, 1)
	c.prepare() // with the world held still; files in a reply are rare
	result, err := c.admit()
	if !errors.Is(err, errHeld) {
		c.finish(result, err)
	}
}

// NotFound is the answer to a path that is no call of a method.
func NotFound(text string) Reply {
	return (&call{}).reply(nil, &Error{Code: 404, Text: text})
}

// Held is how many calls will be answered later. Call with the world held still.
func (w *World) Held() int { return w.held }
