package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A bareHook is a webhook served without the rest of a bot's life.
type bareHook struct {
	*bot
	srv  *server
	addr string

	begun, taken atomic.Int32 // connections that http.Server began with, and that it let go
}

func startHook(t testing.TB, allowlist ...netip.Prefix) *bareHook {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	h := startBare(t, allowlist...)
	h.addr = ln.Addr().String()
	go func() { _ = h.srv.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		h.srv.shutdown(ctx)
		h.abandon()
	})
	return h
}

// startBare is a hook that nobody listens for.
func startBare(t testing.TB, allowlist ...netip.Prefix) *bareHook {
	var err error
	set := &settings{webhook: true, token: newSecret(testToken), secret: newSecret(testSecret), logLevel: slog.LevelError,
		allowlist: allowlist, proxy: proxyRender, drills: true}
	set.hookURL, err = url.Parse(testHook)
	require.NoError(t, err)
	h := &bareHook{bot: newBot(set, newLog(io.Discard, set), "test"), srv: newServer(slog.New(slog.DiscardHandler))}
	h.srv.Handler = h.face(h.srv)
	h.srv.ConnState = func(conn net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			h.begun.Add(1)
		case http.StateHijacked:
			h.taken.Add(1)
		}
		h.srv.track(conn, state)
	}
	return h
}

// moves are how often a connection came to http.Server and left it for good:
// both stay as they are while a hotline serves.
func (h *bareHook) moves() [2]int32 { return [2]int32{h.begun.Load(), h.taken.Load()} }

// A line is a connection over which requests go one after the other.
type line struct {
	net.Conn
	read *bufio.Reader
}

func (h *bareHook) line(t testing.TB) *line {
	conn, err := net.Dial("tcp", h.addr)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(15*time.Second)))
	return lineOf(conn)
}

func lineOf(conn net.Conn) *line { return &line{conn, bufio.NewReader(conn)} }

// hotline is a line that was taken over: an update with the id 1 went over it.
func (h *bareHook) hotline(t testing.TB) *line {
	l, before := h.line(t), h.taken.Load()
	res, _ := l.ask(t, posted(`{"update_id":1}`, withSecret))
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, before+1, h.taken.Load())
	return l
}

func (l *line) ask(t testing.TB, request string) (*http.Response, string) {
	t.Helper()
	_, err := io.WriteString(l, request)
	require.NoError(t, err)
	return l.answer(t)
}

func (l *line) answer(t testing.TB) (*http.Response, string) {
	t.Helper()
	res, err := http.ReadResponse(l.read, nil)
	require.NoError(t, err)
	return res, readAll(t, res)
}

// try is ask for goroutines other than the test's: it returns what fails, and
// leaves the body.
func (l *line) try(request string) (*http.Response, error) {
	if _, err := io.WriteString(l, request); err != nil {
		return nil, err
	}
	res, err := http.ReadResponse(l.read, nil)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return res, res.Body.Close()
}

func posted(update string, headers ...string) string {
	return head("POST", "/webhook", append(headers, fmt.Sprintf("Content-Length: %d", len(update)))...) + update
}

