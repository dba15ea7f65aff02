package delivery_test

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/delivery"
	"hookproof/fakes/telegram/internal/queue"
)

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// A bench is a hook on a manual clock whose connections end at the test.
type bench struct {
	t       *testing.T
	clock   *clock.Clock
	queue   *queue.Queue
	hook    *delivery.Hook
	links   []*link
	address netip.Addr // what names resolve to
	lookups int

	events []string
}

// A link is one connection as the test sees it.
type link struct {
	conn   *delivery.Conn
	ip     netip.Addr
	sent   []string // not yet looked at
	closed bool
}

func (l *link) Write(p []byte) { l.sent = append(l.sent, string(p)) }
func (l *link) Unsent() bool   { return false }
func (l *link) Close()         { l.closed = true }

// Resolve and Dial make bench a transport.
func (b *bench) Resolve(_ delivery.URL, done func(netip.Addr, error)) {
	b.lookups++
	if !b.address.IsValid() {
		done(netip.Addr{}, errors.New("Name or service not known"))
		return
	}
	done(b.address, nil)
}

func (b *bench) Dial(c *delivery.Conn, _ delivery.URL, ip netip.Addr) delivery.Link {
	l := &link{conn: c, ip: ip}
	b.links = append(b.links, l)
	return l
}

func newBench(t *testing.T, change func(*delivery.Config)) *bench {
	t.Helper()
	b := &bench{t: t, clock: clock.NewManual(time.Unix(1_000_000, 500_000_000)), address: netip.MustParseAddr("192.0.2.1")}
	b.queue = queue.New(b.clock, rand.New(rand.NewPCG(1, 1)))
	u, err := delivery.ParseURL("https://a.example.test/hook")
	require.NoError(t, err)
	note := func(s string) { b.events = append(b.events, s) }
	cfg := delivery.Config{
		URL: u, MaxConnections: 2, Local: true,
		Clock: b.clock, Lock: &sync.Mutex{}, Queue: b.queue, Rand: rand.New(rand.NewPCG(3, 3)), Transport: b,
		Events: delivery.Events{
			Verified: func(ip netip.Addr) { note("verified " + ip.String()) },
			Failed:   func(err error) { note("failed " + err.Error()) },
			Removed:  func() { note("removed") },
			Error:    func(text string) { note("error " + text) },
			Dropped:  func(u queue.Update) { note("dropped " + string(u.Body)) },
		},
	}
	if change != nil {
		change(&cfg)
	}
	b.hook = delivery.New(cfg)
	return b
}

func (b *bench) push(key int64, body string, ttl int64) {
	_, ok := b.queue.Push("message", key, []byte(body), b.clock.Now().Unix()+ttl)
	require.True(b.t, ok)
	b.hook.Wake()
}

// body takes the next request on a link and returns the update's body.
func (l *link) body(t *testing.T) string {
	t.Helper()
	require.NotEmpty(t, l.sent, "no request")
	_, body, _ := strings.Cut(l.sent[0], ",\n")
	l.sent = l.sent[1:]
	return strings.TrimSuffix(body, "}")
}

func TestExpiryCountsWholeSeconds(t *testing.T) {
	// Pushed at .5 with 10 s to live, a delay of 10 s just fits until the second is
	// over, and one of 11 s never does.
	for _, tt := range []struct {
		name    string
		wait    time.Duration
		delay   string
		dropped bool
	}{
		{"fits exactly", 0, "10", false},
		{"one second too long", 0, "11", true},
		{"fits to the end of the second", 490 * time.Millisecond, "10", false},
		{"the next second is too late", 500 * time.Millisecond, "10", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, nil)
			b.hook.Start()
			b.push(1, "m", 10)
			b.clock.Advance(tt.wait)
			assert.Equal(t, "m", b.links[0].body(t))
			b.links[0].conn.Data([]byte("HTTP/1.1 429 Slow\r\nRetry-After: " + tt.delay + "\r\nContent-Length: 0\r\n\r\n"))
			want := []string{"verified 192.0.2.1", "error Wrong response from the webhook: 429 Slow"}
			if tt.dropped {
				want = append(want, "dropped m")
			}
			assert.Equal(t, want, b.events)
			assert.Equal(t, map[bool]int{true: 0, false: 1}[tt.dropped], b.queue.Len())
		})
	}
}

