package proof

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

func leakChecks() []Check {
	return []Check{
		{ID: "S12", Title: "with the Bot API failing in every way, neither token nor secret appears in output, responses or metrics", AC: []string{"AC-003", "AC-005"},
			Modes: []Mode{Webhook, Polling}, Run: failingAPI},
	}
}

// A failure is one way the Bot API can be out of order.
type failure struct {
	name   string
	url    string // instead of the API's, if set
	answer func(a *API) Answer
	works  bool // as far as it takes to register
}

func failures(e *Env) ([]failure, error) {
	closed, err := e.ports.Take() // nobody listens there
	if err != nil {
		return nil, err
	}
	always := func(f func(http.ResponseWriter, *http.Request) bool) func(*API) Answer {
		return func(*API) Answer {
			return func(w http.ResponseWriter, r *http.Request, _ Call) bool { return f(w, r) }
		}
	}
	return []failure{
		{name: "refused connections", url: "http://127.0.0.1:" + strconv.Itoa(closed)},
		{name: "connection resets", answer: always(func(w http.ResponseWriter, _ *http.Request) bool { return reset(w) })},
		{name: "no answer", answer: func(a *API) Answer {
			return func(_ http.ResponseWriter, r *http.Request, _ Call) bool { return a.hang(r) }
		}},
		{name: "401", answer: always(func(w http.ResponseWriter, _ *http.Request) bool {
			return replyJSON(w, 401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`)
		})},
		{name: "an HTML page", answer: always(badGateway)},
		{name: "refused messages", works: true, answer: func(*API) Answer {
			return func(w http.ResponseWriter, _ *http.Request, c Call) bool {
				return c.Is("sendMessage") && replyJSON(w, 400, `{"ok":false,"error_code":400,"description":"Bad Request: refused by the check"}`)
			}
		}},
		{name: "half an answer", answer: always(func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"ok":true,"result":`) // the rest never comes
			return true
		})},
	}, nil
}

// badGateway is what stands in front of the Bot API says when it is down.
func badGateway(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusBadGateway)
	_, _ = fmt.Fprintf(w, "<html><body><h1>502 Bad Gateway</h1><p>%s</p></body></html>", r.URL.Path)
	return true
}

// failingAPI tries every failure with an Env of its own kind: same world, but
// one process each, side by side. Close searches the output; this searches the
// rest.
func failingAPI(ctx context.Context, e *Env) error {
	all, err := failures(e)
	if err != nil {
		return err
	}
	if e.Mode == Polling {
		e.said(e.Probe().Send) // for the one whose answer is refused
	}
	var wg sync.WaitGroup
	errs := make(chan error, len(all))
	for _, f := range all {
		wg.Go(func() { errs <- e.suffer(ctx, f) })
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// suffer runs the bot against one failure until it exits, or for three seconds
// from when it has met it.
func (e *Env) suffer(ctx context.Context, f failure) error {
	with, meet := Settings{"TELEGRAM_API_URL": f.url}, (*Instance).tried
	if f.url == "" {
		a, err := newAPI(e.Fake.URL())
		if err != nil {
			return err
		}
		defer a.Close()
		meet = func(_ *Instance, ctx context.Context) { a.first(ctx) }
		a.Intercept("", f.answer(a))
		with["TELEGRAM_API_URL"] = a.URL()
	}
	if e.Spec.Has("LOG_LEVEL") {
		with["LOG_LEVEL"] = "debug"
	}
	metrics, err := e.metricsAddr(with)
	if err != nil {
		return err
	}
	bot, err := e.Launch(with)
	if err != nil {
		return err
	}
	if f.works {
		e.Edge.Route(bot.Addr())
	}
	meet(bot, ctx)
	if e.Mode == Webhook {
		e.awaitHook(ctx)
	}
	wait, cancel := within(ctx, 3*time.Second, "meeting the failure again")
	defer cancel()
	if _, err := bot.Wait(wait); err == nil {
		return nil // it gave up, and Close reads its last words
	}
	if err := bot.searchResponses(ctx, f.name, metrics); err != nil {
		return err
	}
	then, done := within(ctx, 2*time.Second, "meeting it with those requests")
	defer done()
	_, _ = bot.Wait(then)
	_, _ = bot.StopWithin(ctx, 20*time.Second) // whether it stops is other rules' matter; Close ends it
	return nil
}

// first waits for a call: an interpreter takes its time to start.
func (a *API) first(ctx context.Context) {
	ctx, cancel := within(ctx, 15*time.Second, "the first call")
	defer cancel()
	_, _ = a.Wait(ctx, 0, func(Call) bool { return true }) // one that never calls has nothing to tell
}

// awaitHook waits until the one that can has registered: its path is that of all.
func (e *Env) awaitHook(ctx context.Context) {
	ctx, cancel := within(ctx, 15*time.Second, "a registration")
	defer cancel()
	_ = e.WaitTaking(ctx, 0) // or nobody can, and the path stays as they were told
}

// tried waits as long as a busy machine takes to start an interpreter and make
// a call, where no call can be seen, or until the bot has given up.
func (i *Instance) tried(ctx context.Context) {
	ctx, cancel := within(ctx, 12*time.Second, "a call")
	defer cancel()
	_, _ = i.Wait(ctx)
}

// metricsAddr has the bot serve metrics, if it can.
func (e *Env) metricsAddr(with Settings) (string, error) {
	if !e.Spec.Has("METRICS_ADDR") {
		return "", nil
	}
	port, err := e.ports.Take()
	if err != nil {
		return "", err
	}
	with["METRICS_ADDR"] = "127.0.0.1:" + strconv.Itoa(port)
	return with["METRICS_ADDR"], nil
}

// searchResponses asks for everything the bot serves and searches it.
func (i *Instance) searchResponses(ctx context.Context, failure, metrics string) error {
	host := []string{"Host: " + publicHost, "Connection: close"}
	asks := map[string]Request{i.Addr(): i.env.Text(i.env.Probe().Send)}
	if metrics != "" {
		asks[metrics] = Request{Method: "GET", Target: i.env.Spec.Metrics, Headers: host}
	}
	var said strings.Builder
	for addr, r := range asks {
		resp, _ := Send(ctx, addr, r) // not listening is no leak
		said.WriteString(resp.Body)
		for k, v := range resp.Header {
			fmt.Fprintln(&said, k, v)
		}
	}
	for _, path := range []string{"/", i.env.Spec.Health, i.env.Spec.Ready, "/debug/vars", "/debug/pprof/cmdline"} {
		if path == "" {
			continue
		}
		resp, _ := Send(ctx, i.Addr(), Request{Method: "GET", Target: path, Headers: host})
		said.WriteString(resp.Body)
	}
	if what := i.env.Leak(said.String()); what != "" {
		return broken("no response tells the token or the secret", "requests while the Bot API gives "+failure, "the %s", what)
	}
	return nil
}
