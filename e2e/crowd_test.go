package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
	"hookproof/fakes/telegram"
)

const (
	writers  = 6  // people in a crowd
	patience = 30 // messages without an answer, then a person waits before writing more
	// How often each of them writes: densely where crowds have the machine for
	// themselves.
	densely = 30 * time.Millisecond
	loosely = 90 * time.Millisecond
)

// A crowd is people who each write numbered messages to a bot all the time, and
// the record of what came of them. Many of the messages keep the bot's handler
// busy for a while.
type crowd struct {
	env      *proof.Env
	every    time.Duration // each person writes so often
	silence  time.Duration // without any answer, then those that are due will not come
	people   []*telegram.User
	stop     chan struct{}
	wg       sync.WaitGroup
	finished sync.Once

	mu      sync.Mutex
	quiet   bool          // guarded by mu; nobody writes
	book    ledger        // guarded by mu
	random  *rand.Rand    // guarded by mu
	journal []journalled  // guarded by mu; everything that happened at the fake
	changed chan struct{} // guarded by mu; closed and replaced at every answer
}

// A journalled event has the time it happened at, by the wall clock: the fake's
// own runs ahead.
type journalled struct {
	at time.Time
	telegram.Event
}

// gather starts a crowd. It ends with the test at the latest.
func gather(t *testing.T, e *proof.Env, every time.Duration, seed uint64) *crowd {
	t.Helper()
	c := &crowd{
		env: e, every: every, silence: time.Minute, stop: make(chan struct{}), book: newLedger(writers),
		random: rand.New(rand.NewPCG(seed, 1)), changed: make(chan struct{}),
	}
	e.Fake.Observe(c.note)
	for range writers {
		c.people = append(c.people, e.Fake.NewUser("Writer"))
	}
	for who := range writers {
		c.wg.Go(func() { c.write(who) })
	}
	t.Cleanup(c.disperse)
	return c
}

// disperse has everybody stop writing.
func (c *crowd) disperse() {
	c.finished.Do(func() {
		close(c.stop)
		c.wg.Wait()
	})
}

func (c *crowd) write(who int) {
	every := time.NewTicker(c.every)
	defer every.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-every.C:
			if x, ok := c.next(who); ok {
				c.people[who].Send(c.env.Bot, x.Send)
			}
		}
	}
}

// next is what a person writes now; false if they rather wait.
func (c *crowd) next(who int) (target.Exchange, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.quiet || c.book.open(who) >= patience {
		return target.Exchange{}, false
	}
	word := fmt.Sprintf("%c-%04d", 'a'+rune(who), len(c.book.asked[who]))
	x := c.env.Spec.Texts.Echo.With("{text}", word)
	if n := c.random.IntN(100); n < 2 { // a poller looks for others meanwhile
		x = c.env.Sleep(800*time.Millisecond, word)
	} else if n < 40 {
		x = c.env.Sleep(time.Duration(c.random.IntN(60))*time.Millisecond, word)
	}
	c.book.ask(who, x.Want)
	return x, true
}

// note takes an event of the fake, with the fake's lock held.
func (c *crowd) note(ev telegram.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.journal = append(c.journal, journalled{time.Now(), ev})
	if ev.Kind == telegram.EventCall && ev.Method == "sendMessage" && ev.Status == 200 && c.book.answer(ev.Params["text"]) {
		close(c.changed)
		c.changed = make(chan struct{})
	}
}

// hush has nobody write, until the next call with false.
func (c *crowd) hush(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.quiet = on
}

// waitAnswer waits for any answer.
func (c *crowd) waitAnswer(ctx context.Context) error {
	c.mu.Lock()
	changed := c.changed
	c.mu.Unlock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("no answer came: %w", context.Cause(ctx))
	}
}

// waitAll waits until every message has been answered.
func (c *crowd) waitAll(ctx context.Context) error {
	for {
		c.mu.Lock()
		open, changed := c.book.allOpen(), c.changed
		c.mu.Unlock()
		if open == 0 {
			return nil
		}
		silent, cancel := context.WithTimeout(ctx, c.silence)
		select {
		case <-changed:
		case <-silent.Done():
			cancel()
			return fmt.Errorf("%d messages have no answer, and none comes any more", open)
		}
		cancel()
	}
}

// verdict judges what has happened so far.
func (c *crowd) verdict() verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.book.verdict()
}

// trail is what the fake's journal says of one message: its writing, its update
// with all deliveries, the getUpdates calls that returned or confirmed it, and
// its answers.
func (c *crowd) trail(want string) (lines []journalled) {
	c.mu.Lock()
	defer c.mu.Unlock()
	word := lastWord(want)
	var update int64
	begun, passed := false, false
	for _, ev := range c.journal {
		switch {
		case ev.Kind == telegram.EventPost && lastWord(ev.Text) == word:
			begun = true
		case begun && update == 0 && ev.Kind == telegram.EventUpdate:
			update = ev.UpdateID // it follows its message at once, under one lock
		case update != 0 && ev.UpdateID == update:
		case ev.Kind == telegram.EventCall && lastWord(ev.Params["text"]) == word:
		case begun && ev.Kind == telegram.EventWebhook:
		case update != 0 && !passed && ev.Method == "getUpdates" && ev.Params["offset"] > fmt.Sprint(update):
			passed = true
		default:
			continue
		}
		lines = append(lines, ev)
	}
	return lines
}

// lastWord is a message's number, however long it takes to answer.
func lastWord(text string) string { return text[1+strings.LastIndexByte(text, ' '):] }
