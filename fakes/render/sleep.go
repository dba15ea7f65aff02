package render

import "time"

// visited counts a public request, from which the time to sleep counts. The
// function it returns is for the request's end.
func (p *Platform) visited() (left func()) {
	p.open.Add(1)
	p.inbound.Store(time.Now().UnixNano())
	return func() {
		p.inbound.Store(time.Now().UnixNano())
		p.open.Add(-1)
	}
}

// doze puts a service on the free plan to sleep when nobody has asked for
// anything for 15 minutes (Render docs: free instances). Health probes do not
// count, nor does what the service itself asks of others.
func (p *Platform) doze() {
	if !p.free() {
		return
	}
	for wait := p.timing.Sleep; pause(p.ctx, wait); {
		idle := time.Since(time.Unix(0, p.inbound.Load()))
		if wait = p.timing.Sleep - idle; wait > 0 {
			continue
		}
		if wait = p.timing.Sleep; p.open.Load() == 0 {
			p.sleep()
		}
	}
}

// sleep stops the instances, without lead.
func (p *Platform) sleep() {
	_, done, err := p.turns.queue(p.ctx)
	if err != nil {
		return // the platform is closed
	}
	defer done()
	p.mu.Lock()
	slots, r := p.slots, p.release
	if r == nil || p.asleep {
		p.mu.Unlock()
		return
	}
	p.asleep, p.slots = true, nil
	p.mu.Unlock()
	for _, s := range slots {
		s.leave(0)
		<-s.done
	}
	p.log.add(Event{Kind: Slept, Deploy: r.number})
}

func (p *Platform) sleeping() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asleep
}

// wake wakes the service, unless somebody does so already. The channel is
// closed when that has ended, well or not.
func (p *Platform) wake() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waking == nil {
		awake := make(chan struct{})
		p.waking = awake
		p.wg.Go(func() {
			p.rise()
			p.mu.Lock()
			p.waking = nil
			p.mu.Unlock()
			close(awake)
		})
	}
	return p.waking
}

// rise starts the release that sleeps.
func (p *Platform) rise() {
	ctx, done, err := p.turns.queue(p.ctx)
	if err != nil {
		return // the platform is closed
	}
	defer done()
	p.mu.Lock()
	r, asleep := p.release, p.asleep
	p.mu.Unlock()
	if !asleep {
		return
	}
	p.log.add(Event{Kind: Waking, Deploy: r.number})
	if !pause(ctx, p.timing.Wake) {
		return
	}
	s := p.newSlot(r)
	if s.start(ctx) != nil {
		return // the log has it, and the next request tries again
	}
	s.serve()
	p.adopt(r, []*slot{s})
	p.log.add(Event{Kind: Woke, Deploy: r.number})
}
