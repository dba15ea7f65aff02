package replay

import (
	"maps"
	"slices"
	"strings"
)

// A line is what happens on one connection of the run, and how far the
// comparison has come on it.
type line struct {
	items []observed // accept, requests, bytes, close
	next  int
	free  seconds // from when nothing is being answered on it; never: it is not used again
	moved seconds // recorded time of the last item less the run's
}

const never = seconds(1 << 62)

// connections compares what happened on each connection, and in which order.
//
// Connections are matched as they are accepted. Two that have become free within
// 20 ms of each other may change places then, because which of them is used first
// is an accident.
func (c *comparison) connections() {
	if slices.ContainsFunc(c.trace.Tolerance.Unordered, func(s string) bool {
		return strings.Contains(s, "which key is on which connection")
	}) {
		c.counts()
		return
	}
	lines := c.lines()
	place := map[int]*line{} // the run's line by the number of the recorded connection
	accepted := 0
	lag := seconds(0)
	for _, w := range c.trace.Events {
		switch w.Ev {
		case "accept":
			if accepted == len(lines) {
				c.differ("accept: connection %d at %s is missing in the run", w.Conn, w.T)
				return
			}
			place[w.Conn] = lines[accepted]
			accepted++
		case "request", "bytes", "close":
			if place[w.Conn] == nil {
				c.differ("%s at %s: connection %d was not accepted before, says the recording", w.Ev, w.T, w.Conn)
				return
			}
			if !c.swap(place, w) {
				c.differ("%s on connection %d at %s: in the run there is %s", w.Ev, w.Conn, w.T, place[w.Conn].describe())
				return
			}
		default:
			continue
		}
		l := place[w.Conn]
		c.take(l, w, &lag)
	}
	c.leftOver(lines)
}

// take compares the next item of a line. Its time may also agree by the interval
// to what came before it: on the line, or for a new line the last closing.
func (c *comparison) take(l *line, w event, lag *seconds) {
	g := l.items[l.next]
	l.next++
	before := l.moved
	if w.Ev == "accept" {
		before = *lag
	}
	t := g.T
	if w.Ev == "request" {
		t = g.written
	}
	if !c.sameTime(w.T, t) && !c.sameTime(w.T-before, t) {
		c.differ("%s on connection %d: recorded at %s, in the run at %s", w.Ev, w.Conn, w.T, t)
	}
	l.moved = w.T - t
	if w.Ev == "close" {
		*lag = l.moved
	}
	l.free = never
	switch replied, ok := c.run.hints.replies[attempt{w.Update, w.Attempt}]; {
	case w.Ev == "accept":
		l.free = w.T
	case w.Ev == "request" && ok:
		l.free = replied
	case w.Ev == "request" && g.replied >= 0:
		l.free = g.replied
	}
}

// swap makes sure that the recorded event comes next on the line in its place, if
// need be by changing it for an equivalent one.
func (c *comparison) swap(place map[int]*line, w event) bool {
	mine := place[w.Conn]
	if mine.expects(w) {
		return true
	}
	for _, n := range slices.Sorted(maps.Keys(place)) {
		other := place[n]
		if n == w.Conn || !other.expects(w) || max(mine.free, other.free) > w.T+near || mine.ending() {
			continue
		}
		if max(mine.free, other.free)-min(mine.free, other.free) <= near {
			place[w.Conn], place[n] = other, mine
			return true
		}
	}
	return false
}

// ending reports whether the line is about to be closed, and so is no choice for
// a request.
func (l *line) ending() bool {
	return l.next < len(l.items) && l.items[l.next].Ev != "request" && l.items[l.next].T <= l.free+near
}

// expects reports whether the event comes next.
func (l *line) expects(w event) bool {
	if l.next >= len(l.items) {
		return false
	}
	g := l.items[l.next]
	return g.Ev == w.Ev && g.Update == w.Update && g.Attempt == w.Attempt && g.By == w.By && g.How == w.How && g.Text == w.Text
}

func (l *line) describe() string {
	if l.next >= len(l.items) {
		return "nothing"
	}
	g := l.items[l.next]
	return strings.TrimSpace(strings.Join([]string{g.Ev, g.By, g.How, g.Text}, " ")) + " at " + g.T.String()
}

// lines sorts the run's events by connection.
func (c *comparison) lines() []*line {
	var lines []*line
	for _, e := range c.run.got {
		switch {
		case e.Conn == 0:
		case e.Ev == "accept":
			lines = append(lines, &line{items: []observed{e}})
		default:
			l := lines[e.Conn-1]
			l.items = append(l.items, e)
		}
	}
	return lines
}

// leftOver reports what the recording does not have.
func (c *comparison) leftOver(lines []*line) {
	for _, l := range lines {
		if l.next < len(l.items) && l.items[l.next].T <= c.trace.ObservedUntil-c.trace.Tolerance.Times {
			c.differ("connections: not recorded: %s", l.describe())
		}
	}
}

// counts compares only how many connections were opened and closed, and when.
func (c *comparison) counts() {
	for _, ev := range []string{"accept", "close"} {
		for _, p := range c.pairs(ev) {
			if !c.sameTime(p.want.T, p.got.T) {
				c.differ("%s: recorded at %s, in the run at %s", ev, p.want.T, p.got.T)
			}
		}
	}
}
