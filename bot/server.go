package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
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
	open    int               // guarded by mu
	quiet   map[net.Conn]bool // guarded by mu; nothing is under way on them
	closing bool              // guarded by mu
}

func newServer(log *slog.Logger) *server {
	var h1 http.Protocols
	h1.SetHTTP1(true) // Telegram and the proxies speak nothing newer to an instance
	s := &server{back: make(chan net.Conn), done: make(chan struct{}), quiet: map[net.Conn]bool{}}
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
	if !s.closing {
		s.closing = true
		close(s.done)
	}
	for conn := range s.quiet {
		_ = conn.Close()
	}
	s.mu.Unlock()
	_ = s.Shutdown(ctx)
	s.wait.Wait()
}

// track is an http.Server.ConnState.
func (s *server) track(conn net.Conn, state http.ConnState) {
	if state == http.StateIdle {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.quiet, conn)
	switch state {
	case http.StateNew:
		if s.open++; s.open > maxConnections {
			_ = conn.Close()
		}
		s.quiet[conn] = true
	case http.StateClosed:
		s.open--
	}
}

// keep is asked before a connection is taken over. It returns false at shutdown.
// After true, wait.Done has to be called once nobody works on the connection.
func (s *server) keep() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.wait.Add(1)
	}
	return !s.closing
}

// rest notes whether anything is under way on a connection that was taken over.
// It returns false at shutdown.
func (s *server) rest(conn net.Conn, quiet bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if quiet && !s.closing {
		s.quiet[conn] = true
	} else {
		delete(s.quiet, conn)
	}
	return !s.closing
}

// giveBack lets http.Server go on with a connection that was taken over, of
// which read was read already. If that is nothing it is closed.
func (s *server) giveBack(conn net.Conn, read []byte) {
	s.track(conn, http.StateClosed)
	if len(read) > 0 {
		select {
		case s.back <- &reread{conn, read}:
			return
		case <-s.done:
		}
	}
	_ = conn.Close()
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
