package proof

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// API stands between the bot and the fake Bot API server. It records every call
// the bot makes, when and on which connection, and can answer in the server's
// place.
type API struct {
	srv    *http.Server
	ln     net.Listener
	proxy  *httputil.ReverseProxy
	wg     sync.WaitGroup
	guests guests
	conns  atomic.Int64 // opened by the bot so far
	polls  atomic.Int64 // getUpdates calls at the fake now

	mu      sync.Mutex
	calls   []Call            // guarded by mu; in order of arrival
	inline  []Call            // guarded by mu; made in webhook replies to this package
	answers map[int]intercept // guarded by mu
	serial  int               // guarded by mu
	changed chan struct{}     // guarded by mu; closed and replaced when anything above changes
	held    chan struct{}     // guarded by mu; not nil during a Hold; closed at its end
	gone    chan struct{}     // closed by Close
}

// A Call is a Bot API call made by the bot.
type Call struct {
	Seq    int // its number, from 0
	Method string
	Params url.Values
	At     time.Time
	Done   time.Time // zero while it is being answered
	Status int       // 0 while it is being answered, or if the bot hung up
}

// Is compares method names as the Bot API does, without case.
func (c Call) Is(method string) bool { return strings.EqualFold(c.Method, method) }

// An Answer may answer a call in the server's place; false leaves it alone.
type Answer func(w http.ResponseWriter, r *http.Request, c Call) bool

type intercept struct {
	method string
	answer Answer
}

func newAPI(upstream string) (*API, error) {
	target, err := url.Parse(upstream)
	if err != nil {
		return nil, fmt.Errorf("parse the fake's address: %w", err)
	}
	a := &API{answers: map[int]intercept{}, changed: make(chan struct{}), gone: make(chan struct{})}
	a.proxy = &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     &http.Transport{MaxIdleConnsPerHost: 100},
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	if a.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("listen for API calls: %w", err)
	}
	a.srv = &http.Server{
		Handler:           a,
		ReadHeaderTimeout: 10 * time.Second,
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				a.conns.Add(1)
			}
		},
	}
	a.wg.Go(func() { _ = a.srv.Serve(a.ln) }) // ends with ErrServerClosed
	return a, nil
}

// URL is the Bot API's base URL for the bot.
func (a *API) URL() string { return "http://" + a.ln.Addr().String() }

// Connections counts what the bot has opened.
func (a *API) Connections() int { return int(a.conns.Load()) }

// Close cuts all connections and waits for the calls to end.
func (a *API) Close() error {
	close(a.gone)
	err := a.srv.Close()
	a.guests.wait()
	a.wg.Wait()
	a.proxy.Transport.(*http.Transport).CloseIdleConnections()
	return err
}

// Intercept lets answer see the calls of a method, "" for all, until remove is
// called. The latest one asked first.
func (a *API) Intercept(method string, answer Answer) (remove func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serial++
	id := a.serial
	a.answers[id] = intercept{method, answer}
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.answers, id)
	}
}

// ServeHTTP records the call and answers it, or has it answered.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !a.guests.enter() {
		return
	}
	defer a.guests.leave()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the bot hung up in the middle of its own call
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c := Call{Method: methodOf(r.URL.Path), Params: parameters(r, body), At: time.Now()}
	c.Seq = a.record(c)
	status := &statusWriter{ResponseWriter: w}
	defer func() { a.finish(c.Seq, status.code) }()
	for _, answer := range a.interested(c) {
		if answer(status, r, c) {
			return
		}
	}
	if c.Is("getUpdates") {
		a.forwardPoll(status, r)
		return
	}
	a.proxy.ServeHTTP(status, r)
}

func (a *API) interested(c Call) []Answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	var found []Answer
	for id := a.serial; id > 0; id-- {
		if i, ok := a.answers[id]; ok && (i.method == "" || c.Is(i.method)) {
			found = append(found, i.answer)
		}
	}
	return found
}

func (a *API) record(c Call) (seq int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c.Seq = len(a.calls)
	a.calls = append(a.calls, c)
	a.announceLocked()
	return c.Seq
}

func (a *API) finish(seq, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[seq].Status, a.calls[seq].Done = status, time.Now()
	a.announceLocked()
}

// announce has everybody who waits look again: at what changed elsewhere.
func (a *API) announce() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.announceLocked()
}

func (a *API) announceLocked() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// mark is the number of calls so far: a place to look from later.
func (a *API) mark() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.calls)
}

// Calls lists the calls of a method, "" for all, from the given number on.
func (a *API) Calls(from int, method string) []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	var found []Call
	for _, c := range a.calls[from:] {
		if method == "" || c.Is(method) {
			found = append(found, c)
		}
	}
	return found
}

// Wait returns the first call from the given number on that want accepts. It
// looks again whenever a call arrives or has been answered.
func (a *API) Wait(ctx context.Context, from int, want func(Call) bool) (Call, error) {
	var found Call
	err := a.until(ctx, func() bool {
		for _, c := range a.Calls(from, "") {
			if want(c) {
				found = c
				return true
			}
		}
		return false
	})
	return found, err
}

// until waits until cond, asked at the start and after every change.
func (a *API) until(ctx context.Context, cond func() bool) error {
	for {
		a.mu.Lock()
		changed := a.changed
		a.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// made records a call that the bot made in the body of a webhook reply.
func (a *API) made(c Call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inline = append(a.inline, c)
	a.announceLocked()
}

// Said lists the texts the bot sent, by sendMessage calls first, then in the
// replies to requests of this package. Copies of one reply to one update count
// once: Telegram executes a reply only when it has read it, and it repeats an
// update only when it has not.
func (a *API) Said() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var texts []string
	for _, c := range a.calls {
		if c.Is("sendMessage") {
			texts = append(texts, c.Params.Get("text"))
		}
	}
	seen := map[string]bool{}
	for _, c := range a.inline {
		key := c.Params.Encode()
		if c.Is("sendMessage") && !seen[key] {
			texts = append(texts, c.Params.Get("text"))
		}
		seen[key] = true
	}
	return texts
}

// Times counts how often the bot said text.
func (a *API) Times(text string) int {
	n := 0
	for _, t := range a.Said() {
		if t == text {
			n++
		}
	}
	return n
}

// WaitSaid waits until the bot has said text.
func (a *API) WaitSaid(ctx context.Context, text string) error {
	if err := a.until(ctx, func() bool { return a.Times(text) > 0 }); err != nil {
		return fmt.Errorf("the bot has not said %q: %w", text, err)
	}
	return nil
}

// methodOf is the method in /bot<token>/<method>.
func methodOf(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}

// statusWriter remembers the status. It unwraps for http.ResponseController.
type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(code int) {
	w.code = code
	w.ResponseWriter.WriteHeader(code)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// replyJSON answers a call as the Bot API server would.
func replyJSON(w http.ResponseWriter, status int, body string) bool {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the bot may hang up whenever it likes
	return true
}

// hang keeps a call unanswered, its connection open and silent, until the bot
// hangs up or the check ends.
func (a *API) hang(r *http.Request) bool {
	select {
	case <-r.Context().Done():
	case <-a.gone:
	}
	return true
}

// reset cuts the call's connection with a TCP reset.
func reset(w http.ResponseWriter) bool {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // turns the close into a reset
	}
	return c.Close() == nil
}
