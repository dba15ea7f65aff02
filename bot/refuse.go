package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// maxBody bounds an update's body in bytes; Telegram queues none above 512 KiB
// (Bot API server source).
const maxBody = 640 << 10

// A refusal is a reason not to take a webhook request.
type refusal int

// The refusals, in the order in which they are checked. Whoever fails an
// earlier one learns nothing of the later ones.
const (
	refusedMethod   refusal = iota // not a POST
	refusedSecret                  // secret missing, wrong or repeated
	refusedClient                  // not an address of the allowlist, or none to be sure of
	refusedScheme                  // came to the proxy over plain http
	refusedEncoding                // compressed, so its size can't be trusted
	refusedSize                    // larger than maxBody
	refusedBody                    // cut, or too slow
	refusedUpdate                  // not an update
	refusedDraining                // the bot is stopping
	refusedFull                    // maxInFlight updates in flight
	refusedFailed                  // the handler failed, Telegram shall try again

	refusals         = int(refusedFailed) + 1
	taken    refusal = -1
)

func (r refusal) reason() string {
	return [refusals]string{"method", "secret", "client", "scheme", "encoding", "size", "body",
		"update", "draining", "full", "failed"}[r]
}

// status is never 2xx, which would acknowledge the update, and never 410, which
// in the end removes the webhook.
func (r refusal) status() int {
	return [refusals]int{405, 401, 403, 403, 415, 413, 400, 400, 503, 503, 500}[r]
}

// A gate decides by the head of a request alone who may go on.
type gate struct {
	proxy     proxyStrategy
	allowlist []netip.Prefix // nil lets everybody in
	keys      keyring
}

// check returns the first reason to refuse r, or taken.
func (g *gate) check(r *http.Request) refusal {
	switch {
	case r.Method != http.MethodPost:
		return refusedMethod
	case !g.secret(r.Header["X-Telegram-Bot-Api-Secret-Token"]):
		return refusedSecret
	case g.allowlist != nil && !within(g.allowlist, g.proxy.clientAddr(r.RemoteAddr, r.Header)):
		return refusedClient
	case r.TLS == nil && plainHTTP(r.Header["X-Forwarded-Proto"]):
		return refusedScheme
	case compressed(r.Header["Content-Encoding"]):
		return refusedEncoding
	case r.ContentLength > maxBody:
		return refusedSize
	}
	return taken
}

func (g *gate) secret(values []string) bool { return len(values) == 1 && g.keys.opens(values[0]) }

// plainHTTP reports whether any proxy on the way saw plain http. No header at
// all is fine: the TCP peer is then on this side of the proxy.
func plainHTTP(values []string) bool {
	for _, v := range values {
		for proto := range strings.SplitSeq(v, ",") {
			if !strings.EqualFold(strings.TrimSpace(proto), "https") {
				return true
			}
		}
	}
	return false
}

func compressed(values []string) bool {
	return len(values) > 0 && !(len(values) == 1 && strings.EqualFold(values[0], "identity"))
}

// A refusalLog logs refusals: the first of a reason at once, then one line a
// period with how many there were.
type refusalLog struct {
	log *slog.Logger
	mu  sync.Mutex
	by  [refusals]struct { // guarded by mu
		last       time.Time
		suppressed int
	}
}

const refusalPeriod = 10 * time.Second

func (l *refusalLog) add(reason refusal, client netip.Addr) {
	l.mu.Lock()
	entry := &l.by[reason]
	now, suppressed := time.Now(), entry.suppressed
	quiet := now.Sub(entry.last) < refusalPeriod
	if quiet {
		entry.suppressed++
	} else {
		entry.last, entry.suppressed = now, 0
	}
	l.mu.Unlock()
	if !quiet {
		l.log.LogAttrs(context.Background(), slog.LevelWarn, "request refused", slog.String("reason", reason.reason()),
			slog.Int("status", reason.status()), slog.String("client", client.String()), slog.Int("suppressed", suppressed))
	}
}
