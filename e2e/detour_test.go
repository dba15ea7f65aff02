package e2e_test

import (
	"context"
	"net"
	"net/netip"
	"sync"

	"hookproof/e2e/proof"
)

// A detour is the way that Telegram's deliveries take in the place of the one to
// the edge. The zero value changes nothing.
type detour struct {
	mu   sync.Mutex
	addr string     // guarded by mu; where to, "" for where they were going
	from netip.Addr // guarded by mu; their source address; zero for any
}

// lead sends the deliveries to addr, from the next connection on.
func (d *detour) lead(addr string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.addr = addr
}

// leave has them leave from an address of this machine.
func (d *detour) leave(from netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.from = from
}

// dial is a proof.Dialer.
func (d *detour) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d.mu.Lock()
	if d.addr != "" {
		addr = d.addr
	}
	from := d.from
	d.mu.Unlock()
	return dialFrom(from)(ctx, network, addr)
}

// dialFrom connects from a source address; the zero one is any.
func dialFrom(from netip.Addr) proof.Dialer {
	d := new(net.Dialer)
	if from.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	return d.DialContext
}

// along is the runner with that way for its deliveries.
func along(r *proof.Runner, d *detour) *proof.Runner {
	return &proof.Runner{Spec: r.Spec, Ports: r.Ports, Seed: r.Seed, Dial: d.dial}
}
