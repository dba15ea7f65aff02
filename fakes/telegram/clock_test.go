package telegram_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// A memory is a network of one host, without sockets, so that an endpoint and
// a server fit into a synctest bubble.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
}

// Dial connects to the host.
func (m *memory) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case m.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept, Close and Addr make memory a listener.
func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error { close(m.closed); return nil }

func (m *memory) Addr() net.Addr { return &net.TCPAddr{} }

// A bubble is a server without sockets and an endpoint in memory. It must be
// made in a synctest bubble, in which it ends with the test.
type bubble struct {
	t *testing.T
	s *telegram.Server

	mu   sync.Mutex
	hook func(w http.ResponseWriter, update map[string]any) // guarded by mu, and called with it; nil: 200
}

// answer changes how the endpoint answers.
func (b *bubble) answer(hook func(w http.ResponseWriter, update map[string]any)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hook = hook
}

const hookURL = "http://bot.test/hook"

func newBubble(t *testing.T, o telegram.Options) *bubble {
	t.Helper()
	m := &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
	o.Dial, o.Hosts = m.Dial, map[string]string{"bot.test": "203.0.113.1:80"}
	b := &bubble{t: t, s: telegram.New(o)}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the server has hung up
		}
		var update map[string]any
		b.mu.Lock()
		defer b.mu.Unlock()
		if assert.NoError(t, json.Unmarshal(body, &update)) && b.hook != nil {
			b.hook(w, update)
		}
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(m) }()
	t.Cleanup(func() {
		b.s.Close()
		require.NoError(t, srv.Close())
		<-done
	})
	return b
}

// call calls a method that must succeed.
func (b *bubble) call(bot *telegram.Bot, method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	result, err := bot.Call(b.t.Context(), method, params)
	require.NoError(b.t, err)
	return result
}

// deliveries are the attempts so far, as seconds since the start and status.
func (b *bubble) deliveries(start time.Time) []string {
	var out []string
	for _, e := range b.s.Journal() {
		if e.Kind == telegram.EventDelivery {
			out = append(out, fmt.Sprintf("%ds %d", int(e.Time.Sub(start).Seconds()), e.Status))
		}
	}
	return out
}

// A webhook that fails for a day: the retries come at their exact times, the
// update is dropped when it is a day old, and none of it takes real time.
func TestADayInABubble(t *testing.T) {
	t.Parallel()
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, telegram.Options{})
		b.answer(func(w http.ResponseWriter, _ map[string]any) { w.WriteHeader(500) })
		bot, ann := b.s.NewBot("test_bot"), b.s.NewUser("Ann")
		b.call(bot, "setWebhook", map[string]any{"url": hookURL})
		start := time.Now()
		ann.Send(bot, "hello")
		time.Sleep(2 * time.Minute)
		assert.Equal(t, []string{"0s 500", "0s 500", "2s 500", "6s 500", "14s 500", "30s 500", "62s 500"}, b.deliveries(start))
		time.Sleep(22 * time.Hour)
		assert.Equal(t, 1, bot.Pending())
		time.Sleep(2 * time.Hour)
		assert.Equal(t, 0, bot.Pending(), "it is given up after a day")
		drop, err := b.s.WaitEvent(t.Context(), func(e telegram.Event) bool { return e.Kind == telegram.EventDrop })
		require.NoError(t, err)
		assert.WithinDuration(t, start.Add(24*time.Hour), drop.Time, 2*time.Minute)
		assert.InDelta(t, 24*60*60/90, len(b.deliveries(start)), 100, "one every 60 to 120 seconds")
	})
	assert.Less(t, time.Since(began), 10*time.Second)
}

func TestLongPollInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, telegram.Options{})
		bot, ann := b.s.NewBot("test_bot"), b.s.NewUser("Ann")
		start := time.Now()
		assert.JSONEq(t, `[]`, string(b.call(bot, "getUpdates", map[string]any{"timeout": 50})))
		assert.Equal(t, 50*time.Second, time.Since(start), "to the nanosecond")
		time.AfterFunc(7*time.Second, func() { ann.Send(bot, "hello") })
		start = time.Now()
		assert.Contains(t, string(b.call(bot, "getUpdates", map[string]any{"timeout": 50})), `"text":"hello"`)
		assert.Equal(t, 7*time.Second+time.Millisecond, time.Since(start), "the server waits a millisecond for more")
	})
}

// Whatever goes wrong on the way, every update is handled, and in order.
func TestNothingIsLostUnderFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, telegram.Options{Seed: 3})
		bot, ann := b.s.NewBot("test_bot"), b.s.NewUser("Ann")
		var handled []string
		seen := map[any]bool{}
		b.answer(func(_ http.ResponseWriter, u map[string]any) {
			if !seen[u["update_id"]] {
				seen[u["update_id"]] = true
				handled = append(handled, u["message"].(map[string]any)["text"].(string))
			}
		})
		b.call(bot, "setWebhook", map[string]any{"url": hookURL})
		for _, d := range []telegram.Damage{
			telegram.Reset, telegram.Cut, telegram.Duplicate, telegram.BadGate, telegram.BadTLS, telegram.Stall,
		} {
			b.s.AddFault(telegram.Fault{Delivery: true, Damage: d, Probability: 0.1, Times: 10})
		}
		var sent []string
		for i := range 100 {
			ann.Send(bot, fmt.Sprint(i))
			sent = append(sent, fmt.Sprint(i))
		}
		time.Sleep(23 * time.Hour)
		b.mu.Lock()
		defer b.mu.Unlock()
		assert.Equal(t, sent, handled)
		assert.Equal(t, 0, bot.Pending())
		struck := 0
		for _, e := range b.s.Journal() {
			if e.Kind == telegram.EventDelivery && e.Status != 200 {
				struck++
			}
		}
		assert.Greater(t, struck, 20)
	})
}

