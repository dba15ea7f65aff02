package render

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A slot is the place of one instance in a release. It starts the instance,
// watches it, replaces it in place when it ends or fails, and stops it when the
// release has to go.
type slot struct {
	p       *Platform
	release *release
	leaving chan time.Duration // the time until SIGTERM
	back    chan struct{}      // undoes leaving; nobody takes it when it is too late
	done    chan struct{}      // closed when run has ended

	mu       sync.Mutex
	instance *Instance // guarded by mu; nil before the first start
}

func (p *Platform) newSlot(r *release) *slot {
	return &slot{p: p, release: r, leaving: make(chan time.Duration, 1), back: make(chan struct{}), done: make(chan struct{})}
}

func (s *slot) current() *Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.instance
}

// start starts an instance and waits until it is healthy. One that exits before
// is started again until the attempts are used up.
func (s *slot) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.p.timing.StartDeadline, errDeadline)
	defer cancel()
	for attempt := 1; ; attempt++ {
		i, err := s.p.launch(s.release, "")
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.instance = i
		s.mu.Unlock()
		if err = s.p.awaitHealth(ctx, i); err == nil {
			s.p.note(i, Healthy, "")
			return nil
		}
		if i.Running() {
			s.p.stop(i, "it did not become healthy")
			return err
		}
		words := s.p.ended(i)
		if attempt == s.p.unknowns.StartAttempts {
			return errors.New(words)
		}
		if !pause(ctx, s.p.timing.CrashPause) {
			return context.Cause(ctx)
		}
	}
}

var errDeadline = errors.New("not healthy in time")

// pause waits for d; false means that ctx has ended before.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// settled returns nil when a worker has run for as long as lies between two
// health probes: it has no port to ask (not known).
func (p *Platform) settled(ctx context.Context, i *Instance) error {
	t := time.NewTimer(p.timing.ProbeEvery)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-i.proc.Done():
		return errors.New("it has exited")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// awaitHealth returns nil when i passes a health probe.
func (p *Platform) awaitHealth(ctx context.Context, i *Instance) error {
	if p.service.Type == "worker" {
		return p.settled(ctx, i)
	}
	every := time.NewTicker(p.timing.ProbeEvery)
	defer every.Stop()
	last := error(errNoAnswer)
	for {
		err := p.serves(ctx, i)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil && i.Running() {
			last = err
			p.note(i, ProbeFailed, err.Error())
		}
		select {
		case <-every.C:
		case <-i.proc.Done():
			return errors.New("it has exited")
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), last)
		}
	}
}

// serve sends requests to the slot's instance, and watches it from now on.
func (s *slot) serve() {
	i := s.current()
	if s.p.edge != nil {
		s.p.routes.add(i)
	}
	s.p.note(i, Switched, "")
	s.p.wg.Go(s.run)
}

// leave has the slot's instance get no more requests, and SIGTERM after lead.
func (s *slot) leave(lead time.Duration) {
	select {
	case s.leaving <- lead:
	default: // it has been told
	}
}

// recall undoes leave, and reports whether that came in time.
func (s *slot) recall() bool {
	select {
	case <-s.leaving: // not even begun
		return true
	default:
	}
	select {
	case s.back <- struct{}{}:
		return true
	case <-s.done:
		return false
	}
}

// run looks after the slot until it has left, or the platform is closed.
func (s *slot) run() {
	defer close(s.done)
	for {
		w := &watch{slot: s, instance: s.current()}
		why := w.run()
		switch {
		case s.p.ctx.Err() != nil:
			s.p.stop(w.instance, "the platform is closed")
			return
		case w.departing != nil:
			s.p.stop(w.instance, why)
			return
		}
		s.p.stop(w.instance, why)
		for s.start(s.p.ctx) != nil {
			if !pause(s.p.ctx, s.p.timing.CrashPause) {
				return
			}
		}
		if s.p.edge != nil {
			s.p.routes.add(s.current())
		}
		s.p.note(s.current(), Rerouted, "restarted")
	}
}
