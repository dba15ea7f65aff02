package delivery

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// NetConfig says how a Net reaches webhooks.
type NetConfig struct {
	Lock sync.Locker // the world's lock

	// Hosts maps "host:port" or "host" to the "address:port" to connect to in its
	// place; no name is then looked up. "http://address:port" is spoken to in plain
	// HTTP even if the URL is https, as if the fake ended the TLS itself. nil: none.
	Hosts map[string]string

	// Edge returns the edge in front of a host, nil if there is none. It is asked
	// for each connection. nil: none.
	Edge func(host string) *Edge

	RootCAs     *x509.CertPool // trusted for https; nil: the system's
	Certificate []byte         // PEM uploaded with the webhook: trusted in place of RootCAs; nil: none
	Resolver    *net.Resolver  // nil: the default one

	// Dial connects to an address; nil: by TCP.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// An Edge stands for the platform in front of a bot, which ends TLS: requests go
// to it in plain HTTP with what it adds.
type Edge struct {
	Addr    string   // "address:port"
	Headers []string // raw lines, such as "X-Forwarded-Proto: https", after the engine's own
}

// ErrCertificate is why a webhook cannot be set with an uploaded file that holds
// no certificate. Its text follows "bad webhook: ", in the words of OpenSSL 3.
var ErrCertificate = errors.New("Failed to set custom certificate file{error:05800088:x509 certificate routines::no certificate or crl found}")

// PublicIP is the address that hosts reached by Hosts or Edge appear to have. It
// is one of Render's, and not reserved, so that a fake with Telegram's own rules
// accepts such webhooks.
var PublicIP = netip.AddrFrom4([4]byte{216, 24, 57, 1})

// A Net is a Transport of real sockets.
type Net struct {
	cfg   NetConfig
	roots *x509.CertPool
	ctx   context.Context // ends with Close
	end   context.CancelFunc
	wg    sync.WaitGroup
}

// NewNet returns a transport; the error is ErrCertificate.
func NewNet(cfg NetConfig) (*Net, error) {
	n := &Net{cfg: cfg, roots: cfg.RootCAs}
	if cfg.Certificate != nil {
		n.roots = x509.NewCertPool()
		if !n.roots.AppendCertsFromPEM(cfg.Certificate) {
			return nil, ErrCertificate
		}
	}
	if n.cfg.Resolver == nil {
		n.cfg.Resolver = net.DefaultResolver
	}
	if n.cfg.Dial == nil {
		n.cfg.Dial = new(net.Dialer).DialContext
	}
	n.ctx, n.end = context.WithCancel(context.Background())
	return n, nil
}

// Close cuts what is left and waits until all goroutines have ended. They need
// the world's lock for that, so the caller must not hold it.
func (n *Net) Close() {
	n.end()
	n.wg.Wait()
}

// mapped returns where Edge or Hosts send a webhook; "" if nowhere.
func (n *Net) mapped(u URL) (addr string, tls bool, headers string) {
	if n.cfg.Edge != nil {
		if e := n.cfg.Edge(u.Host); e != nil {
			for _, line := range e.Headers {
				headers += line + "\r\n"
			}
			return e.Addr, false, headers
		}
	}
	addr, ok := n.cfg.Hosts[u.Host+":"+strconv.Itoa(u.Port)]
	if !ok {
		addr = n.cfg.Hosts[u.Host]
	}
	if plain, ok := strings.CutPrefix(addr, "http://"); ok {
		return plain, false, ""
	}
	return addr, u.TLS, ""
}

// Resolve finds the address of a host: PublicIP for one that is mapped. IPv4 is
// preferred.
func (n *Net) Resolve(u URL, done func(netip.Addr, error)) {
	if addr, _, _ := n.mapped(u); addr != "" {
		done(PublicIP, nil)
		return
	}
	if ip, err := parseIP(u.Host); err == nil {
		done(ip, nil)
		return
	}
	n.wg.Go(func() {
		ip, err := n.lookUp(u.Host)
		n.cfg.Lock.Lock()
		defer n.cfg.Lock.Unlock()
		done(ip, err)
	})
}

func (n *Net) lookUp(host string) (netip.Addr, error) {
	ips, err := n.cfg.Resolver.LookupNetIP(n.ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, lookupError(err)
	}
	for _, ip := range ips {
		if ip = ip.Unmap(); ip.Is4() {
			return ip, nil
		}
	}
	if len(ips) == 0 {
		return netip.Addr{}, errors.New("No address associated with hostname")
	}
	return ips[0], nil
}

// Dial begins to connect.
func (n *Net) Dial(c *Conn, u URL, ip netip.Addr) Link {
	addr, secure, headers := n.mapped(u)
	if addr == "" {
		addr, secure = netip.AddrPortFrom(ip, uint16(u.Port)).String(), u.TLS
	}
	c.Headers = headers
	l := &socket{net: n, conn: c, addr: addr}
	if secure {
		l.tls = n.tlsConfig(u)
	}
	ctx, cancel := context.WithCancel(n.ctx)
	l.cancel = cancel
	n.wg.Go(func() { l.run(ctx) })
	return l
}
