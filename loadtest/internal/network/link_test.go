package network_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"hookproof/loadtest/internal/network"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a server that sends everything back, until the end.
func echo(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c) // until either side closes
			}()
		}
	}()
	return ln.Addr().String()
}

func open(t *testing.T, to string, cond network.Conditions) *network.Link {
	t.Helper()
	l, err := network.Open(t.Context(), to, cond)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

// trip sends one word and times how long it takes to come back.
func trip(t *testing.T, c net.Conn) time.Duration {
	t.Helper()
	start := time.Now()
	_, err := c.Write([]byte("hello"))
	require.NoError(t, err)
	_, err = io.ReadFull(c, make([]byte, 5))
	require.NoError(t, err)
	return time.Since(start)
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func TestRoundTripIsAdded(t *testing.T) {
	l := open(t, echo(t), network.Conditions{RTT: 60 * time.Millisecond})
	c := dial(t, l.Addr())
	assert.InDelta(t, 120, trip(t, c).Milliseconds(), 30, "handshake and one round trip")
	assert.InDelta(t, 60, trip(t, c).Milliseconds(), 30, "one round trip")
}

func TestNoRoundTripIsFast(t *testing.T) {
	l := open(t, echo(t), network.Conditions{})
	c := dial(t, l.Addr())
	trip(t, c)
	assert.Less(t, trip(t, c), 30*time.Millisecond)
}

func TestJitterKeepsOrder(t *testing.T) {
	l := open(t, echo(t), network.Conditions{Jitter: 5 * time.Millisecond, Seed: 3})
	c := dial(t, l.Addr())
	sent := make([]byte, 200)
	go func() {
		for i := range sent {
			_, _ = c.Write([]byte{byte(i)}) // the reader fails if this does
		}
	}()
	for i := range sent {
		sent[i] = byte(i)
	}
	got := make([]byte, len(sent))
	_, err := io.ReadFull(c, got)
	require.NoError(t, err)
	assert.Equal(t, sent, got)
}

func TestBytesAndConnectionsAreCounted(t *testing.T) {
	l := open(t, echo(t), network.Conditions{})
	trip(t, dial(t, l.Addr()))
	trip(t, dial(t, l.Addr()))
	got := l.Count()
	assert.Equal(t, network.Count{Connections: 2, Up: 10, Down: got.Down}, got)
	assert.GreaterOrEqual(t, got.Down, int64(5), "the last piece may be counted just after it arrived")
}

func TestEndOfStreamPasses(t *testing.T) {
	for _, rtt := range []time.Duration{0, 10 * time.Millisecond} {
		l := open(t, echo(t), network.Conditions{RTT: rtt})
		c := dial(t, l.Addr())
		_, err := c.Write([]byte("bye"))
		require.NoError(t, err)
		require.NoError(t, c.(*net.TCPConn).CloseWrite())
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		assert.Equal(t, "bye", string(got))
	}
}

func TestCloseCutsConnections(t *testing.T) {
	l := open(t, echo(t), network.Conditions{RTT: 10 * time.Millisecond})
	c := dial(t, l.Addr())
	trip(t, c)
	require.NoError(t, l.Close())
	_, err := c.Read(make([]byte, 1))
	assert.Error(t, err)
}
