package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"hookproof/fakes/telegram"
)

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

func (c *Console) journal(w http.ResponseWriter, r *http.Request) error {
	since, err := number("since", r.URL.Query().Get("since"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, e := range c.tg.JournalSince(since) {
		_ = enc.Encode(showEvent(e)) // the client may have gone
	}
	return nil
}

// events streams the journal until the client or the console goes. A client
// that comes back says what it saw last, as browsers do, and misses nothing.
func (c *Console) events(w http.ResponseWriter, r *http.Request) error {
	seen, err := number("since", cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("since")))
	if err != nil {
		return err
	}
	events, cancel := c.tg.Subscribe()
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	s := stream{w, http.NewResponseController(w), seen}
	if r.URL.Query().Has("since") || r.Header.Get("Last-Event-ID") != "" {
		if !s.send(c.tg.JournalSince(seen)...) {
			return nil
		}
	}
	for ok := s.send(); ok; {
		select {
		case e := <-events:
			ok = s.send(e)
		case <-r.Context().Done():
			return nil
		}
	}
	return nil
}

// A stream sends each event once, in order.
type stream struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	seen  int64 // number of the last event sent
}

// send tells whether the client is still there.
func (s *stream) send(events ...telegram.Event) bool {
	for _, e := range events {
		if e.Seq <= s.seen {
			continue
		}
		raw, err := json.Marshal(showEvent(e))
		if err != nil {
			return false
		}
		if _, err := fmt.Fprintf(s.w, "id: %d\ndata: %s\n\n", e.Seq, raw); err != nil {
			return false
		}
		s.seen = e.Seq
	}
	return s.flush.Flush() == nil
}
