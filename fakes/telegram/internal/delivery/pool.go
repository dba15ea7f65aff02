package delivery

import "container/list"

// connect opens the connections that are wanted and allowed now (Bot API server
// source; observed on the real server).
//
// Wanted is one for each lane, also for those in backoff, up to the maximum. The
// pool is warm for ten seconds after a 2xx: then at least one connection is kept,
// and new ones come in a burst of 10 and then one per 50 ms. Otherwise it is
// cold: no more than one connection, and a new one every 2 s at most. A webhook
// just set opens one connection before there is any update.
func (h *Hook) connect() {
	if !h.ip.IsValid() {
		return
	}
	now := h.cfg.Clock.Now()
	wanted, limit := min(len(h.lanes), h.cfg.MaxConnections), &h.cold
	if warm := !h.lastSuccess.IsZero() && now.Sub(h.lastSuccess) <= warmTime; warm {
		wanted, limit = max(wanted, 1), &h.warm
	} else {
		wanted = min(wanted, 1)
	}
	if !h.verified {
		wanted = 1
	}
	for len(h.conns) < wanted {
		if next := limit.next(); next.After(now) {
			h.relax(next)
			return
		}
		limit.take(now)
		h.dial()
	}
}

// dial begins to open a connection. It can carry a request at once, before it is
// open, and the webhook counts as verified now (observed on the real server: a
// webhook can be set to a port that refuses).
func (h *Hook) dial() {
	h.opened++
	c := newConn(h, h.opened)
	h.conns[c] = struct{}{}
	c.place = h.free.PushBack(c)
	c.live()
	c.link = h.cfg.Transport.Dial(c, h.cfg.URL, h.ip)
	if !h.verified {
		h.verified = true
		h.tellVerified()
	}
}

func (h *Hook) tellVerified() {
	if h.cfg.Events.Verified != nil {
		h.cfg.Events.Verified(h.ip)
	}
}

// release makes a connection free for the next request.
func (h *Hook) release(c *Conn) { c.place = h.free.PushBack(c) }

// take removes a connection from the free ones.
func (h *Hook) take(e *list.Element) *Conn {
	c := h.free.Remove(e).(*Conn)
	c.place = nil
	return c
}

// forget removes a connection that is gone. If it carried an update, that is a
// failure of the update.
func (h *Hook) forget(c *Conn, why string) {
	if _, ok := h.conns[c]; !ok {
		return
	}
	delete(h.conns, c)
	c.timer.Stop()
	if c.place != nil {
		h.take(c.place)
	}
	if l := c.lane; l != nil {
		c.lane = nil
		h.attempted(c, l, 0, why, false)
		h.failed(l, 0)
	}
}
