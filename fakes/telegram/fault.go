package telegram

import (
	"errors"
	"fmt"
	"time"

	"hookproof/fakes/telegram/internal/engine"
)

// A Fault is something that goes wrong on purpose, for calls (or deliveries)
// that match all of its conditions. Of several that match, the first that was
// added strikes. Faults draw from the server's seed.
type Fault struct {
	Delivery    bool    // strike deliveries to webhooks instead of calls
	Method      string  // of a call; "" is any
	Bot         *Bot    // nil is any
	Chat        *Chat   // that a call names by chat_id, or that orders a delivery; nil is any
	Probability float64 // from 0 to 1; 0 is always
	Skip        int     // leave the first so many matches alone
	Times       int     // strike so often; 0 is without end

	Latency    time.Duration // wait before anything else
	Error      *Error        // refuse the call with this, without effect
	FloodWaits []int         // seconds of flood waits in a call, one after the other
	Damage     Damage        // to the connection
}

// Damage is what happens to a connection.
type Damage string

// Kinds of damage. The reply to a call or delivery suffers after its effect:
// the message is sent, and the bot does not know; the bot has handled the
// update, and gets it again.
const (
	Reset     Damage = Damage(engine.Reset)     // a reset instead of a reply
	Cut       Damage = Damage(engine.Cut)       // half of the reply, and the connection ends
	Drip      Damage = Damage(engine.Drip)      // the reply in sixteen drops, one a tenth of a second; calls only
	Stall     Damage = Damage(engine.Stall)     // no reply, and the connection stays open; a delivery is given up after a minute
	BadGate   Damage = Damage(engine.BadGate)   // a proxy's 502 page in HTML, without effect
	Duplicate Damage = Damage(engine.Duplicate) // the reply to a delivery is lost, so that it comes again; deliveries only
	BadTLS    Damage = Damage(engine.BadTLS)    // the connection ends as if its TLS handshake failed, without effect; deliveries only
)

// AddFault puts a fault into force until remove is called. It panics if the
// fault can do nothing, which is a mistake in the test: see [Fault.Check].
func (s *Server) AddFault(f Fault) (remove func()) {
	if err := f.Check(); err != nil {
		panic("telegram: " + err.Error())
	}
	e := engine.Fault{
		Delivery: f.Delivery, Method: f.Method, Probability: f.Probability, Skip: f.Skip, Times: f.Times,
		Latency: f.Latency, FloodWaits: f.FloodWaits, Damage: engine.Damage(f.Damage),
	}
	if f.Bot != nil {
		e.Bot = f.Bot.ID()
	}
	if f.Chat != nil {
		e.Chat = f.Chat.ID()
		if b := f.Chat.c.Bot(); b != nil {
			e.Bot = b.User.ID // a person's chats with different bots have the same id
		}
	}
	if f.Error != nil {
		e.Error = &engine.Error{Code: f.Error.Code, Text: f.Error.Description, RetryAfter: f.Error.RetryAfter, MigrateTo: f.Error.MigrateTo}
	}
	return s.world.AddFault(e)
}

// Check tells what is wrong with a fault that would do nothing, or something
// that Telegram can't do.
func (f Fault) Check() error {
	switch {
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("a fault's probability is from 0 to 1, not %v", f.Probability)
	case f.Skip < 0 || f.Times < 0 || f.Latency < 0:
		return errors.New("a fault's skip, times and latency can't be negative")
	case f.Error != nil && (f.Error.Code < 400 || f.Error.Code > 599):
		return fmt.Errorf("a fault's error needs a code from 400 to 599, not %d", f.Error.Code)
	case f.Latency == 0 && f.Error == nil && len(f.FloodWaits) == 0 && f.Damage == "":
		return errors.New("the fault does nothing: give it a latency, an error, flood waits or a damage")
	case f.Delivery && (f.Method != "" || f.Error != nil || len(f.FloodWaits) > 0):
		return errors.New("a fault of deliveries has no method, error or flood waits: those are of calls")
	}
	return f.checkDamage()
}

func (f Fault) checkDamage() error {
	switch f.Damage {
	case "", Reset, Cut, Stall, BadGate:
	case Drip:
		if f.Delivery {
			return errors.New("the damage drip is of calls only")
		}
	case Duplicate, BadTLS:
		if !f.Delivery {
			return fmt.Errorf("the damage %s is of deliveries only", f.Damage)
		}
	default:
		return fmt.Errorf("there is no damage %q: it is reset, cut, drip, stall, 502, duplicate or tls", f.Damage)
	}
	return nil
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() { s.world.ClearFaults() }

// TooManyRequests is the refusal of flood control.
func TooManyRequests(seconds int) *Error {
	return &Error{Code: 429, Description: fmt.Sprintf("Too Many Requests: retry after %d", seconds), RetryAfter: seconds}
}
