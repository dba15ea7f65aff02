package proof

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// Edge is the public side of the bot: it terminates TLS for the public name and
// passes requests on to the instances in turn, with the headers one plain
// reverse proxy adds. It records every delivery.
type Edge struct {
	srv    *http.Server
	ln     net.Listener
	client *http.Transport
	wg     sync.WaitGroup
	guests guests

	mu         sync.Mutex
	routes     []string      // guarded by mu
	headers    http.Header   // guarded by mu; added to every request
	failing    bool          // guarded by mu; deliveries are answered 502
	turn       int           // guarded by mu
	deliveries []Delivery    // guarded by mu; in order of arrival
	changed    chan struct{} // guarded by mu; closed and replaced on every change
}

// A Delivery is one webhook request.
type Delivery struct {
	UpdateID int64
	Text     string // of the message, if there is one
	At, Done time.Time
	Passed   bool   // the whole request has been written to the bot
	Status   int    // what Telegram got; 502 when the bot gave no answer; 0 while waiting
	Reply    string // the body of the bot's answer
}

func newEdge(c *tls.Config) (*Edge, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen as edge: %w", err)
	}
	e := &Edge{ln: ln, client: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true}, changed: make(chan struct{})}
	// Telegram's real address would be the peer's; here everybody is 127.0.0.1.
	e.AddHeaders(http.Header{"X-Forwarded-For": {telegramIP}, "X-Forwarded-Proto": {"https"}})
	e.srv = &http.Server{
		Handler:           e,
		TLSConfig:         c,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // peers that go away mid-handshake are part of the checks
	}
	e.wg.Go(func() { _ = e.srv.ServeTLS(ln, "", "") }) // ends with ErrServerClosed
	return e, nil
}

// Addr is the edge's own address.
func (e *Edge) Addr() string { return e.ln.Addr().String() }

// Route makes addrs, in turn, the places that requests go to.
func (e *Edge) Route(addrs ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.routes, e.turn = addrs, 0
}

// AddHeaders makes h the headers that are added to every request: those of
// another platform's edge.
func (e *Edge) AddHeaders(h http.Header) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.headers = h.Clone()
}

// FailDeliveries has the edge answer every delivery of Telegram's with 502, and
// pass all else on.
func (e *Edge) FailDeliveries(on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failing = on
}

// Close cuts everything and waits.
func (e *Edge) Close() error {
	err := e.srv.Close()
	e.guests.wait()
	e.wg.Wait()
	e.client.CloseIdleConnections()
	return err
}

// ServeHTTP passes a request on. A failure below is 502, as from any proxy.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !e.guests.enter() {
		return
	}
	defer e.guests.leave()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	n := -1
	if r.Method == http.MethodPost {
		n = e.begin(body)
	}
	trace := &httptrace.ClientTrace{WroteRequest: func(w httptrace.WroteRequestInfo) { e.passed(n, w.Err) }}
	resp, err := e.forward(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)), body)
	if err != nil {
		e.end(n, Response{Status: http.StatusBadGateway})
		http.Error(w, "the instance gave no answer", http.StatusBadGateway)
		return
	}
	e.end(n, resp)
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.Status)
	_, _ = io.WriteString(w, resp.Body) // Telegram may hang up whenever it likes
}

// forward sends the request to the next instance and reads its whole answer.
func (e *Edge) forward(r *http.Request, body []byte) (Response, error) {
	to, err := e.next()
	if err != nil {
		return Response{}, err
	}
	if e.fails(r) {
		return Response{}, errors.New("told to fail")
	}
	out, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+to+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return Response{}, err
	}
	out.Host, out.Header = r.Host, r.Header.Clone()
	e.mu.Lock()
	for k, v := range e.headers {
		out.Header[k] = append(out.Header[k], v...)
	}
	e.mu.Unlock()
	resp, err := e.client.RoundTrip(out)
	if err != nil {
		return Response{}, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return Response{Status: resp.StatusCode, Header: resp.Header, Body: string(answer)}, err
}

// fails is true for a delivery that is to fail.
func (e *Edge) fails(r *http.Request) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failing && r.Header.Get(secretHeader) != ""
}

func (e *Edge) next() (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.routes) == 0 {
		return "", errors.New("no instance")
	}
	e.turn++
	return e.routes[e.turn%len(e.routes)], nil
}

func (e *Edge) begin(body []byte) int {
	var u struct {
		UpdateID int64 `json:"update_id"`
		Message  struct {
			Text string `json:"text"`
		} `json:"message"`
	}
	_ = json.Unmarshal(body, &u) // what is not an update stays zero
	e.mu.Lock()
	defer e.mu.Unlock()
	e.deliveries = append(e.deliveries, Delivery{UpdateID: u.UpdateID, Text: u.Message.Text, At: time.Now()})
	e.announceLocked()
	return len(e.deliveries) - 1
}

func (e *Edge) passed(n int, err error) {
	if n < 0 || err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.deliveries[n].Passed = true
	e.announceLocked()
}

func (e *Edge) end(n int, r Response) {
	if n < 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	d := &e.deliveries[n]
	d.Status, d.Reply, d.Done = r.Status, r.Body, time.Now()
	e.announceLocked()
}

func (e *Edge) announceLocked() {
	close(e.changed)
	e.changed = make(chan struct{})
}

// Deliveries lists what has passed so far.
func (e *Edge) Deliveries() []Delivery {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Delivery(nil), e.deliveries...)
}

// Wait waits until want accepts the deliveries so far.
func (e *Edge) Wait(ctx context.Context, want func([]Delivery) bool) error {
	for {
		e.mu.Lock()
		changed := e.changed
		e.mu.Unlock()
		if want(e.Deliveries()) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for deliveries: %w", context.Cause(ctx))
		}
	}
}
