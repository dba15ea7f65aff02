package schema

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// An Env is what a sample needs to know of the world. The zero value works:
// what is missing is made up.
type Env struct {
	// Bot is the User object of the bot that calls.
	Bot json.RawMessage
	// User returns the User object with an id, or nil if it is unknown.
	User func(id int64) json.RawMessage
	// Chat returns the Chat object that a chat_id or @username names, or nil.
	Chat func(id string) json.RawMessage
	// Now is the Unix time; 0 means some other, because a message of the time 0
	// is an inaccessible one.
	Now int64
	// NextID returns a fresh id for a message; nil means 1.
	NextID func() int64
}

// Sample returns a plausible answer of a method: the least that the schema
// asks for, with everything the parameters determine filled in from them. For
// equal arguments it returns equal JSON. It answers true where the method
// returns a Boolean. Parameters are taken as they are; see CheckParams.
func Sample(method string, params Params, env Env) (json.RawMessage, error) {
	m, err := methodNamed(method)
	if err != nil {
		return nil, err
	}
	s := sampler{method: m, params: params, env: env}
	return appendNode(nil, s.result()), nil
}

// SampleType returns the least JSON value that is valid for a type or type
// expression.
func SampleType(typeExpr string, env Env) (json.RawMessage, error) {
	s := sampler{method: &MethodSpec{}, env: env}
	n := s.value(parseDocExpr(typeExpr), "")
	raw := appendNode(nil, n)
	return raw, Validate(typeExpr, raw)
}

// A sampler makes values for the answer of one call.
type sampler struct {
	method *MethodSpec
	params Params
	env    Env
}

// param returns a parameter; empty counts as absent, as on the server.
func (s *sampler) param(name string) (string, bool) {
	v := s.params.Values[name]
	return v, v != ""
}

// value makes a value of type e for a field of this name.
func (s *sampler) value(e Expr, field string) node {
	switch {
	case e.Any != nil:
		return s.value(e.Any[0], field)
	case e.Elem != nil:
		return s.array(e, field)
	}
	switch e.Name {
	case "Integer":
		return intNode(s.integer(field))
	case "Float":
		return node{kind: kindNumber, text: "0.5"}
	case "Boolean":
		return boolNode(false)
	case "String", "InputFile":
		return stringNode(s.text(field))
	case "User":
		return s.user()
	case "Chat":
		return s.chat()
	case "ChatFullInfo":
		return s.chatFullInfo()
	case "Message":
		return s.message()
	}
	return s.typed(e.Name)
}

// array is empty unless that would make no sense for the type.
func (s *sampler) array(e Expr, field string) node {
	if slices.Contains(neverEmpty, e.Elem.Name) {
		return arrayNode(s.value(*e.Elem, field))
	}
	return arrayNode()
}

// neverEmpty lists what a list of always holds at least one of.
var neverEmpty = []string{"PhotoSize", "PaidMedia", "PollOption", "ChecklistTask", "LabeledPrice", "ReactionType"}

// preferred names the member of a union that a sample is, if not the first.
var preferred = map[string]string{
	"ChatMember": "ChatMemberMember",
	"MenuButton": "MenuButtonDefault",
	"PaidMedia":  "PaidMediaPhoto",
}

func (s *sampler) typed(name string) node {
	t, ok := Type(name)
	if !ok {
		return node{kind: kindNull}
	}
	if len(t.Subtypes) > 0 {
		if p, ok := preferred[name]; ok {
			return s.typed(p)
		}
		return s.value(t.Subtypes[0], "")
	}
	return s.object(t)
}

// object makes an object of its required fields and of those optional ones
// which the call's parameters state.
func (s *sampler) object(t *TypeSpec) node {
	n := node{kind: kindObject}
	for _, f := range t.Fields {
		if value, ok := s.echo(f); ok {
			n.set(f.Name, value)
		} else if f.Required {
			n.set(f.Name, s.value(f.Type, f.Name))
		}
		if values := enumOf(t.Name, f.Name); f.Required && !enumAllows(values, textOf(n, f.Name)) {
			n.set(f.Name, stringNode(values[0]))
		}
	}
	if k, ok := constantOf(t.Name); ok {
		f, _ := t.Field(k.field)
		n.set(k.field, constantNode(f, k))
	}
	return n
}

