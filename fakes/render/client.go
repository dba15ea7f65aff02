package render

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// Worker is the address that Cloudflare gives as the client's when the request
// comes from a Worker of another zone (Cloudflare docs: headers).
var Worker = netip.MustParseAddr("2a06:98c0:3600::103")

// claims are the addresses that clients connect from. All of them are on this
// machine, where no client has the address it would have; so who connects says
// which it stands for, by a claim on its connection. No header is involved: what
// a client sends is what arrives.
type claims struct {
	mu   sync.Mutex
	byIP map[string]netip.Addr // guarded by mu; by the client's end of its connection
}

// DialFrom returns a function that connects as net.Dialer.DialContext does, and
// claims that the client is at from. It is for connections to the edge: as the
// Dial of a fake Telegram, or of an http.Transport.
func (p *Platform) DialFrom(from netip.Addr) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return p.claims.put(c, from), nil
	}
}

func (c *claims) put(conn net.Conn, from netip.Addr) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byIP[conn.LocalAddr().String()] = from
	return &claimed{Conn: conn, claims: c}
}

// of is the address of a request's client: the claimed one, or the real one of
// a client that claims nothing.
func (c *claims) of(r *http.Request) netip.Addr {
	c.mu.Lock()
	defer c.mu.Unlock()
	if from, ok := c.byIP[r.RemoteAddr]; ok {
		return from
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified() // cannot be: net/http writes it
	}
	return peer.Addr().Unmap()
}

// claimed is a connection whose claim ends with it.
type claimed struct {
	net.Conn
	claims *claims
}

func (c *claimed) Close() error {
	c.claims.mu.Lock()
	delete(c.claims.byIP, c.LocalAddr().String())
	c.claims.mu.Unlock()
	return c.Conn.Close()
}

func newClaims() *claims { return &claims{byIP: map[string]netip.Addr{}} }
