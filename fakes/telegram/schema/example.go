package schema

import (
	"cmp"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
)

//go:embed updates.json
var updateTemplates []byte

// A Cast says who appears in an example update. Whoever is missing is made up.
type Cast struct {
	User    json.RawMessage // User object of the person who acts
	Bot     json.RawMessage // User object of the bot
	Private json.RawMessage // Chat object of the two; by default that of User
	Group   json.RawMessage // Chat object of a supergroup
	Channel json.RawMessage // Chat object of a channel

	Now       int64 // Unix time; 0 is some other
	MessageID int64 // of the message in the update; 0 is made from the seed
}

// UpdateExample returns a payload for an update of a kind, such as "message":
// the value of that field of the Update. It is valid, looks like what Telegram
// sends, and is the same for the same seed.
func UpdateExample(kind string, seed uint64) (json.RawMessage, error) {
	return Cast{}.Update(kind, seed)
}

// Update is UpdateExample with this cast.
func (c Cast) Update(kind string, seed uint64) (json.RawMessage, error) {
	template, ok := templates().find(kind)
	if !ok {
		return nil, fmt.Errorf("no update of the kind %q; there are %s", kind, strings.Join(UpdateKinds(), ", "))
	}
	values, err := c.values(seed)
	if err != nil {
		return nil, err
	}
	return appendNode(nil, fill(template, values)), nil
}

// templates parses the embedded file once. A string that begins with "$" stands
// for a value of the cast.
var templates = sync.OnceValue(func() node {
	n, err := parseNode(updateTemplates)
	if err != nil {
		panic("schema: updates.json: " + err.Error())
	}
	return n
})

// fill replaces the placeholders in a template.
func fill(template node, values map[string]node) node {
	switch template.kind {
	case kindString:
		if name, ok := strings.CutPrefix(template.text, "$"); ok {
			return values[name]
		}
	case kindArray:
		filled := arrayNode()
		for _, item := range template.items {
			filled.items = append(filled.items, fill(item, values))
		}
		return filled
	case kindObject:
		filled := node{kind: kindObject}
		for _, m := range template.members {
			filled.set(m.name, fill(m.value, values))
		}
		return filled
	}
	return template
}

// values makes what the placeholders stand for.
func (c Cast) values(seed uint64) (map[string]node, error) {
	r := rand.New(rand.NewPCG(seed, 0))
	now := cmp.Or(c.Now, 1_767_225_600) // 2026-01-01
	values := map[string]node{
		"message_id":        intNode(cmp.Or(c.MessageID, 1+r.Int64N(10_000))),
		"date":              intNode(now),
		"later":             intNode(now + 60),
		"much_later":        intNode(now + 30*86400),
		"id":                stringNode(strconv.FormatInt(r.Int64(), 10)),
		"chat_instance":     stringNode(strconv.FormatInt(-r.Int64(), 10)),
		"other_id":          intNode(6_000_000_000 + r.Int64N(1_000_000_000)),
		"inline_message_id": stringNode(randomID(r, 24)),
		"connection_id":     stringNode(randomID(r, 15)),
	}
	people := []struct {
		name     string
		given    json.RawMessage
		fallback node
	}{
		{"user", c.User, person(5_000_000_000+r.Int64N(1_000_000_000), "Example", false)},
		{"bot", c.Bot, person(7_000_000_000+r.Int64N(1_000_000_000), "Example Bot", true)},
		{"group", c.Group, room(-1_001_000_000_000-r.Int64N(1_000_000_000), "Example group", "supergroup")},
		{"channel", c.Channel, room(-1_002_000_000_000-r.Int64N(1_000_000_000), "Example channel", "channel")},
	}
	for _, p := range people {
		n, err := given(p.name, p.given, p.fallback)
		if err != nil {
			return nil, err
		}
		values[p.name] = n
	}
	private, err := given("private chat", c.Private, privateChat(values["user"]))
	values["private"] = private
	values["user_id"] = node{kind: kindNumber, text: textOf(values["user"], "id")}
	return values, err
}

// given parses an object of the cast, if it is there.
func given(name string, raw json.RawMessage, fallback node) (node, error) {
	if len(raw) == 0 {
		return fallback, nil
	}
	n, err := parseNode(raw)
	if err != nil {
		return node{}, fmt.Errorf("%s of the cast: %w", name, err)
	}
	return n, nil
}

func person(id int64, firstName string, isBot bool) node {
	n := node{}
	n.set("id", intNode(id))
	n.set("is_bot", boolNode(isBot))
	n.set("first_name", stringNode(firstName))
	if isBot {
		n.set("username", stringNode("example_bot"))
		return n
	}
	n.set("last_name", stringNode("Person"))
	n.set("username", stringNode("example_person"))
	n.set("language_code", stringNode("en"))
	return n
}

func room(id int64, title, kind string) node {
	n := node{}
	n.set("id", intNode(id))
	n.set("title", stringNode(title))
	n.set("type", stringNode(kind))
	return n
}

// privateChat is the chat with a user: it has the user's id and names.
func privateChat(user node) node {
	n := node{}
	for _, name := range []string{"id", "first_name", "last_name", "username"} {
		if value, ok := user.find(name); ok {
			n.set(name, value)
		}
	}
	n.set("type", stringNode("private"))
	return n
}

// randomID returns an opaque identifier of so many random bytes.
func randomID(r *rand.Rand, size int) string {
	raw := make([]byte, size)
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}