// settle lets a moment pass that is no round number, and waits for what it
// brings: acts that are made at the same time have no order.
func settle() {
	time.Sleep(61*time.Second + time.Millisecond/3)
	synctest.Wait()
}

// scenario plays a day with two bots, three people and a group, with faults,
// flood limits and random back-off, and returns its journal as text.
func scenario(t *testing.T, seed uint64) string {
	t.Helper()
	var journal strings.Builder
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, telegram.Options{Seed: seed, Flood: telegram.PublicLimits})
		hooked, polling := b.s.NewBot("hooked_bot"), b.s.NewBot("polling_bot")
		ann, bob, eve := b.s.NewUser("Ann"), b.s.NewUser("Bob"), b.s.NewUser("Eve")
		b.s.Observe(func(e telegram.Event) {
			raw, err := json.Marshal(e)
			require.NoError(t, err)
			fmt.Fprintf(&journal, "%s\n%s\n", e, raw)
		})
		failures := 0
		b.answer(func(w http.ResponseWriter, u map[string]any) {
			if failures++; failures%3 == 0 {
				w.WriteHeader(503)
				return
			}
			if m, ok := u["message"].(map[string]any); ok {
				w.Header().Set("Content-Type", "application/json")
				chat := int64(m["chat"].(map[string]any)["id"].(float64))
				fmt.Fprintf(w, `{"method":"sendMessage","chat_id":%d,"text":"you said %s"}`, chat, m["text"])
			}
		})
		b.call(hooked, "setWebhook", map[string]any{"url": hookURL, "max_connections": 1})
		b.s.AddFault(telegram.Fault{Delivery: true, Damage: telegram.Duplicate, Probability: 0.2})
		b.s.AddFault(telegram.Fault{Bot: polling, Method: "sendMessage", Error: telegram.TooManyRequests(2), Probability: 0.3})
		team := b.s.NewSupergroup("Team", ann, bob, hooked, polling)
		settle()
		for round := range 5 {
			for _, u := range []*telegram.User{ann, bob, eve} {
				u.Send(hooked, fmt.Sprintf("round %d", round))
				settle()
				u.Send(polling, "/start")
				settle()
			}
			ann.Send(team, "/help")
			settle()
			pollOnce(t, polling)
			settle()
		}
		require.NoError(t, eve.React(eve.Chat(polling).Messages()[0], "👍"))
		settle()
		eve.Block(hooked)
		settle()
		_, err := ann.Trigger(hooked, "chat_boost")
		require.NoError(t, err)
		settle()
		b.answer(func(w http.ResponseWriter, _ map[string]any) { w.WriteHeader(500) })
		bob.Send(hooked, "into the void")
		time.Sleep(24 * time.Hour)
	})
	return journal.String()
}

// pollOnce lets a bot take its updates and answer them with a button.
func pollOnce(t *testing.T, b *telegram.Bot) {
	t.Helper()
	raw, err := b.Call(t.Context(), "getUpdates", map[string]any{"timeout": 1})
	require.NoError(t, err)
	var updates []struct {
		ID      int64 `json:"update_id"`
		Message struct{ Chat struct{ ID int64 } }
	}
	require.NoError(t, json.Unmarshal(raw, &updates))
	for _, u := range updates {
		if u.Message.Chat.ID == 0 {
			continue
		}
		_, _ = b.Call(t.Context(), "sendMessage", map[string]any{"chat_id": u.Message.Chat.ID, "text": "hi",
			"reply_markup": map[string]any{"inline_keyboard": [][]any{{map[string]any{"text": "OK", "callback_data": "ok"}}}}})
		_, err := b.Call(t.Context(), "getUpdates", map[string]any{"offset": u.ID + 1, "limit": 1})
		require.NoError(t, err)
	}
}

func TestSameSeedSameJournal(t *testing.T) {
	t.Parallel()
	one := scenario(t, 42)
	assert.Greater(t, strings.Count(one, "\n"), 2000)
	for _, kind := range []string{"call", "post", "update", "delivery", "webhook", "error", "drop"} {
		assert.Contains(t, one, `"Kind":"`+kind+`"`)
	}
	two := scenario(t, 42)
	for i, line := range strings.Split(one, "\n") {
		require.Equal(t, line, strings.Split(two, "\n")[i], "line %d", i+1) // the first difference is all that helps
	}
	assert.True(t, one == two && one != scenario(t, 43), "the seed decides the journal, and nothing else does")
}

