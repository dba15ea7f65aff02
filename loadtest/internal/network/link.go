// Package network is the wire between a bot and Telegram: a TCP proxy that
// adds a round trip and jitter, and counts connections and bytes.
//
// Bytes are delayed, not paced: a link has unlimited bandwidth. A new
// connection costs one round trip before its first byte goes on, as a TCP
// handshake does. TLS passes through unseen, so its handshake costs its own
// round trips by itself.
package network

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Conditions of a link.
type Conditions struct {
	RTT    time.Duration
	Jitter time.Duration // each chunk waits up to this much longer, each way; order is kept
	Seed   uint64
}

// Count is what went over a link since it opened.
type Count struct {
	Connections int64
	Up, Down    int64 // bytes: from the side that connected, and back to it
}

// Link is an open proxy to one address.
type Link struct {
	listener net.Listener
	to       string
	cond     Conditions
	life     context.Context // ends with Close
	end      context.CancelFunc
	wg       sync.WaitGroup

	connections, up, down atomic.Int64

	mu     sync.Mutex
	closed bool              // guarded by mu
	open   map[net.Conn]bool // guarded by mu
}

// Open listens on a free port of the loopback address and sends what arrives
// on to an address.
func Open(ctx context.Context, to string, cond Conditions) (*Link, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a link to %s: %w", to, err)
	}
	l := &Link{listener: listener, to: to, cond: cond, open: map[net.Conn]bool{}}
	l.life, l.end = context.WithCancel(context.WithoutCancel(ctx))
	l.wg.Go(l.accept)
	return l, nil
}

// Addr is where to connect, host:port.
func (l *Link) Addr() string { return l.listener.Addr().String() }

// Count reads the counters.
func (l *Link) Count() Count {
	return Count{Connections: l.connections.Load(), Up: l.up.Load(), Down: l.down.Load()}
}

// Close cuts all connections and waits for their goroutines.
func (l *Link) Close() error {
	err := l.listener.Close()
	l.end()
	l.mu.Lock()
	l.closed = true
	for c := range l.open {
		c.Close()
	}
	l.mu.Unlock()
	l.wg.Wait()
	return err
}

func (l *Link) accept() {
	for n := uint64(0); ; n++ {
		near, err := l.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			l.connections.Add(1)
			l.wg.Go(func() { l.serve(near, n) })
		}
	}
}

// serve carries one connection, both ways.
func (l *Link) serve(near net.Conn, n uint64) {
	far, err := new(net.Dialer).DialContext(l.life, "tcp", l.to)
	if err != nil {
		near.Close() // the far side refused: so do we
		return
	}
	if !l.keep(near, far) {
		return
	}
	defer l.drop(near, far)
	var wg sync.WaitGroup
	wg.Go(func() { l.carry(far, near, &l.up, l.cond.RTT, rand.New(rand.NewPCG(l.cond.Seed, 2*n))) })
	wg.Go(func() { l.carry(near, far, &l.down, 0, rand.New(rand.NewPCG(l.cond.Seed, 2*n+1))) })
	wg.Wait()
}

// keep registers a pair of connections, so that Close finds them.
func (l *Link) keep(pair ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range pair {
		if l.closed {
			c.Close()
		} else {
			l.open[c] = true
		}
	}
	return !l.closed
}

func (l *Link) drop(pair ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range pair {
		c.Close()
		delete(l.open, c)
	}
}
