package render

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Addresses of the hops, out of recorded dumps.
const (
	cloudflareEdge = "172.71.95.118"
	renderProxy    = "10.19.64.237"
)

// hopByHop headers end at a proxy (RFC 9110, section 7.6.1); so does Expect,
// which the edge answers itself.
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Expect", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// instanceHeader makes the header that an instance gets out of the one that a
// client sent, as dumps on Render have it (2024 to 2026).
func instanceHeader(sent http.Header, client netip.Addr, shape Shape, id string, now time.Time) http.Header {
	h := sent.Clone()
	for _, name := range hopByHop {
		h.Del(name)
	}
	h.Set("Accept-Encoding", "gzip, br") // Cloudflare's own
	h.Set("Cdn-Loop", "cloudflare; loops=1")
	h.Set("Cf-Connecting-Ip", client.String())
	h.Set("Cf-Ipcountry", "US")
	h.Set("Cf-Ray", id[:8]+id[9:13]+id[14:18]+"-FRA")
	h.Set("Cf-Visitor", `{"scheme":"https"}`)
	h.Set("Render-Proxy-Ttl", "4")
	h.Set("Rndr-Id", id)
	h.Set("True-Client-Ip", client.String())
	h["X-Forwarded-For"] = []string{forwardedFor(sent["X-Forwarded-For"], client, shape)}
	h.Set("X-Forwarded-Proto", "https")
	h.Set("X-Request-Start", strconv.FormatInt(now.UnixMicro(), 10))
	if _, said := h["User-Agent"]; !said {
		h["User-Agent"] = []string{""} // or net/http would say its own
	}
	return h
}

// forwardedFor is the client's way here. What the client itself sent stays on
// the left, joined to its real address by a bare comma; later entries have a
// space before them (observed on Render). Several lines of the client's are
// joined by a comma, too (RFC 9110, section 5.3).
func forwardedFor(sent []string, client netip.Addr, shape Shape) string {
	list := strings.Join(append(slices.Clip(sent), client.String()), ",") + ", " + cloudflareEdge
	if shape == ShapeA {
		list += ", " + renderProxy
	}
	return list
}

// newRequestID makes a rndr-id: it looks like a UUID.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
