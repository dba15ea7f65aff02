package telegram

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"hookproof/fakes/telegram/internal/engine"
)

// An EventKind says what an Event is about.
type EventKind string

// Kinds of event.
const (
	EventCall     EventKind = engine.EventCall     // a bot called a method
	EventPost     EventKind = engine.EventPost     // a person did something
	EventUpdate   EventKind = engine.EventUpdate   // an update was queued
	EventDelivery EventKind = engine.EventDelivery // a webhook was tried
	EventWebhook  EventKind = engine.EventWebhook  // a webhook was set or removed
	EventError    EventKind = engine.EventError    // last_error_message was recorded
	EventDrop     EventKind = engine.EventDrop     // an update was given up undelivered
)

// An Event is one line of the journal. Fields that do not apply are zero.
type Event struct {
	Seq        int64             // counts from 1
	Time       time.Time         // of the server's clock
	Kind       EventKind         //
	Bot        int64             // id of the bot
	Method     string            // call: as documented
	Params     map[string]string // call: as received, files in words; tokens and secrets are never in it
	Status     int               // call: HTTP status sent; delivery: received, 0 for none
	Err        string            // call: description of a refusal; delivery, error: last_error_message
	Text       string            // post: what the person did, in words
	UpdateID   int64             // update, delivery, drop
	UpdateKind string            // update, delivery, drop: such as "message"
	ChatID     int64             //
	MessageID  int64             //
	Inline     bool              // call: it came in a webhook's reply
	Attempt    int               // delivery: counts from 1
	Latency    time.Duration     // call: until the answer; delivery: until the reply was complete
}

// String is the event in one line.
func (e Event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%6d %s %-8s", e.Seq, e.Time.UTC().Format("15:04:05.000"), e.Kind)
	switch e.Kind {
	case EventCall:
		fmt.Fprintf(&b, " %s %s -> %d %s", e.Method, e.params(), e.Status, e.Err)
		if e.Inline {
			b.WriteString(" (in a webhook's reply)")
		}
	case EventPost:
		fmt.Fprintf(&b, " %s", e.Text)
	case EventUpdate, EventDrop:
		fmt.Fprintf(&b, " %d %s", e.UpdateID, e.UpdateKind)
	case EventDelivery:
		fmt.Fprintf(&b, " %d %s, attempt %d -> %d %s", e.UpdateID, e.UpdateKind, e.Attempt, e.Status, e.Err)
	default:
		fmt.Fprintf(&b, " %s", e.Err+e.Text)
	}
	return strings.TrimRight(b.String(), " ")
}

func (e Event) params() string {
	parts := make([]string, 0, len(e.Params))
	for _, name := range []string{"chat_id", "message_id", "text", "url", "offset", "timeout"} {
		if v, ok := e.Params[name]; ok {
			parts = append(parts, name+"="+shorten(v))
		}
	}
	return strings.Join(parts, " ")
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return fmt.Sprintf("%q...", string(r[:60]))
	}
	return fmt.Sprintf("%q", s)
}

func publicEvent(e engine.Event) Event {
	out := Event{
		Seq: e.Seq, Time: e.Time, Kind: EventKind(e.Kind), Bot: e.Bot, Method: e.Method,
		Status: e.Status, Err: e.Err, Text: e.Text, UpdateID: e.UpdateID, UpdateKind: e.UpdateKind,
		ChatID: e.ChatID, MessageID: e.MessageID, Inline: e.Inline, Attempt: e.Attempt, Latency: e.Latency,
	}
	if e.Kind == engine.EventCall {
		out.Params = make(map[string]string, len(e.Args))
		for _, a := range e.Args {
			if _, earlier := out.Params[a.Name]; !earlier {
				out.Params[a.Name] = a.Value
			}
		}
	}
	return out
}

// Journal lists the events that are kept, oldest first.
func (s *Server) Journal() []Event { return s.JournalSince(0) }

// JournalSince lists the kept events whose Seq is greater than seq.
func (s *Server) JournalSince(seq int64) []Event {
	events := s.world.Events(seq)
	out := make([]Event, len(events))
	for i, e := range events {
		out[i] = publicEvent(e)
	}
	return out
}

// Observe calls f for every event from now on until cancel is called. f must
// be quick, and must not call the server.
func (s *Server) Observe(f func(Event)) (cancel func()) {
	return s.world.Observe(func(e engine.Event) { f(publicEvent(e)) })
}

// Subscribe delivers every event from now on to a channel, which is closed by
// cancel. Events are dropped while the channel is full: it holds 10,000.
func (s *Server) Subscribe() (events <-chan Event, cancel func()) {
	ch := make(chan Event, 10_000)
	stop := s.Observe(func(e Event) {
		select {
		case ch <- e:
		default:
		}
	})
	return ch, sync.OnceFunc(func() { stop(); close(ch) })
}

// WaitEvent returns the first event that match accepts, among those kept and
// those to come. Its error tells what happened instead.
func (s *Server) WaitEvent(ctx context.Context, match func(Event) bool) (Event, error) {
	return s.WaitEventSince(ctx, 0, match)
}

// WaitEventSince is WaitEvent for events whose Seq is greater than seq.
func (s *Server) WaitEventSince(ctx context.Context, seq int64, match func(Event) bool) (Event, error) {
	for {
		for _, e := range s.JournalSince(seq) {
			seq = e.Seq
			if match(e) {
				return e, nil
			}
		}
		if err := s.world.Await(ctx, func() bool { return s.world.LastSeq() > seq }); err != nil {
			return Event{}, fmt.Errorf("no such event: %w\nthe last events:\n%s", err, s.lastEvents(20))
		}
	}
}

func (s *Server) lastEvents(n int) string {
	all := s.Journal()
	all = all[max(0, len(all)-n):]
	var b strings.Builder
	for _, e := range all {
		fmt.Fprintln(&b, e)
	}
	return b.String()
}
