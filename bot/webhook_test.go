package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// startWebhook runs a bot in webhook mode and waits until it is registered.
func startWebhook(t testing.TB, env map[string]string) *running {
	t.Helper()
	all := map[string]string{"WEBHOOK_ENABLED": "true", "DRILLS_ENABLED": "true"}
	maps.Copy(all, env)
	r := start(t, newFakeAPI(t), all)
	r.logs.await(t, "webhook registered")
	return r
}

// dial opens a raw connection and sends text.
func (r *running) dial(text string) net.Conn {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	require.NoError(r.t, err)
	r.t.Cleanup(func() { conn.Close() })
	require.NoError(r.t, conn.SetDeadline(time.Now().Add(15*time.Second)))
	_, err = io.WriteString(conn, text)
	require.NoError(r.t, err)
	return conn
}

// raw sends a request and returns the answer and when the connection closed.
func (r *running) raw(text string) (status int, body string, closed time.Duration) {
	r.t.Helper()
	start := time.Now()
	conn := r.dial(text)
	read := bufio.NewReader(conn)
	if _, err := read.Peek(1); err == nil {
		res, err := http.ReadResponse(read, nil)
		require.NoError(r.t, err)
		status, body = res.StatusCode, readAll(r.t, res)
	}
	_, err := io.Copy(io.Discard, read)
	require.NotErrorAs(r.t, err, new(net.Error), "the connection stays open")
	return status, body, time.Since(start)
}

func head(method, path string, headers ...string) string {
	return method + " " + path + " HTTP/1.1\r\nHost: bot.example.com\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n"
}

const withSecret = "X-Telegram-Bot-Api-Secret-Token: " + testSecret

func TestWebhookRefuses(t *testing.T) {
	r := startWebhook(t, nil)
	long := strings.Repeat("a", 8<<10)
	for _, tt := range []struct {
		name    string
		request string
		status  int
	}{
		{"no secret", head("POST", "/webhook", "Content-Length: 500") + "{}", 401},
		{"wrong secret", head("POST", "/webhook", "X-Telegram-Bot-Api-Secret-Token: no", "Content-Length: 500") + "{}", 401},
		{"empty secret", head("POST", "/webhook", "X-Telegram-Bot-Api-Secret-Token: ", "Content-Length: 0"), 401},
		{"repeated secret", head("POST", "/webhook", withSecret, withSecret, "Content-Length: 0"), 401},
		{"long secret", head("POST", "/webhook", "X-Telegram-Bot-Api-Secret-Token: "+long, "Content-Length: 2") + "{}", 401},
		{"not ASCII", head("POST", "/webhook", "X-Telegram-Bot-Api-Secret-Token: \xc3\xa9\xff", "Content-Length: 2") + "{}", 401},
		{"over http", head("POST", "/webhook", withSecret, "X-Forwarded-Proto: http", "Content-Length: 2") + "{}", 403},
		{"compressed", head("POST", "/webhook", withSecret, "Content-Encoding: gzip", "Content-Length: 2") + "{}", 415},
		{"too large", head("POST", "/webhook", withSecret, "Content-Length: 157286400") + "{}", 413},
		{"too large without a secret", head("POST", "/webhook", "Content-Length: 157286400") + "{}", 401},
		{"GET", head("GET", "/webhook", withSecret), 405},
		{"HEAD", head("HEAD", "/webhook", withSecret), 405},
		{"PUT", head("PUT", "/webhook", withSecret, "Content-Length: 500"), 405},
		{"OPTIONS *", head("OPTIONS", "*", "Connection: close"), 404},
		{"another path", head("POST", "/webhook/", withSecret, "Content-Length: 500"), 404},
		{"empty", head("POST", "/webhook", withSecret, "Connection: close", "Content-Length: 0"), 400},
		{"null", head("POST", "/webhook", withSecret, "Connection: close", "Content-Length: 4") + "null", 400},
		{"id too large", head("POST", "/webhook", withSecret, "Connection: close", "Content-Length: 33") + `{"update_id":9223372036854775808}`, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			request := tt.request
			if strings.HasPrefix(request, "HEAD") {
				conn := r.dial(request)
				res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "HEAD"})
				require.NoError(t, err)
				assert.Equal(t, tt.status, res.StatusCode)
				readAll(t, res)
				return
			}
			status, body, closed := r.raw(request)
			assert.Equal(t, tt.status, status)
			assert.Less(t, closed, headerLimit, "the socket is freed")
			assert.NotContains(t, body, "invalid", "no parser text")
		})
	}
	status, _ := r.post(message(1, 5, "/ping"))
	assert.Equal(t, 200, status, "still serving")
	assert.Len(t, r.api.called("setWebhook"), 1)
	assert.Empty(t, r.api.called("sendMessage"))
}

func TestWebhookCutsSlowClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, dial := servePipes(t)
		var all sync.WaitGroup
		for _, tt := range []struct {
			name, request string
			limit         time.Duration
			status        int // 0 for no answer
		}{
			{"half a header", "POST /webhook HTTP/1.1\r\nHost: bot.exa", headerLimit, 0},
			{"half a body", head("POST", "/webhook", withSecret, "Content-Length: 500") + `{"update_id"`, readLimit, 400},
			{"cut chunk", head("POST", "/webhook", withSecret, "Transfer-Encoding: chunked") + "ff\r\n{", readLimit, 400},
		} {
			conn, start := dial(), time.Now()
			all.Go(func() {
				_, err := io.WriteString(conn, tt.request)
				assert.NoError(t, err, tt.name)
				answer, err := io.ReadAll(conn)
				assert.NoError(t, err, tt.name)
				assert.Equal(t, tt.limit, time.Since(start), tt.name)
				if assert.Equal(t, tt.status == 0, len(answer) == 0, "%s: %s", tt.name, answer); tt.status != 0 {
					assert.Contains(t, string(answer), fmt.Sprintf("HTTP/1.1 %d ", tt.status), tt.name)
				}
			})
		}
		all.Wait()
	})
}

func TestWebhookBoundsChunkedBodies(t *testing.T) {
	r := startWebhook(t, nil)
	conn := r.dial(head("POST", "/webhook", withSecret, "Transfer-Encoding: chunked"))
	chunk := "10000\r\n" + strings.Repeat(" ", 0x10000) + "\r\n"
	sent := 0
	for range 2400 { // 150 MiB
		n, err := io.WriteString(conn, chunk)
		sent += n
		if err != nil {
			break
		}
	}
	assert.Less(t, sent, 16<<20, "it stops reading")
	assert.Contains(t, r.logs.await(t, "request refused")["reason"], "size")
	status, body := r.post(message(9, 5, strings.Repeat("x", 100_000)))
	assert.Equal(t, 200, status, "a large update is taken")
	assert.Greater(t, len(body), 100_000)
}

func TestWebhookClientAddress(t *testing.T) {
	r := startWebhook(t, map[string]string{"WEBHOOK_IP_ALLOWLIST": "149.154.160.0/20,91.108.4.0/22", "TRUSTED_PROXY": "render"})
	for _, tt := range []struct {
		name, xff, cf string
		status        int
	}{
		{"honest", "149.154.167.231, 172.71.95.118, 10.19.64.237", telegramAddr, 200},
		{"forged", "149.154.167.231,203.0.113.9, 172.71.95.118, 10.19.64.237", evilAddr, 403},
		{"none", "", "", 403},
		{"IPv6", "2001:db8::1, 172.71.95.118", "2001:db8::1", 403},
		{"garbage", "'; drop table", "x", 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, _, _ := r.raw(head("POST", "/webhook", withSecret, "Connection: close", "X-Forwarded-Proto: https",
				"X-Forwarded-For: "+tt.xff, "CF-Connecting-IP: "+tt.cf, "Content-Length: 15") + `{"update_id":5}`)
			assert.Equal(t, tt.status, status)
		})
	}
	// Whoever is wrong in more than one way is told of the first.
	status, _, _ := r.raw(head("POST", "/webhook", "X-Forwarded-Proto: http", "X-Forwarded-For: x", "Content-Length: 0"))
	assert.Equal(t, 401, status)
	status, _, _ = r.raw(head("POST", "/webhook", withSecret, "X-Forwarded-Proto: http", "Content-Encoding: gzip", "Content-Length: 157286400",
		"X-Forwarded-For: 149.154.167.231, 172.71.95.118", "CF-Connecting-IP: "+telegramAddr))
	assert.Equal(t, 403, status)
	reasons := map[any]int{}
	for _, line := range r.logs.find("request refused") {
		reasons[line["reason"]]++
	}
	assert.Equal(t, map[any]int{"client": 1, "secret": 1, "scheme": 1}, reasons, "sampled: the first of each reason")
}

