package main

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of the HTTP server. A slow client is cut within 10 s. An idle
// connection outlives the proxy's, or a request sent as it closes gets a 502.
const (
	headerLimit    = 5 * time.Second
	readLimit      = 8 * time.Second
	writeLimit     = 58 * time.Second // the handler's limit and some, below Telegram's 60 s
	idleLimit      = 120 * time.Second
	maxHeader      = 16 << 10
	maxConnections = 2048
)

// A server is an http.Server whose connections can be taken over and given back.
type server struct {
	*http.Server
	back chan net.Conn // given back, to be served again
	done chan struct{} // closed at shutdown
	wait sync.WaitGroup

	mu      sync.Mutex
	open    int                // guarded by mu
	silent  map[net.Conn]bool  // guarded by mu; nothing was ever read from them
	kept    map[*keptConn]bool // guarded by mu
	closing atomic.Bool        // set under mu
}

// A keptConn was taken over. While it is quiet nothing is under way on it.
type keptConn struct {
	net.Conn
	quiet atomic.Bool
}

func newServer(log *slog.Logger) *server {
	var h1 http.Protocols
	h1.SetHTTP1(true) // Telegram and the proxies speak nothing newer to an instance
	s := &server{back: make(chan net.Conn), done: make(chan struct{}), silent: map[net.Conn]bool{}, kept: map[*keptConn]bool{}}
	s.Server = &http.Server{
		Protocols:                    &h1,
		ReadHeaderTimeout:            headerLimit,
		ReadTimeout:                  readLimit,
		WriteTimeout:                 writeLimit,
		IdleTimeout:                  idleLimit,
		MaxHeaderBytes:               maxHeader,
		DisableGeneralOptionsHandler: true,
		ConnState:                    s.track,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return s
}

// serve serves ln until shutdown, and what is given back.
func (s *server) serve(ln net.Listener) error {
	s.wait.Go(func() { _ = s.Serve(givenBack{s, ln.Addr()}) })
	return s.Serve(ln)
}

// shutdown waits until ctx ends for requests under way. It does not wait for
// connections that nothing was ever said on, as http.Server would for 5 s.
func (s *server) shutdown(ctx context.Context) {
	s.mu.Lock()
	if !s.closing.Swap(true) {
		close(s.done)
	}
	for conn := range s.silent {
		_ = conn.Close()
	}
	for k := range s.kept {
		if k.quiet.CompareAndSwap(true, false) {
			_ = k.Close()
		}
	}
	s.mu.Unlock()
	_ = s.Shutdown(ctx)
	s.wait.Wait()
}

// track is an http.Server.ConnState. A connection that is taken over stays open.
func (s *server) track(conn net.Conn, state http.ConnState) {
	if state == http.StateIdle {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.silent, conn)
	switch state {
	case http.StateNew:
		if s.open++; s.open > maxConnections {
			_ = conn.Close()
		}
		s.silent[conn] = true
	case http.StateClosed:
		s.open--
	}
}

// keep takes over the connection of a request, and returns what was read of what
// follows it. Where that can't be, and at shutdown, it returns nil. What is kept
// has to be given back.
func (s *server) keep(w http.ResponseWriter) (*keptConn, *bufio.Reader) {
	s.mu.Lock()
	closing := s.closing.Load()
	if !closing {
		s.wait.Add(1)
	}
	s.mu.Unlock()
	if closing {
		return nil, nil
	}
	conn, rest, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.wait.Done()
		return nil, nil
	}
	if again, ok := conn.(*reread); ok && len(again.first) == 0 {
		conn = again.Conn
	}
	k := &keptConn{Conn: conn}
	s.mu.Lock()
	s.kept[k] = true
	s.mu.Unlock()
	return k, rest.Reader
}

// rest is called before a read that may wait for long. It returns false at
// shutdown, which closes a connection that is at rest.
func (s *server) rest(k *keptConn) bool {
	k.quiet.Store(true)
	return !s.closing.Load() // or else shutdown sees that it is quiet
}

// rouse is called after that read. It returns false if shutdown was faster.
func (k *keptConn) rouse() bool { return k.quiet.CompareAndSwap(true, false) }

// giveBack lets http.Server go on with a connection, of which read was read
// already. If that is nothing it is closed.
func (s *server) giveBack(k *keptConn, read []byte) {
	defer s.wait.Done()
	s.mu.Lock()
	delete(s.kept, k)
	s.open--
	s.mu.Unlock()
	if len(read) > 0 {
		select {
		case s.back <- &reread{k.Conn, read}:
			return
		case <-s.done:
		}
	}
	_ = k.Close()
}

// givenBack is the listener of connections that are given back.
type givenBack struct {
	*server
	addr net.Addr
}

func (g givenBack) Accept() (net.Conn, error) {
	select {
	case conn := <-g.back:
		return conn, nil
	case <-g.done:
		return nil, net.ErrClosed
	}
}

func (g givenBack) Addr() net.Addr { return g.addr }
func (g givenBack) Close() error   { return nil }

// A reread connection is read from its first bytes again.
type reread struct {
	net.Conn
	first []byte
}

func (c *reread) Read(p []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(p, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}
