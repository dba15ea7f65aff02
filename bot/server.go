package main

import (
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

// newServer returns a server of handler. On shutdown it does not wait for
// connections that nothing was ever said on, as http.Server would for 5 s.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	var h1 http.Protocols
	h1.SetHTTP1(true) // Telegram and the proxies speak nothing newer to an instance
	c := &connections{silent: map[net.Conn]bool{}}
	srv := &http.Server{
		Handler:                      handler,
		Protocols:                    &h1,
		ReadHeaderTimeout:            headerLimit,
		ReadTimeout:                  readLimit,
		WriteTimeout:                 writeLimit,
		IdleTimeout:                  idleLimit,
		MaxHeaderBytes:               maxHeader,
		DisableGeneralOptionsHandler: true,
		ConnState:                    c.track,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	srv.RegisterOnShutdown(c.closeSilent)
	return srv
}

// connections closes those above maxConnections, and knows which are silent.
type connections struct {
	mu     sync.Mutex
	open   int               // guarded by mu
	silent map[net.Conn]bool // guarded by mu; no byte was read from them yet
}

// track is an http.Server.ConnState.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	if state == http.StateIdle {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		if c.open++; c.open > maxConnections {
			_ = conn.Close()
		}
		c.silent[conn] = true
	case http.StateClosed, http.StateHijacked:
		c.open--
		fallthrough
	default:
		delete(c.silent, conn)
	}
}

func (c *connections) closeSilent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.silent {
		_ = conn.Close()
	}
}
