package render

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// An EventKind says what an Event is about.
type EventKind string

// Kinds of event. Those marked (i) name an instance.
const (
	DeployStarted EventKind = "deploy started"
	DeployQueued  EventKind = "deploy queued"  // it begins when its turn comes
	DeploySkipped EventKind = "deploy skipped" // a newer one waits
	Built         EventKind = "built"
	PreDeployed   EventKind = "pre-deployed"  // (i) the pre-deploy command has succeeded
	Started       EventKind = "started"       // (i) its process runs; Text says what for, unless to serve
	Limited       EventKind = "limited"       // (i) it has the memory and CPU of the plan, which Text says
	Unlimited     EventKind = "unlimited"     // (i) Options.Limits could not be had; Text says why
	OutOfMemory   EventKind = "out of memory" // (i) it used more than the plan has, and was killed
	Exited        EventKind = "exited"        // (i) Text says how
	Healthy       EventKind = "healthy"       // (i) for the first time
	Switched      EventKind = "switched"      // (i) it gets requests from now on
	Leaving       EventKind = "leaving"       // (i) it gets no requests after the dual-routing window
	ProbeFailed   EventKind = "probe failed"  // (i) Text says how
	Unrouted      EventKind = "unrouted"      // (i) it gets no requests: it fails health probes, or has ended
	Rerouted      EventKind = "rerouted"      // (i) it gets requests again
	Unanswered    EventKind = "unanswered"    // (i) a request got no answer from it; Text says why
	Terminated    EventKind = "terminated"    // (i) SIGTERM was sent; Text says why
	Killed        EventKind = "killed"        // (i) SIGKILL was sent
	Live          EventKind = "live"          // a deploy has succeeded
	DeployFailed  EventKind = "deploy failed"
	Asked         EventKind = "asked" // the primary URL, once after a deploy
	Slept         EventKind = "slept"
	Waking        EventKind = "waking"
	Woke          EventKind = "woke"
	Scaled        EventKind = "scaled"
)

// An Event is one line of a platform's log.
type Event struct {
	Seq      int // its number, from 0
	At       time.Time
	Kind     EventKind
	Deploy   int    // the deploy that the event, or the instance, belongs to; from 1
	Instance string // its id
	Text     string
}

func (e Event) String() string {
	s := fmt.Sprintf("%s #%d %s %s %s", e.At.Format("15:04:05.000"), e.Deploy, e.Kind, e.Instance, e.Text)
	return strings.Join(strings.Fields(s), " ")
}

// eventLog is what happened so far.
type eventLog struct {
	mu      sync.Mutex
	events  []Event       // guarded by mu
	changed chan struct{} // guarded by mu; closed and replaced on every event
}

func newEventLog() *eventLog { return &eventLog{changed: make(chan struct{})} }

func (l *eventLog) add(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Seq, e.At = len(l.events), time.Now()
	l.events = append(l.events, e)
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *eventLog) since(from int) ([]Event, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Event(nil), l.events[min(from, len(l.events)):]...), l.changed
}

// Events lists what happened so far, oldest first.
func (p *Platform) Events() []Event {
	all, _ := p.log.since(0)
	return all
}

// Mark is the number of events so far: a place for Wait to look from.
func (p *Platform) Mark() int { return len(p.Events()) }

// Wait returns the first event that match accepts, among those from the given
// number on and those to come. Its error lists what happened instead.
func (p *Platform) Wait(ctx context.Context, from int, match func(Event) bool) (Event, error) {
	for {
		events, changed := p.log.since(from)
		for _, e := range events {
			if match(e) {
				return e, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			lines := make([]string, len(events))
			for i, e := range events {
				lines[i] = e.String()
			}
			return Event{}, fmt.Errorf("wait for an event: %w; what happened:\n%s", context.Cause(ctx), strings.Join(lines, "\n"))
		}
	}
}

// WaitKind is Wait for an event of one kind.
func (p *Platform) WaitKind(ctx context.Context, from int, kind EventKind) (Event, error) {
	e, err := p.Wait(ctx, from, func(e Event) bool { return e.Kind == kind })
	if err != nil {
		return e, fmt.Errorf("no event %q: %w", kind, err)
	}
	return e, nil
}
