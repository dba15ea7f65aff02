package engine

import (
	"errors"
	"fmt"
	"slices"

	"hookproof/fakes/telegram/internal/entities"
	"hookproof/fakes/telegram/internal/markup"
	"hookproof/fakes/telegram/internal/wire"
)

func pollMethods() map[string]handler {
	return map[string]handler{"sendPoll": sendPoll, "stopPoll": stopPoll}
}

// poll is a poll's state.
type poll struct {
	id        int64
	question  formatted
	options   []*pollOption
	quiz      bool
	anonymous bool
	multiple  bool
	revote    bool
	correct   []int64
	explained formatted
	closed    bool
	period    int64 // seconds; 0: none
	closes    int64 // Unix time; 0: none
	votes     map[int64]vote
	bot       *Bot
}

// formatted is a text with its entities.
type formatted struct {
	text     string
	entities []entities.Entity
}

type pollOption struct {
	formatted
	voters int64
}

type vote struct {
	user    *User
	options []int
}

func (p *poll) json(w *World) []byte {
	o := newObject(512)
	o.id("id", p.id)
	o.str("question", p.question.text)
	o.rawIf("question_entities", entitiesJSON(w, p.question.entities))
	o.raw("options", list(p.options, func(opt *pollOption) []byte {
		in := newObject(64)
		in.str("persistent_id", opt.persistentID())
		in.str("text", opt.text)
		in.rawIf("text_entities", entitiesJSON(w, opt.entities))
		in.int("voter_count", opt.voters)
		return in.end()
	}))
	o.int("total_voter_count", int64(len(p.votes)))
	o.bool("is_closed", p.closed)
	o.bool("is_anonymous", p.anonymous)
	o.str("type", p.kind())
	o.bool("allows_multiple_answers", p.multiple)
	o.bool("allows_revoting", p.revote)
	o.bool("members_only", false)
	if p.quiz && len(p.correct) > 0 {
		o.raw("correct_option_ids", list(p.correct, intJSON))
	}
	if p.explained.text != "" {
		o.str("explanation", p.explained.text)
		o.rawIf("explanation_entities", entitiesJSON(w, p.explained.entities))
	}
	o.intIf("open_period", p.period)
	o.intIf("close_date", p.closes)
	return o.end()
}

func (p *poll) kind() string {
	if p.quiz {
		return "quiz"
	}
	return "regular"
}

func (o *pollOption) persistentID() string {
	return fmt.Sprintf("%x", []byte(o.text[:min(8, len(o.text))]))
}

// copyable: a quiz whose answer the bot does not know can't be copied.
func (p *poll) fields(w *World) func(*object) {
	return func(o *object) { o.raw("poll", p.json(w)) }
}

func sendPoll(c *call) ([]byte, error) {
	p := &poll{id: c.w.nextQuery(), anonymous: true, votes: map[int64]vote{}, bot: c.bot}
	if err := c.pollText(p); err != nil {
		return nil, err
	}
	if err := c.pollOptions(p); err != nil {
		return nil, err
	}
	if err := c.pollKind(p); err != nil {
		return nil, err
	}
	d := &draft{content: content{kind: "poll", poll: p, body: p.fields(c.w), right: "can_send_polls", rightFor: "polls"}}
	d.check = func(chat *Chat) error { return p.check() }
	result, err := c.sendOne(d)
	if err == nil {
		c.w.schedule(p)
	}
	return result, err
}

func (c *call) pollText(p *poll) (err error) {
	question := c.arg("question")
	p.question.text, p.question.entities, err = formatText(question, c.arg("question_parse_mode"), c.json("question_entities"))
	return err
}

// json is a parameter parsed as JSON; bad JSON counts as absent.
func (c *call) json(name string) wire.Value {
	v, _ := wire.ParseJSON(c.arg(name))
	return v
}

// pollOptions are strings, or InputPollOption objects.
func (c *call) pollOptions(p *poll) error {
	s := c.arg("options")
	v, err := wire.ParseJSON(s)
	if s == "" || err != nil {
		return badRequest("can't parse options JSON object")
	}
	if !v.IsArray() {
		return badRequest("expected an Array of String as options")
	}
	for _, item := range v.Array() {
		opt := &pollOption{}
		if text, ok := item.String(); ok {
			opt.text = text
		} else if opt.formatted, err = inputOption(item); err != nil {
			return badRequest("can't parse poll option: %s", err)
		}
		p.options = append(p.options, opt)
	}
	return nil
}

func inputOption(v wire.Value) (f formatted, err error) {
	if !v.IsObject() {
		return f, errors.New("expected an Object")
	}
	text, err := v.RequiredString("text")
	if err != nil {
		return f, err
	}
	mode, err := v.OptionalString("text_parse_mode", "")
	if err != nil {
		return f, err
	}
	ents, _ := v.Field("text_entities")
	f.text, f.entities, err = formatText(text, mode, ents)
	return f, err
}

func (c *call) pollKind(p *poll) (err error) {
	if s, given := c.lookup("is_anonymous"); given {
		p.anonymous = lenientBool(s)
	}
	p.multiple = c.bool("allows_multiple_answers")
	p.closed = c.bool("is_closed")
	p.period = c.clamped("open_period", 0, 0, 2628000)
	p.closes = c.int("close_date")
	switch kind := c.arg("type"); kind {
	case "", "regular":
		p.revote = true
	case "quiz":
		p.quiz = true
		p.correct = c.correctOptions()
		p.explained.text, p.explained.entities, err = formatText(c.arg("explanation"), c.arg("explanation_parse_mode"), c.json("explanation_entities"))
	default:
		return badRequest("unsupported poll type specified")
	}
	if s, given := c.lookup("allows_revoting"); given {
		p.revote = lenientBool(s)
	}
	return err
}

