package engine

import (
	"context"
	"crypto/x509"
	"net"

	"hookproof/fakes/telegram/internal/delivery"
)

// HookNet is how webhooks are reached.
type HookNet struct {
	Hosts   map[string]string // host or host:port to address:port
	RootCAs *x509.CertPool    // nil: the system's
	Dial    Dialer            // nil: by TCP
}

// A Dialer connects to an address.
type Dialer = func(ctx context.Context, network, addr string) (net.Conn, error)

// An Edge is a proxy in front of a webhook's host: plain HTTP to Addr with
// Headers added.
type Edge = delivery.Edge

// SetEdge puts a proxy before a host, from the next connection on; nil takes
// it away.
func (w *World) SetEdge(host string, e *Edge) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e == nil {
		delete(w.edges, host)
		return
	}
	w.edges[host] = e
}

// transport reaches a webhook; each uploaded certificate has a transport of
// its own, which trusts only that.
func (w *World) transport(certificate []byte) (*delivery.Net, error) {
	if n := w.nets[string(certificate)]; n != nil {
		return n, nil
	}
	n, err := delivery.NewNet(delivery.NetConfig{
		Lock: &w.mu, Hosts: w.opt.Hooks.Hosts, RootCAs: w.opt.Hooks.RootCAs, Certificate: certificate,
		Dial: w.opt.Hooks.Dial,
		Edge: func(host string) *Edge { return w.edges[host] },
	})
	if err == nil {
		w.nets[string(certificate)] = n
	}
	return n, err
}
