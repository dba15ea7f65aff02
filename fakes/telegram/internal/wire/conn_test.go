package wire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/wire"
)

const get = "GET /bot1:a/x HTTP/1.1\r\n\r\n"

// ok answers every request with its path.
func ok(_ *wire.Conn, m *wire.Message, dst []byte) ([]byte, bool) {
	return append(dst, m.Path+"\n"...), false
}

// patient answers "/bot1:a/wait" when the peer is gone, anything else at once.
func patient(c *wire.Conn, m *wire.Message, dst []byte) ([]byte, bool) {
	if strings.HasSuffix(m.Path, "/wait") {
		<-c.Gone()
	}
	return ok(c, m, dst)
}

// served starts Serve on one end of a pipe and returns the other end and what
// Serve will return.
func served(ctx context.Context, h wire.Handler) (client net.Conn, done chan error) {
	server, client := net.Pipe()
	done = make(chan error, 1)
	go func() { done <- wire.Serve(ctx, server, h) }()
	return client, done
}

func write(t *testing.T, w io.Writer, s string) {
	t.Helper()
	_, err := io.WriteString(w, s)
	require.NoError(t, err)
}

func expect(t *testing.T, r io.Reader, want string) {
	t.Helper()
	p := make([]byte, len(want))
	_, err := io.ReadFull(r, p)
	require.NoError(t, err)
	require.Equal(t, want, string(p))
}

func expectEnd(t *testing.T, r io.Reader) {
	t.Helper()
	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Empty(t, string(rest))
}

func TestIdleLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, done := served(t.Context(), ok)
		start := time.Now()
		time.AfterFunc(400*time.Second, func() { _, _ = io.WriteString(client, "GET ") }) // does not extend it
		expectEnd(t, client)
		assert.Equal(t, wire.Limit, time.Since(start))
		assert.Error(t, <-done)
	})
}

func TestIdleLimitStartsAnewAfterAResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, done := served(t.Context(), func(c *wire.Conn, m *wire.Message, dst []byte) ([]byte, bool) {
			<-time.After(300 * time.Second)
			return ok(c, m, dst)
		})
		start := time.Now()
		<-time.After(400 * time.Second)
		write(t, client, get)
		expect(t, client, "/bot1:a/x\n")
		assert.Equal(t, 700*time.Second, time.Since(start))
		expectEnd(t, client)
		assert.Equal(t, 1200*time.Second, time.Since(start))
		<-done
	})
}

func TestHandlingLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, done := served(t.Context(), patient)
		<-time.After(100 * time.Second)
		start := time.Now()
		write(t, client, "GET /bot1:a/wait HTTP/1.1\r\n\r\n")
		expectEnd(t, client)
		assert.Equal(t, wire.Limit, time.Since(start))
		assert.Error(t, <-done)
	})
}

func TestPeerGoneWhileHandlerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, done := served(t.Context(), patient)
		write(t, client, "GET /bot1:a/wait HTTP/1.1\r\n\r\n")
		synctest.Wait()
		assert.Empty(t, done)
		client.Close()
		assert.Error(t, <-done, "there is nobody to write the response to")
	})
}

func TestRequestsWhileHandlerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		client, done := served(t.Context(), func(c *wire.Conn, m *wire.Message, dst []byte) ([]byte, bool) {
			select {
			case <-c.Gone():
			case <-release:
			}
			return ok(c, m, dst)
		})
		write(t, client, get)
		write(t, client, strings.ReplaceAll(get, "x", "y")+"GET /bot1:a/")
		synctest.Wait()
		close(release)
		expect(t, client, "/bot1:a/x\n/bot1:a/y\n")
		write(t, client, "z HTTP/1.1\r\n\r\n")
		expect(t, client, "/bot1:a/z\n")
		write(t, client, "hello\r\n\r\n")
		expect(t, client, "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n")
		expectEnd(t, client)
		e, isError := errors.AsType[*wire.Error](<-done)
		require.True(t, isError)
		assert.Equal(t, 501, e.Status)
	})
}

