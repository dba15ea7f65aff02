package main

import (
	"bufio"
	"context"
	"crypto/tls"
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
	lastWriteLimit = 5 * time.Second  // of a connection that was taken over, at shutdown
	idleLimit      = 120 * time.Second
	maxHeader      = 16 << 10
	maxConnections = 2048
)

// A server is an http.Server whose connections can be taken over and given back.
type server struct {
	*http.Server
	front   *patient       // set by Serve
	wait    sync.WaitGroup // for those that are silent or taken over
	closing atomic.Bool    // set under mu

	mu     sync.Mutex
	open   int               // guarded by mu
	silent map[net.Conn]bool // guarded by mu; they have no request under way
	kept   map[net.Conn]bool // guarded by mu; taken over
}

func newServer(log *slog.Logger) *server {
	var h1 http.Protocols
	h1.SetHTTP1(true) // Telegram and the proxies speak nothing newer to an instance
	s := &server{silent: map[net.Conn]bool{}, kept: map[net.Conn]bool{}}
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

// shutdown waits until ctx ends for requests under way. It does not wait for
// connections without a whole head of one, as http.Server would for 5 s, and
// lets those that are taken over read no more, nor wait long for a peer that does
// not read.
func (s *server) shutdown(ctx context.Context) {
	s.mu.Lock()
	s.closing.Store(true)
	for conn := range s.silent {
		_ = conn.Close()
	}
	for conn := range s.kept {
		_ = conn.SetReadDeadline(time.Unix(1, 0))
		_ = conn.SetWriteDeadline(time.Now().Add(lastWriteLimit)) // a later answer has its own
	}
	s.mu.Unlock()
	_ = s.Shutdown(ctx)
	done := make(chan struct{})
	go func() { s.wait.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// track is an http.Server.ConnState. A connection that is taken over stays open.
// Of TLS only the socket is kept, and closed: the alert that ends TLS waits up to
// 5 s for a peer that does not read.
func (s *server) track(conn net.Conn, state http.ConnState) {
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.silent, conn)
	switch state {
	case http.StateNew:
		if s.silent[conn] = true; s.closing.Load() {
			_ = conn.Close()
		}
	case http.StateIdle:
		s.silent[conn] = true
	case http.StateClosed:
		s.open--
	}
}

// keep takes over the connection of a request, and returns what was read of what
// follows it. Where that can't be, and at shutdown, it returns nil. What is kept
// has to be given back, and is to be read only after mayRead.
func (s *server) keep(w http.ResponseWriter) (net.Conn, *bufio.Reader) {
	s.mu.Lock()
	closing := s.closing.Load()
	if !closing {
		s.wait.Add(1)
	}
	s.mu.Unlock()
	if closing {
		return nil, nil
	}
	conn, rest, err := http.NewResponseController(w).Hijack() // calls track
	if err != nil {
		s.wait.Done()
		return nil, nil
	}
	if again, ok := conn.(*reread); ok && len(again.first) == 0 {
		conn = again.Conn
	}
	s.mu.Lock()
	s.kept[conn] = true
	s.mu.Unlock()
	return conn, rest.Reader
}

// mayRead gives a kept connection time to read, unless it is shutdown: that comes
// either before, and is seen here, or after, and ends the reading.
func (s *server) mayRead(conn net.Conn, until time.Time) bool {
	_ = conn.SetReadDeadline(until)
	return !s.closing.Load()
}

// giveBack lets http.Server go on with a connection, of which read was read
// already. If that is nothing it is closed, and at shutdown.
func (s *server) giveBack(conn net.Conn, read []byte) {
	defer s.wait.Done()
	s.mu.Lock()
	delete(s.kept, conn)
	s.mu.Unlock()
	if len(read) == 0 || !s.front.pass(accepted{conn: &reread{conn, read}}) {
		s.leave(conn)
	}
}

// A reread connection is read from its first bytes again.
type reread struct {
	net.Conn
	first []byte
}

func (c *reread) Read(p []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(p, c.first)
		if c.first = c.first[n:]; len(c.first) == 0 {
			c.first = nil // or the buffer it is from would stay
		}
		return n, nil
	}
	return c.Conn.Read(p)
}