// Whatever comes over a connection that was taken over gets the answer that it
// gets on a fresh one, and only what is like the request before stays with it.
func TestHotlineAnswersAsTheServerDoes(t *testing.T) {
	ping := message(2, 5, "/ping")
	for _, tt := range []struct {
		name, request string
		status        int
		stays         bool
	}{
		{"another update", posted(ping, withSecret), 200, true},
		{"no reply", posted(`{"update_id":3}`, withSecret), 200, true},
		{"parked", posted(`{"update_id":3,"message":7}`, withSecret), 200, true},
		{"other headers", posted(ping, "content-type: application/json", strings.ToUpper(withSecret[:32])+withSecret[32:], "Connection: Keep-Alive", "X-Forwarded-Proto: https"), 200, true},
		{"large", posted(message(2, 5, strings.Repeat("x", 20_000)), withSecret), 200, false},
		{"large head", posted(ping, withSecret, "X-Long: "+strings.Repeat("x", 15_000)), 200, false},
		{"no secret", posted(ping), 401, false},
		{"wrong secret", posted(ping, withSecret+"x"), 401, false},
		{"empty secret", posted(ping, "X-Telegram-Bot-Api-Secret-Token:"), 401, false},
		{"repeated secret", posted(ping, withSecret, withSecret), 401, false},
		{"over http", posted(ping, withSecret, "X-Forwarded-Proto: http"), 403, false},
		{"compressed", posted(ping, withSecret, "Content-Encoding: gzip"), 415, false},
		{"too large", head("POST", "/webhook", withSecret, "Content-Length: 157286400"), 413, false},
		{"length twice", posted(ping, withSecret, "Content-Length: 1"), 400, false},
		{"odd length", head("POST", "/webhook", withSecret, "Content-Length: +15") + `{"update_id":5}`, 400, false},
		{"chunked", head("POST", "/webhook", withSecret, "Transfer-Encoding: chunked") + "f\r\n{\"update_id\":5}\r\n0\r\n\r\n", 200, false},
		{"chunked and a length", posted("0\r\n\r\n", withSecret, "Transfer-Encoding: chunked"), 400, false},
		{"folded", posted(ping, withSecret+"\r\n x"), 401, false},
		{"bare line feeds", strings.ReplaceAll(head("POST", "/webhook", withSecret, "Content-Length: 15"), "\r", "") + `{"update_id":5}`, 200, false},
		{"space before the colon", posted(ping, withSecret, "X-A : 1"), 400, false},
		{"control character", posted(ping, withSecret, "X-A: \x01"), 400, false},
		{"no update", posted("null", withSecret), 400, false},
		{"another path", posted(ping, withSecret)[:5] + "/other" + posted(ping, withSecret)[13:], 404, false},
		{"health", head("GET", "/health", "Accept: */*"), 200, false},
		{"GET", head("GET", "/webhook", withSecret), 405, false},
		{"last one", posted(ping, withSecret, "Connection: close"), 200, false},
		{"another host", strings.Replace(posted(ping, withSecret), "bot.", "other.", 1), 200, false},
		{"no host", strings.Replace(posted(ping, withSecret), "Host: bot.example.com\r\n", "", 1), 400, false},
		{"nonsense", "nonsense\r\n\r\n", 400, false},
		{"fails", posted(message(2, 5, "/fail"), withSecret), 500, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fresh, h := startHook(t), startHook(t)
			served, servedBody := fresh.line(t).ask(t, tt.request)
			require.Equal(t, tt.status, served.StatusCode, "by http.Server")
			l := h.hotline(t)
			before := h.moves()
			got, gotBody := l.ask(t, tt.request)
			if tt.stays {
				assert.Equal(t, before, h.moves(), "http.Server has nothing to do with it")
			}
			assert.Equal(t, tt.status, got.StatusCode)
			if tt.status == 500 {
				return // the one refusal in words of its own: none
			}
			same := strings.NewReplacer(fresh.health.instance, "", h.health.instance, "")
			assert.Equal(t, same.Replace(servedBody), same.Replace(gotBody))
			assert.Equal(t, served.Header["Date"] == nil, got.Header["Date"] == nil)
			served.Header.Del("Date")
			got.Header.Del("Date")
			assert.Equal(t, served.Header, got.Header)
			assert.Equal(t, served.Close, got.Close)
		})
	}
}

// The client's address is looked at for every request: a proxy's connection
// carries those of many clients.
func TestHotlineAsksTheGateEveryTime(t *testing.T) {
	h := startHook(t, netip.MustParsePrefix("149.154.160.0/20"))
	from := func(client string) []string {
		return []string{withSecret, "X-Forwarded-For: " + client + ", 172.71.95.118", "CF-Connecting-IP: " + client}
	}
	l, lines := h.line(t), int32(1)
	for i, tt := range []struct {
		headers []string
		status  int
	}{
		{from(telegramAddr), 200},
		{from("149.154.160.1"), 200},
		{from(evilAddr), 403},
		{from(telegramAddr), 200},
		{append(from(telegramAddr), "X-Forwarded-For: "+evilAddr+", 172.71.95.118"), 403},
		{from(telegramAddr), 200},
		{from(telegramAddr)[:2], 403},
		{from(telegramAddr), 200},
		{from(telegramAddr)[:1], 403},
	} {
		res, _ := l.ask(t, posted(fmt.Sprintf(`{"update_id":%d}`, i+1), tt.headers...))
		assert.Equal(t, tt.status, res.StatusCode, "request %d", i)
		if res.Close { // as after each refusal
			l = h.line(t)
			lines++
			continue
		}
		assert.Equal(t, lines, h.taken.Load(), "each line is taken over, once")
	}
}

