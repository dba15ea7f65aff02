package target

import (
	"fmt"
	"net"
	"sync"
)

// Ports hands out ports for bots that must be told one. They come from below
// the range the kernel takes outgoing connections from (32768 up, ip(7)), so
// that nothing else takes one between its release here and the bot's listen, or
// while a proxy that comes back is down. Each Ports has a block for itself, and
// listens on the block's first port to tell those of other processes so.
type Ports struct {
	seed int

	mu    sync.Mutex
	guard net.Listener // guarded by mu; on the block's first port; nil: no block yet
	first int          // guarded by mu; the block's first port
	next  int          // guarded by mu
}

// The range used: above registered services' usual ports, below ephemeral ones.
// No suite has nearly a block's ports in use at once.
const (
	firstPort = 20000
	lastPort  = 32000
	block     = 300
)

// NewPorts looks for a block from a place on that depends on seed; processes
// running side by side should give different ones, such as their ids.
func NewPorts(seed int) *Ports { return &Ports{seed: seed} }

// Take returns a port nobody listens on, on any address.
func (p *Ports) Take() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.guard == nil {
		if err := p.claimLocked(); err != nil {
			return 0, err
		}
	}
	for range block - 1 {
		p.next = p.first + 1 + (p.next-p.first)%(block-1)
		l, err := listenOn(p.next)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("release port %d: %w", p.next, err)
		}
		return p.next, nil
	}
	return 0, fmt.Errorf("no free port between %d and %d", p.first, p.first+block)
}

// Close gives the block up. Those who still use a port of it may meet others there.
func (p *Ports) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.guard == nil {
		return nil
	}
	err := p.guard.Close()
	p.guard = nil
	return err
}

// claimLocked takes the first block that nobody guards. The guard listens until p
// is closed or collected, or the process ends.
func (p *Ports) claimLocked() error {
	const blocks = (lastPort - firstPort) / block
	for n := range blocks {
		first := firstPort + (p.seed%blocks+n)%blocks*block
		l, err := listenOn(first)
		if err == nil {
			p.guard, p.first, p.next = l, first, first
			return nil
		}
	}
	return fmt.Errorf("all %d blocks of ports between %d and %d are guarded: end some of the test runs", blocks, firstPort, lastPort)
}

func listenOn(port int) (net.Listener, error) { return net.Listen("tcp", fmt.Sprintf(":%d", port)) }
