package proof

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

func orderChecks() []Check {
	return []Check{
		{ID: "D12", Title: "a chat's updates are handled in order, and a slow chat does not delay another", AC: []string{"AC-002", "AC-005"},
			Modes: []Mode{Webhook, Polling}, Weighs: true, Needs: []string{"sleep"}, Run: inOrder},
		{ID: "D13", Title: "a thousand slow updates at once are handled or told when to come back; memory stays bounded", AC: []string{"AC-002", "AC-005"},
			Modes: []Mode{Webhook}, Weighs: true, Needs: []string{"sleep"}, Run: saturated},
	}
}

func inOrder(ctx context.Context, e *Env) error {
	if _, err := e.Start(ctx, nil); err != nil {
		return err
	}
	if err := e.warm(ctx); err != nil {
		return err
	}
	t, tag := e.Talk(), e.word("order")
	var wants []string
	for n := range 30 {
		x := e.Sleep(time.Duration(e.number(60))*time.Millisecond, fmt.Sprintf("%s-%d", tag, n))
		wants = append(wants, x.Want)
		t.Say(x.Send)
	}
	wait, cancel := within(ctx, 20*time.Second, "30 answers")
	defer cancel()
	if err := e.WaitHeard(wait, t, wants); err != nil {
		if got := t.Heard(); slices.Equal(got, wants[:min(len(got), len(wants))]) { // in order, that far
			return broken("every update is answered", "30 updates of one chat", "%v; heard %d", err, len(got))
		}
	}
	if got := t.Heard(); !slices.Equal(got, wants) {
		return broken("a chat's updates are handled in the order they came in", "30 updates of one chat, handlers of 0 to 60 ms", "%v", firstInversion(got, wants))
	}
	if err := isolated(ctx, e); !Broken(err) {
		return err
	}
	return isolated(ctx, e) // on a busy machine the first may have told nothing
}

// firstInversion tells where two lists part.
func firstInversion(got, want []string) string {
	for n := range want {
		if n >= len(got) || got[n] != want[n] {
			return fmt.Sprintf("answer %d is %q, not %q", n, got[min(n, len(got)-1)], want[n])
		}
	}
	return fmt.Sprintf("%d answers, not %d", len(got), len(want))
}

// delayLimit is how much a slow chat may delay another. A poller must not move
// its offset past the slow update, or a crash would lose it, and the Bot API
// answers a repeated offset fully only once in half a second (Bot API server
// source): it gets that and some.
func delayLimit(m Mode) time.Duration {
	if m == Polling {
		return time.Second
	}
	return 100 * time.Millisecond
}

// isolated measures five people's answers, and again while another chat's
// handler sleeps. The difference is the delay; of three attempts the best one
// counts, since a busy machine makes its own.
func isolated(ctx context.Context, e *Env) error {
	limit := delayLimit(e.Mode)
	const slow, sent = 3 * time.Second, "messages of other chats while a handler sleeps 3 s"
	rule := fmt.Sprintf("a slow chat does not delay another by %v", limit)
	usual, err := e.timeProbes(ctx, 5)
	if err != nil {
		return err
	}
	began := time.Now()
	if _, _, err := e.Busy(ctx, slow); err != nil {
		return err
	}
	delay := time.Since(began) // a message beside it may have been answered after it
	for range 3 {
		if delay > slow {
			break
		}
		took, err := e.timeProbes(ctx, 5)
		if err != nil {
			return err
		}
		if delay = took - usual; delay <= limit {
			return nil
		}
		if time.Since(began) > slow {
			break // nobody sleeps any more
		}
	}
	return broken(rule, sent, "answered %v later than the %v that is usual", delay, usual)
}

// timeProbes has n people write at once and returns how long the answers took:
// the median.
func (e *Env) timeProbes(ctx context.Context, n int) (time.Duration, error) {
	var all sync.WaitGroup
	took, errs := make([]time.Duration, n), make([]error, n)
	for k := range n {
		all.Go(func() {
			x, began := e.Probe(), time.Now()
			errs[k] = e.said(x.Send).Hear(ctx, x.Want)
			took[k] = time.Since(began)
		})
	}
	all.Wait()
	slices.Sort(took)
	return took[n/2], errors.Join(errs...)
}

// saturation is how many updates come at once in D13.
const saturation = 1000

// saturatedGrowth is the memory that a thousand open connections may cost.
const saturatedGrowth = 64 << 20

func saturated(ctx context.Context, e *Env) error {
	const rule = "an update that can't be handled now is answered 503 with an integer Retry-After"
	const sent = "1,000 updates of 2 s each at once"
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	if err := e.hearWithin(ctx, 10*time.Second); err != nil {
		return err
	}
	before, err := bot.watchMemory()
	if err != nil {
		return err
	}
	wants, replies, errs := bot.flood(ctx)
	for n, r := range replies {
		if r.Status/100 == 2 {
			continue
		}
		if errs[n] != nil {
			return broken(rule, sent, "number %d: %v", n, errs[n])
		}
		if after, err := strconv.Atoi(r.Header.Get("Retry-After")); r.Status != http.StatusServiceUnavailable || err != nil || after < 0 {
			return broken(rule, sent, "number %d: %v, Retry-After %q", n, r, r.Header.Get("Retry-After"))
		}
	}
	rss, _, err := before.growth()
	if err != nil {
		return err
	}
	if rss > saturatedGrowth {
		return broken("memory stays bounded", sent, "%d MiB more", rss>>20)
	}
	// Some send no more than 30 messages a second, as Telegram asks of them.
	wait, cancel := within(ctx, 45*time.Second, "what was taken")
	defer cancel()
	for n, r := range replies {
		if r.Status/100 != 2 {
			continue
		}
		if err := e.API.WaitSaid(wait, wants[n]); err != nil {
			return broken("what was answered 2xx is handled", sent, "number %d: %v, and %v", n, r, err)
		}
	}
	return bot.alive(ctx, rule, sent)
}

// flood posts the updates, each from another person, and collects the replies.
// A few at a time open their connections: a client that has to wait for its turn
// on a busy machine with its connection open is cut off as a slow one.
func (i *Instance) flood(ctx context.Context) (wants []string, replies []Response, errs []error) {
	wants, replies, errs = make([]string, saturation), make([]Response, saturation), make([]error, saturation)
	requests := make([]Request, saturation)
	for n := range saturation {
		x := i.env.Sleep(2*time.Second, i.env.word("flood"))
		wants[n], requests[n] = x.Want, i.env.Text(x.Send)
	}
	var all sync.WaitGroup
	opening := make(chan struct{}, 20)
	for n := range saturation {
		all.Go(func() {
			opening <- struct{}{}
			replies[n], errs[n] = i.post(ctx, requests[n], func() { <-opening })
		})
	}
	all.Wait()
	return wants, replies, errs
}
