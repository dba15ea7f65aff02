package delivery_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/delivery"
	"hookproof/fakes/telegram/internal/queue"
)

const benchConnections = 40

// payload is a message as large as a usual one.
var payload = []byte(`"message":{"message_id":1,"from":{"id":42,"is_bot":false,"first_name":"Ann","language_code":"en"},"chat":{"id":42,"first_name":"Ann","type":"private"},"date":1700000000,"text":"hello, this is a message of some length"}`)

// endpoint answers each POST as a webhook does that has nothing to say.
func endpoint(b *testing.B) *httptest.Server {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	b.Cleanup(srv.Close)
	return srv
}

// BenchmarkDelivery delivers updates of many chats over a full pool.
func BenchmarkDelivery(b *testing.B) {
	srv := endpoint(b)
	var lock sync.Mutex
	c := clock.New()
	defer c.Close()
	q := queue.New(c, rand.New(rand.NewPCG(1, 1)))
	u, err := delivery.ParseURL(srv.URL + "/hook")
	require.NoError(b, err)
	transport, err := delivery.NewNet(delivery.NetConfig{Lock: &lock})
	require.NoError(b, err)
	defer transport.Close()

	done, delivered, pushed := make(chan struct{}), 0, 0
	push := func() {
		if pushed < b.N {
			pushed++
			q.Push("message", int64(pushed%200+1), payload, 1<<40)
		}
	}
	hook := delivery.New(delivery.Config{
		URL: u, MaxConnections: benchConnections, Secret: "secret", Local: true,
		Clock: c, Lock: &lock, Queue: q, Rand: rand.New(rand.NewPCG(1, 1)), Transport: transport,
		Events: delivery.Events{Attempt: func(delivery.Attempt) {
			push()
			if delivered++; delivered == b.N {
				close(done)
			}
		}},
	})
	b.ResetTimer()
	lock.Lock()
	for range 400 {
		push()
	}
	hook.Start()
	lock.Unlock()
	<-done
	lock.Lock()
	hook.Close()
	lock.Unlock()
}

// BenchmarkClient posts the same with net/http, without order, queue or anything else.
func BenchmarkClient(b *testing.B) {
	srv := endpoint(b)
	body := queue.AppendUpdate(nil, queue.Update{ID: 123456789, Body: payload})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchConnections}}
	defer client.CloseIdleConnections()
	var n atomic.Int64
	var wg sync.WaitGroup
	for range benchConnections {
		wg.Go(func() {
			for n.Add(1) <= int64(b.N) {
				resp, err := client.Post(srv.URL+"/hook", "application/json", bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
	wg.Wait()
}

// BenchmarkSocket posts the same over bare sockets: what no client can beat.
func BenchmarkSocket(b *testing.B) {
	srv := endpoint(b)
	request := "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 270\r\n\r\n"
	body := make([]byte, 270)
	var n atomic.Int64
	var wg sync.WaitGroup
	for range benchConnections {
		wg.Go(func() {
			c, err := net.Dial("tcp", srv.Listener.Addr().String())
			if err != nil {
				b.Error(err)
				return
			}
			defer c.Close()
			buf, all := make([]byte, 4096), append([]byte(request), body...)
			for n.Add(1) <= int64(b.N) {
				if _, err := c.Write(all); err != nil {
					b.Error(err)
					return
				}
				if _, err := c.Read(buf); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
