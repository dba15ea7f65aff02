package replay

import "time"

// hints are the accidents of a recording: how late a request arrived, a timer
// fired or a random number fell. A run takes them over where they are within the
// tolerance, so that every interval is compared with its cause and delays do not
// add up; where they are not, the comparison will say so.
type hints struct {
	requests map[attempt]seconds                 // when they arrived
	replies  map[attempt]seconds                 // when the endpoint had answered
	closings map[int]seconds                     // when it saw a connection closed by the engine
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
			if e.By == "engine" {
				h.closings[e.Conn] = e.T
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

// backoff returns the random delay after an attempt.
func (h *hints) backoff(a attempt, now seconds) int {
	next, ok := h.requests[attempt{a.update, a.n + 1}]
	if !ok {
		return longBackoff // dropped, or after the end of the recording
	}
	whole := int(time.Duration(next-now) / time.Second)
	return max(shortBackoff, min(whole, longBackoff))
}
