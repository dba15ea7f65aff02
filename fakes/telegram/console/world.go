package console

import (
	"errors"
	"net/http"
	"time"
)

func (c *Console) worldEndpoints() []endpoint {
	return []endpoint{
		{
			method: "GET", path: "/faults", about: "the kinds of damage a fault can do",
			curl: "$C/faults", run: c.listFaults,
		},
		{
			method: "POST", path: "/faults",
			about: "make things go wrong, by delivery (true: webhooks; else calls), method, bot, chat, probability, skip and times: with latency, error, flood_waits or damage",
			curl:  `$C/faults -d '{"method":"sendMessage","error":{"code":429,"description":"Too Many Requests: retry after 3","retry_after":3},"times":2}'`, run: c.addFault,
		},
		{
			method: "DELETE", path: "/faults", about: "end all faults",
			curl: "-X DELETE $C/faults", run: c.clearFaults,
		},
		{
			method: "GET", path: "/clock", about: "the server's time",
			curl: "$C/clock", run: c.readClock,
		},
		{
			method: "POST", path: "/clock", about: "let time pass: a Go duration",
			curl: `$C/clock -d '{"advance":"24h"}'`, run: c.advance,
		},
		{
			method: "GET", path: "/journal", query: "?since=N", about: "the events after number N, one JSON object a line",
			curl: "'$C/journal?since=0'", write: c.journal,
		},
		{
			method: "GET", path: "/events", query: "?since=N", about: "events as they happen, as server-sent events; with since, first those after number N",
			curl: "-N --max-time 2 '$C/events?since=0'", write: c.events,
		},
		{
			method: "GET", path: "/snapshot", about: "bots, people, chats and messages in one",
			curl: "$C/snapshot", run: c.snapshot,
		},
		{
			method: "POST", path: "/reset", about: "forget everything but the bots and their tokens",
			curl: "-X POST $C/reset", run: c.reset,
		},
	}
}

func (c *Console) readClock(*http.Request) (any, error) {
	return map[string]time.Time{"now": c.tg.Clock().Now().UTC()}, nil
}

func (c *Console) advance(r *http.Request) (any, error) {
	var in struct{ Advance string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	d, err := duration("advance", in.Advance, 0)
	if err != nil {
		return nil, err
	}
	if d == 0 {
		return nil, errors.New("advance: give how much time is to pass, such as 90s or 24h")
	}
	c.tg.Clock().Advance(d)
	return c.readClock(r)
}

func (c *Console) snapshot(r *http.Request) (any, error) {
	bots, _ := c.listBots(r)
	users, _ := c.listUsers(r)
	type chat struct {
		Chat
		Messages []Message `json:"messages"`
	}
	chats := []chat{}
	for _, one := range c.tg.Chats() {
		chats = append(chats, chat{showChat(one), showMessages(one)})
	}
	return map[string]any{"now": c.tg.Clock().Now().UTC(), "bots": bots, "users": users, "chats": chats}, nil
}

func (c *Console) reset(*http.Request) (any, error) {
	c.tg.Reset()
	return done, nil
}