func TestWebhookSecretRotation(t *testing.T) {
	r := startWebhook(t, map[string]string{"WEBHOOK_SECRET_TOKEN": "the_new_one", "WEBHOOK_SECRET_TOKEN_PREVIOUS": testSecret})
	assert.Equal(t, "the_new_one", r.api.secret)
	status, _ := r.post(message(1, 5, "old secret"))
	assert.Equal(t, 200, status)
	status, _, _ = r.raw(head("POST", "/webhook", "X-Telegram-Bot-Api-Secret-Token: the_new_one", "Connection: close", "Content-Length: 15") + `{"update_id":5}`)
	assert.Equal(t, 200, status)
}

func TestWebhookSharesOneHandling(t *testing.T) {
	r := startWebhook(t, nil)
	bodies := make(chan string, 3)
	for range 3 {
		go func() {
			res, err := r.deliver(message(7, 5, "/sleep 300ms once"))
			if err != nil {
				bodies <- err.Error()
				return
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			bodies <- string(body)
		}()
	}
	for range 3 {
		assert.JSONEq(t, `{"method":"sendMessage","chat_id":5,"text":"slept 300ms once"}`, <-bodies)
	}
	assert.Len(t, r.logs.find("update"), 1, "one handling")
}

func TestWebhookOrderAndIsolation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, dial := servePipes(t)
		answered := make(chan int, 10)
		for i := range 10 {
			sleep := time.Second // for the others to come up behind it
			if i > 0 {
				sleep = time.Duration(20-2*i) * time.Millisecond
			}
			l := lineOf(dial())
			go func() {
				defer l.Close()
				_, err := l.try(posted(message(int64(100+i), 5, fmt.Sprintf("/sleep %v", sleep)), withSecret))
				assert.NoError(t, err)
				answered <- i
			}()
			synctest.Wait()
		}
		start := time.Now()
		l := lineOf(dial())
		defer l.Close()
		res, _ := l.ask(t, posted(message(200, 6, "/ping"), withSecret))
		assert.Equal(t, 200, res.StatusCode)
		assert.Zero(t, time.Since(start), "another chat does not wait")
		for i := range 10 {
			assert.Equal(t, i, <-answered)
		}
	})
}

// awaitActive asks /health until n updates are in flight.
func (r *running) awaitActive(n int) {
	r.t.Helper()
	for limit := time.Now().Add(60 * time.Second); time.Now().Before(limit); {
		if _, health := r.get("/health"); int(health["active_requests"].(float64)) >= n {
			return
		}
	}
	require.FailNow(r.t, "too few updates in flight")
}

func TestWebhookParksPoison(t *testing.T) {
	r := startWebhook(t, nil)
	for want, update := range map[string]string{
		"fail":  message(20, 5, "/fail tag"),
		"panic": message(21, 5, "/panic tag"),
	} {
		for attempt := 1; attempt < maxAttempts; attempt++ {
			status, _ := r.post(update)
			assert.Equal(t, 500, status, "%s, attempt %d", want, attempt)
		}
		for range 2 {
			status, body := r.post(update)
			assert.Equal(t, 200, status, want)
			assert.Empty(t, body)
		}
	}
	status, _ := r.post(`{"update_id":22,"message":"of another shape"}`)
	assert.Equal(t, 200, status)
	parked := map[any]bool{}
	for _, line := range r.logs.find("update parked: it is not answered") {
		parked[line["update_id"]] = true
	}
	assert.Equal(t, map[any]bool{20.0: true, 21.0: true, 22.0: true}, parked)
	assert.NotContains(t, r.logs.text(), "tag", "no content in the log")
	assert.NotContains(t, r.logs.text(), "of another shape")
	status, body := r.post(message(23, 5, "/ping"))
	assert.Equal(t, 200, status, "the chat moves on")
	assert.Contains(t, body, "pong")
}

func TestWebhookSaysWhenFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const clients = 400
		_, dial := servePipes(t)
		statuses := make(chan int, clients)
		send := func(id int64, text string) {
			l := lineOf(dial())
			go func() {
				defer l.Close()
				res, err := l.try(posted(message(id, id, text), withSecret))
				if !assert.NoError(t, err) {
					return
				}
				if res.StatusCode == 503 {
					assert.Equal(t, "1", res.Header.Get("Retry-After"))
				}
				statuses <- res.StatusCode
			}()
		}
		for i := range int64(maxInFlight) {
			send(1000+i, "/sleep 15s")
		}
		synctest.Wait()
		for i := range int64(clients - maxInFlight) {
			send(2000+i, "/ping")
		}
		synctest.Wait()
		assert.Len(t, statuses, clients-maxInFlight, "the others are told at once")
		count := map[int]int{}
		for range clients {
			count[<-statuses]++
		}
		assert.Equal(t, map[int]int{200: maxInFlight, 503: clients - maxInFlight}, count)
		send(5000, "/ping")
		assert.Equal(t, 200, <-statuses)
	})
}

