package replay

import (
	"slices"
	"strings"
	"time"
)

// hints are the accidents of a recording: how late a request arrived, a timer
// fired or a random number fell. A run takes them over where they are within the
// tolerance, so that every interval is compared with its cause and delays do not
// add up; where they are not, the comparison will say so.
type hints struct {
	requests map[attempt]seconds                 // when they arrived
	replies  map[attempt]seconds                 // when the endpoint had answered
	closings map[int]seconds                     // when it saw a connection closed by the engine
	dropped  []int                               // updates that were discarded
	until    seconds                             // end of the recording
	losses   bool                                // a try may be lost to an idle connection that is being closed
	late     func(recorded, due seconds) seconds // when what is due really happens
}

const (
	shortBackoff = 60 // seconds; the random delay is within
	longBackoff  = 120
)

func newHints(tr *trace) *hints {
	h := &hints{
		requests: map[attempt]seconds{},
		replies:  map[attempt]seconds{},
		closings: map[int]seconds{},
		dropped:  tr.Final.DroppedUpdates,
		until:    tr.ObservedUntil,
		losses:   slices.ContainsFunc(tr.Tolerance.Random, func(s string) bool { return strings.Contains(s, "closing of the idle connection") }),
		late: func(recorded, due seconds) seconds {
			if due < recorded && recorded <= due+tr.Tolerance.Times {
				return recorded
			}
			return due
		},
	}
	asked := map[int][]attempt{} // by connection; not yet answered
	for _, e := range tr.Events {
		switch e.Ev {
		case "request":
			a := attempt{e.Update, e.Attempt}
			h.requests[a] = e.T
			asked[e.Conn] = append(asked[e.Conn], a)
		case "replied":
			if as := asked[e.Conn]; len(as) > 0 {
				h.replies[as[0]] = e.T
				asked[e.Conn] = as[1:]
			}
		case "close":
			if as := asked[e.Conn]; e.By == "engine" {
				h.closings[e.Conn] = e.T
			} else if len(as) > 0 {
				h.replies[as[0]] = e.T // closing ended the steps
				delete(asked, e.Conn)
			}
		}
	}
	return h
}

// arrival returns when a request sent now arrives.
func (h *hints) arrival(a attempt, now seconds) seconds {
	return h.late(h.requests[a], now)
}

// reply returns when an answer that is due now is given.
func (h *hints) reply(a attempt, due seconds) seconds {
	return h.late(h.replies[a], due)
}

// closing returns when the end of a connection is seen that the engine closes now.
func (h *hints) closing(conn int, now seconds) seconds {
	return h.late(h.closings[conn], now)
}

// backoff returns the random delay after an attempt, within its range.
func (h *hints) backoff(a attempt, now seconds) int {
	next, again := h.requests[attempt{a.update, a.n + 1}]
	switch {
	case !again && slices.Contains(h.dropped, a.update):
		return longBackoff // or it would not be dropped
	case !again:
		next = h.until + seconds(time.Second) // it did not come before the end
	}
	whole := int(time.Duration(next-now) / time.Second)
	if rest := whole - shortBackoff; h.losses && again && rest > shortBackoff && rest <= longBackoff {
		return whole // a minute, a try that was lost, and another delay
	}
	return max(shortBackoff, min(whole, longBackoff))
}
