package main

import (
	"context"
	"crypto/tls"
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

// newServer returns a server of handler. Own TLS, if any, is the listener's.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	var h1 http.Protocols
	h1.SetHTTP1(true) // Telegram and the proxies speak nothing newer to an instance
	return &http.Server{
		Handler:                      handler,
		Protocols:                    &h1,
		ReadHeaderTimeout:            headerLimit,
		ReadTimeout:                  readLimit,
		WriteTimeout:                 writeLimit,
		IdleTimeout:                  idleLimit,
		MaxHeaderBytes:               maxHeader,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// A cappedListener holds at most maxConnections connections; more wait in the
// kernel. It knows which of them have not said anything yet.
type cappedListener struct {
	*net.TCPListener
	places chan struct{}

	mu     sync.Mutex
	silent map[*countedConn]struct{} // guarded by mu; connections nothing was read from
}

func listen(addr string) (*cappedListener, error) {
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &cappedListener{TCPListener: ln.(*net.TCPListener), places: make(chan struct{}, maxConnections),
		silent: map[*countedConn]struct{}{}}, nil
}

// Accept waits for a place and then for a connection. On a closed listener the
// place does not matter any more.
func (l *cappedListener) Accept() (net.Conn, error) {
	l.places <- struct{}{}
	conn, err := l.AcceptTCP()
	if err != nil {
		<-l.places
		return nil, err
	}
	c := &countedConn{TCPConn: conn, from: l}
	l.mu.Lock()
	l.silent[c] = struct{}{}
	l.mu.Unlock()
	return c, nil
}

// closeSilent closes the connections that were opened ahead of any request:
// Server.Shutdown would wait 5 s for each to speak.
func (l *cappedListener) closeSilent() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.silent {
		_ = c.TCPConn.Close()
	}
}

type countedConn struct {
	*net.TCPConn
	from  *cappedListener
	spoke bool // only the reading goroutine uses it
	once  sync.Once
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	if !c.spoke {
		c.spoke = true
		c.speak()
	}
	return n, err
}

func (c *countedConn) speak() {
	c.from.mu.Lock()
	delete(c.from.silent, c)
	c.from.mu.Unlock()
}

func (c *countedConn) Close() error {
	c.once.Do(func() {
		c.speak()
		<-c.from.places
	})
	return c.TCPConn.Close()
}

// withTLS serves TLS on ln if there is a certificate.
func withTLS(ln net.Listener, certificate *tls.Certificate) net.Listener {
	if certificate == nil {
		return ln
	}
	return tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12})
}
