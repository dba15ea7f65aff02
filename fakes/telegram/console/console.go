// Package console is the control side of a fake Telegram, on a listener of its
// own: what people do there, what bots answered, the journal, the clock and
// the faults, over plain HTTP with JSON, and a page that shows it all.
//
// GET /help lists every path with a curl line to try it; docs/console.md is the
// same list. Errors are {"error": "...", "try": "..."} with status 400 for a
// mistake in the request, 404 for something that does not exist, and 504 for a
// wait that ended without what it waited for.
//
// The console is not protected: listen on a loopback address.
package console

import (
	"context"
	"fmt"
	"net"
	"net/http"
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
		// A page of somebody else's, in the same browser, has no business here.
		Handler:           http.NewCrossOriginProtection().Handler(c.handler()),
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

func (c *Console) handler() http.Handler {
	mux := http.NewServeMux()
	for _, e := range c.endpoints() {
		mux.Handle(e.pattern(), c.serve(e))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		respond(w, nil, fmt.Errorf("there is no %s %s, GET /help lists what there is: %w", r.Method, r.URL.Path, errMissing), "")
	})
	return mux
}

// serve is the one place that writes what an endpoint returns.
func (c *Console) serve(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if e.write != nil {
			if err := e.write(w, r); err != nil {
				respond(w, nil, err, e.example(c.URL()))
			}
			return
		}
		result, err := e.run(r)
		respond(w, result, err, e.example(c.URL()))
	}
}
