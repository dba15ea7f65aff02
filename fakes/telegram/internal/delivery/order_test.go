package delivery_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/delivery"
)

const (
	okAndClose = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	bad        = "HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n"
)

// one sets max_connections to 1: a window of two keys.
func one(c *delivery.Config) { c.MaxConnections = 1 }

// last is the connection opened last.
func (b *bench) last() *link { return b.links[len(b.links)-1] }

// backlog queues updates of a key before the hook is started.
func (b *bench) backlog(key, ttl int64, bodies ...string) {
	for _, body := range bodies {
		_, ok := b.queue.Push("message", key, []byte(body), b.clock.Now().Unix()+ttl)
		require.True(b.t, ok)
	}
}

// A retry that is due at once wakes up before what is loaded after its failure,
// whatever their keys.
func TestRetryAtOnceGoesBeforeWhatIsLoadedAfterIt(t *testing.T) {
	b := newBench(t, one)
	b.backlog(9, 600, "a", "a2", "a3")
	b.backlog(-5, 600, "b") // not loaded yet: a load counts updates
	b.hook.Start()
	for _, want := range []string{"a", "a", "b"} {
		assert.Equal(t, want, b.last().body(t))
		b.last().conn.Data([]byte(bad))
	}
}

// The connection that takes the place of one closed by its reply carries what
// was loaded with the reply, not what is loaded when the old one has gone.
func TestNewConnectionIsOpenedInTheSameStep(t *testing.T) {
	b := newBench(t, one)
	b.backlog(9, 600, "a", "a2", "a3", "a4")
	b.backlog(-5, 600, "b")
	b.hook.Start()
	got := []string{}
	for range 5 {
		got = append(got, b.last().body(t))
		b.last().conn.Data([]byte(okAndClose))
		b.clock.Advance(time.Second)
	}
	assert.Len(t, b.links, 6)
	assert.Equal(t, []string{"a", "a2", "a3", "a4", "b"}, got)
}

// A lost connection makes the engine step twice, so that it loads twice. What is
// loaded does not expire.
func TestLossLoadsTwice(t *testing.T) {
	b := newBench(t, nil)
	b.backlog(1, 600, "a1", "a2", "a3", "a4") // loaded at the start
	b.backlog(2, 600, "b1", "b2", "b3")       // when the name was found
	b.backlog(2, 600, "b4", "b5")             // with the loss
	b.backlog(3, 1, "c", "c2")                // and again
	b.backlog(4, 1, "d")                      // with the next connection, when it has expired
	b.hook.Start()
	assert.Equal(t, "a1", b.last().body(t))
	b.last().conn.Closed("")
	b.clock.Advance(2 * time.Second)
	for _, want := range []string{"b1", "a1", "c", "c2"} { // c and c2 are dropped
		assert.Equal(t, want, b.last().body(t))
		b.last().conn.Data([]byte("HTTP/1.1 500 E\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"))
	}
	assert.Empty(t, b.last().sent)
}

// A request in place of a reply is quoted whole as the last error, and ends the
// connection.
func TestRequestInPlaceOfAReply(t *testing.T) {
	b := newBench(t, nil)
	b.hook.Start()
	b.push(1, "m", 600)
	l := b.last()
	l.body(t)
	l.conn.Data([]byte("POST /x%20y?a=1&b HTTP/1.1\r\nHost: h\r\nConnection: Keep-Alive\r\nRetry-After: 30\r\n" +
		"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n" + `{"c":"d"}`))
	assert.Equal(t, "error Wrong response from the webhook: POST:/x y:[a:1]:[b:]:[c:d]:keep-alive\n"+
		"host=h\nconnection=keep-alive\nretry-after=30\ncontent-type=application/json\ncontent-length=9\nBEGIN CONTENT\nEND CONTENT\n",
		b.events[1])
	assert.True(t, l.closed)
	b.clock.Advance(2 * time.Second)
	assert.Equal(t, "m", b.last().body(t), "at once; Retry-After of a request means nothing")
}

// The first bytes of a body that is a file give the connection another minute,
// once; those of arguments do not.
func TestBytesOfAFileExtendTheMinuteOnce(t *testing.T) {
	for _, tt := range []struct {
		contentType string
		seconds     int // from the request to the end
	}{
		{"text/plain", 50 + 60}, {"application/json", 60}, {"application/x-www-form-urlencoded", 60},
		{"multipart/form-data; boundary=X", 60},
	} {
		t.Run(tt.contentType, func(t *testing.T) {
			b := newBench(t, nil)
			b.hook.Start()
			b.links[0].conn.Opened()
			b.push(1, "m", 600)
			l := b.last()
			l.body(t)
			l.conn.Data([]byte("HTTP/1.1 200 OK\r\nContent-Type: " + tt.contentType + "\r\nContent-Length: 9\r\n\r\n"))
			b.clock.Advance(50 * time.Second)
			l.conn.Data([]byte("-"))
			b.clock.Advance(time.Duration(tt.seconds)*time.Second - 50*time.Second - time.Millisecond)
			require.False(t, l.closed)
			l.conn.Data([]byte("-")) // no more time for this
			b.clock.Advance(time.Millisecond)
			assert.True(t, l.closed)
			assert.Contains(t, b.events, "error Read timeout expired")
		})
	}
}

// A name that has moved is told again, so that getWebhookInfo shows where it is.
func TestNewAddressIsTold(t *testing.T) {
	b := newBench(t, nil)
	b.hook.Start()
	b.clock.Advance(34 * time.Minute)
	assert.Equal(t, []string{"verified 192.0.2.1"}, b.events)
	b.address = netip.MustParseAddr("192.0.2.2")
	b.clock.Advance(34 * time.Minute)
	assert.Equal(t, []string{"verified 192.0.2.1", "verified 192.0.2.2"}, slices.DeleteFunc(b.events, func(s string) bool {
		return !strings.HasPrefix(s, "verified")
	}))
}

// A webhook that was verified before is so at once, opens no connection before
// there is an update, and looks its name up within half an hour.
func TestRestoredWebhook(t *testing.T) {
	b := newBench(t, func(c *delivery.Config) { c.Restored = "192.0.2.9" })
	b.hook.Start()
	assert.Equal(t, []string{"verified 192.0.2.9"}, b.events)
	assert.Empty(t, b.links)
	b.push(1, "m", 600)
	assert.Equal(t, "m", b.last().body(t))
	assert.Equal(t, netip.MustParseAddr("192.0.2.9"), b.last().ip)
	b.last().conn.Data([]byte(ok))
	assert.Zero(t, b.lookups)
	b.clock.Advance(30 * time.Minute)
	assert.Equal(t, 1, b.lookups)
	assert.Equal(t, []string{"verified 192.0.2.9", "verified 192.0.2.1"}, b.events)
	b.clock.Advance(33 * time.Minute)
	assert.Equal(t, 2, b.lookups)

	b = newBench(t, func(c *delivery.Config) { c.IP, c.Restored = "192.0.2.9", "192.0.2.9" })
	b.hook.Start()
	b.clock.Advance(time.Hour)
	assert.Zero(t, b.lookups, "the address was given")
	assert.Empty(t, b.links)
}
