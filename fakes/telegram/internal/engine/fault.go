package engine

import (
	"slices"
	"strings"
	"time"
)

// A Fault is something that goes wrong on purpose, in calls or deliveries that
// match all of its conditions.
type Fault struct {
	Delivery    bool    // it strikes deliveries to webhooks; otherwise calls of methods
	Method      string  // of a call, in any case; "": any
	Bot         int64   // 0: any
	Chat        int64   // of a call; 0: any
	Probability float64 // 0: always
	Skip        int     // leave the first so many matches alone
	Times       int     // strike so often; 0: without end

	Latency    time.Duration // before anything else happens
	Error      *Error        // the call fails so, without effect
	FloodWaits []int         // seconds: waits that Telegram's back end asks for, one after the other
	Damage     Damage        // to the connection
}

// Damage is what happens to a connection.
type Damage string

// Kinds of damage. Of a call, Reset, Cut, Drip and Stall come after the effect:
// the reply is what suffers.
const (
	Reset     Damage = "reset"     // the connection is reset instead of a reply
	Cut       Damage = "cut"       // half of the reply, then the connection ends
	Drip      Damage = "drip"      // the reply comes in drops
	Stall     Damage = "stall"     // no reply comes, and the connection stays open
	BadGate   Damage = "502"       // an HTML page of a proxy, without effect
	Duplicate Damage = "duplicate" // a delivery that succeeded counts as failed: it comes again
	BadTLS    Damage = "tls"       // the webhook's certificate is not accepted
)

// faults are those in force, in the order in which they were added.
type faults struct {
	list []*struckFault
}

type struckFault struct {
	Fault
	matched, struck int
}

// AddFault puts a fault into force until remove is called.
func (w *World) AddFault(f Fault) (remove func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sf := &struckFault{Fault: f}
	w.faults.list = append(w.faults.list, sf)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.faults.list = slices.DeleteFunc(w.faults.list, func(o *struckFault) bool { return o == sf })
	}
}

// ClearFaults ends all faults.
func (w *World) ClearFaults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults.list = nil
}

// strikes decides whether a matching fault strikes this time.
func (f *struckFault) strikes(w *World) bool {
	f.matched++
	if f.matched <= f.Skip || f.Times > 0 && f.struck >= f.Times {
		return false
	}
	if f.Probability > 0 && w.rand.Float64() >= f.Probability {
		return false
	}
	f.struck++
	return true
}

func (w *World) faultFor(match func(*Fault) bool) *Fault {
	for _, f := range w.faults.list {
		if match(&f.Fault) && f.strikes(w) {
			return &f.Fault
		}
	}
	return nil
}

// fault applies the first fault that strikes the call. errHeld says that the
// call goes on later.
func (c *call) fault() error {
	if len(c.w.faults.list) == 0 {
		return nil
	}
	f := c.w.faultFor(func(f *Fault) bool {
		return !f.Delivery && (f.Method == "" || strings.EqualFold(f.Method, c.method)) &&
			(f.Bot == 0 || f.Bot == c.bot.key.id) && (f.Chat == 0 || f.Chat == c.int("chat_id"))
	})
	if f == nil {
		return nil
	}
	if f.Latency == 0 {
		return c.strike(f)
	}
	c.w.after(f.Latency, func() {
		if err := c.strike(f); err != nil {
			c.answer(nil, err)
			return
		}
		if err := c.flood(); err != nil {
			c.answer(nil, err)
			return
		}
		c.perform()
	})
	return errHeld
}

func (c *call) strike(f *Fault) error {
	switch {
	case f.Error != nil:
		return f.Error
	case f.Damage == BadGate:
		c.damage = BadGate
		return &Error{Code: 502, Text: "Bad Gateway"}
	case len(f.FloodWaits) > 0:
		waits := f.FloodWaits
		return c.sitOut(func() time.Duration {
			if len(waits) == 0 {
				return 0
			}
			d := time.Duration(waits[0]) * time.Second
			waits = waits[1:]
			return d
		})
	}
	c.damage = f.Damage
	return nil
}

// deliveryFault is the fault that strikes a delivery to the bot; nil for none.
func (b *Bot) deliveryFault() *Fault {
	if len(b.w.faults.list) == 0 {
		return nil
	}
	return b.w.faultFor(func(f *Fault) bool { return f.Delivery && (f.Bot == 0 || f.Bot == b.key.id) })
}
