package e2e_test

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"hookproof/e2e/proof"
)

// A flood, beside which people want to be answered.
const (
	floodRequests  = 2000 // forged ones, through the proxy
	floodWorkers   = 32   // that make them
	floodBody      = 128 << 10
	floodOversized = 40  // requests with the right secret and more body than an update can have
	floodHalfOpen  = 300 // connections that begin a request and don't go on, to the proxy and to the bot each
	floodIdle      = 800 // connections to the bot that say nothing
)

// Statuses count answers by status; 0 is none.
type statuses map[int]int

// A flooder makes the flood: from Telegram's address, and from another.
type flooder struct {
	s               *settlement
	inside, outside *caller
}

func (s *settlement) flooder(t *testing.T) *flooder {
	return &flooder{s, callerFrom(t, s.env, telegramHere, s.front), callerFrom(t, s.env, evilHere, s.front)}
}

// flood does all of it at once and returns when the forged requests have been
// answered. Everything else is held open until then.
func (f *flooder) flood() statuses {
	held := new(holding)
	defer held.release()
	half := []byte("POST /webhook HTTP/1.1\r\nHost: bot.example.com\r\nContent-Length: 1000\r\nX-Telegram-Bot-Api-Secret-Token: forged\r\n")
	for range floodHalfOpen {
		held.open(f.s.ctx, f.s.bot, half)
		held.open(f.s.ctx, f.s.front, nil) // not even the handshake
	}
	for range floodIdle {
		held.open(f.s.ctx, f.s.bot, nil)
	}
	var all sync.WaitGroup
	answers := make(chan int, floodRequests+floodOversized)
	for worker := range floodWorkers {
		all.Go(func() { f.pour(worker, answers) })
	}
	all.Wait()
	close(answers)
	sum := statuses{}
	for status := range answers {
		sum[status]++
	}
	return sum
}

// pour is one worker's part: forged requests with large bodies, and a few with
// the right secret that are too large. Each is an update that a bot which lets
// it in answers with 200.
func (f *flooder) pour(worker int, answers chan<- int) {
	hook := func(size int) proof.Request {
		r := f.s.env.Text(f.s.env.Probe().Send).Without("X-Forwarded-For").Without("X-Forwarded-Proto")
		r.Body = append(r.Body, bytes.Repeat([]byte(" "), size-len(r.Body))...)
		return r
	}
	forged, large := hook(floodBody).WithSecret("forged"), hook(800<<10)
	for n := worker; n < floodRequests; n += floodWorkers {
		from := f.inside
		if n%4 == 1 {
			from = f.outside
		}
		forged.Chunked = n%2 == 0
		answers <- f.post(from, forged)
	}
	for n := worker; n < floodOversized; n += floodWorkers {
		large.Chunked = n%2 == 0
		answers <- f.post(f.inside, large)
	}
}

// post returns the answer's status, 0 for none: a proxy may cut the connection
// when the bot refuses before it has read the body. A flooder does not wait long.
func (f *flooder) post(from *caller, r proof.Request) (status int) {
	ctx, cancel := context.WithTimeout(f.s.ctx, 15*time.Second)
	defer cancel()
	status, _, _ = from.post(ctx, r)
	return status
}

// A holding is connections that are kept open.
type holding struct{ conns []net.Conn }

func (h *holding) open(ctx context.Context, addr string, first []byte) {
	dialing, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	c, err := dialFrom(netip.MustParseAddr(evilHere))(dialing, "tcp", addr)
	if err != nil {
		return
	}
	h.conns = append(h.conns, c)
	_, _ = c.Write(first)
}

func (h *holding) release() {
	for _, c := range h.conns {
		_ = c.Close()
	}
}
