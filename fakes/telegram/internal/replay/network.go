package replay

import (
	"net/netip"
	"slices"

	"hookproof/fakes/telegram/internal/delivery"
)

// hop is how long bytes travel where the recording does not say. It keeps what
// happens one after another apart: the engine orders chats by time.
const hop = seconds(100_000) // 0.1 ms

// A network is the transport of a run: it leads to the scripted endpoint.
type network struct {
	run       *run
	listening bool
	accepted  int         // connections so far
	requests  int         // of the whole run
	attempts  map[int]int // requests by update
	keys      map[int]int64
	current   int64 // key of the update whose reply is arriving; noKey: none
}

func newNetwork(r *run) *network {
	n := &network{run: r, listening: true, attempts: map[int]int{}, keys: map[int]int64{}, current: noKey}
	if l := r.trace.Endpoint.Listening; l != nil {
		n.listening = *l
	}
	for _, in := range r.trace.Inputs {
		if in.Do == "push" {
			n.keys[in.Update] = in.Key
		}
	}
	return n
}

// Resolve finds every name at the recording's address.
func (n *network) Resolve(_ delivery.URL, done func(netip.Addr, error)) {
	done(netip.MustParseAddr(address), nil)
}

// Dial connects, is refused, or hears nothing.
func (n *network) Dial(c *delivery.Conn, _ delivery.URL, _ netip.Addr) delivery.Link {
	p := &peer{net: n, engine: c, key: noKey}
	n.run.after(0, p.connect)
	return p
}

// rule returns the steps that answer a request.
func (n *network) rule(q question) []step {
	for _, r := range n.run.trace.Endpoint.Rules {
		if r.holds(int64(q.update), n.keys[q.update], int64(q.n), q.nth) {
			return r.Steps
		}
	}
	return nil
}

func (r *rule) holds(update, key, attempt int64, nth int) bool {
	switch {
	case r.Update != nil && !slices.Contains(r.Update, update):
	case r.Key != nil && !slices.Contains(r.Key, key):
	case r.Attempt != nil && (attempt < r.Attempt[0] || attempt > r.Attempt[len(r.Attempt)-1]):
	case r.Nth != nil && nth != *r.Nth:
	default:
		return true
	}
	return false
}
