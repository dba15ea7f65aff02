package engine

import (
	"context"
	"time"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/wire"
)

// Kinds of event.
const (
	EventCall     = "call"     // a bot called a method
	EventPost     = "post"     // a person did something
	EventUpdate   = "update"   // an update was queued
	EventDelivery = "delivery" // a webhook was tried
	EventWebhook  = "webhook"  // a webhook was set or removed
	EventError    = "error"    // last_error_message was recorded
	EventDrop     = "drop"     // an update was given up undelivered
)

// An Event is one line of the journal.
type Event struct {
	Seq        int64
	Time       time.Time
	Kind       string
	Bot        int64
	Method     string     // of a call, as documented
	Args       []wire.Arg // of a call, in order, without secrets
	Status     int        // of a call: sent; of a delivery: received, 0 when none
	Err        string     // description of a refusal, or the text of last_error_message
	Text       string     // of a post: what the person did, in words
	UpdateID   int64
	UpdateKind string
	ChatID     int64
	MessageID  int64
	Inline     bool // the call came in a webhook's reply
	Attempt    int
	Conn       int64 // of a delivery: number of the connection
	Latency    time.Duration
}

// journal is a ring of the last events. The world's mutex guards it.
type journal struct {
	clock     *clock.Clock
	ring      []Event
	size      int
	seq       int64
	first     int64 // events up to this one were wiped
	observers map[int]func(Event)
	nextID    int
}

func newJournal(size int, c *clock.Clock) *journal {
	return &journal{clock: c, size: size, observers: map[int]func(Event){}}
}

// add stamps an event, keeps it, and shows it to the observers.
func (j *journal) add(e Event) {
	j.seq++
	e.Seq = j.seq
	e.Time = j.clock.Now()
	if len(j.ring) < j.size {
		j.ring = append(j.ring, e)
	} else {
		j.ring[(e.Seq-1-j.first)%int64(j.size)] = e
	}
	for _, f := range j.observers {
		f(e)
	}
}

// since lists the kept events after seq, oldest first.
func (j *journal) since(seq int64) []Event {
	first := max(seq, j.seq-int64(len(j.ring)))
	out := make([]Event, 0, j.seq-first)
	for n := first; n < j.seq; n++ {
		out = append(out, j.ring[(n-j.first)%int64(j.size)])
	}
	return out
}

func (w *World) record(e Event) {
	w.journal.add(e)
	w.changed()
}

// Events lists the kept events whose Seq is greater than seq, oldest first.
func (w *World) Events(seq int64) []Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.journal.since(seq)
}

// Observe calls f for every event from now on, until cancel is called. f runs
// with the world held still: it must be quick and must not call the world.
func (w *World) Observe(f func(Event)) (cancel func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.journal.nextID
	w.journal.nextID++
	w.journal.observers[id] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.journal.observers, id)
	}
}

// changed wakes whoever waits for the world to change.
func (w *World) changed() {
	if w.notify != nil {
		close(w.notify)
		w.notify = nil
	}
}

// Await calls check, with the world held still, now and after every change,
// until it says true or ctx ends.
func (w *World) Await(ctx context.Context, check func() bool) error {
	for {
		w.mu.Lock()
		if check() {
			w.mu.Unlock()
			return nil
		}
		if w.notify == nil {
			w.notify = make(chan struct{})
		}
		change := w.notify
		w.mu.Unlock()
		select {
		case <-change:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// LastSeq is the number of the last event. Call with the world held still.
func (w *World) LastSeq() int64 { return w.journal.seq }
