package engine

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"hookproof/fakes/telegram/internal/entities"
	"hookproof/fakes/telegram/internal/markup"
	"hookproof/fakes/telegram/internal/wire"
)

func inlineMethods() map[string]handler {
	return map[string]handler{"answerInlineQuery": answerInlineQuery}
}

// An InlineQuery is what a person typed after a bot's name, and the answer.
type InlineQuery struct {
	ID       int64
	User     *User
	Query    string
	Answered bool
	Results  []InlineResult
	bot      *Bot
	asked    int64
}

// An InlineResult is one result a person can choose.
type InlineResult struct {
	ID    string
	Type  string
	Title string
	text  string
	ents  []entities.Entity
	kb    *markup.Markup
}

// Inline lets a person type an inline query.
func (w *World) Inline(u *User, b *Bot, query, offset string) (*InlineQuery, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !b.Inline {
		return nil, fmt.Errorf("%s asks @%s inline: the bot has inline mode switched off", u.Name(), b.User.Username)
	}
	q := &InlineQuery{ID: w.nextQuery(), User: u, Query: query, bot: b, asked: w.now()}
	w.inline[q.ID] = q
	sweep(&w.sweeps.inline, w.inline, func(q *InlineQuery) bool { return q.Answered || w.now()-q.asked > inlineQueryLife })
	w.record(Event{Kind: EventPost, Text: u.Name() + " types @" + b.User.Username + " " + query})
	o := newObject(256)
	o.id("id", q.ID)
	u.append(o, "from")
	o.str("chat_type", "sender")
	o.str("query", query)
	o.str("offset", offset)
	b.enqueue("inline_query", u.ID, o.end(), w.now()+inlineQueryLife)
	return q, nil
}

func answerInlineQuery(c *call) ([]byte, error) {
	id, _ := strconv.ParseInt(c.arg("inline_query_id"), 10, 64)
	results, err := c.inlineResults()
	if err != nil {
		return nil, err
	}
	q := c.w.inline[id]
	if q == nil || q.bot != c.bot || c.w.now()-q.asked > inlineQueryLife {
		return nil, fail(400, "QUERY_ID_INVALID")
	}
	seen := map[string]bool{}
	for _, r := range results {
		if seen[r.ID] {
			return nil, fail(400, "RESULT_ID_DUPLICATE")
		}
		seen[r.ID] = true
	}
	q.Answered, q.Results = true, results
	return jsonTrue, nil
}

// inlineResults reads results; absent and null are an empty list.
func (c *call) inlineResults() ([]InlineResult, error) {
	s := c.arg("results")
	if s == "" {
		return nil, nil
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse JSON encoded inline query results: %s", err)
	}
	if v.IsNull() {
		return nil, nil
	}
	if !v.IsArray() {
		return nil, badRequest("expected an Array of inline query results")
	}
	if len(v.Array()) > 50 {
		return nil, badRequest("too many inline query results specified")
	}
	var out []InlineResult
	for _, item := range v.Array() {
		r, err := inlineResult(item)
		if err != nil {
			return nil, asResult(err)
		}
		out = append(out, r)
	}
	return out, nil
}

func asResult(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return badRequest("can't parse inline query result: %s", err)
}

// resultFields are what a type of InlineQueryResult must have: some fields, and
// its file by a URL or, without that, by an identifier.
type resultFields struct {
	must      []string
	url, file string
}

// resultTypes are the types of InlineQueryResult (Bot API server source,
// get_inline_query_result).
var resultTypes = map[string]resultFields{
	"article":   {must: []string{"title"}},
	"audio":     {url: "audio_url", file: "audio_file_id"},
	"contact":   {must: []string{"phone_number", "first_name"}},
	"document":  {must: []string{"title"}, url: "document_url", file: "document_file_id"},
	"game":      {must: []string{"game_short_name"}},
	"gif":       {url: "gif_url", file: "gif_file_id"},
	"location":  {must: []string{"latitude", "longitude", "title"}},
	"mpeg4_gif": {url: "mpeg4_url", file: "mpeg4_file_id"},
	"photo":     {url: "photo_url", file: "photo_file_id"},
	"sticker":   {must: []string{"sticker_file_id"}},
	"venue":     {must: []string{"latitude", "longitude", "title", "address"}},
	"video":     {must: []string{"title"}, url: "video_url", file: "video_file_id"},
	"voice":     {must: []string{"title"}, url: "voice_url", file: "voice_file_id"},
}

