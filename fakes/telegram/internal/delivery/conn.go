package delivery

import (
	"container/list"
	"errors"
	"time"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/wire"
)

// A Conn is one connection to a webhook. The transport calls its exported
// methods, with the world's lock held.
type Conn struct {
	// Headers are lines, each with its line end, that the transport wants in every
	// request after the engine's own. Set in Dial.
	Headers string

	hook   *Hook
	n      int
	ip     int // the hook's ipChange when it was opened
	link   Link
	reader *wire.Reader
	open   bool
	slow   bool // see wire.Reader.Slow

	lane  *lane         // whose first update is in flight; nil: none
	sent  time.Time     // when its request was written
	place *list.Element // among the free ones; nil: in flight or closing
	timer *clock.Timer

	damage Damage // of the request in flight
}

func newConn(h *Hook, n int) *Conn {
	return &Conn{hook: h, n: n, ip: h.ipChange, reader: wire.NewResponseReader()}
}

// Opened reports that the connection is open.
func (c *Conn) Opened() { c.open = true }

// maxEarly is how many bytes may wait for a request that they answer: as many as
// a head may have.
const maxEarly = 256 << 10

// Data reports bytes from the peer. They wait while no request is in flight, and
// then answer the next one; a peer that sends too many of them is cut off.
func (c *Conn) Data(p []byte) {
	if c.lane == nil && c.reader.Buffered()+len(p) > maxEarly {
		c.Closed("")
		return
	}
	if c.lane != nil && c.damage.Deaf {
		return
	}
	c.reader.Feed(p)
	if c.lane != nil {
		c.read()
	}
}

// Closed reports that the connection is gone: text is the operating system's or
// TLS's word for it, or "" if the peer just closed it. Only a text is an error;
// an update it carried has failed either way.
func (c *Conn) Closed(text string) {
	c.hook.do(func() { c.lost(text) })
}

func (c *Conn) lost(text string) {
	if _, ok := c.hook.conns[c]; !ok {
		return
	}
	c.link.Close()
	if text != "" {
		c.hook.recordError(text)
	}
	c.hook.forget(c, text)
	c.hook.stepAgain()
}

// live starts the minute anew that the connection may be without progress: from
// its opening, from the writing of a request to the whole reply, and then until
// the next request. Bytes alone do not count (observed on the real server), but
// for the first ones of a file, once on each connection.
func (c *Conn) live() {
	c.timer.Stop()
	c.timer = c.hook.after(idleTime, func(t *clock.Timer) {
		if c.timer == t {
			c.hook.do(c.expire)
		}
	})
}

// expire ends a connection whose minute is over; an idle one without an error.
func (c *Conn) expire() {
	if _, ok := c.hook.conns[c]; !ok {
		return
	}
	switch {
	case c.link.Unsent():
		c.lost("Write timeout expired")
	case c.lane != nil:
		c.lost("Read timeout expired")
	default:
		c.lost("")
	}
}

// read looks for a reply to the request in flight. Only a whole one is an event:
// bytes alone must not make the hook step and load more of the queue.
func (c *Conn) read() {
	if c.damage.Deaf {
		return // it may have come before the request
	}
	m, err := c.reader.Next()
	if !c.slow && c.reader.Slow() {
		c.slow = true
		c.live()
	}
	if m != nil || err != nil {
		c.hook.do(func() { c.reply(m, err) })
	}
}

// reply takes what was read as the answer to the request in flight.
func (c *Conn) reply(m *wire.Message, err error) {
	switch {
	case c.lane == nil: // lost in the meantime
	case err != nil:
		c.unreadable(err)
	case c.damage.Lose && m.Status >= 200 && m.Status <= 299:
		c.lost(c.damage.Error)
	default:
		c.live()
		c.hook.answered(c, m)
	}
}

// unreadable ends a connection that brought something else than a reply. The
// engine answers with a status line of its own, as a server would, before it
// closes (observed on the real server).
func (c *Conn) unreadable(err error) {
	text := err.Error()
	if e, ok := errors.AsType[*wire.Error](err); ok {
		c.link.Write(wire.AppendTransportError(nil, e.Status))
	}
	c.lost(text)
}
