package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"hookproof/fakes/telegram/internal/delivery"
)

// HookNet is how webhooks are reached.
type HookNet struct {
	Hosts   map[string]string // host or host:port to host:port
	RootCAs *x509.CertPool    // nil: the system's
}

// An Edge is a proxy in front of a webhook's host: plain HTTP to Addr with
// Headers added.
type Edge struct {
	Addr    string
	Headers []string
}

// SetEdge puts a proxy before a host; nil takes it away.
func (w *World) SetEdge(host string, e *Edge) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e == nil {
		delete(w.net.edges, host)
		return
	}
	w.net.edges[host] = e
}

type hookNet struct {
	w     *World
	edges map[string]*Edge
	wg    sync.WaitGroup
}

func (n *hookNet) For(cert []byte) delivery.Transport { return n }

func (n *hookNet) Resolve(u delivery.URL, done func(netip.Addr, error)) {
	host := u.Host
	if n.edges[host] != nil || n.host(u) != "" {
		done(netip.MustParseAddr("203.0.113.1"), nil)
		return
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		err = errors.New("Name or service not known")
	}
	done(ip, err)
}

func (n *hookNet) host(u delivery.URL) string {
	if to := n.w.opt.Hooks.Hosts[u.Host+":"+strconv.Itoa(u.Port)]; to != "" {
		return to
	}
	return n.w.opt.Hooks.Hosts[u.Host]
}

type link struct {
	n    *hookNet
	out  chan []byte
	stop context.CancelFunc
}

func (n *hookNet) Dial(c *delivery.Conn, u delivery.URL, ip netip.Addr) delivery.Link {
	ctx, cancel := context.WithCancel(context.Background())
	l := &link{n: n, out: make(chan []byte, 16), stop: cancel}
	addr := net.JoinHostPort(ip.String(), strconv.Itoa(u.Port))
	useTLS := u.TLS
	if e := n.edges[u.Host]; e != nil {
		addr, useTLS = e.Addr, false
		for _, h := range e.Headers {
			c.Headers += h + "\r\n"
		}
	} else if to := n.host(u); to != "" {
		addr = to
	}
	n.wg.Go(func() { l.run(ctx, c, addr, u, useTLS) })
	return l
}

func (l *link) lock(f func()) { l.n.w.Do(f) }

func (l *link) run(ctx context.Context, c *delivery.Conn, addr string, u delivery.URL, useTLS bool) {
	conn, err := (&net.Dialer{Timeout: 60 * time.Second}).DialContext(ctx, "tcp", addr)
	if err == nil && useTLS {
		conn = tls.Client(conn, &tls.Config{ServerName: u.Host, RootCAs: l.n.w.opt.Hooks.RootCAs})
	}
	if err != nil {
		if ctx.Err() == nil {
			l.lock(func() { c.Closed("Connection refused") })
		}
		return
	}
	done := context.AfterFunc(ctx, func() { conn.Close() })
	defer done()
	defer conn.Close()
	l.lock(c.Opened)
	l.n.wg.Go(func() {
		for {
			select {
			case p := <-l.out:
				conn.Write(p)
			case <-ctx.Done():
				return
			}
		}
	})
	buf := make([]byte, 32<<10)
	for {
		k, err := conn.Read(buf)
		if ctx.Err() != nil {
			return
		}
		if k > 0 {
			p := append([]byte(nil), buf[:k]...)
			l.lock(func() {
				if ctx.Err() == nil {
					c.Data(p)
				}
			})
		}
		if err != nil {
			l.lock(func() {
				if ctx.Err() == nil {
					text := ""
					if !errors.Is(err, net.ErrClosed) && err.Error() != "EOF" {
						text = "Connection reset by peer"
					}
					c.Closed(text)
				}
			})
			l.stop()
			return
		}
	}
}

func (l *link) Write(p []byte) { l.out <- append([]byte(nil), p...) }
func (l *link) Unsent() bool   { return len(l.out) > 0 }
func (l *link) Close()         { l.stop() }