func TestRandomDelaysStayInRange(t *testing.T) {
	seen := map[time.Duration]bool{}
	for seed := range uint64(40) {
		b := newBench(t, func(c *delivery.Config) { c.Rand = rand.New(rand.NewPCG(seed, 0)) })
		b.hook.Start()
		b.push(1, "m", 86400)
		var delays []time.Duration
		for range 10 {
			l := b.links[len(b.links)-1]
			l.body(t)
			failed := b.clock.Now()
			l.conn.Data([]byte("HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n"))
			for len(b.links[len(b.links)-1].sent) == 0 {
				next, ok := b.clock.Next()
				require.True(t, ok)
				b.clock.Advance(next.Sub(b.clock.Now()))
			}
			delays = append(delays, b.clock.Since(failed))
		}
		s := time.Second
		assert.Equal(t, []time.Duration{0, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s}, delays[:6])
		for _, d := range delays[6:] {
			assert.True(t, d >= 60*s && d <= 120*s, d)
			seen[d] = true
		}
		assert.LessOrEqual(t, delays[6], 64*s)
	}
	assert.Greater(t, len(seen), 30, "each delay is drawn anew")
}

func TestBytesBeforeTheRequestAnswerIt(t *testing.T) {
	b := newBench(t, nil)
	b.hook.Start()
	b.links[0].conn.Data([]byte("HTTP/1.1 500 Early\r\nContent-Length: 0\r\n\r\n" + ok))
	b.push(1, "m", 60)
	assert.Equal(t, []string{"m", "m"}, []string{b.links[0].body(t), b.links[0].body(t)}, "tried again at once")
	assert.Equal(t, []string{"verified 192.0.2.1", "error Wrong response from the webhook: 500 Early"}, b.events)
	assert.Equal(t, 0, b.queue.Len(), "the second answer was there, too")
}

func TestGoneForTooLong(t *testing.T) {
	const gone = "HTTP/1.1 410 Gone\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"
	for _, tt := range []struct {
		name    string
		between string // an answer after 12 hours
		want    bool
	}{
		{"without a break", gone, true},
		{"another status breaks the row", "HTTP/1.1 500 E\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, nil)
			b.hook.Start()
			b.push(1, "m", 200_000)
			removed := false
			for hour := 0; hour <= 24 && !removed; hour++ {
				l := b.links[len(b.links)-1]
				l.body(t)
				if hour == 12 {
					l.conn.Data([]byte(tt.between))
				} else {
					l.conn.Data([]byte(gone))
				}
				removed = b.events[len(b.events)-1] == "removed"
				if !removed {
					b.clock.Advance(time.Hour)
				} else {
					assert.Equal(t, 24, hour, "23 hours are not yet too long")
				}
			}
			assert.Equal(t, tt.want, removed)
			assert.Equal(t, 1, b.queue.Len(), "the update stays")
		})
	}
}

func TestLookupIsRepeated(t *testing.T) {
	b := newBench(t, nil)
	b.hook.Start()
	assert.Equal(t, netip.MustParseAddr("192.0.2.1"), b.hook.IP())
	b.push(1, "a", 86400)
	b.links[0].body(t)
	b.links[0].conn.Data([]byte(ok))

	b.address = netip.Addr{} // a failing lookup changes nothing
	b.clock.Advance(34 * time.Minute)
	assert.Equal(t, 2, b.lookups)
	assert.Equal(t, netip.MustParseAddr("192.0.2.1"), b.hook.IP())

	b.address = netip.MustParseAddr("192.0.2.2")
	b.push(1, "b", 86400)
	old := b.links[len(b.links)-1]
	old.conn.Opened()
	b.clock.Advance(34*time.Minute - 50*time.Second)
	assert.Equal(t, 3, b.lookups)
	assert.Equal(t, netip.MustParseAddr("192.0.2.2"), b.hook.IP())
}

func TestNewAddressRetiresConnections(t *testing.T) {
	b := newBench(t, nil)
	b.hook.Start()
	b.address = netip.MustParseAddr("192.0.2.2")
	var l *link
	for b.lookups == 1 { // keep a request in flight until the address changes
		b.push(1, "m", 86400)
		l = b.links[len(b.links)-1]
		l.body(t)
		b.clock.Advance(30 * time.Second)
		if b.lookups == 1 {
			l.conn.Data([]byte(ok))
		}
	}
	require.False(t, l.closed)
	l.conn.Data([]byte(ok))
	assert.True(t, l.closed, "after the reply in flight")
	assert.Equal(t, b.address, b.links[len(b.links)-1].ip)
}

func TestStartFailsWithoutAnAddress(t *testing.T) {
	b := newBench(t, nil)
	b.address = netip.Addr{}
	b.hook.Start()
	assert.Equal(t, []string{"failed Failed to resolve host: Name or service not known"}, b.events)
	assert.Empty(t, b.links)
	_, pending := b.clock.Next()
	assert.False(t, pending, "nothing is left behind")
}

