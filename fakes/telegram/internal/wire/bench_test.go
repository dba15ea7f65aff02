package wire_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/wire"
)

// sendMessage is what a bot sends most.
var sendMessage = strings.Replace(strings.Replace(post("application/json",
	`{"chat_id":123456789,"text":"Hello, this is a message of the usual length","reply_markup":{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}}`,
	"User-Agent: Go-http-client/1.1", "Accept-Encoding: gzip"), "/bot1:a/x", "/bot123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/sendMessage", 1),
	"HTTP/1.1\r\n", "HTTP/1.1\r\nHost: 127.0.0.1:8081\r\n", 1)

const benchBody = `{"ok":true,"result":{"message_id":1,"date":1700000000,"chat":{"id":123456789,"type":"private"},"text":"Hello, this is a message of the usual length"}}`

// BenchmarkServe answers sendMessage with a constant; BenchmarkNetHTTP does
// so with net/http, which is the mark to reach: each op is one exchange over
// loopback, the client's share included.
func BenchmarkServe(b *testing.B) {
	ln := listen(b)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { _ = wire.Serve(ctx, nc, constant) })
		}
	})
	exchange(b, ln.Addr().String())
	ln.Close()
	cancel()
	wg.Wait()
}

func constant(_ *wire.Conn, m *wire.Message, dst []byte) ([]byte, bool) {
	_, method, _, _ := wire.ParseRoute(m.Path)
	if method != "sendmessage" || m.Arg("chat_id") == "" {
		return dst, true
	}
	return wire.AppendResponse(dst, 200, 0, []byte(benchBody), true), false
}

func BenchmarkNetHTTP(b *testing.B) {
	ln := listen(b)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, benchBody)
	})}
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(ln) })
	exchange(b, ln.Addr().String())
	srv.Close()
	wg.Wait()
}

func listen(b *testing.B) net.Listener {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	return ln
}

// exchange sends requests on 32 connections at a time.
func exchange(b *testing.B, addr string) {
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer nc.Close()
		r := bufio.NewReader(nc)
		for pb.Next() {
			if _, err := io.WriteString(nc, sendMessage); err != nil {
				b.Error(err)
				return
			}
			if err := skipResponse(r); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func skipResponse(r *bufio.Reader) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) == 2 {
			_, err = r.Discard(len(benchBody))
			return err
		}
	}
}

func BenchmarkReader(b *testing.B) {
	r := wire.NewRequestReader()
	in := []byte(sendMessage)
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		r.Feed(in)
		if m, err := r.Next(); m == nil || err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseJSON(b *testing.B) {
	const s = `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"},{"text":"\u041d\u0435\u0442","callback_data":"no"}]]}`
	b.ReportAllocs()
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		if _, err := wire.ParseJSON(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendString(b *testing.B) {
	const s = "Hello, this is a message of the usual length, with \"quotes\" and one é"
	var dst []byte
	b.ReportAllocs()
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		dst = wire.AppendString(dst[:0], s)
	}
}
