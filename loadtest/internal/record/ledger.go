// Package record keeps the book of one bot: what was sent to it, when that was
// planned, and when which answer reached Telegram.
//
// Answers are matched by the number that the text carries, not by their
// order, so an answer that is late, doubled or lost is known as such. Latency
// counts from the planned moment: while a bot is frozen, the messages that wait
// for it are late, even those that could not be sent yet.
package record

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
)

// Ledger is the book of one bot between two restarts. Its methods may be
// called from several goroutines.
type Ledger struct {
	mu      sync.Mutex
	entries []entry       // guarded by mu; the index is the message's number
	open    int           // guarded by mu; messages without an answer
	strange int           // guarded by mu; answers to nothing that was sent
	settled chan struct{} // guarded by mu; closed when open falls to zero, replaced when it rises
	first   chan struct{} // closed with the first answer
	greeted bool          // guarded by mu; first is closed
}

type entry struct {
	arrival       plan.Arrival
	planned, sent time.Time
	answered      time.Time
	answers       int
	measured      bool
	waived        bool // nobody waits for its answer any more
}

// Totals of the measured messages.
type Totals struct{ Sent, Lost, Doubled, Strange int }

// NewLedger is an empty book.
func NewLedger() *Ledger {
	settled := make(chan struct{})
	close(settled)
	return &Ledger{settled: settled, first: make(chan struct{})}
}

// Post books a message that is about to be sent and returns its text, with its
// number in it.
func (l *Ledger) Post(a plan.Arrival, planned, now time.Time) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	number := len(l.entries)
	l.entries = append(l.entries, entry{arrival: a, planned: planned, sent: now, measured: a.Slice >= 0})
	if l.open == 0 {
		l.settled = make(chan struct{})
	}
	l.open++
	return plan.Number(a.Text, "n"+strconv.Itoa(number)+"n")
}

// Answer books what a bot said, and the moment it reached Telegram.
func (l *Ledger) Answer(text string, at time.Time) {
	number, ok := numberIn(text)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !ok || number >= len(l.entries) {
		l.strange++
		return
	}
	if !l.greeted {
		l.greeted = true
		close(l.first)
	}
	e := &l.entries[number]
	e.answers++
	if e.answers > 1 {
		return
	}
	e.answered = at
	if !e.waived {
		l.close(1)
	}
}

// close books that n messages are open no more. The caller holds mu.
func (l *Ledger) close(n int) {
	if l.open -= n; l.open == 0 && n > 0 {
		close(l.settled)
	}
}

// Waive gives up all messages that are not answered: a bot may throw away
// what was sent before it was there. An answer may still come.
func (l *Ledger) Waive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.entries {
		if e := &l.entries[i]; e.answers == 0 {
			e.waived = true
		}
	}
	l.close(l.open)
}

// First is closed when the first answer has come.
func (l *Ledger) First() <-chan struct{} { return l.first }

// numberIn finds "n123n" standing alone in a text.
func numberIn(text string) (int, bool) {
	for word := range strings.FieldsSeq(text) {
		inner, ok := strings.CutPrefix(word, "n")
		if inner, ok2 := strings.CutSuffix(inner, "n"); ok && ok2 {
			if n, err := strconv.Atoi(inner); err == nil && n >= 0 {
				return n, true
			}
		}
	}
	return 0, false
}

// Settle waits until every message is answered. Its error counts those that
// are not when ctx ends.
func (l *Ledger) Settle(ctx context.Context) error {
	l.mu.Lock()
	settled := l.settled
	l.mu.Unlock()
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		return fmt.Errorf("%d messages are not answered: %w", l.open, context.Cause(ctx))
	}
}

// Samples are the measured messages, in the order in which they were sent, and
// what became of them.
func (l *Ledger) Samples() ([]result.Sample, Totals) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var samples []result.Sample
	totals := Totals{Strange: l.strange}
	for _, e := range l.entries {
		if !e.measured {
			continue
		}
		s := result.Sample{At: e.arrival.At.Microseconds(), Late: e.sent.Sub(e.planned).Microseconds(), Latency: -1}
		totals.Sent++
		if e.answers == 0 {
			totals.Lost++
		} else {
			s.Latency = max(0, e.answered.Sub(e.planned).Microseconds())
		}
		totals.Doubled += max(0, e.answers-1)
		samples = append(samples, s)
	}
	return samples, totals
}

// Histogram of the answered samples in microseconds, to three digits, up to
// two minutes.
func Histogram(samples []result.Sample) *hdrhistogram.Histogram {
	h := hdrhistogram.New(1, (2 * time.Minute).Microseconds(), 3)
	for _, s := range samples {
		if s.Answered() {
			_ = h.RecordValue(min(s.Latency, h.HighestTrackableValue())) // in range by the line above
		}
	}
	return h
}
