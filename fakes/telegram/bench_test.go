package telegram_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// sends is how the fake's sendMessage compares with a bare net/http handler
// that answers a constant: run both, and divide.
func BenchmarkSendMessage(b *testing.B) {
	s := telegram.NewServer(telegram.Options{})
	defer s.Close()
	bot := s.NewBot("bench_bot")
	ann := s.NewUser("Ann")
	ann.Send(bot, "/start")
	path := "/bot" + bot.Token() + "/sendMessage"
	body := `{"chat_id":` + strconv.FormatInt(ann.ID(), 10) + `,"text":"The quick brown fox jumps over the lazy dog"}`
	b.Run("fake", func(b *testing.B) { hammer(b, s.URL(), path, body) })
	constant := []byte(`{"ok":true,"result":{"message_id":1,"from":{"id":1,"is_bot":true,"first_name":"bench_bot"},"chat":{"id":1,"first_name":"Ann","type":"private"},"date":1,"text":"The quick brown fox jumps over the lazy dog"}}`)
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(constant)
	}))
	defer bare.Close()
	b.Run("bare", func(b *testing.B) { hammer(b, bare.URL, path, body) })
}

// hammer posts over sixteen kept connections.
func hammer(b *testing.B, base, path, body string) {
	head := "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	request := []byte(head + body)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range 16 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		require.NoError(b, err)
		wg.Go(func() {
			defer conn.Close()
			r := bufio.NewReader(conn)
			for left.Add(-1) >= 0 {
				if _, err := conn.Write(request); err != nil {
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
	wg.Wait()
}

// skipResponse reads one response with a Content-Length.
func skipResponse(r *bufio.Reader) error {
	n := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			_, err := r.Discard(n)
			return err
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if n, err = strconv.Atoi(string(bytes.TrimSpace(v))); err != nil {
				return err
			}
		}
	}
}

// deliveries is how webhook delivery, with order, queue and journal, compares
// with a loop that posts the same bodies over as many kept connections.
func BenchmarkDelivery(b *testing.B) {
	b.Run("fake", deliver)
	b.Run("direct", func(b *testing.B) {
		hook := httptest.NewServer(sink(nil))
		defer hook.Close()
		body := `{"update_id":810815571,` + "\n" + `"message":{"message_id":1,"from":{"id":42,"is_bot":false,"first_name":"Ann"},"chat":{"id":42,"first_name":"Ann","type":"private"},"date":1700000000,"text":"hello"}}`
		hammer(b, hook.URL, "/", body)
	})
}

func sink(done func()) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", "0")
		if done != nil {
			done()
		}
	})
}

// ahead is how many updates may wait in deliver. The queue holds 100,000 and
// discards the rest, which would then never come.
const ahead = 10_000

func deliver(b *testing.B) {
	s := telegram.NewServer(telegram.Options{})
	defer s.Close()
	bot := s.NewBot("bench_bot")
	waiting := make(chan struct{}, ahead)
	hook := httptest.NewServer(sink(func() { <-waiting }))
	defer hook.Close()
	_, err := bot.Call(b.Context(), "setWebhook", map[string]any{"url": hook.URL, "max_connections": 16})
	require.NoError(b, err)
	people := make([]*telegram.User, 64)
	for i := range people {
		people[i] = s.NewUser(fmt.Sprint("Person ", i))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		waiting <- struct{}{}
		people[n%len(people)].Send(bot, "hello")
	}
	for range ahead { // there is room for all only when none waits any more
		waiting <- struct{}{}
	}
}
