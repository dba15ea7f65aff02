// Package console is the control side of a fake Telegram, on a listener of its
// own: what people do there, what bots answered, the journal, the clock and
// the faults, over plain HTTP with JSON, and a page that shows it all.
//
// GET /help lists every path with a curl line to try it. Errors are
// {"error": "..."} with status 400 for a mistake in the request and 404 for
// something that does not exist.
//
// The console is not protected: listen on a loopback address.
package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"hookproof/fakes/telegram"
)

// A Console serves the control API of one server.
type Console struct {
	tg   *telegram.Server
	srv  *http.Server
	ln   net.Listener
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// Listen starts a console for tg at addr, such as 127.0.0.1:8082. When it
// returns, the port answers.
func Listen(tg *telegram.Server, addr string) (*Console, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("console: listen on %s: %w", addr, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &Console{tg: tg, ln: ln, stop: stop}
	c.srv = &http.Server{
		Handler:           c.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	c.wg.Go(func() { _ = c.srv.Serve(ln) }) // ends with ErrServerClosed
	return c, nil
}

// URL is where the page is.
func (c *Console) URL() string { return "http://" + c.ln.Addr().String() }

// Close ends all requests, streams included, and waits for them.
func (c *Console) Close() error {
	c.stop()
	err := c.srv.Close()
	c.wg.Wait()
	return err
}

// An endpoint is one path of the control API.
type endpoint struct {
	pattern string
	about   string
	curl    string // what follows "curl -s "
	run     func(*http.Request) (any, error)
}

func (c *Console) handler() http.Handler {
	mux := http.NewServeMux()
	for _, e := range c.endpoints() {
		mux.HandleFunc(e.pattern, func(w http.ResponseWriter, r *http.Request) {
			result, err := e.run(r)
			respond(w, result, err)
		})
	}
	mux.HandleFunc("GET /{$}", c.page)
	mux.HandleFunc("GET /help", c.help)
	mux.HandleFunc("GET /journal", c.journal)
	mux.HandleFunc("GET /events", c.events)
	mux.HandleFunc("GET /chats/{chat}/transcript", c.transcript)
	return mux
}

// errMissing is about something that does not exist.
var errMissing = errors.New("not found")

func respond(w http.ResponseWriter, result any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, errMissing) {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
		result = map[string]string{"error": err.Error()}
	}
	_ = json.NewEncoder(w).Encode(result) // the client may have gone
}

// read decodes the request's JSON body, refusing fields it does not know.
func read(r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 32<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("the body is not the JSON this path takes: %w", err)
	}
	return nil
}

// help lists the endpoints, from the table that serves them.
func (c *Console) help(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, Help(c.URL()))
}

// Help is the text of /help for a console at url.
func Help(url string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The console of a fake Telegram. Errors are {\"error\": \"...\"}.\n")
	c := &Console{}
	all := append(c.endpoints(), streams...)
	for _, e := range all {
		fmt.Fprintf(&b, "\n%s\n  %s\n  curl -s %s\n", e.pattern, e.about, strings.ReplaceAll(e.curl, "$C", url))
	}
	return b.String()
}
