package delivery

import (
	"slices"
	"time"

	"hookproof/fakes/telegram/internal/clock"
)

// BadCertificate is the last error after a handshake with an endpoint whose
// certificate is not trusted, in the words of OpenSSL 3 (observed on the real
// server).
const BadCertificate = "SSL error {error:0A000086:SSL routines::certificate verify failed}"

// A Damage goes wrong on purpose with one delivery. The zero value is none.
type Damage struct {
	Delay time.Duration // the request leaves so much later
	Break string        // the connection ends with this error, and nothing is sent; "": it does not
	Reply []byte        // what a proxy says in the endpoint's place, which sees nothing; nil: nothing
	Deaf  bool          // the reply is never heard, and the connection stays open
	Lose  bool          // a reply that says delivered is lost, and the connection ends
	Error string        // with this error, "" for none
}

// transmit writes a request, or does to it what is to go wrong.
func (c *Conn) transmit(request []byte) {
	c.damage = Damage{}
	u := c.lane.first()
	if c.hook.cfg.Damage != nil {
		c.damage = c.hook.cfg.Damage(u.Update)
	}
	if c.damage.Delay <= 0 {
		c.leave(request)
		return
	}
	request, attempt := slices.Clone(request), u.attempts
	c.hook.after(c.damage.Delay, func(*clock.Timer) {
		if c.lane != nil && c.lane.first() == u && u.attempts == attempt {
			c.hook.do(func() { c.leave(request) })
		}
	})
}

// leave lets a request go, or answers it here.
func (c *Conn) leave(request []byte) {
	switch d := c.damage; {
	case d.Break != "":
		c.Closed(d.Break)
	case d.Reply != nil:
		c.reader.Feed(d.Reply)
	default:
		c.link.Write(request)
	}
	if c.reader.Buffered() > 0 {
		c.read()
	}
}