// TestFloodWhileHandlerWaits sends more than a handler's wait lets in.
func TestFloodWhileHandlerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		client, done := served(t.Context(), func(c *wire.Conn, m *wire.Message, dst []byte) ([]byte, bool) {
			c.Gone()
			<-release
			return append(dst, fmt.Sprintln(m.BodyLen)...), false
		})
		write(t, client, get)
		var sent atomic.Int64
		go func() {
			for _, b := range []byte(post("", strings.Repeat("a", 1<<18))) {
				_, _ = client.Write([]byte{b})
				sent.Add(1)
			}
		}()
		synctest.Wait()
		assert.Less(t, sent.Load(), int64(1<<17))
		close(release)
		expect(t, client, "0\n262144\n")
		client.Close()
		assert.NoError(t, <-done)
	})
}

func TestServeEnds(t *testing.T) {
	for _, tt := range []struct {
		name, response string
		h              wire.Handler
	}{
		{"after a response", "bye", func(_ *wire.Conn, _ *wire.Message, dst []byte) ([]byte, bool) {
			return append(dst, "bye"...), true
		}},
		{"without one", "", func(_ *wire.Conn, _ *wire.Message, dst []byte) ([]byte, bool) { return dst, true }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, done := served(t.Context(), tt.h)
				write(t, client, get)
				expect(t, client, tt.response)
				expectEnd(t, client)
				assert.NoError(t, <-done)
			})
		})
	}
}

func TestServeStops(t *testing.T) {
	for _, request := range []string{"", "GET", get, "GET /bot1:a/wait HTTP/1.1\r\n\r\n"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			client, done := served(ctx, patient)
			write(t, client, request)
			if request == get {
				expect(t, client, "/bot1:a/x\n")
			}
			synctest.Wait()
			start := time.Now()
			cancel()
			expectEnd(t, client)
			assert.Zero(t, time.Since(start))
			assert.Error(t, <-done)
		})
	}
}

// dialed is served over TCP.
func dialed(t *testing.T, h wire.Handler) *net.TCPConn {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if server, err := ln.Accept(); err == nil {
			_ = wire.Serve(context.Background(), server, h)
		}
	}()
	client, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	require.NoError(t, client.SetDeadline(time.Now().Add(20*time.Second)))
	t.Cleanup(func() {
		client.Close()
		ln.Close()
		<-done
	})
	return client.(*net.TCPConn)
}

func TestLongHeadInOneGo(t *testing.T) {
	client := dialed(t, ok)
	go func() { _, _ = io.WriteString(client, "GET /x HTTP/1.1\r\nX: "+strings.Repeat("a", 1<<20)+"\r\n\r\n") }()
	expect(t, client, "/x\n")
}

// TestErrorReachesABusyPeer refuses an upload that is still under way.
func TestErrorReachesABusyPeer(t *testing.T) {
	client := dialed(t, ok)
	write(t, client, post("application/json", strings.Repeat("a", 8<<20)))
	require.NoError(t, client.CloseWrite())
	got, err := io.ReadAll(client)
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 0\r\n\r\n", string(got))
}

func TestReset(t *testing.T) {
	client := dialed(t, func(c *wire.Conn, _ *wire.Message, _ []byte) ([]byte, bool) {
		assert.NotNil(t, c.RemoteAddr())
		c.Reset()
		return nil, true
	})
	write(t, client, get)
	_, err := client.Read(make([]byte, 1))
	assert.ErrorContains(t, err, "reset")
}

func TestBehindProxy(t *testing.T) {
	empty := "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=XX\r\n\r\n0\r\n\r\n"
	server, client := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- wire.ServeBehindProxy(t.Context(), server, ok) }()
	write(t, client, empty)
	expect(t, client, "/x\n")
	client.Close()
	assert.NoError(t, <-done)
}

// TestHandlerMayKeepMessages: what a handler was given does not change when
// the connection goes on.
func TestHandlerMayKeepMessages(t *testing.T) {
	var kept []*wire.Message
	client, done := served(t.Context(), func(c *wire.Conn, m *wire.Message, dst []byte) ([]byte, bool) {
		kept = append(kept, m)
		return ok(c, m, dst)
	})
	for _, s := range []string{"aa", "bb"} {
		write(t, client, post("multipart/form-data; boundary=XX",
			field("form-data; name=v", s)+field("form-data; name=f; filename="+s, s)+"--XX--"))
		expect(t, client, "/bot1:a/x\n")
	}
	client.Close()
	require.NoError(t, <-done)
	for i, s := range []string{"aa", "bb"} {
		assert.Equal(t, args("v", s), kept[i].Args)
		assert.True(t, bytes.Equal([]byte(s), kept[i].Files[0].Data) && kept[i].Files[0].Name == s)
	}
}
