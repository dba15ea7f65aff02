package main

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The addresses of the cases recorded on Render, and of an attacker.
const (
	telegramAddr = "149.154.167.231"
	evilAddr     = "203.0.113.9"
	workerAddr   = "2a06:98c0:3600::103" // what Cloudflare says of any Worker
	edgeAddr     = "172.71.95.118"
	privateAddr  = "10.19.64.237"
)

func TestClientAddr(t *testing.T) {
	telegramNets := prefixes("149.154.160.0/20 91.108.4.0/22")
	for _, tt := range []struct {
		name     string
		strategy proxyStrategy
		peer     string
		xff      []string
		single   string // CF-Connecting-IP or Fly-Client-IP
		want     bool
	}{
		{"A honest, three entries", proxyRender, privateAddr, []string{"149.154.167.231, 172.71.95.118, 10.19.64.237"}, telegramAddr, true},
		{"B honest, two entries", proxyRender, privateAddr, []string{"149.154.167.231, 172.71.95.118"}, telegramAddr, true},
		{"C forged, three entries", proxyRender, privateAddr, []string{"149.154.167.231,203.0.113.9, 172.71.95.118, 10.19.64.237"}, evilAddr, false},
		{"D forged, two entries", proxyRender, privateAddr, []string{"149.154.167.231,203.0.113.9, 172.71.95.118"}, evilAddr, false},
		{"E Worker, three entries", proxyRender, privateAddr, []string{"149.154.167.231,2a06:98c0:3600::103, 172.71.95.118, 10.19.64.237"}, workerAddr, false},
		{"F Worker, two entries", proxyRender, privateAddr, []string{"149.154.167.231,2a06:98c0:3600::103, 172.71.95.118"}, workerAddr, false},
		{"two header lines", proxyRender, privateAddr, []string{telegramAddr, edgeAddr + ", " + privateAddr}, telegramAddr, true},
		{"disagrees with Cloudflare", proxyRender, privateAddr, []string{"149.154.167.231, 172.71.95.118"}, evilAddr, false},
		{"no CF-Connecting-IP", proxyRender, privateAddr, []string{"149.154.167.231, 172.71.95.118"}, "", false},
		{"no edge", proxyRender, privateAddr, []string{"149.154.167.231, 10.19.64.237"}, telegramAddr, false},
		{"public peer's headers are ignored", proxyRender, evilAddr, []string{"149.154.167.231, 172.71.95.118"}, telegramAddr, false},
		{"public peer itself", proxyRender, telegramAddr, nil, "", true},
		{"mapped", proxyRender, "::ffff:10.1.2.3", []string{"::ffff:149.154.167.231, ::ffff:172.71.95.118"}, telegramAddr, true},
		{"no header", proxyRender, privateAddr, nil, "", false},
		{"empty", proxyRender, privateAddr, []string{""}, telegramAddr, false},
		{"garbage", proxyRender, privateAddr, []string{"x, , 1.2.3, 999.1.1.1"}, telegramAddr, false},
		{"with port", proxyRender, privateAddr, []string{"149.154.167.231:1, 172.71.95.118"}, telegramAddr, false},
		{"a hundred hops", proxyRender, privateAddr, []string{strings.Repeat("149.154.167.231, ", 100) + evilAddr}, evilAddr, false},

		{"rightmost", proxyRightmost, "127.0.0.1", []string{"203.0.113.9, 149.154.167.231"}, "", true},
		{"rightmost, forged left", proxyRightmost, "127.0.0.1", []string{"149.154.167.231, 203.0.113.9"}, "", false},
		{"rightmost, public peer", proxyRightmost, evilAddr, []string{telegramAddr}, "", false},
		{"fly", proxyFly, "172.16.1.2", []string{evilAddr}, telegramAddr, true},
		{"fly, forged forwarded", proxyFly, "172.16.1.2", []string{telegramAddr}, evilAddr, false},
		{"none ignores headers", proxyNone, "127.0.0.1", []string{telegramAddr}, telegramAddr, false},
		{"none takes the peer", proxyNone, telegramAddr, []string{evilAddr}, "", true},
		{"first of the range", proxyNone, "149.154.160.0", nil, "", true},
		{"last of the range", proxyNone, "149.154.175.255", nil, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for _, line := range tt.xff {
				h.Add("X-Forwarded-For", line)
			}
			if tt.single != "" {
				h.Set("CF-Connecting-IP", tt.single)
				h.Set("Fly-Client-IP", tt.single)
			}
			peer := netip.AddrPortFrom(netip.MustParseAddr(tt.peer), 1234).String()
			got := tt.strategy.clientAddr(peer, h)
			assert.Equal(t, tt.want, within(telegramNets, got), got)
		})
	}
}

// A header of any content never makes a private peer somebody whom the proxies
// did not see.
func FuzzClientAddr(f *testing.F) {
	f.Add("149.154.167.231, 172.71.95.118, 10.19.64.237", "149.154.167.231")
	f.Add("149.154.167.231,203.0.113.9, 172.71.95.118", "203.0.113.9")
	f.Add(",,,", "")
	f.Add("::ffff:149.154.167.231%eth0", "::1")
	f.Fuzz(func(t *testing.T, xff, cf string) {
		forged := http.Header{"X-Forwarded-For": {xff + "," + evilAddr + ", " + edgeAddr}, "Cf-Connecting-Ip": {evilAddr}}
		assert.Equal(t, evilAddr, proxyRender.clientAddr("10.0.0.1:1", forged).String())
		assert.Equal(t, evilAddr, proxyRightmost.clientAddr("10.0.0.1:1", http.Header{"X-Forwarded-For": {xff, evilAddr}}).String())
		odd := http.Header{"X-Forwarded-For": {xff}, "Cf-Connecting-Ip": {cf}, "Fly-Client-Ip": {cf}}
		for _, p := range []proxyStrategy{proxyNone, proxyRightmost, proxyRender, proxyFly} {
			_ = p.clientAddr("10.0.0.1:1", odd)
			assert.Equal(t, evilAddr, p.clientAddr(evilAddr+":1", odd).String(), "a public peer is the client")
		}
	})
}
