package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bare is the least a webhook handler can do on net/http: read, answer.
func bare(*server) http.Handler {
	answer := []byte(`{"method":"sendMessage","chat_id":77,"text":"hello there"}`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	})
}

// full is the bot's face as it runs in production, logging at warn.
func full(srv *server) http.Handler {
	set := &settings{webhook: true, token: newSecret(testToken), secret: newSecret(testSecret), logLevel: slog.LevelWarn,
		allowlist: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, proxy: proxyNone}
	set.hookURL, _ = url.Parse(testHook)
	return newBot(set, newLog(io.Discard, set), "test").face(srv)
}

// A knocker sends updates over one connection as cheaply as can be, so that
// what is measured is the server.
type knocker struct {
	conn net.Conn
	read *bufio.Reader
	buf  []byte
	next int
}

func serve(t testing.TB, handler func(*server) http.Handler) *knocker {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := newServer(slog.New(slog.DiscardHandler))
	srv.Handler = handler(srv)
	go func() { _ = srv.Serve(ln) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() {
		conn.Close()
		srv.shutdown(context.Background())
	})
	return &knocker{conn: conn, read: bufio.NewReader(conn), next: 100_000_000}
}

func (k *knocker) knock(t testing.TB) {
	k.next++
	const body = ",\n\"message\":{\"message_id\":42,\"from\":{\"id\":77,\"is_bot\":false,\"first_name\":\"A\",\"language_code\":\"en\"},\"chat\":{\"id\":77,\"first_name\":\"A\",\"type\":\"private\"},\"date\":1700000000,\"text\":\"hello there\"}}"
	k.buf = append(k.buf[:0], "POST /webhook HTTP/1.1\r\nHost: bot.example.com\r\nX-Telegram-Bot-Api-Secret-Token: "+testSecret+"\r\nContent-Type: application/json\r\nContent-Length: "...)
	k.buf = strconv.AppendInt(k.buf, int64(len(`{"update_id":100000000`)+len(body)), 10)
	k.buf = append(k.buf, "\r\nConnection: keep-alive\r\nAccept-Encoding: gzip, deflate\r\n\r\n{\"update_id\":"...)
	k.buf = strconv.AppendInt(k.buf, int64(k.next), 10)
	k.buf = append(k.buf, body...)
	_, err := k.conn.Write(k.buf)
	length := 0
	for line := []byte(nil); err == nil && !bytes.Equal(line, []byte("\r\n")); {
		line, err = k.read.ReadSlice('\n')
		if n, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(n)))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.read.Discard(length); err != nil || length == 0 {
		t.Fatal(length, err)
	}
}

func BenchmarkWebhook(b *testing.B) {
	for name, h := range map[string]func(*server) http.Handler{"bare": bare, "bot": full} {
		b.Run(name, func(b *testing.B) {
			k := serve(b, h)
			k.knock(b)
			b.ReportAllocs()
			for b.Loop() {
				k.knock(b)
			}
		})
	}
}

// BenchmarkWebhookBusy keeps every core busy, as at full speed.
func BenchmarkWebhookBusy(b *testing.B) {
	for name, h := range map[string]func(*server) http.Handler{"bare": bare, "bot": full} {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(4)
			next := atomic.Int64{}
			k := serve(b, h)
			addr := k.conn.RemoteAddr().String()
			b.RunParallel(func(pb *testing.PB) {
				conn, err := net.Dial("tcp", addr)
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				k := &knocker{conn: conn, read: bufio.NewReader(conn), next: int(100_000_000 * (1 + next.Add(1)))}
				for pb.Next() {
					k.knock(b)
				}
			})
		})
	}
}

// Allocations an update, of which net/http's own are what bare makes. The
// guard is for the difference, since net/http's differ between Go versions.
func TestAllocationsAnUpdate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates as well")
	}
	measure := func(h func(*server) http.Handler) float64 {
		k := serve(t, h)
		for range 100 {
			k.knock(t)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const rounds = 2000
		for range rounds {
			k.knock(t)
		}
		runtime.ReadMemStats(&after)
		return float64(after.Mallocs-before.Mallocs) / rounds
	}
	least, ours := measure(bare), measure(full)
	t.Logf("%.1f allocations an update, %.1f of them net/http's and the measuring client's", ours, least)
	assert.Less(t, ours-least, 9.0)
}
