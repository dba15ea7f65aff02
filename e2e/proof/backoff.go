package proof

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

func backoffChecks() []Check {
	poll := []Mode{Polling}
	return []Check{
		{ID: "P1", Title: "told to retry after 5 s, a poller makes no call for 5 s", AC: []string{"AC-005"}, Modes: poll, Run: retryAfter},
		{ID: "P2", Title: "while the Bot API is down a poller asks ever more rarely, with jitter, and still stops at once", AC: []string{"AC-005"}, Modes: poll, Run: apiDown},
		{ID: "P4", Title: "a half-open connection is given up by the poll timeout and 10 s", AC: []string{"AC-005"},
			Modes: poll, Needs: []string{"POLL_TIMEOUT"}, Run: halfOpen},
	}
}

func retryAfter(ctx context.Context, e *Env) error {
	const wait = 5
	var once sync.Once
	defer e.API.Intercept("getUpdates", func(w http.ResponseWriter, _ *http.Request, _ Call) (told bool) {
		once.Do(func() { told = tooMany(w, wait) })
		return told
	})()
	if _, err := e.Start(ctx, nil); err != nil {
		return err
	}
	told, err := e.API.Wait(ctx, 0, func(c Call) bool { return c.Is("getUpdates") && c.Status == 429 })
	if err != nil {
		return err
	}
	limit, cancel := within(ctx, 30*time.Second, "the next call")
	defer cancel()
	next, err := e.API.Wait(limit, told.Seq+1, func(Call) bool { return true })
	const rule, sent = "retry_after is obeyed", "getUpdates answered 429 with retry_after 5, once"
	if err != nil {
		return broken(rule, sent, "%v", err)
	}
	if gap := next.At.Sub(told.Done); gap < wait*time.Second-50*time.Millisecond {
		return broken(rule, sent, "%s after %v", next.Method, gap.Round(time.Millisecond))
	}
	again, cancel := within(ctx, 15*time.Second, "an answer afterwards")
	defer cancel()
	if err := e.WaitTaking(again, told.Seq+1); err != nil {
		return broken("a poller goes on after the wait", sent, "%v", err)
	}
	if err := e.warm(again); err != nil {
		return broken("a poller goes on after the wait", sent, "%v", err)
	}
	return nil
}

const (
	downFor   = 6 * time.Second
	downCalls = 8
	// promptly is how soon a waiting poller ends after SIGTERM: 0.2 s on a quiet
	// machine. After 6 s of failures the wait itself has some seconds to go.
	promptly = time.Second
)

// apiDown runs pollers against each kind of failure, side by side: if they all
// wait equally long there is no jitter.
func apiDown(ctx context.Context, e *Env) error {
	var all sync.WaitGroup
	errs := make(chan error, 2)
	for name, fail := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"502 with an HTML page": badGateway,
		"dropped connections":   func(w http.ResponseWriter, _ *http.Request) bool { return reset(w) },
	} {
		all.Go(func() { errs <- e.severalDown(ctx, name, fail) })
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// several is how many pollers meet the same failure: that two draw nearly the
// same delays happens, with three it does not.
const several = 3

func (e *Env) severalDown(ctx context.Context, name string, fail func(http.ResponseWriter, *http.Request) bool) error {
	var all sync.WaitGroup
	gaps, errs := make([][]time.Duration, several), make([]error, several)
	for n := range several {
		all.Go(func() { gaps[n], errs[n] = e.down(ctx, name, fail) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, other := range gaps[1:] {
		if !alike(gaps[0], other) {
			return nil
		}
	}
	return broken("delays are jittered", fmt.Sprintf("%s to %d pollers", name, several), "the same delays every time: %v", gaps)
}

// alike tells whether two pollers waited equally long each time, but for what a
// busy machine adds.
func alike(a, b []time.Duration) bool {
	for n := range min(len(a), len(b)) {
		if (a[n] - b[n]).Abs() > a[n]/50+5*time.Millisecond {
			return false
		}
	}
	return true
}

// down runs one poller against a failing API for a while, returns the delays
// between its calls, and stops it in the middle of one.
func (e *Env) down(ctx context.Context, name string, fail func(http.ResponseWriter, *http.Request) bool) ([]time.Duration, error) {
	const rule = "a failing Bot API is asked ever more rarely: 8 calls in 6 s at most"
	a, err := newAPI(e.Fake.URL())
	if err != nil {
		return nil, err
	}
	defer a.Close()
	a.Intercept("getUpdates", func(w http.ResponseWriter, r *http.Request, _ Call) bool { return fail(w, r) })
	bot, err := e.Launch(Settings{"TELEGRAM_API_URL": a.URL()})
	if err != nil {
		return nil, err
	}
	first, err := a.Wait(ctx, 0, func(c Call) bool { return c.Is("getUpdates") })
	if err != nil {
		return nil, fmt.Errorf("%w; it said last:\n%s", err, bot.Output.Tail(1024))
	}
	if ended := bot.runsFor(ctx, downFor); ended != nil {
		return nil, broken("a failing Bot API is waited out", name, "%s", what(ended))
	}
	calls := a.Calls(first.Seq, "getUpdates")
	gaps := delays(calls)
	if len(calls) > downCalls {
		return nil, broken(rule, name+" for 6 s", "%d calls", len(calls))
	}
	if n := len(gaps); n < 2 || gaps[n-1] <= gaps[0] {
		return nil, broken(rule, name+" for 6 s", "delays that do not grow: %v", gaps)
	}
	began := time.Now()
	exit, err := bot.StopWithin(ctx, 10*time.Second)
	if err != nil {
		return nil, broken("a stop does not wait for the delay", "SIGTERM while "+name, "%v", err)
	}
	if took := exit.At.Sub(began); took > promptly {
		return nil, broken("a stop does not wait for the delay", "SIGTERM while "+name, "%v after %v", exit, took)
	}
	return gaps, nil
}

func delays(calls []Call) (gaps []time.Duration) {
	for n := 1; n < len(calls); n++ {
		gaps = append(gaps, calls[n].At.Sub(calls[n-1].At).Round(time.Millisecond))
	}
	return gaps
}

func halfOpen(ctx context.Context, e *Env) error {
	const rule, sent = "a connection that has gone silent is given up after the poll timeout and 10 s at most",
		"POLL_TIMEOUT=2s, a getUpdates that is never answered"
	var once sync.Once
	defer e.API.Intercept("getUpdates", func(_ http.ResponseWriter, r *http.Request, _ Call) (held bool) {
		once.Do(func() { held = e.API.hang(r) })
		return held
	})()
	if _, err := e.Start(ctx, Settings{"POLL_TIMEOUT": "2s"}); err != nil {
		return err
	}
	silent := e.API.Calls(0, "getUpdates")[0]
	limit, cancel := within(ctx, 12*time.Second, "the next call")
	defer cancel()
	if _, err := e.API.Wait(limit, silent.Seq+1, func(c Call) bool { return c.Is("getUpdates") }); err != nil {
		return broken(rule, sent, "%v", err)
	}
	return e.hearWithin(ctx, 10*time.Second)
}
