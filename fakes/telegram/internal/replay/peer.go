package replay

import (
	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/delivery"
)

// A peer is the endpoint's side of one connection, and the engine's link to it.
// It reads a request, runs the steps of its rule, and reads the next one.
type peer struct {
	net    *network
	engine *delivery.Conn
	number int // 0: not accepted

	early  []byte  // sent by the engine before the connection was accepted
	until  seconds // when the last of what the engine sent arrives
	inbox  []byte  // arrived and not read
	closed bool    // by the engine: it hears nothing any more
	gone   bool    // closed as the endpoint sees it

	busy    bool // doing acts
	acts    acts
	asked   []question // not yet answered
	answers bool       // the acts answer the first of them
	key     int64      // of the update received last
	pause   *clock.Timer
	idle    *clock.Timer
	flight  []*clock.Timer // what the endpoint sent and the engine has not got
}

// A question is a request that waits for its answer.
type question struct {
	attempt
	nth   int // of all requests of the run
	place int // of its event in the record
}

// connect ends a connection attempt.
func (p *peer) connect() {
	n := p.net
	switch {
	case p.closed || n.run.trace.Endpoint.Blackhole:
	case !n.listening:
		p.gone = true
		p.report("Connection refused")
	default:
		n.accepted++
		p.number = n.accepted
		n.run.add(event{Ev: "accept", Conn: p.number}, noKey)
		p.engine.Opened()
		p.begin(expand(n.run.trace.Endpoint.OnAccept))
		if early := p.early; len(early) > 0 {
			p.early = nil
			p.Write(early)
		}
	}
}

// report tells the engine that the connection is gone.
func (p *peer) report(text string) {
	p.net.current = p.key
	p.engine.Closed(text)
	p.net.current = noKey
}

// Write takes what the engine sends.
func (p *peer) Write(b []byte) {
	if p.closed || p.gone {
		return
	}
	if p.number == 0 {
		p.early = append(p.early, b...)
		return
	}
	now, behind := p.net.run.now(), len(p.net.run.got)
	p.until = max(p.until, p.net.arrival(b, now))
	b = append([]byte(nil), b...)
	p.net.run.after(p.until-now, func() {
		if !p.gone {
			p.inbox = append(p.inbox, b...)
			p.receive(now, behind)
		}
	})
}

// arrival returns when what is sent now arrives.
func (n *network) arrival(b []byte, now seconds) seconds {
	rq, _, ok := cutPost(b)
	if !ok {
		return now + hop
	}
	u := n.run.updates[rq.id]
	return n.run.hints.arrival(attempt{u, n.attempts[u] + 1}, now+hop)
}

// Unsent reports whether something still waits for the connection.
func (p *peer) Unsent() bool { return len(p.early) > 0 }

// Close takes the engine's closing. The endpoint sees it after all that was sent.
func (p *peer) Close() {
	if p.closed {
		return
	}
	p.closed = true
	for _, t := range p.flight {
		t.Stop()
	}
	if p.number > 0 && !p.gone {
		now := p.net.run.now()
		p.until = p.net.run.hints.closing(p.number, max(p.until, now)+hop)
		p.net.run.after(p.until-now, p.hangUp)
	}
}

// hangUp is when the endpoint sees that the engine has closed.
func (p *peer) hangUp() {
	if p.gone {
		return
	}
	if !p.busy && len(p.inbox) > 0 {
		p.net.run.add(event{Ev: "bytes", Conn: p.number, Text: string(p.inbox)}, p.key)
	}
	p.end("engine", "fin")
}

// end records that the connection is closed and stops everything.
func (p *peer) end(by, how string) {
	p.gone = true
	p.pause.Stop()
	p.idle.Stop()
	p.net.run.add(event{Ev: "close", Conn: p.number, By: by, How: how}, p.key)
}

// receive reads the requests that are complete, written by the engine at the time
// given. They are read as they come and answered one after another.
func (p *peer) receive(written seconds, behind int) {
	n := p.net
	for {
		rq, rest, ok := cutPost(p.inbox)
		if !ok {
			return
		}
		p.inbox = rest
		n.requests++
		a := attempt{update: n.run.updates[rq.id]}
		n.attempts[a.update]++
		a.n = n.attempts[a.update]
		p.key = n.keys[a.update]
		p.asked = append(p.asked, question{attempt: a, nth: n.requests, place: len(n.run.got)})
		e := n.run.add(event{Ev: "request", Conn: p.number, Update: a.update, Attempt: a.n}, p.key)
		e.head, e.body, e.written, e.behind = rq.head, rq.body, written, behind
		p.answer()
	}
}

// answer begins to answer the next request, unless one is being answered.
func (p *peer) answer() {
	if p.busy || p.gone || len(p.asked) == 0 {
		return
	}
	q := p.asked[0]
	acts := expand(p.net.rule(q))
	due := p.net.run.now() + acts.length()
	acts.stretch(p.net.run.hints.reply(q.attempt, due) - due)
	p.answers = true
	p.begin(acts)
}

// begin starts a row of acts.
func (p *peer) begin(acts acts) {
	p.idle.Stop()
	p.busy, p.acts = true, acts
	p.next()
}

// next does acts until one of them waits.
func (p *peer) next() {
	for !p.gone && len(p.acts) > 0 {
		a := p.acts[0]
		p.acts = p.acts[1:]
		switch {
		case a.wait > 0:
			p.pause = p.net.run.after(a.wait, p.next)
			return
		case a.hang:
			return
		case a.close == "fin":
			p.shut()
			return
		case a.close == "rst":
			p.reset()
			return
		default:
			p.send(a.send)
		}
	}
	p.finish()
}

// send sends to the engine.
func (p *peer) send(text string) {
	p.deliver(func() {
		p.net.current = p.key
		p.engine.Data([]byte(text))
		p.net.current = noKey
	})
}

// deliver lets something reach the engine, unless it has closed before.
func (p *peer) deliver(f func()) {
	p.flight = append(p.flight, p.net.run.after(hop, f))
}

// reset closes with a reset, which overtakes what was sent just before: the
// engine reads all there is before it looks at a reply, and finds the error.
func (p *peer) reset() {
	for _, t := range p.flight {
		t.Stop()
	}
	p.end("endpoint", "rst")
	p.deliver(func() { p.report("Connection reset by peer") })
}

// finish ends a row of acts.
func (p *peer) finish() {
	if p.gone {
		return
	}
	if p.answers {
		p.net.run.got[p.asked[0].place].replied = p.net.run.now()
		p.asked = p.asked[1:]
	}
	p.busy, p.answers = false, false
	p.touch()
	p.answer()
}

// touch starts the time anew after which the endpoint closes an idle connection.
func (p *peer) touch() {
	p.idle.Stop()
	if d := p.net.run.trace.Endpoint.IdleClose; d > 0 {
		p.idle = p.net.run.after(d, p.shut)
	}
}

// shut closes after all that was sent.
func (p *peer) shut() {
	p.end("endpoint", "fin")
	p.deliver(func() { p.report("") })
}
