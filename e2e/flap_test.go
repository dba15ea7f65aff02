package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
	"hookproof/fakes/telegram"
)

// TestFlappingNetwork breaks every connection in every way, while people write:
//
//	Telegram --wire--> edge --wire--> bot --wire--> Bot API
//
// Nothing is lost, and a chat's answers come in its order. How often a message
// may be answered depends on the mode:
//
//   - With a webhook, once. The answer travels in the 200, and Telegram carries it
//     out when it has received that, which it does once: after a 200 that was cut
//     it delivers the update again, and gets the same bytes again.
//   - With polling, at least once. The answer is a sendMessage call. If the
//     connection breaks after Telegram has carried it out and before the bot has
//     read so, the bot has to send it again, for it can't know and the Bot API has
//     no key to tell a repetition by. So a message has at most one answer more than
//     the bot has seen calls for it fail.
func TestFlappingNetwork(t *testing.T) {
	for _, mode := range []proof.Mode{proof.Webhook, proof.Polling} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			f := newFlap(t, mode)
			f.play(t)
			if mode == proof.Webhook {
				require.NoError(t, f.letters.judge(nil), "seed %d", f.seed)
				f.sameReplies(t)
				return
			}
			require.NoError(t, f.letters.judge(f.failedSends), "seed %d", f.seed)
			f.report(t)
		})
	}
}

// A flap is a world whose network breaks again and again.
type flap struct {
	ctx     context.Context
	env     *proof.Env
	bot     *proof.Instance
	seed    uint64
	random  *rand.Rand
	wires   []*wire
	letters *letters
}

func newFlap(t *testing.T, mode proof.Mode) *flap {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	way, r := new(detour), subject(t)
	f := &flap{ctx: ctx, env: world(t, along(r, way), mode), seed: r.Seed, random: rand.New(rand.NewPCG(r.Seed, uint64(len(mode))))}
	api := newWire(t, f.env, "bot to Bot API", strings.TrimPrefix(f.env.API.URL(), "http://"))
	f.wires = append(f.wires, api)
	var err error
	f.bot, err = f.env.Start(ctx, proof.Settings{"TELEGRAM_API_URL": "http://" + api.addr()})
	require.NoError(t, err)
	if mode == proof.Webhook {
		edge, bot := newWire(t, f.env, "Telegram to edge", f.env.Edge.Addr()), newWire(t, f.env, "edge to bot", f.bot.Addr())
		way.lead(edge.addr())
		f.env.Edge.Route(bot.addr())
		f.wires = append(f.wires, edge, bot)
	}
	f.letters = newLetters(f.env)
	t.Cleanup(f.letters.forget)
	return f
}

// play breaks and mends the wires while people write, and then waits for
// everything to arrive.
func (f *flap) play(t *testing.T) {
	all := strikes(f.random, f.wires)
	for len(all) < 30 {
		all = append(all, strikes(f.random, f.wires)...)
	}
	end := f.startWriting()
	defer end()
	for n, s := range all {
		require.NoError(t, s.begin(), s)
		require.NoError(t, f.awaitLetters(8+f.random.IntN(10)), s)
		require.NoError(t, s.end(f.ctx), s)
		require.NoError(t, f.awaitAnswer(), "seed %d, after number %d, %v; the bot said last:\n%s", f.seed, n, s, f.bot.Output.Tail(2048))
	}
	end()
	err := f.letters.arrive(f.ctx, flapPace, f.hurry)
	require.NoError(t, err, "seed %d; the bot said last:\n%s", f.seed, f.bot.Output.Tail(2048))
}

// flapPace is how often Telegram's clock is moved while something is waited for.
const flapPace = 100 * time.Millisecond

// hurry lets Telegram's back-off pass ten times faster than it does.
func (f *flap) hurry() { f.env.Fake.Clock().Advance(10 * flapPace) }

// startWriting has six people write 120 messages a second. One in eight is too
// long for one segment.
func (f *flap) startWriting() (end func()) {
	var people []*telegram.User
	for range 6 {
		people = append(people, f.env.Fake.NewUser("Writer"))
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		every := time.NewTicker(8 * time.Millisecond)
		defer every.Stop()
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-every.C:
			}
			text := fmt.Sprintf("letter-%04d", n)
			if n%8 == 0 {
				text += strings.Repeat(".", 3000)
			}
			f.letters.write(people[n%len(people)], text)
		}
	}()
	return sync.OnceFunc(func() {
		close(stop)
		<-done
	})
}

// awaitLetters waits until n more letters have been written.
func (f *flap) awaitLetters(n int) error {
	want := f.letters.written() + n
	return f.letters.until(f.ctx, func() bool { return len(f.letters.all) >= want }, flapPace, func() {})
}

// awaitAnswer waits for an answer to a letter that is written from now on, or for
// anything to be answered that was not before: the network works again.
func (f *flap) awaitAnswer() error {
	var before int
	asked := false
	return f.letters.until(f.ctx, func() bool {
		answered := len(f.letters.all) - f.letters.openLocked()
		if !asked {
			asked, before = true, answered
		}
		return answered > before
	}, flapPace, f.hurry)
}

// sameReplies holds the bot to its word: an update that was delivered again got
// the same answer.
func (f *flap) sameReplies(t *testing.T) {
	replies, again := map[int64]string{}, 0
	for _, d := range f.env.Edge.Deliveries() {
		if d.Status != 200 {
			continue
		}
		first, known := replies[d.UpdateID]
		if known {
			again++
			assert.Equal(t, first, d.Reply, "update %d, seed %d", d.UpdateID, f.seed)
		}
		replies[d.UpdateID] = d.Reply
	}
	f.letters.mu.Lock()
	defer f.letters.mu.Unlock()
	failed := 0
	for _, it := range f.letters.all {
		failed += it.tries - it.taken
		assert.Equal(t, 1, it.taken, "2xx that Telegram received for %.40q, seed %d\n%s", it.text, f.seed, it.story())
	}
	assert.Positive(t, failed, "no delivery failed: the network was not broken")
	t.Logf("seed %d: %d messages, %d deliveries failed, %d answered again by the bot", f.seed, len(f.letters.all), failed, again)
}

// failedSends is how many sendMessage calls for the letter the bot has seen fail.
func (f *flap) failedSends(it *letter) int {
	return strings.Count(f.bot.Output.String(), fmt.Sprintf(`"msg":"reply not sent yet","update_id":%d,`, it.update()))
}

// report counts what at-least-once has cost.
func (f *flap) report(t *testing.T) {
	f.letters.mu.Lock()
	defer f.letters.mu.Unlock()
	failed, doubled := 0, 0
	for _, it := range f.letters.all {
		failed += f.failedSends(it)
		doubled += it.answers - 1
	}
	assert.Positive(t, failed, "no call failed: the network was not broken")
	t.Logf("seed %d: %d messages, %d sendMessage calls failed, %d of them after they were carried out", f.seed, len(f.letters.all), failed, doubled)
}