func TestDrainFinishesRequests(t *testing.T) {
	r := startWebhook(t, map[string]string{"PRE_STOP_DELAY": "300ms"})
	kept := r.dial(head("GET", "/health"))
	keptRead := bufio.NewReader(kept)
	res, err := http.ReadResponse(keptRead, nil)
	require.NoError(t, err)
	assert.Equal(t, 200, res.StatusCode)
	readAll(t, res)
	silent := r.dial("")
	answer := make(chan string, 1)
	go func() {
		_, body := r.post(message(1, 5, "/sleep 1s drained"))
		answer <- body
	}()
	r.awaitActive(1)
	r.stop()
	r.logs.await(t, "stopping")
	code, health := r.get("/health")
	assert.Equal(t, 503, code, "served for PRE_STOP_DELAY")
	assert.Equal(t, "draining", health["status"])
	code, _ = r.get("/ready")
	assert.Equal(t, 503, code)
	assert.Contains(t, <-answer, "slept 1s drained")
	start := time.Now()
	assert.Equal(t, 0, r.wait(), r.logs.text())
	assert.Less(t, time.Since(start), 4*time.Second, "silent and idle connections are not waited for")
	_, err = silent.Read(make([]byte, 1))
	assert.Error(t, err)
	_, err = net.Dial("tcp", r.addr)
	assert.Error(t, err)
	assert.Empty(t, r.api.called("deleteWebhook"))
}

func TestDrainNamesWhatItAbandons(t *testing.T) {
	r := startWebhook(t, map[string]string{"SHUTDOWN_TIMEOUT": "200ms"})
	status := make(chan int, 1)
	go func() {
		res, err := r.deliver(message(77, 5, "/sleep 1h"))
		if err != nil {
			status <- 0
			return
		}
		res.Body.Close()
		status <- res.StatusCode
	}()
	r.awaitActive(1)
	start := time.Now()
	r.stop()
	assert.Equal(t, 1, r.wait())
	assert.Less(t, time.Since(start), 30*time.Second)
	assert.NotEqual(t, 200, <-status)
	line := r.logs.await(t, "updates abandoned at the shutdown deadline, Telegram will deliver them again")
	assert.Equal(t, []any{77.0}, line["update_ids"])
	assert.NotContains(t, r.logs.text(), "panic:")
}

func TestPortTaken(t *testing.T) {
	ln, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	api := newFakeAPI(t)
	r := launch(t, api, map[string]string{"WEBHOOK_ENABLED": "true", "WEBHOOK_PORT": port})
	assert.Equal(t, 1, r.wait())
	assert.Contains(t, r.logs.text(), "WEBHOOK_PORT")
	assert.Empty(t, api.calls)
}

// Whatever arrives, the bot goes on, and takes nothing that is not an update.
func FuzzWebhook(f *testing.F) {
	r := startWebhook(f, map[string]string{"WEBHOOK_IP_ALLOWLIST": "off"})
	f.Add([]byte(head("POST", "/webhook", withSecret, "Content-Length: 15") + `{"update_id":5}`))
	f.Add([]byte(head("POST", "/webhook", withSecret, "Transfer-Encoding: chunked") + "f\r\n{\"update_id\":5}\r\n0\r\n\r\n"))
	f.Add([]byte(head("GET", "/health")))
	f.Add([]byte(head("POST", "/webhook", withSecret, "Content-Length: 15", "Transfer-Encoding: chunked") + `0`))
	f.Add([]byte("\x16\x03\x01"))
	f.Fuzz(func(t *testing.T, request []byte) {
		conn, err := net.Dial("tcp", r.addr)
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.SetDeadline(time.Now().Add(12*time.Second)))
		_, _ = conn.Write(request)
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		_, _ = io.Copy(io.Discard, conn)
		res, err := http.Get(r.url("/health"))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, 200, res.StatusCode)
	})
}