func TestIdle(t *testing.T) {
	b := newBench(t, nil)
	b.hook.Start()
	assert.False(t, b.hook.Idle(), "connecting")
	b.links[0].conn.Opened()
	assert.True(t, b.hook.Idle())
	b.push(1, "m", 60)
	assert.False(t, b.hook.Idle(), "in flight")
	b.links[0].conn.Data([]byte(ok))
	assert.True(t, b.hook.Idle())
	b.hook.Close()
	assert.True(t, b.hook.Idle())
	assert.Equal(t, 0, b.hook.Connections())
	assert.True(t, b.links[0].closed)
}

func TestClosedHookIsSilent(t *testing.T) {
	b := newBench(t, nil)
	b.hook.Start()
	b.push(1, "m", 60)
	b.hook.Close()
	b.hook.Close()
	b.links[0].conn.Opened()
	b.links[0].conn.Data([]byte("HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n"))
	b.links[0].conn.Closed("Connection reset by peer")
	b.push(1, "n", 60)
	b.clock.Advance(time.Hour)
	assert.Equal(t, []string{"verified 192.0.2.1"}, b.events)
	assert.Equal(t, 2, b.queue.Len())
}

// What comes on an idle connection waits for its request, within bounds.
func TestIdleConnectionThatBringsTooMuchIsClosed(t *testing.T) {
	b := newBench(t, nil)
	b.hook.Start()
	b.links[0].conn.Opened()
	b.push(1, "m", 60)
	b.links[0].conn.Data([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	b.links[0].conn.Data(make([]byte, 256<<10))
	assert.False(t, b.links[0].closed)
	b.links[0].conn.Data([]byte("x"))
	assert.True(t, b.links[0].closed)
	b.links[0].conn.Data(make([]byte, 1<<20))
	assert.Equal(t, []string{"verified 192.0.2.1"}, b.events, "no update was in flight, so it is no error")
	b.push(1, "n", 60)
	b.clock.Advance(time.Minute)
	assert.Equal(t, "n", b.links[len(b.links)-1].body(t), "another connection takes its place")
}

// What a deaf connection brings is not kept. It stays open until its time is over.
func TestDeafConnectionKeepsNothing(t *testing.T) {
	b := newBench(t, func(c *delivery.Config) {
		c.Damage = func(queue.Update) delivery.Damage { return delivery.Damage{Deaf: true} }
	})
	b.hook.Start()
	b.push(1, "m", 600)
	chunk := make([]byte, 64<<10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 256 {
		b.links[0].conn.Data(chunk)
	}
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "of 16 MiB")
	assert.False(t, b.links[0].closed)
	b.clock.Advance(time.Minute)
	assert.True(t, b.links[0].closed)
	assert.Contains(t, b.events, "error Read timeout expired")
}

func TestUpdatesWithoutKeyAreIndependent(t *testing.T) {
	b := newBench(t, nil)
	b.hook.Start()
	b.push(0, "a", 60)
	b.push(0, "b", 60)
	b.links[0].body(t)
	b.links[0].conn.Data([]byte("HTTP/1.1 500 E\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n"))
	assert.Equal(t, "b", b.links[0].body(t))
}

func TestHeadLimit(t *testing.T) {
	for _, tt := range []struct {
		size int
		sent bool
	}{{4068, true}, {4069, false}} {
		b := newBench(t, func(c *delivery.Config) {
			rest := len("POST / HTTP/1.1\r\nHost: a.example.test\r\nContent-Type: application/json\r\nContent-Length: 25\r\n" +
				"Connection: keep-alive\r\nAccept-Encoding: gzip, deflate\r\n\r\n")
			c.URL.Target = "/" + strings.Repeat("x", tt.size-rest)
		})
		b.hook.Start()
		b.push(1, "m", 60)
		require.Len(t, b.links, 1)
		if tt.sent {
			head, _, _ := strings.Cut(b.links[0].sent[0], "\r\n\r\n")
			assert.Len(t, head+"\r\n\r\n", tt.size)
		} else {
			assert.Empty(t, b.links[0].sent)
		}
		assert.Equal(t, 1, b.queue.Len())
	}
}

func TestWindowBlocksOthers(t *testing.T) {
	// Twice as many failing chats as connections keep every other chat waiting.
	b := newBench(t, nil)
	b.hook.Start()
	for key := int64(1); key <= 4; key++ {
		b.push(key, "failing", 86400)
	}
	b.push(9, "waiting", 86400)
	sent := map[string]int{}
	for range 200 {
		for _, l := range b.links {
			for len(l.sent) > 0 {
				sent[l.body(t)]++
				l.conn.Data([]byte("HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n"))
			}
		}
		b.clock.Advance(time.Second)
	}
	assert.Greater(t, sent["failing"], 20)
	assert.Zero(t, sent["waiting"])
}