// However a request is cut into pieces, and however many come at once, each is
// taken as it is.
func TestHotlineReadsPieces(t *testing.T) {
	h := startHook(t)
	request := posted(message(7, 5, "/ping"), withSecret)
	for size := 1; size < len(request); size += 23 {
		l := h.hotline(t)
		for from := 0; from < len(request); from += size {
			_, err := io.WriteString(l, request[from:min(from+size, len(request))])
			require.NoError(t, err)
		}
		res, body := l.answer(t)
		require.Equal(t, 200, res.StatusCode)
		require.Contains(t, body, "pong")
	}
	l := h.hotline(t)
	before := h.taken.Load()
	_, err := io.WriteString(l, strings.Repeat(request, 30)+head("GET", "/health", "Accept: */*"))
	require.NoError(t, err)
	for range 30 {
		_, body := l.answer(t)
		require.Contains(t, body, "pong")
	}
	_, body := l.answer(t)
	assert.Contains(t, body, "uptime_seconds")
	res, _ := l.ask(t, posted(`{"update_id":8}`, withSecret))
	assert.Equal(t, 200, res.StatusCode)
	assert.Equal(t, before+1, h.taken.Load(), "it is taken over again")
}

func TestHotlineCutsSlowClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, dial := servePipes(t)
		var all sync.WaitGroup
		for i, part := range []string{"P", posted(message(7, 5, "/ping"), withSecret)[:200]} {
			l := lineOf(dial())
			res, _ := l.ask(t, posted(`{"update_id":1}`, withSecret))
			require.Equal(t, 200, res.StatusCode)
			srv.mu.Lock()
			require.Len(t, srv.kept, i+1)
			srv.mu.Unlock()
			began := time.Now()
			all.Go(func() {
				_, err := io.WriteString(l, part)
				assert.NoError(t, err)
				_, err = io.Copy(io.Discard, l)
				assert.NoError(t, err)
				assert.Equal(t, readLimit, time.Since(began))
			})
		}
		all.Wait()
	})
}

// At shutdown a connection at rest is closed, one at work gets its answer first.
func TestHotlineDrains(t *testing.T) {
	h := startHook(t)
	quiet, busy := h.hotline(t), h.hotline(t)
	_, err := io.WriteString(busy, posted(message(9, 5, "/sleep 500ms x"), withSecret)+posted(message(10, 5, "/ping"), withSecret))
	require.NoError(t, err)
	for limit := time.Now().Add(10 * time.Second); h.dispatch.active() == 0 && time.Now().Before(limit); {
		_, _ = h.line(t).ask(t, head("GET", "/health", "Connection: close"))
	}
	done := make(chan struct{})
	go func() { defer close(done); h.srv.shutdown(context.Background()) }()
	_, err = quiet.read.ReadByte()
	assert.ErrorIs(t, err, io.EOF)
	res, body := busy.answer(t)
	assert.Contains(t, body, "slept 500ms")
	assert.True(t, res.Close)
	_, err = busy.read.ReadByte()
	assert.Error(t, err, "the next one was not begun")
	<-done
	assert.Equal(t, 0, h.srv.open)
}