// correctOptions are correct_option_ids, or the older correct_option_id.
func (c *call) correctOptions() []int64 {
	var ids []int64
	for _, v := range c.json("correct_option_ids").Array() {
		if s, ok := v.Number(); ok {
			ids = append(ids, lenientInt(s))
		}
	}
	if s, given := c.lookup("correct_option_id"); given && len(ids) == 0 {
		ids = []int64{lenientInt(s)}
	}
	return ids
}

// check applies the library's rules (TDLib, get_input_message_content).
func (p *poll) check() error {
	switch {
	case p.question.text == "":
		return badRequest("poll question must be non-empty")
	case entities.Len(p.question.text) > 300:
		return badRequest("poll question length must not exceed 300")
	case len(p.options) < 2:
		return badRequest("poll must have at least 2 option")
	case len(p.options) > 12:
		return badRequest("poll can't have more than 12 options")
	}
	for _, o := range p.options {
		if o.text == "" {
			return badRequest("poll options must be non-empty")
		}
		if entities.Len(o.text) > 100 {
			return badRequest("poll options length must not exceed 100")
		}
	}
	if !p.quiz {
		return nil
	}
	if len(p.correct) == 0 || slices.ContainsFunc(p.correct, func(id int64) bool { return id < 0 || id >= int64(len(p.options)) }) {
		return badRequest("wrong correct option ID specified")
	}
	return nil
}

// schedule closes the poll when its time is over.
func (w *World) schedule(p *poll) {
	if p.period > 0 {
		p.closes = w.now() + p.period
	}
	if p.closes == 0 || p.closed {
		return
	}
	w.after(timeUntil(p.closes, w), func() { w.closePoll(p) })
}

func (w *World) closePoll(p *poll) {
	if !p.closed {
		p.closed = true
		w.pollChanged(p)
	}
}

// pollChanged tells the bot that sent the poll: a bot learns of no other's.
func (w *World) pollChanged(p *poll) {
	p.bot.enqueue("poll", p.id, p.json(w), w.now()+day)
}

func stopPoll(c *call) ([]byte, error) {
	kb, err := c.newMarkup()
	if err != nil {
		return nil, err
	}
	chat, refused := c.chat(edit)
	if refused != nil {
		return nil, refused
	}
	m := chat.message(c.bot, c.messageID("message_id"))
	switch {
	case m == nil:
		return nil, badRequest("message with poll to stop not found")
	case m.poll == nil:
		return nil, badRequest("message is not a poll")
	case m.fromBot != c.bot:
		return nil, badRequest("poll can't be stopped")
	case m.poll.closed:
		return nil, badRequest("poll has already been closed")
	}
	if kb, err = checkMarkup(kb, chat, markup.Place{Edit: true}); err != nil {
		return nil, err
	}
	m.poll.closed, m.Markup = true, kb
	c.chatID, c.msgID = chat.ID, m.ID(c.bot)
	c.w.pollChanged(m.poll)
	return m.poll.json(c.w), nil
}

// Vote lets a person vote for options by number, or take the vote back with
// none.
func (w *World) Vote(u *User, m *Message, options ...int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := m.poll
	switch {
	case p == nil:
		return fmt.Errorf("%s votes: message %d is no poll", u.Name(), m.ID(nil))
	case p.closed:
		return fmt.Errorf("%s votes: the poll is closed", u.Name())
	case len(options) > 1 && !p.multiple:
		return fmt.Errorf("%s votes for %d options: the poll takes one", u.Name(), len(options))
	case slices.ContainsFunc(options, func(n int) bool { return n < 0 || n >= len(p.options) }):
		return fmt.Errorf("%s votes: the poll has %d options", u.Name(), len(p.options))
	}
	if _, voted := p.votes[u.ID]; voted && !p.revote {
		return fmt.Errorf("%s votes again: the poll takes one vote", u.Name())
	}
	p.count(u, options)
	w.record(Event{Kind: EventPost, ChatID: m.Chat.ID, MessageID: m.ID(nil), Text: fmt.Sprintf("%s votes for %v", u.Name(), options)})
	w.pollChanged(p)
	if !p.anonymous {
		p.bot.enqueue("poll_answer", p.id, p.answerJSON(u, options), w.now()+day)
	}
	return nil
}

func (p *poll) count(u *User, options []int) {
	for _, n := range p.votes[u.ID].options {
		p.options[n].voters--
	}
	delete(p.votes, u.ID)
	if len(options) > 0 {
		p.votes[u.ID] = vote{u, options}
	}
	for _, n := range options {
		p.options[n].voters++
	}
}

func (p *poll) answerJSON(u *User, options []int) []byte {
	o := newObject(128)
	o.id("poll_id", p.id)
	u.append(o, "user")
	o.raw("option_ids", list(options, func(n int) []byte { return intJSON(int64(n)) }))
	o.raw("option_persistent_ids", list(options, func(n int) []byte { return stringJSON(p.options[n].persistentID()) }))
	return o.end()
}
