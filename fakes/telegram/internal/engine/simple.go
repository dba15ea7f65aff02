package engine

import (
	"math"
	"strconv"
	"strings"
)

// simpleMethods send content that is neither text nor a file.
func simpleMethods() map[string]handler {
	return map[string]handler{
		"sendLocation": sendLocation,
		"sendVenue":    sendVenue,
		"sendContact":  sendContact,
		"sendDice":     sendDice,

		"editMessageLiveLocation": editMessageLiveLocation,
		"stopMessageLiveLocation": stopMessageLiveLocation,
	}
}

// location is a point, and how long it is live.
type location struct {
	lat, long, accuracy float64
	live                int64 // seconds; 0: not live
	heading, proximity  int64
}

// liveForever is the period of a live location that is never stopped (Bot API docs).
const liveForever = 0x7fffffff

func (c *call) location() (*location, error) {
	l := &location{heading: c.clamped("heading", 0, 0, 360), proximity: c.clamped("proximity_alert_radius", 0, 0, 100_000)}
	lat, long := c.arg("latitude"), c.arg("longitude")
	if lat == "" {
		return nil, badRequest("latitude is empty")
	}
	if long == "" {
		return nil, badRequest("longitude is empty")
	}
	l.lat, l.long = lenientFloat(lat), lenientFloat(long)
	l.accuracy = min(max(lenientFloat(c.arg("horizontal_accuracy")), 0), 1500)
	if l.lat < -90 || l.lat > 90 || l.long < -180 || l.long > 180 {
		return nil, badRequest("wrong location specified")
	}
	l.live = c.int("live_period")
	return l, nil
}

func (l *location) fields(o *object) {
	in := newObject(128)
	in.float("latitude", l.lat)
	in.float("longitude", l.long)
	if l.accuracy > 0 {
		in.float("horizontal_accuracy", l.accuracy)
	}
	in.intIf("live_period", l.live)
	if l.live > 0 {
		in.intIf("heading", l.heading)
		in.intIf("proximity_alert_radius", l.proximity)
	}
	o.raw("location", in.end())
}

func sendLocation(c *call) ([]byte, error) {
	l, err := c.location()
	if err != nil {
		return nil, err
	}
	if l.live != 0 && l.live != liveForever && (l.live < 60 || l.live > day) {
		return nil, badRequest("wrong live location period specified")
	}
	d := &draft{content: content{kind: "location", body: l.fields, live: l, right: "can_send_messages", rightFor: "text messages"}}
	return c.sendOne(d)
}

func editMessageLiveLocation(c *call) ([]byte, error) {
	l, err := c.location()
	if err != nil {
		return nil, err
	}
	return c.editLive(func(m *Message) {
		if l.live == 0 {
			l.live = m.live.live
		}
		m.live, m.body = l, l.fields
	})
}

func stopMessageLiveLocation(c *call) ([]byte, error) {
	return c.editLive(func(m *Message) {
		l := *m.live
		l.live = 0
		m.live, m.body = &l, l.fields
	})
}

func (c *call) editLive(change func(*Message)) ([]byte, error) {
	kb, err := c.newMarkup()
	if err != nil {
		return nil, err
	}
	m, err := c.editable()
	if err != nil {
		return nil, err
	}
	switch {
	case m.live == nil:
		return nil, badRequest("there is no live location in the message to edit")
	case m.live.live == 0, m.live.live != liveForever && c.w.now() > m.Date+m.live.live:
		return nil, badRequest("message can't be edited")
	}
	return c.edited(m, func(n *Message) { change(n); n.Markup = kb })
}

func sendVenue(c *call) ([]byte, error) {
	l, err := c.location()
	if err != nil {
		return nil, err
	}
	l.live = 0
	title, address := c.arg("title"), c.arg("address")
	if title == "" {
		return nil, badRequest("title must be non-empty")
	}
	if address == "" {
		return nil, badRequest("address must be non-empty")
	}
	body := func(o *object) {
		in := newObject(256)
		l.fields(in)
		in.str("title", title)
		in.str("address", address)
		in.strIf("foursquare_id", c.arg("foursquare_id"))
		in.strIf("foursquare_type", c.arg("foursquare_type"))
		in.strIf("google_place_id", c.arg("google_place_id"))
		in.strIf("google_place_type", c.arg("google_place_type"))
		o.raw("venue", in.end())
		l.fields(o)
	}
	return c.sendOne(&draft{content: content{kind: "venue", body: body, right: "can_send_messages", rightFor: "text messages"}})
}

func sendContact(c *call) ([]byte, error) {
	phone, first := c.arg("phone_number"), c.arg("first_name")
	if phone == "" {
		return nil, badRequest("phone number must be non-empty")
	}
	if first == "" {
		return nil, badRequest("first name must be non-empty")
	}
	last, vcard := c.arg("last_name"), c.arg("vcard")
	if len(vcard) > 2048 {
		return nil, badRequest("contact vCard is too long")
	}
	body := func(o *object) {
		in := newObject(128)
		in.str("phone_number", phone)
		in.str("first_name", first)
		in.strIf("last_name", last)
		in.strIf("vcard", vcard)
		o.raw("contact", in.end())
	}
	return c.sendOne(&draft{content: content{kind: "contact", body: body, right: "can_send_messages", rightFor: "text messages"}})
}

// dice are the animated emoji and their highest values (Bot API docs, sendDice).
var dice = map[string]int64{"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}

func sendDice(c *call) ([]byte, error) {
	emoji := strings.TrimSuffix(c.arg("emoji"), "\ufe0f")
	if emoji == "" {
		emoji = "🎲"
	}
	highest, known := dice[emoji]
	if !known {
		return nil, fail(400, "EMOTICON_INVALID")
	}
	value := 1 + c.w.rand.Int64N(highest)
	body := func(o *object) {
		in := newObject(32)
		in.str("emoji", emoji)
		in.int("value", value)
		o.raw("dice", in.end())
	}
	return c.sendOne(&draft{content: content{kind: "dice", body: body, right: "can_send_other_messages", rightFor: "dice"}})
}

// lenientFloat reads a number; anything else is 0.
func lenientFloat(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}
