package target

import (
	"errors"
	"fmt"
	"net"
	"sync"
)

// Ports hands out ports for bots that must be told one. They come from below
// the range the kernel takes outgoing connections from (32768 up, ip(7)), so
// that nothing else takes one between its release here and the bot's listen.
type Ports struct {
	mu   sync.Mutex
	next int // guarded by mu
}

// The range used: above registered services' usual ports, below ephemeral ones.
const (
	firstPort = 20000
	lastPort  = 32000
)

// NewPorts starts at a place in the range that depends on seed; processes
// running side by side should give different ones, such as their ids.
func NewPorts(seed int) *Ports {
	return &Ports{next: firstPort + (seed*97)%(lastPort-firstPort)}
}

// Take returns a port nobody listens on, on any address.
func (p *Ports) Take() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range lastPort - firstPort {
		port := p.next
		if p.next++; p.next >= lastPort {
			p.next = firstPort
		}
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("release port %d: %w", port, err)
		}
		return port, nil
	}
	return 0, errors.New("no free port between 20000 and 32000")
}
