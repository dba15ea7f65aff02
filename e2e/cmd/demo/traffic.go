package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"hookproof/fakes/telegram"
)

// A traffic is people who keep sending numbered messages at a fixed rate,
// whatever the bot does, and count the answers.
type traffic struct {
	bot    *telegram.Bot
	people []*telegram.User
	every  time.Duration
	stop   context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	next    int                  // guarded by mu; number of the next message
	sent    map[string]time.Time // guarded by mu; by text
	answers map[string]int       // guarded by mu; by text
	took    []time.Duration      // guarded by mu; of first answers since the last mark
	changed chan struct{}        // guarded by mu; closed and replaced at every answer
}

func newTraffic(s *telegram.Server, b *telegram.Bot, people int, every time.Duration) *traffic {
	t := &traffic{bot: b, every: every, sent: map[string]time.Time{}, answers: map[string]int{}, changed: make(chan struct{})}
	for i := range people {
		t.people = append(t.people, s.NewUser(fmt.Sprintf("Person %d", i+1)))
	}
	s.Observe(t.observe)
	return t
}

// observe notes an answer: the bot echoes each message.
func (t *traffic) observe(e telegram.Event) {
	if e.Kind != telegram.EventCall || e.Method != "sendMessage" || e.Status != 200 {
		return
	}
	text := e.Params["text"]
	if !strings.HasPrefix(text, "message ") {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.answers[text]++; t.answers[text] == 1 {
		t.took = append(t.took, e.Time.Sub(t.sent[text]))
	}
	close(t.changed)
	t.changed = make(chan struct{})
}

// start begins to send.
func (t *traffic) start(ctx context.Context) {
	ctx, t.stop = context.WithCancel(ctx)
	t.done = make(chan struct{})
	go func() {
		defer close(t.done)
		tick := time.NewTicker(t.every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				t.send()
			case <-ctx.Done():
				return
			}
		}
	}()
}

func (t *traffic) send() {
	t.mu.Lock()
	n := t.next
	t.next++
	text := fmt.Sprintf("message %d", n+1)
	t.sent[text] = time.Now()
	t.mu.Unlock()
	t.people[n%len(t.people)].Send(t.bot, text)
}

// finish stops sending and waits until everything is answered or ctx ends.
func (t *traffic) finish(ctx context.Context) error {
	t.stop()
	<-t.done
	return t.settle(ctx)
}

// catchUp waits until what was sent by now is answered, while sending goes on.
func (t *traffic) catchUp(ctx context.Context) error {
	t.mu.Lock()
	upTo := t.next
	t.mu.Unlock()
	return t.await(ctx, func() int {
		missing := 0
		for n := range upTo {
			if t.answers[fmt.Sprintf("message %d", n+1)] == 0 {
				missing++
			}
		}
		return missing
	})
}

// settle waits until every message so far has an answer.
func (t *traffic) settle(ctx context.Context) error {
	return t.await(ctx, func() int { return len(t.sent) - len(t.answers) })
}

// await waits until nothing is missing any more.
func (t *traffic) await(ctx context.Context, missing func() int) error {
	for {
		t.mu.Lock()
		missing, changed := missing(), t.changed
		t.mu.Unlock()
		if missing == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d messages were never answered: %w", missing, ctx.Err())
		}
	}
}

// A count is how a stretch of traffic went.
type count struct {
	sent, answered, lost, doubled int
	p50, p99, worst               time.Duration // of the answers since the last count
}

// tally is what happened to the messages.
func (c count) tally() string {
	return fmt.Sprintf("%d messages sent, %d lost, %d answered twice", c.sent, c.lost, c.doubled)
}

// tally waits for the answers under way, a moment at most, and counts.
func (t *traffic) tally() string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = t.settle(ctx) // traffic goes on: what is not settled shows in the count
	return t.count().tally()
}

// count sums up all traffic, and the latency since the last call.
func (t *traffic) count() count {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := count{sent: len(t.sent), answered: len(t.answers), lost: len(t.sent) - len(t.answers)}
	for _, n := range t.answers {
		if n > 1 {
			c.doubled++
		}
	}
	slices.Sort(t.took)
	if n := len(t.took); n > 0 {
		c.p50, c.p99, c.worst = t.took[n/2], t.took[n*99/100], t.took[n-1]
	}
	t.took = nil
	return c
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