func inlineResult(v wire.Value) (r InlineResult, err error) {
	if !v.IsObject() {
		return r, errors.New("Inline query result must be an object")
	}
	if r.Type, err = v.RequiredString("type"); err != nil {
		return r, err
	}
	r.Type = strings.ToLower(r.Type)
	if r.ID, err = v.RequiredString("id"); err != nil {
		return r, err
	}
	if err := r.content(v); err != nil {
		return r, err
	}
	if r.kb, err = resultMarkup(v); err != nil {
		return r, err
	}
	if r.Title, err = v.OptionalString("title", ""); err != nil {
		return r, err
	}
	fields, known := resultTypes[r.Type]
	if !known {
		return r, fmt.Errorf("type %q is unsupported for the inline query result", r.Type)
	}
	if err := fields.there(v); err != nil {
		return r, err
	}
	if len(r.ID) == 0 || len(r.ID) > 64 {
		return r, fail(400, "RESULT_ID_INVALID")
	}
	return r, nil
}

// there looks for what a result of a type must have.
func (f resultFields) there(v wire.Value) error {
	for _, name := range f.must {
		if _, err := v.RequiredString(name); err != nil {
			return err
		}
	}
	if f.url == "" {
		return nil
	}
	url, err := v.OptionalString(f.url, "")
	if err == nil && url == "" {
		_, err = v.RequiredString(f.file)
	}
	return err
}

func resultMarkup(v wire.Value) (*markup.Markup, error) {
	kb, given := v.Field("reply_markup")
	if !given {
		return nil, nil
	}
	m, err := markup.FromValue(kb)
	if err != nil {
		return nil, fail(400, err.Error())
	}
	return checkMarkup(m, nil, markup.Place{Edit: true})
}

// content reads the message a result becomes: its input_message_content, or
// its caption.
func (r *InlineResult) content(v wire.Value) error {
	in, given, err := v.Optional("input_message_content", wire.Object)
	if err != nil {
		return err
	}
	if !given {
		if r.Type != "article" {
			return r.caption(v)
		}
		if _, err := v.RequiredString("message_text"); err != nil {
			return err
		}
		in = v // as in the first version of inline mode
	}
	text, err := in.OptionalString("message_text", "")
	if err != nil {
		return err
	}
	if text == "" {
		if r.Type == "article" && !otherContent(in) {
			return errors.New("Input message content is not specified")
		}
		r.text = "[" + r.Type + "]"
		return nil
	}
	mode, err := in.OptionalString("parse_mode", "")
	if err != nil {
		return err
	}
	ents, _ := in.Field("entities")
	r.text, r.ents, err = formatText(text, mode, ents)
	return err
}

// otherContent tells whether an InputMessageContent is a place, a contact or an
// invoice.
func otherContent(v wire.Value) bool {
	for _, name := range []string{"latitude", "phone_number", "payload"} {
		if _, ok := v.Field(name); ok {
			return true
		}
	}
	return false
}

func (r *InlineResult) caption(v wire.Value) error {
	text, err := v.OptionalString("caption", "")
	if err != nil {
		return err
	}
	mode, err := v.OptionalString("parse_mode", "")
	if err != nil {
		return err
	}
	ents, _ := v.Field("caption_entities")
	r.text, r.ents, err = formatText(text, mode, ents)
	return err
}

// Choose lets the person put a result into a chat. The bot is told only where
// it has asked for feedback, which this fake always does.
func (w *World) Choose(q *InlineQuery, resultID string, c *Chat) (*Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range q.Results {
		if r.ID == resultID {
			return w.chosen(q, r, c)
		}
	}
	return nil, fmt.Errorf("%s chooses %q: the bot's answer has no such result", q.User.Name(), resultID)
}

func (w *World) chosen(q *InlineQuery, r InlineResult, c *Chat) (*Message, error) {
	text, ents, err := entities.Fix(r.text, r.ents, entities.Options{})
	if err != nil {
		return nil, fmt.Errorf("the chosen result has no text to show: %w", err)
	}
	m := &Message{From: q.User, Date: w.now(), ViaBot: q.bot.User, Markup: r.kb}
	m.kind, m.text, m.entities = "text", text, ents
	if r.kb != nil {
		m.inlineID = base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, w.nextQuery(), 10))
		w.inlineMessages[m.inlineID] = m
		sweep(&w.sweeps.messages, w.inlineMessages, func(m *Message) bool { return w.now()-m.Date > 2*day })
	}
	if err := c.publish(q.User, m); err != nil {
		return nil, err
	}
	o := newObject(256)
	o.str("result_id", r.ID)
	q.User.append(o, "from")
	o.strIf("inline_message_id", m.inlineID)
	o.str("query", q.Query)
	q.bot.enqueue("chosen_inline_result", q.User.ID, o.end(), w.now()+chosenResultLife)
	return m, nil
}

// inlineMessage finds a message sent through inline mode.
func (c *call) inlineMessage(id string) (*Message, error) {
	m := c.w.inlineMessages[id]
	if m == nil || m.ViaBot != c.bot.User || m.Deleted {
		return nil, fail(400, "MESSAGE_ID_INVALID")
	}
	return m, nil
}