// Many connections, all busy, and a shutdown at any moment among them: what was
// begun is answered, each request once and in order, then all are closed.
func TestHotlinesStopUnderLoad(t *testing.T) {
	for round := range 5 {
		h := startHook(t)
		var all sync.WaitGroup
		var answered atomic.Int64
		half := make(chan struct{})
		for lane := range 50 {
			l := h.line(t)
			all.Go(func() {
				for n := range 1000 {
					id := int64(lane*1000 + n + 1)
					text := fmt.Sprintf("update %d %s", id, strings.Repeat("x", n%7*300))
					request := posted(message(id, int64(lane+1), text), withSecret)
					for rest := request; rest != ""; { // in pieces, sometimes
						size := len(rest)
						if n%3 == 0 {
							size = min(size, 200+n%100)
						}
						if _, err := io.WriteString(l, rest[:size]); err != nil {
							return
						}
						rest = rest[size:]
					}
					res, err := http.ReadResponse(l.read, nil)
					if err != nil {
						return // closed at rest, before the request was read
					}
					body, err := io.ReadAll(res.Body)
					assert.NoError(t, err, "an answer is whole")
					assert.NoError(t, res.Body.Close())
					if res.StatusCode == http.StatusOK {
						assert.Contains(t, string(body), text)
					}
					if answered.Add(1) == int64(1+round*400) {
						close(half)
					}
					if res.Close {
						return
					}
				}
			})
		}
		<-half
		h.dispatch.drain()
		ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
		h.srv.shutdown(ctx)
		require.NoError(t, ctx.Err(), "it hangs")
		cancel()
		all.Wait()
		assert.Empty(t, h.dispatch.unfinished())
		h.srv.mu.Lock()
		assert.Zero(t, h.srv.open)
		assert.Empty(t, h.srv.kept)
		h.srv.mu.Unlock()
	}
}

// What is taken over counts.
func TestHotlinesAreCapped(t *testing.T) {
	h := startHook(t)
	h.hotline(t)
	h.srv.mu.Lock()
	assert.Equal(t, 1, h.srv.open)
	h.srv.open = maxConnections
	h.srv.mu.Unlock()
	_, err := h.line(t).read.ReadByte()
	assert.Error(t, err)
	h.srv.mu.Lock()
	h.srv.open -= maxConnections - 1
	h.srv.mu.Unlock()
}

// The hotline reads nothing that http.Server would read differently, or refuse:
// what it takes is held against the standard library's parser.
func FuzzHotline(f *testing.F) {
	shape := func(headers ...string) []byte {
		return []byte(posted(`{"update_id":5}`, append([]string{withSecret}, headers...)...))
	}
	f.Add(shape())
	f.Add(shape("X-Forwarded-For: 1.2.3.4, 172.71.95.118", "x-forwarded-for:\t5.6.7.8 ", "CF-Connecting-IP: 1.2.3.4"))
	f.Add(shape("Connection: keep-alive", "Accept-Encoding: gzip, deflate", "Content-Type: application/json"))
	f.Add(shape("Transfer-Encoding: chunked"))
	f.Add(shape("Content-Length: 15"))
	f.Add(shape("Host: bot.example.com"))
	f.Add(shape("X-A: \x00", "X-B:\v", "X C: d", ": e", "X-F:"))
	f.Add(shape(" folded: yes", "Trailer: X-A", "Expect: 100-continue", "Upgrade: h2c"))
	f.Add(bytes.ReplaceAll(shape(), []byte("\r"), nil))
	f.Add(bytes.Replace(shape(), []byte("POST"), []byte("\r\nPOST"), 1))
	f.Add(append(shape(), shape()...))
	log := newLog(io.Discard, &settings{})
	h := newHook(gate{proxy: proxyRender, keys: newKeyring(newSecret(testSecret))}, newDispatcher(context.Background(), echo, log, newMetrics()), newMetrics(), &refusalLog{log: log.Logger})
	f.Fuzz(func(t *testing.T, request []byte) {
		l := &hotline{hook: h, start: "POST /webhook HTTP/1.1\r\n", host: "bot.example.com",
			head: http.Request{Method: http.MethodPost, RemoteAddr: "10.0.0.1:1", Header: http.Header{}}}
		l.have = copy(l.buf[:], request)
		begin, size, err := l.parse(0)
		if err != nil || begin == 0 || size > l.have {
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
		require.NoError(t, err)
		require.Equal(t, "POST /webhook HTTP/1.1 bot.example.com", r.Method+" "+r.RequestURI+" "+r.Proto+" "+r.Host)
		require.False(t, r.Close)
		require.Empty(t, r.TransferEncoding)
		require.Empty(t, r.Trailer)
		require.Empty(t, r.Header["Expect"])
		require.Equal(t, r.ContentLength, l.head.ContentLength)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, string(body), string(l.buf[begin:size]))
		for _, name := range gateHeaders {
			require.Equal(t, r.Header[name], l.head.Header[name], name)
		}
		r.RemoteAddr = l.head.RemoteAddr
		require.Equal(t, taken, h.gate.check(r))
	})
}
