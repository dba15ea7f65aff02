package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
)

// A Change is what a deploy brings. The zero value deploys again what is there.
type Change struct {
	Set     map[string]string // variables, in the file or in the dashboard
	Unset   []string          // variables
	Commit  string            // "" is the one before
	Source  fs.FS             // nil is the one before; see Options
	Command []string          // nil is the one before; see Options
	// Override ends a deploy under way, instead of waiting for it.
	Override bool

	restart bool // of what is live: nothing is built or run before
}

// A release is one version of the service, ready to be started.
type release struct {
	number  int    // of its deploy
	clone   string // the copy of the source that was built; "" of a Command
	root    string // rootDir, below clone
	commit  string
	command []string
	dir     string // where it starts; "" until it is built
	vars    map[string]string
}

// Deploy brings a change into service, as Render does without downtime: it
// builds, runs the pre-deploy command, starts a new instance, waits until that is
// healthy, switches, and 60 s later stops the old one. It returns when the new
// release is live; the old instances stop behind its back. An error means that
// the old release stays, and says why; variables keep their new values, as in the
// dashboard.
func (p *Platform) Deploy(ctx context.Context, c Change) error {
	ctx, stop := p.joined(ctx)
	defer stop()
	ctx, done, err := p.turns.take(ctx, c.Override, func() { p.log.add(Event{Kind: DeployQueued}) })
	if err != nil {
		p.log.add(Event{Kind: DeploySkipped, Text: err.Error()})
		return fmt.Errorf("deploy %s: %w", p.service.Name, err)
	}
	defer done()
	r := p.prepare(c)
	p.log.add(Event{Kind: DeployStarted, Deploy: r.number})
	if err = p.ready(ctx, r); err == nil {
		err = p.roll(ctx, r)
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		p.log.add(Event{Kind: DeployFailed, Deploy: r.number, Text: err.Error()})
		return fmt.Errorf("deploy %d of %s: %w", r.number, p.service.Name, err)
	}
	p.log.add(Event{Kind: Live, Deploy: r.number})
	if p.edge != nil {
		p.wg.Go(func() { p.lookAt(r.number) })
	}
	return nil
}

// Restart replaces the instances by new ones of the same release, with the same
// sequence: by hand, or for maintenance of the platform. It builds nothing.
func (p *Platform) Restart(ctx context.Context) error { return p.Deploy(ctx, Change{restart: true}) }

// joined is ctx, ended also when the platform is closed.
func (p *Platform) joined(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(p.ctx, func() { cancel(errors.New("the platform is closed")) })
	return ctx, func() { stop(); cancel(nil) }
}

// prepare makes the change, and a release of it that is not built yet.
func (p *Platform) prepare(c Change) *release {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.vars, c.Set)
	for _, k := range c.Unset {
		delete(p.vars, k)
	}
	if c.Commit != "" {
		p.o.Commit = c.Commit
	}
	if c.Source != nil {
		p.o.Source, p.o.Command = c.Source, nil
	}
	if c.Command != nil {
		p.o.Command = c.Command
	}
	p.deploys++
	r := &release{commit: p.o.Commit, command: p.o.Command}
	if c.restart && p.release != nil {
		*r = *p.release
	}
	r.number, r.vars = p.deploys, maps.Clone(p.vars)
	return r
}

// roll replaces the instances of the live release one at a time. When a new one
// fails, those replaced so far come back.
func (p *Platform) roll(ctx context.Context, r *release) error {
	p.mu.Lock()
	old, count := p.slots, p.count
	p.mu.Unlock()
	if p.service.Disk { // only one instance can have it (Render docs: disks)
		for _, s := range old {
			s.leave(0)
			<-s.done
		}
	}
	var fresh []*slot
	for n := range count {
		s := p.newSlot(r)
		if err := s.start(ctx); err != nil {
			p.revert(old, fresh)
			return err
		}
		s.serve()
		fresh = append(fresh, s)
		if n < len(old) {
			old[n].leave(p.timing.Overlap)
		}
	}
	for _, s := range old[min(count, len(old)):] {
		s.leave(p.timing.Overlap)
	}
	p.adopt(r, fresh)
	return nil
}

// adopt makes slots those of the live release. The time to sleep counts anew.
func (p *Platform) adopt(r *release, slots []*slot) {
	p.visited()()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.release, p.slots, p.asleep = r, slots, false
}

// revert brings the old slots back: their instances where these still run, new
// instances of the old release otherwise.
func (p *Platform) revert(old, fresh []*slot) {
	replaced := len(fresh)
	if p.service.Disk {
		replaced = len(old)
	}
	for n, s := range old[:min(replaced, len(old))] {
		if s.recall() {
			continue
		}
		again := p.newSlot(s.release)
		if again.start(p.ctx) != nil {
			continue // nothing more can be done, and the log has it
		}
		again.serve()
		p.mu.Lock()
		p.slots[n] = again
		p.mu.Unlock()
	}
	for _, s := range fresh {
		s.leave(0)
	}
}

// lookAt requests the primary URL once after a deploy, as observed on Render:
// GET / from Go's HTTP/2 client.
func (p *Platform) lookAt(deploy int) {
	client := &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   p.clientTLS(),
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", p.Addr())
		},
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(p.ctx, http.MethodGet, p.URL()+"/", nil)
	if err != nil {
		return // the URL is our own
	}
	resp, err := client.RoundTrip(req)
	if err != nil {
		p.log.add(Event{Kind: Asked, Deploy: deploy, Text: "no answer"})
		return
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // what it is does not matter
	p.log.add(Event{Kind: Asked, Deploy: deploy, Text: resp.Status})
}
