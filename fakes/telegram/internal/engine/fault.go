package engine

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"hookproof/fakes/telegram/internal/delivery"
	"hookproof/fakes/telegram/internal/queue"
)

// A Fault is something that goes wrong on purpose, in calls or deliveries that
// match all of its conditions.
type Fault struct {
	Delivery    bool    // it strikes deliveries to webhooks; otherwise calls of methods
	Method      string  // of a call, in any case; "": any
	Bot         int64   // 0: any
	Chat        int64   // that a call names, or that orders a delivery; 0: any
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

// Kinds of damage. Reset, Cut, Drip, Stall and Duplicate come after the effect
// of the call or delivery: the reply is what suffers.
const (
	Reset     Damage = "reset"     // the connection is reset instead of a reply
	Cut       Damage = "cut"       // half of the reply, then the connection ends
	Drip      Damage = "drip"      // the reply comes in drops; calls only
	Stall     Damage = "stall"     // no reply comes, and the connection stays open
	BadGate   Damage = "502"       // an HTML page of a proxy, without effect
	Duplicate Damage = "duplicate" // the reply to a delivery is lost: it comes again; deliveries only
	BadTLS    Damage = "tls"       // the webhook's certificate is not accepted; deliveries only
)

const badGatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// BadGateway is what a proxy in front of a dead server says.
var BadGateway = []byte("HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: " +
	strconv.Itoa(len(badGatewayPage)) + "\r\nConnection: keep-alive\r\n\r\n" + badGatewayPage)

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
			(f.Bot == 0 || f.Bot == c.bot.key.id) && (f.Chat == 0 || c.names(f.Chat))
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

// names tells whether the call's chat_id is that chat, by number or username.
func (c *call) names(chat int64) bool {
	found := c.findChat(c.arg("chat_id"))
	return c.int("chat_id") == chat || found != nil && found.ID == chat
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

// hookDamage is what the faults in force do to a delivery. A lost reply is one
// that was cut off, reset or never left: the engine can't tell, and the update
// comes again.
func (b *Bot) hookDamage(u queue.Update) delivery.Damage {
	if len(b.w.faults.list) == 0 {
		return delivery.Damage{}
	}
	f := b.w.faultFor(func(f *Fault) bool {
		return f.Delivery && (f.Bot == 0 || f.Bot == b.key.id) && (f.Chat == 0 || lane(u.Kind, f.Chat) == u.Key)
	})
	if f == nil {
		return delivery.Damage{}
	}
	d := delivery.Damage{Delay: f.Latency}
	switch f.Damage {
	case Reset:
		d.Lose, d.Error = true, "Connection reset by peer"
	case Cut, Duplicate:
		d.Lose = true
	case Stall:
		d.Deaf = true
	case BadGate:
		d.Reply = BadGateway
	case BadTLS:
		d.Break = delivery.BadCertificate
	}
	return d
}
