package main

import (
	"net"
	"sync"
	"time"
)

// Serve serves what ln accepts, over TLS if there is a TLSConfig.
func (s *server) Serve(ln net.Listener) error {
	done := make(chan struct{})
	s.front = &patient{Listener: ln, server: s, next: make(chan accepted), done: done, end: sync.OnceFunc(func() { close(done) })}
	go s.front.run()
	if s.TLSConfig != nil {
		return s.ServeTLS(s.front, "", "")
	}
	return s.Server.Serve(s.front)
}

// enter counts a new connection, and reports whether it may stay. When there are
// too many, one without a request under way makes room: any, so that whoever
// opens many loses many.
func (s *server) enter(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	full := s.open >= maxConnections
	for other := range s.silent {
		if !full {
			break
		}
		delete(s.silent, other)
		_ = other.Close()
		full = false
	}
	if full || s.closing.Load() {
		_ = conn.Close()
		return false
	}
	s.open++
	s.wait.Add(1)
	s.silent[conn] = true
	return true
}

// leave closes a connection that http.Server does not have.
func (s *server) leave(conn net.Conn) {
	_ = conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

// A patient listener hands a connection on when its first byte has come: proxies
// open some ahead, and http.Server counts a request's time from when it got the
// connection, not from when the request began. It hands on those that were taken
// over and are given back, too.
type patient struct {
	net.Listener
	server *server
	next   chan accepted
	done   <-chan struct{} // closed by end
	end    func()
}

type accepted struct {
	conn net.Conn
	err  error
}

func (l *patient) Accept() (net.Conn, error) {
	select {
	case a := <-l.next:
		return a.conn, a.err
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *patient) Close() error {
	l.end()
	return l.Listener.Close()
}

// run accepts until the listener is closed.
func (l *patient) run() {
	for {
		conn, err := l.Listener.Accept()
		switch {
		case err != nil && !l.pass(accepted{err: err}):
			return
		case err == nil && l.server.enter(conn):
			go l.await(conn)
		}
	}
}

// await waits for the first byte, for as long as between two requests.
func (l *patient) await(conn net.Conn) {
	defer l.server.wait.Done()
	first := make([]byte, 1)
	_ = conn.SetReadDeadline(time.Now().Add(idleLimit))
	_, err := conn.Read(first)
	l.server.mu.Lock()
	delete(l.server.silent, conn)
	l.server.mu.Unlock()
	if err != nil || !l.pass(accepted{conn: &reread{conn, first}}) {
		l.server.leave(conn)
	}
}

// pass gives Accept its answer, unless the listener is closed.
func (l *patient) pass(a accepted) bool {
	select {
	case l.next <- a:
		return true
	case <-l.done:
		return false
	}
}
