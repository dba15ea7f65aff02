package delivery

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"syscall"
	"time"
)

const (
	readSize  = 16 << 10
	lastWrite = time.Second // for what is still queued when a connection is closed
	// takeTime is how long the kernel may seem to take for what the peer has read
	// already: the goroutine that wrote it has not run again.
	takeTime = 200 * time.Millisecond
)

// A socket is a Link of package net. One goroutine connects and reads; writes
// happen at once as far as the kernel takes them, without waiting, and the rest
// by a goroutine that lives until it has left.
type socket struct {
	net    *Net
	conn   *Conn
	addr   string
	tls    *tls.Config // nil: plain
	cancel context.CancelFunc

	mu      sync.Mutex
	tcp     net.Conn        // guarded by mu; nil: not connected
	stream  net.Conn        // guarded by mu; tcp, or TLS over it; nil: not open
	raw     syscall.RawConn // guarded by mu; to write without waiting; nil: not possible
	out     []byte          // guarded by mu; not yet written
	writing chan struct{}   // guarded by mu; closed when a goroutine that is writing has done so; nil: none is
	closed  bool            // guarded by mu
	failure string          // guarded by mu; why writing failed
}

// run is the life of the connection.
func (s *socket) run(ctx context.Context) {
	defer s.cancel()
	stream, err := s.open(ctx)
	if err != nil {
		s.report(errorText(err))
		return
	}
	defer s.hangUp()
	// The context of the whole transport ends by closing what is open.
	stop := context.AfterFunc(ctx, s.hangUp)
	defer stop()
	s.world(s.conn.Opened)
	buf := make([]byte, readSize)
	for {
		n, err := stream.Read(buf)
		if n > 0 {
			s.world(func() { s.conn.Data(buf[:n]) })
		}
		if err != nil {
			s.report(s.cause(err))
			return
		}
	}
}

// world runs f under the world's lock, unless the hook has closed the link.
func (s *socket) world(f func()) {
	s.net.cfg.Lock.Lock()
	defer s.net.cfg.Lock.Unlock()
	if !s.isClosed() {
		f()
	}
}

func (s *socket) report(text string) {
	s.world(func() { s.conn.Closed(text) })
}

func (s *socket) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// cause prefers the reason why a write failed: reading then only finds the
// socket closed.
func (s *socket) cause(err error) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != "" {
		return s.failure
	}
	return errorText(err)
}

// open connects, and shakes hands if it is to be TLS.
func (s *socket) open(ctx context.Context) (net.Conn, error) {
	tcp, err := s.net.cfg.Dial(ctx, "tcp", s.addr)
	if err != nil {
		return nil, err
	}
	stream := tcp
	if s.tls != nil {
		secure := tls.Client(tcp, s.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = tcp.Close() // the handshake's error says more
			return nil, handshakeError{err}
		}
		stream = secure
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tcp, s.stream = tcp, stream
	if s.tls == nil {
		if sc, ok := tcp.(syscall.Conn); ok {
			s.raw, _ = sc.SyscallConn() // without it writing only takes longer
		}
	}
	s.flushLocked()
	return stream, nil
}

// Write sends p as far as that is possible without waiting.
func (s *socket) Write(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.raw != nil && len(s.out) == 0 && s.writing == nil {
		p = p[writeNow(s.raw, p):]
	}
	if len(p) > 0 {
		s.out = append(s.out, p...)
		s.flushLocked()
	}
}

// flushLocked starts the goroutine that writes what is queued.
func (s *socket) flushLocked() {
	if s.stream == nil || s.writing != nil || len(s.out) == 0 {
		return
	}
	s.writing = make(chan struct{})
	s.net.wg.Go(s.drain)
}

// drain writes what is queued and closes afterwards if that is wanted.
func (s *socket) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.out) > 0 {
		out := s.out
		s.out = nil
		s.mu.Unlock()
		_, err := s.stream.Write(out)
		s.mu.Lock()
		if err != nil {
			s.failure = errorText(err)
			s.out = nil
			_ = s.tcp.Close() // wakes the reader, which reports the failure
		}
	}
	close(s.writing)
	s.writing = nil
	if s.closed {
		_ = s.tcp.Close() // nobody is left to tell
	}
}

// Unsent reports whether something has not been taken by the kernel yet.
func (s *socket) Unsent() bool {
	s.mu.Lock()
	writing, unsent := s.writing, len(s.out) > 0
	s.mu.Unlock()
	if writing == nil {
		return unsent
	}
	limit := time.NewTimer(takeTime)
	defer limit.Stop()
	select {
	case <-writing:
		return false
	case <-limit.C:
		return true
	}
}

// Close ends the connection. TLS is not told, as by the real engine.
func (s *socket) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.cancel()
	switch {
	case s.tcp == nil:
		s.out = nil
	case s.writing != nil || len(s.out) > 0:
		_ = s.tcp.SetWriteDeadline(time.Now().Add(lastWrite)) // fails only on a closed socket
	default:
		_ = s.tcp.Close() // nobody is left to tell
	}
}

// hangUp closes the socket itself.
func (s *socket) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tcp != nil && !(s.closed && s.writing != nil) {
		_ = s.tcp.Close() // nobody is left to tell
	}
}
