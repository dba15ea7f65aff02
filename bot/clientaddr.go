package main

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A proxyStrategy says how the client's address is found. Each believes headers
// only from a peer on a private or loopback address; any other peer is the
// client itself. None of them can tell a neighbour on the private network who
// makes up all headers: the secret is for that.
type proxyStrategy string

const (
	proxyNone      proxyStrategy = "none"      // the TCP peer; wrong behind any proxy
	proxyRightmost proxyStrategy = "rightmost" // the last X-Forwarded-For entry; safe behind exactly one proxy
	proxyRender    proxyStrategy = "render"    // behind exactly one Cloudflare hop, agreeing with CF-Connecting-IP
	proxyFly       proxyStrategy = "fly"       // Fly-Client-IP, which Fly's proxy overwrites
)

// clientAddr returns the client's address, unmapped. It is the zero Addr when
// the headers don't add up, which no allowlist holds.
func (p proxyStrategy) clientAddr(remote string, h http.Header) netip.Addr {
	peerPort, err := netip.ParseAddrPort(remote)
	peer := peerPort.Addr().Unmap()
	if err != nil || p == proxyNone || !within(privateNetworks, peer) {
		return peer
	}
	switch p {
	case proxyRightmost:
		_, last := cutLast(strings.Join(h["X-Forwarded-For"], ","))
		return last
	case proxyFly:
		return onlyAddr(h["Fly-Client-Ip"])
	default:
		return renderClient(h)
	}
}

// renderClient walks X-Forwarded-For from the right, where only proxies write:
// private entries, then one Cloudflare edge, then the client. More than one hop
// would let a Cloudflare Worker pose as anybody. What is left of that came from
// outside.
func renderClient(h http.Header) netip.Addr {
	rest, entry := cutLast(strings.Join(h["X-Forwarded-For"], ","))
	for within(privateNetworks, entry) {
		rest, entry = cutLast(rest)
	}
	if !within(cloudflareNetworks, entry) {
		return netip.Addr{}
	}
	_, client := cutLast(rest)
	if client != onlyAddr(h["Cf-Connecting-Ip"]) {
		return netip.Addr{}
	}
	return client
}

// cutLast returns the last entry of a comma-separated list, the zero Addr if
// that is not an address, and what is before it.
func cutLast(list string) (string, netip.Addr) {
	rest, last := "", list
	if i := strings.LastIndexByte(list, ','); i >= 0 {
		rest, last = list[:i], list[i+1:]
	}
	return rest, parseAddr(last)
}

func onlyAddr(values []string) netip.Addr {
	if len(values) != 1 {
		return netip.Addr{}
	}
	return parseAddr(values[0])
}

func parseAddr(s string) netip.Addr {
	addr, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}
	}
	return addr.Unmap()
}

func within(list []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func prefixes(list string) []netip.Prefix {
	var out []netip.Prefix
	for p := range strings.FieldsSeq(list) {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

var privateNetworks = prefixes(`10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 100.64.0.0/10 ::1/128 fc00::/7`)

// Cloudflare's edges as of 2026-11 (cloudflare.com/ips). Check at every release:
// a missing range locks Telegram out.
var cloudflareNetworks = prefixes(`
	173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 108.162.192.0/18
	190.93.240.0/20 188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 162.158.0.0/15 104.16.0.0/13
	104.24.0.0/14 172.64.0.0/13 131.0.72.0/22 2400:cb00::/32 2606:4700::/32 2803:f800::/32
	2405:b500::/32 2405:8100::/32 2a06:98c0::/29 2c0f:f248::/32`)
