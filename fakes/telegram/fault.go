package telegram

import (
	"fmt"
	"time"

	"hookproof/fakes/telegram/internal/engine"
)

// A Fault is something that goes wrong on purpose, for calls (or deliveries)
// that match all of its conditions. Faults draw from the server's seed.
type Fault struct {
	Delivery    bool    // strike deliveries to webhooks instead of calls
	Method      string  // of a call; "" is any
	Bot         *Bot    // nil is any
	Chat        *Chat   // of a call; nil is any
	Probability float64 // 0 is always
	Skip        int     // leave the first so many matches alone
	Times       int     // strike so often; 0 is without end

	Latency    time.Duration // wait before anything else
	Error      *Error        // refuse the call with this, without effect
	FloodWaits []int         // seconds of flood waits, one after the other
	Damage     Damage        // to the connection
}

// Damage is what happens to a connection.
type Damage string

// Kinds of damage. The reply to a call suffers after its effect: the message
// is sent, and the bot does not know.
const (
	Reset     Damage = Damage(engine.Reset)     // a reset instead of a reply
	Cut       Damage = Damage(engine.Cut)       // half of the reply
	Drip      Damage = Damage(engine.Drip)      // the reply in drops, one a tenth of a second
	Stall     Damage = Damage(engine.Stall)     // no reply, and the connection stays open
	BadGate   Damage = Damage(engine.BadGate)   // a proxy's 502 page in HTML, without effect
	Duplicate Damage = Damage(engine.Duplicate) // a delivery that succeeded comes again
	BadTLS    Damage = Damage(engine.BadTLS)    // a delivery's TLS handshake fails
)

// AddFault puts a fault into force until remove is called.
func (s *Server) AddFault(f Fault) (remove func()) {
	e := engine.Fault{
		Delivery: f.Delivery, Method: f.Method, Probability: f.Probability, Skip: f.Skip, Times: f.Times,
		Latency: f.Latency, FloodWaits: f.FloodWaits, Damage: engine.Damage(f.Damage),
	}
	if f.Bot != nil {
		e.Bot = f.Bot.ID()
	}
	if f.Chat != nil {
		e.Chat = f.Chat.ID()
	}
	if f.Error != nil {
		e.Error = &engine.Error{Code: f.Error.Code, Text: f.Error.Description, RetryAfter: f.Error.RetryAfter, MigrateTo: f.Error.MigrateTo}
	}
	return s.world.AddFault(e)
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() { s.world.ClearFaults() }

// TooManyRequests is the refusal of flood control.
func TooManyRequests(seconds int) *Error {
	return &Error{Code: 429, Description: fmt.Sprintf("Too Many Requests: retry after %d", seconds), RetryAfter: seconds}
}