func constantNode(f Field, k constant) node {
	if f.Type.Name == "Integer" {
		return node{kind: kindNumber, text: k.value}
	}
	return stringNode(k.value)
}

func textOf(n node, field string) string {
	m, _ := n.find(field)
	return m.text
}

// echo returns the parameter of the same name as a value of the field's type,
// if the call has it and it is one.
func (s *sampler) echo(f Field) (node, bool) {
	text, ok := s.param(f.Name)
	if !ok || !s.echoes(f.Name) {
		return node{}, false
	}
	switch f.Type.Name {
	case "Integer":
		return intNode(leadingInt(text)), true
	case "Float":
		return node{kind: kindNumber, text: leadingFloat(text)}, true
	case "Boolean":
		return boolNode(true), truth(text)
	case "String":
		return stringNode(text), true
	}
	if validate(f.Type, []byte(text)) != nil {
		return node{}, false
	}
	n, err := parseNode([]byte(text))
	return n, err == nil
}

// echoes reports whether the answer repeats a parameter. The message_id of a
// call names an old message, which only edits answer with.
func (s *sampler) echoes(name string) bool {
	if name != "message_id" {
		return true
	}
	return strings.HasPrefix(s.method.Name, "edit") || strings.HasPrefix(s.method.Name, "stop") ||
		s.method.Name == "setGameScore"
}

func (s *sampler) integer(field string) int64 {
	switch {
	case field == "date" || strings.HasSuffix(field, "_date"):
		return s.now()
	case field == "message_id" || field == "message_thread_id":
		return s.nextID()
	case strings.HasSuffix(field, "_count") || field == "offset":
		return 0
	}
	return 1
}

func (s *sampler) now() int64 { return cmp.Or(s.env.Now, 1_000_000_000) }

func (s *sampler) nextID() int64 {
	if s.env.NextID == nil {
		return 1
	}
	return s.env.NextID()
}

// text makes a String for a field of this name.
func (s *sampler) text(field string) string {
	switch field {
	case "invite_link":
		return "https://t.me/+AAAAAAAAAAAAAAAA"
	case "url":
		return "https://example.com/"
	case "currency":
		return "XTR"
	case "emoji":
		return "\U0001f44d"
	case "phone_number":
		return "+15550100"
	}
	switch {
	case strings.HasSuffix(field, "file_unique_id"):
		return "AQADAAEAAQ"
	case strings.HasSuffix(field, "file_id"):
		return "AgADAQADAAEAAQ"
	case strings.HasSuffix(field, "id"):
		return "1"
	}
	return strings.ReplaceAll(field, "_", " ")
}

// user returns the user the call is about, else the bot.
func (s *sampler) user() node {
	if text, ok := s.param("user_id"); ok {
		return s.userByID(leadingInt(text))
	}
	return s.botUser()
}

func (s *sampler) botUser() node {
	if n, err := parseNode(s.env.Bot); err == nil {
		return n
	}
	n := node{}
	n.set("id", intNode(1))
	n.set("is_bot", boolNode(true))
	n.set("first_name", stringNode("Bot"))
	n.set("username", stringNode("sample_bot"))
	return n
}

func (s *sampler) userByID(id int64) node {
	if s.env.User != nil {
		if n, err := parseNode(s.env.User(id)); err == nil {
			return n
		}
	}
	n := node{}
	n.set("id", intNode(id))
	n.set("is_bot", boolNode(false))
	n.set("first_name", stringNode("User "+strconv.FormatInt(id, 10)))
	return n
}

// chat returns the chat the call is about.
func (s *sampler) chat() node {
	text, _ := s.param("chat_id")
	if s.env.Chat != nil {
		if n, err := parseNode(s.env.Chat(text)); err == nil {
			return n
		}
	}
	n := node{}
	id := leadingInt(text)
	if id < 0 {
		n.set("id", intNode(id))
		n.set("title", stringNode("Chat "+text))
		n.set("type", stringNode("supergroup"))
		return n
	}
	n.set("id", intNode(max(id, 1)))
	n.set("first_name", stringNode("User "+strconv.FormatInt(max(id, 1), 10)))
	n.set("type", stringNode("private"))
	return n
}
