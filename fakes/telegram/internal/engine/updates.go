package engine

import (
	"strings"
	"time"

	"hookproof/fakes/telegram/internal/wire"
)

// An updateKind is one kind of update: its name, and how it is ordered among
// the deliveries of a webhook.
type updateKind struct {
	name string
	lane int64 // multiple of 2^33 added to the chat's or user's id to form the ordering key
}

// kinds in the order in which getWebhookInfo lists them (Bot API server
// source, UpdateType).
var kinds = [...]updateKind{
	{"message", 0}, {"edited_message", 0}, {"channel_post", 0}, {"edited_channel_post", 0},
	{"inline_query", 1}, {"chosen_inline_result", 2}, {"callback_query", 3},
	{"shipping_query", 4}, {"pre_checkout_query", 4}, {"poll", 0}, {"poll_answer", 0},
	{"my_chat_member", 5}, {"chat_member", 6}, {"chat_join_request", 6},
	{"chat_boost", 7}, {"removed_chat_boost", 7},
	{"message_reaction", 8}, {"message_reaction_count", 9},
	{"business_connection", 10}, {"business_message", 11}, {"edited_business_message", 11}, {"deleted_business_messages", 11},
	{"purchased_paid_media", 12}, {"managed_bot", 13}, {"guest_message", 12},
}

// Lifetimes of an update in the queue, seconds (Bot API server source). A
// callback query nobody took for 150 s is of no use to anybody.
const (
	day              = 86400
	inlineQueryLife  = 30
	chosenResultLife = 600
	queryLife        = 150
)

// A typeSet is a set of kinds, a bit each, in the order of kinds.
type typeSet uint32

var allTypes = typeSet(1<<len(kinds) - 1)

// defaultTypes are all but chat_member and the two kinds of reaction (Bot API docs, getUpdates).
var defaultTypes = allTypes &^ (typeOf("chat_member") | typeOf("message_reaction") | typeOf("message_reaction_count"))

func typeOf(name string) typeSet {
	for i, k := range kinds {
		if k.name == name {
			return 1 << i
		}
	}
	return 0
}

func (s typeSet) names() []string {
	var names []string
	for i, k := range kinds {
		if s&(1<<i) != 0 {
			names = append(names, k.name)
		}
	}
	return names
}

// allow applies the allowed_updates parameter: absent or not an array of
// strings leaves the set as it is; an array with no known name resets it.
func (c *call) allow() {
	s := c.arg("allowed_updates")
	if s == "" {
		return
	}
	v, err := wire.ParseJSON(s)
	if err != nil || !v.IsArray() {
		return
	}
	set := typeSet(0)
	for _, item := range v.Array() {
		name, ok := item.String()
		if !ok {
			return
		}
		set |= typeOf(strings.ToLower(name))
	}
	if set == 0 {
		set = defaultTypes
	}
	c.bot.allowed = set
}

// enqueue queues an update unless its kind is not allowed, which costs no
// update_id. who is the id of the chat or user the kind is ordered by.
func (b *Bot) enqueue(kind string, who int64, payload []byte, expires int64) int64 {
	if b.allowed&typeOf(kind) == 0 {
		return 0
	}
	body := make([]byte, 0, len(kind)+3+len(payload))
	body = append(append(append(append(body, '"'), kind...), '"', ':'), payload...)
	return b.push(kind, lane(kind, who), body, expires)
}

// push queues a rendered update and wakes whoever delivers it.
func (b *Bot) push(kind string, key int64, body []byte, expires int64) int64 {
	id, ok := b.queue.Push(kind, key, body, expires)
	if !ok {
		return 0
	}
	if b.w.opt.Flood.Server {
		b.updates = append(b.updates, b.w.clock.Now())
	}
	b.w.record(Event{Kind: EventUpdate, Bot: b.key.id, UpdateID: id, UpdateKind: kind})
	b.wake()
	return id
}

func (b *Bot) wake() {
	switch {
	case b.hook.busy:
		b.w.after(0, b.wake)
	case b.hook.engine != nil:
		b.hook.engine.Wake()
	default:
		b.poll.arrived(b)
	}
}

// Expired updates count as pending until they are collected: first some time
// after the server's start, then again and again (Bot API server source).
const (
	firstCollect = 10 * time.Minute
	collectEvery = time.Minute
)

func (w *World) collect() {
	for _, b := range w.bots {
		b.queue.Collect()
	}
	w.after(collectEvery, w.collect)
}

func lane(kind string, who int64) int64 {
	for _, k := range kinds {
		if k.name == kind {
			return who + k.lane<<33
		}
	}
	return who
}

// Push queues a raw update of any kind, valid or not, as if Telegram had made
// it, and returns its id; 0 when its kind is not allowed or the queue is full.
// who is the chat or person that its delivery is ordered by, and life how long
// it stays in the queue.
func (w *World) Push(b *Bot, kind string, who int64, body []byte, life time.Duration) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := typeOf(kind); t != 0 && b.allowed&t == 0 {
		return 0
	}
	return b.push(kind, lane(kind, who), body, w.now()+int64(life/time.Second))
}

// announce tells every bot that sees the chat about a message in it.
func (m *Message) announce(edited bool) {
	for _, b := range m.Chat.bots() {
		if b.sees(m) {
			b.enqueue(m.updateKind(edited), m.Chat.ID, m.json(b), m.expires(edited))
		}
	}
}

func (m *Message) updateKind(edited bool) string {
	kind := "message"
	if m.Chat.Type == Channel {
		kind = "channel_post"
	}
	if edited {
		kind = "edited_" + kind
	}
	return kind
}

// expires is a day after the message or its edit.
func (m *Message) expires(edited bool) int64 {
	if edited {
		return m.EditDate + day
	}
	return m.Date + day
}
