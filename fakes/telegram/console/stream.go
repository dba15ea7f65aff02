package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"hookproof/fakes/telegram"
)

// streams are the paths that do not answer with one JSON value; for /help.
var streams = []endpoint{
	{pattern: "GET /journal?since=N", about: "the events after number N, one JSON object a line", curl: "'$C/journal?since=0'"},
	{pattern: "GET /events", about: "events as they happen, as server-sent events", curl: "-N $C/events"},
	{pattern: "GET /chats/{chat}/transcript", about: "the chat as text", curl: "$C/chats/Ann@my_bot/transcript"},
}

// An Event is an event as JSON.
type Event struct {
	Seq        int64             `json:"seq"`
	Time       time.Time         `json:"time"`
	Kind       string            `json:"kind"`
	Bot        int64             `json:"bot,omitempty"`
	Method     string            `json:"method,omitempty"`
	Params     map[string]string `json:"params,omitempty"`
	Status     int               `json:"status,omitempty"`
	Error      string            `json:"error,omitempty"`
	Text       string            `json:"text,omitempty"`
	UpdateID   int64             `json:"update_id,omitempty"`
	UpdateKind string            `json:"update_kind,omitempty"`
	ChatID     int64             `json:"chat_id,omitempty"`
	MessageID  int64             `json:"message_id,omitempty"`
	Inline     bool              `json:"inline,omitempty"`
	Attempt    int               `json:"attempt,omitempty"`
	LatencyMS  float64           `json:"latency_ms,omitempty"`
	Line       string            `json:"line"` // the event in words
}

func showEvent(e telegram.Event) Event {
	return Event{
		Seq: e.Seq, Time: e.Time.UTC(), Kind: string(e.Kind), Bot: e.Bot, Method: e.Method, Params: e.Params,
		Status: e.Status, Error: e.Err, Text: e.Text, UpdateID: e.UpdateID, UpdateKind: e.UpdateKind,
		ChatID: e.ChatID, MessageID: e.MessageID, Inline: e.Inline, Attempt: e.Attempt,
		LatencyMS: float64(e.Latency) / float64(time.Millisecond), Line: e.String(),
	}
}

func (c *Console) journal(w http.ResponseWriter, r *http.Request) {
	since, err := strconv.ParseInt("0"+r.URL.Query().Get("since"), 10, 64)
	if err != nil {
		respond(w, nil, fmt.Errorf("since=%q: give the number of an event", r.URL.Query().Get("since")))
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	enc := json.NewEncoder(w)
	for _, e := range c.tg.JournalSince(since) {
		if enc.Encode(showEvent(e)) != nil {
			return
		}
	}
}

// events streams the journal until the client or the console goes.
func (c *Console) events(w http.ResponseWriter, r *http.Request) {
	events, cancel := c.tg.Subscribe()
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	if flush.Flush() != nil {
		return
	}
	for {
		select {
		case e := <-events:
			raw, err := json.Marshal(showEvent(e))
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(w, "data: %s\n\n", raw); err != nil || flush.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

func (c *Console) transcript(w http.ResponseWriter, r *http.Request) {
	chat, err := c.chat(r.PathValue("chat"))
	if err != nil {
		respond(w, nil, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, chat.Transcript())
}