func TestClockBeginsAndMoves(t *testing.T) {
	t.Parallel()
	start := time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)
	s, other := serve(t, telegram.Options{Start: start}), serve(t, telegram.Options{})
	assert.WithinDuration(t, start, s.Clock().Now(), time.Minute)
	m := s.NewUser("Ann").Send(s.NewBot("test_bot"), "hello")
	assert.WithinDuration(t, start, m.Date, time.Minute)
	s.Clock().Advance(24 * time.Hour)
	assert.WithinDuration(t, start.Add(24*time.Hour), s.Clock().Now(), time.Minute)
	assert.WithinDuration(t, time.Now(), other.Clock().Now(), time.Minute, "servers have clocks of their own")
}

// Moving the clock makes what falls due happen in its order, each at its time.
func TestAdvanceKeepsTheOrder(t *testing.T) {
	t.Parallel()
	s := serve(t, telegram.Options{})
	b, ann := s.NewBot("test_bot"), s.NewUser("Ann")
	ann.Send(b, "/start")
	s.AddFault(telegram.Fault{Method: "sendMessage", Latency: 20 * time.Second, Times: 1})
	s.AddFault(telegram.Fault{Method: "sendMessage", Latency: 10 * time.Second})
	var done []<-chan answer
	for i, text := range []string{"slow", "quick"} {
		ch := make(chan answer, 1)
		go func() { ch <- call(t, b, s, "sendMessage", "chat_id", fmt.Sprint(ann.ID()), "text", text) }() //nolint:testifylint // if it fails nothing is sent, and the test says so
		require.NoError(t, s.WaitHeld(soon(t), i+1))
		done = append(done, ch)
	}
	s.Clock().Advance(time.Hour)
	for _, ch := range done {
		assert.True(t, (<-ch).OK)
	}
	assert.Equal(t, "Ann: /start\ntest_bot: quick\ntest_bot: slow\n", ann.Chat(b).Transcript())
}

func TestServerWithoutSockets(t *testing.T) {
	t.Parallel()
	s := telegram.New(telegram.Options{})
	assert.Empty(t, s.URL())
	s.Close()
	s.Close()
}

// Expired updates count as pending until the server's collection, which runs
// every minute once the server has been up for ten.
func TestExpiredUpdatesAreCollected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, telegram.Options{})
		bot, ann := b.s.NewBot("test_bot"), b.s.NewUser("Ann")
		pushed := bot.PushFor("message", `{}`, 5*time.Second)
		require.NotZero(t, pushed)
		ann.Send(bot, "hello")
		time.Sleep(10*time.Minute - time.Second)
		assert.Equal(t, 2, bot.Pending())
		time.Sleep(2 * time.Second)
		assert.Equal(t, 1, bot.Pending())
		time.Sleep(24 * time.Hour)
		assert.Equal(t, 0, bot.Pending())
	})
}

// A bot that was loaded later than ten minutes after the server's start can be
// closed only when it has been loaded for ten minutes.
func TestCloseTakesItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, telegram.Options{})
		early := b.s.NewBot("early_bot")
		refusal := func(bot *telegram.Bot, method string) string {
			_, err := bot.Call(t.Context(), method, nil)
			return fmt.Sprint(err)
		}
		assert.Equal(t, "400 Bad Request: the bot has already been closed", refusal(early, "close"), "nothing has loaded it yet")
		assert.Equal(t, "<nil>", refusal(early, "getMe"))
		assert.Equal(t, "<nil>", refusal(early, "close"))
		assert.Equal(t, "500 Internal Server Error: restart", refusal(early, "getMe"))
		time.Sleep(time.Second)
		assert.Equal(t, "400 Bad Request: the bot has already been closed", refusal(early, "close"))
		assert.Equal(t, "<nil>", refusal(early, "getMe"), "any other call loads it again")

		time.Sleep(time.Hour)
		late := b.s.NewBot("late_bot")
		assert.Equal(t, "<nil>", refusal(late, "getMe"))
		assert.Equal(t, "429 Too Many Requests: retry after 600", refusal(late, "close"))
		time.Sleep(9 * time.Minute)
		assert.Equal(t, "429 Too Many Requests: retry after 60", refusal(late, "close"))
		time.Sleep(time.Minute)
		assert.Equal(t, "<nil>", refusal(late, "close"))

		time.Sleep(time.Second)
		assert.Equal(t, "<nil>", refusal(late, "logOut"))
		time.Sleep(30*time.Minute - time.Second)
		assert.Equal(t, "400 Logged out", refusal(late, "close"), "its session was new")
		time.Sleep(2 * time.Second)
		assert.Equal(t, "400 Bad Request: the bot has already been closed", refusal(late, "close"))
		assert.Equal(t, "<nil>", refusal(late, "getMe"))
		time.Sleep(31 * time.Minute)
		assert.Equal(t, "<nil>", refusal(late, "logOut"))
		assert.Equal(t, "400 Logged out", refusal(late, "getMe"))
		time.Sleep(time.Second)
		assert.Equal(t, "<nil>", refusal(late, "getMe"), "its session was old, and a second is enough")
	})
}
