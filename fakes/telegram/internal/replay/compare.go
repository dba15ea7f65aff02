package replay

import (
	"fmt"
	"slices"
)

// near is how close events on different connections may come to be in any order,
// and their connections to be interchangeable.
const near = seconds(20_000_000) // 20 ms

// A comparison is of one recording (want) with one run (got).
type comparison struct {
	trace *trace
	run   *run
	errs  []error
}

// compare returns the differences.
func compare(tr *trace, r *run) []error {
	c := &comparison{trace: tr, run: r}
	c.life()
	c.requests()
	c.calls()
	c.failures()
	c.drops()
	if !c.omitted("accept") {
		c.connections()
	}
	c.final()
	return c.errs
}

func (c *comparison) differ(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

func (c *comparison) omitted(ev string) bool { return slices.Contains(c.trace.OmittedEvents, ev) }

// early is the most a recorded event may come before that of the run, which has
// next to no latency: a wide tolerance is for late ones.
const early = seconds(150_000_000) // 0.15 s

// sameTime compares a recorded time with the run's.
func (c *comparison) sameTime(want, got seconds) bool {
	return want-got <= c.trace.Tolerance.Times && got-want <= min(c.trace.Tolerance.Times, early)
}

// A pair is an event of the recording and its likeness in the run, and where
// they stand in either.
type pair struct {
	want          event
	got           observed
	wantAt, gotAt int
}

// wanted returns the recorded events of a kind.
func (c *comparison) wanted(ev string) (es []event, at []int) {
	for i, e := range c.trace.Events {
		if e.Ev == ev {
			es, at = append(es, e), append(at, i)
		}
	}
	return es, at
}

// happened returns the run's events of a kind. What happened so late that the
// recording may have ended before it is left out if it is one too many.
func (c *comparison) happened(ev string, want int) (es []observed, at []int) {
	for i, e := range c.run.got {
		if e.Ev == ev {
			es, at = append(es, e), append(at, i)
		}
	}
	n := len(es)
	for n > want && es[n-1].T > c.trace.ObservedUntil-c.trace.Tolerance.Times {
		n--
	}
	return es[:n], at[:n]
}

// pairs returns the events of a kind two by two in order, as far as both have
// them, and reports a different number.
func (c *comparison) pairs(ev string) []pair {
	want, wantAt := c.wanted(ev)
	got, gotAt := c.happened(ev, len(want))
	switch n := len(got); {
	case len(want) > n:
		c.differ("%s: %d recorded, %d in the run, the first missing at %s", ev, len(want), n, want[n].T)
	case len(want) < n:
		c.differ("%s: %d recorded, %d in the run, the first too many at %s", ev, len(want), n, got[len(want)].T)
	}
	ps := make([]pair, min(len(want), len(got)))
	for i := range ps {
		ps[i] = pair{want: want[i], got: got[i], wantAt: wantAt[i], gotAt: gotAt[i]}
	}
	return ps
}

// life compares how the webhook came and went.
func (c *comparison) life() {
	for _, ev := range []string{"verified", "webhook_removed"} {
		for _, p := range c.pairs(ev) {
			if p.want.Reason != p.got.Reason || !c.sameTime(p.want.T, p.got.T) {
				c.differ("%s: recorded %q at %s, in the run %q at %s", ev, p.want.Reason, p.want.T, p.got.Reason, p.got.T)
			}
		}
	}
}

// calls compares the method calls in replies.
func (c *comparison) calls() {
	for _, p := range c.pairs("inline_call") {
		w, g := p.want, p.got
		if w.Method != g.Method || !slices.Equal(w.Args, g.Args) || !slices.Equal(w.Files, g.Files) {
			c.differ("inline_call at %s: recorded %s %q %v, in the run %s %q %v", w.T, w.Method, w.Args, w.Files, g.Method, g.Args, g.Files)
		}
		c.placed(p)
	}
}

// drops compares which updates were discarded and when.
func (c *comparison) drops() {
	for _, p := range c.pairs("drop") {
		if p.want.Update != p.got.Update {
			c.differ("drop at %s: recorded update %d, in the run %d", p.want.T, p.want.Update, p.got.Update)
		}
		c.placed(p)
	}
}

// failures compares the errors. Those of different connections may change places
// when they are near.
func (c *comparison) failures() {
	if c.omitted("error") {
		return
	}
	ps := c.pairs("error")
	for i := range ps {
		for j := i; j < len(ps) && ps[j].got.T <= ps[i].got.T+near; j++ {
			if ps[j].got.Message == ps[i].want.Message && (j == i || ps[j].got.key != ps[i].got.key) {
				ps[i].got, ps[j].got = ps[j].got, ps[i].got
				ps[i].gotAt, ps[j].gotAt = ps[j].gotAt, ps[i].gotAt
				break
			}
		}
		if p := ps[i]; p.want.Message != p.got.Message {
			c.differ("error at %s: recorded %q, in the run %q", p.want.T, p.want.Message, p.got.Message)
		}
		c.placed(ps[i])
	}
}

// placed compares the time of an event that concerns an update, and that it
// happened between the same two requests of the update's key. What the engine
// notes and what the endpoint sees are recorded by two programs, so that a request
// may be listed a hair before the event that has led to it.
func (c *comparison) placed(p pair) {
	if !c.sameTime(p.want.T, p.got.T) {
		c.differ("%s: recorded at %s, in the run at %s", p.want.Ev, p.want.T, p.got.T)
	}
	if p.got.key == noKey || p.got.key == 0 {
		return
	}
	want, hair, got := 0, 0, 0
	for _, e := range c.trace.Events[:p.wantAt] {
		if e.Ev == "request" && c.run.net.keys[e.Update] == p.got.key {
			want++
			if p.want.T-e.T <= aHair {
				hair++
			}
		}
	}
	for _, e := range c.run.got {
		if e.Ev == "request" && e.key == p.got.key && e.behind <= p.gotAt {
			got++
		}
	}
	if got > want || got < want-hair {
		c.differ("%s at %s: recorded after request %d of key %d, in the run after request %d", p.want.Ev, p.want.T, want, p.got.key, got)
	}
}

// aHair is how much later something may be noted than what follows from it.
const aHair = seconds(5_000_000) // 5 ms

// final compares the state at the end of the recording.
func (c *comparison) final() {
	w, g := c.trace.Final, c.run.end
	same := w.Pending == g.Pending && w.WebhookSet == g.WebhookSet && w.OpenConnections == g.OpenConnections &&
		slices.Equal(w.PendingUpdates, g.PendingUpdates) && slices.Equal(w.DroppedUpdates, g.DroppedUpdates)
	if !same {
		c.differ("final: recorded %+v, in the run %+v", w.plain(), g.plain())
	}
	switch {
	case (w.LastErrorMessage == nil) != (g.LastErrorMessage == nil):
		c.differ("final: recorded last error %s, in the run %s", w.lastError(), g.lastError())
	case w.LastErrorMessage == nil:
	case *w.LastErrorMessage != *g.LastErrorMessage || !c.sameTime(*w.LastErrorT, *g.LastErrorT):
		c.differ("final: recorded last error %s, in the run %s", w.lastError(), g.lastError())
	}
}

// plain is the state without its last error, to be printed.
func (f final) plain() final {
	f.LastErrorMessage, f.LastErrorT = nil, nil
	return f
}

func (f final) lastError() string {
	if f.LastErrorMessage == nil || f.LastErrorT == nil {
		return "none"
	}
	return fmt.Sprintf("%q at %s", *f.LastErrorMessage, *f.LastErrorT)
}
