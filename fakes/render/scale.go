package render

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Scale changes the number of instances. It returns when all new ones are
// healthy and get requests; those that go stop behind its back.
func (p *Platform) Scale(ctx context.Context, n int) error {
	if err := p.scalable(n); err != nil {
		return fmt.Errorf("scale %s to %d: %w", p.service.Name, n, err)
	}
	ctx, stop := p.joined(ctx)
	defer stop()
	ctx, done, err := p.turns.queue(ctx)
	if err != nil {
		return fmt.Errorf("scale %s to %d: %w", p.service.Name, n, err)
	}
	defer done()
	p.mu.Lock()
	slots, r := p.slots, p.release
	p.mu.Unlock()
	if r == nil {
		return fmt.Errorf("scale %s to %d: nothing is deployed", p.service.Name, n)
	}
	for len(slots) < n {
		s := p.newSlot(r)
		if err := s.start(ctx); err != nil {
			return fmt.Errorf("scale %s to %d: %w", p.service.Name, n, err)
		}
		s.serve()
		slots = append(slices.Clip(slots), s)
		p.adopt(r, slots)
	}
	for _, s := range slots[n:] {
		s.leave(p.timing.Overlap)
	}
	p.adopt(r, slots[:n])
	p.mu.Lock()
	p.count = n
	p.mu.Unlock()
	p.log.add(Event{Kind: Scaled, Deploy: r.number, Text: strconv.Itoa(n)})
	return nil
}

// scalable: several instances are for paid plans, and not with a disk (Render
// docs: scaling).
func (p *Platform) scalable(n int) error {
	switch {
	case n < 1:
		return errors.New("a service has one instance at least")
	case n > 1 && p.free():
		return errors.New("the free plan has one instance")
	case n > 1 && p.service.Disk:
		return errors.New("a service with a disk has one instance")
	}
	return nil
}

func (p *Platform) free() bool {
	plan, ok := PlanOf(p.service.Plan)
	return ok && plan.Free()
}
