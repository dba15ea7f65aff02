package replay

import "time"

// hints are the accidents of a recording: how late a request arrived, a timer
// fired or a random number fell. A run takes them over where they are within the
// tolerance, so that every interval is compared with its cause and delays do not
// add up; where they are not, the comparison will say so.
type hints struct {
	requests map[[2]int]seconds // when update [0] arrived for the [1]-th time
	replies  map[[2]int]seconds // when the endpoint had answered it
	drops    map[int]seconds
	late     seconds // how late is believed
}

const (
	shortBackoff = 60 // seconds; the random delay is within
	longBackoff  = 120
)

func newHints(tr *trace) *hints {
	h := &hints{
		requests: map[[2]int]seconds{},
		replies:  map[[2]int]seconds{},
		drops:    map[int]seconds{},
		late:     tr.Tolerance.Times,
	}
	attempts := map[int]int{}
	for _, e := range tr.Events {
		switch e.Ev {
		case "request":
			attempts[e.Update] = e.Attempt
			h.requests[[2]int{e.Update, e.Attempt}] = e.T
		case "replied":
			h.replies[[2]int{e.Update, attempts[e.Update]}] = e.T
		case "drop":
			h.drops[e.Update] = e.T
		}
	}
	return h
}

// arrival returns when a request sent now arrives.
func (h *hints) arrival(update, attempt int, now seconds) seconds {
	return h.believe(h.requests[[2]int{update, attempt}], now)
}

// reply returns when an answer that is due now is given.
func (h *hints) reply(update, attempt int, due seconds) seconds {
	return h.believe(h.replies[[2]int{update, attempt}], due)
}

func (h *hints) believe(recorded, due seconds) seconds {
	if due < recorded && recorded <= due+h.late {
		return recorded
	}
	return due
}

// backoff returns the random delay after the attempt-th failure of an update.
func (h *hints) backoff(update, attempt int, now seconds) int {
	next, ok := h.requests[[2]int{update, attempt + 1}]
	if !ok {
		return longBackoff // dropped, or after the end of the recording
	}
	whole := int(time.Duration(next-now) / time.Second)
	return max(shortBackoff, min(whole, longBackoff))
}
