package delivery_test

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/delivery"
	"hookproof/fakes/telegram/internal/queue"
	"hookproof/fakes/telegram/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world is one bot's queue and webhook over real sockets, with what happened.
type world struct {
	t     *testing.T
	lock  sync.Mutex
	clock *clock.Clock
	queue *queue.Queue
	hook  *delivery.Hook
	cfg   delivery.Config

	attempts []delivery.Attempt
	errors   []string
	inline   []string
	ips      []netip.Addr
	failed   []error
	changed  chan struct{} // closed and replaced after every callback
}

// newWorld sets a webhook; change may adapt its configuration.
func newWorld(t *testing.T, url string, n delivery.NetConfig, change func(*delivery.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: clock.New(), changed: make(chan struct{})}
	w.queue = queue.New(w.clock, rand.New(rand.NewPCG(1, 1)))
	n.Lock = &w.lock
	transport, err := delivery.NewNet(n)
	require.NoError(t, err)
	u, err := delivery.ParseURL(url)
	require.NoError(t, err)
	w.cfg = delivery.Config{
		URL: u, MaxConnections: 4, Local: true,
		Clock: w.clock, Lock: &w.lock, Queue: w.queue, Rand: rand.New(rand.NewPCG(2, 2)), Transport: transport,
		Events: delivery.Events{
			Verified: func(ip netip.Addr) { w.ips = append(w.ips, ip); w.notify() },
			Failed:   func(err error) { w.failed = append(w.failed, err); w.notify() },
			Error:    func(text string) { w.errors = append(w.errors, text); w.notify() },
			Inline:   func(m *wire.Message) { w.inline = append(w.inline, m.Arg("method")); w.notify() },
			Attempt:  func(a delivery.Attempt) { w.attempts = append(w.attempts, a); w.notify() },
		},
	}
	if change != nil {
		change(&w.cfg)
	}
	w.hook = delivery.New(w.cfg)
	t.Cleanup(func() {
		w.do(w.hook.Close)
		transport.Close()
		w.clock.Close()
	})
	w.do(w.hook.Start)
	return w
}

func (w *world) notify() {
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *world) do(f func()) {
	w.lock.Lock()
	defer w.lock.Unlock()
	f()
}

func (w *world) push(key int64, body string) {
	w.do(func() {
		_, ok := w.queue.Push("message", key, []byte(body), w.clock.Now().Unix()+86400)
		require.True(w.t, ok)
		w.hook.Wake()
	})
}

// until waits for something that a callback brings about.
func (w *world) until(what string, ready func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	for {
		w.lock.Lock()
		ok, changed := ready(), w.changed
		state := []any{w.attempts, w.errors, w.failed}
		w.lock.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			require.Fail(w.t, "still waiting for "+what, "%v", state)
		}
	}
}

func (w *world) untilDelivered(n int) {
	w.t.Helper()
	w.until("deliveries", func() bool {
		return len(slices.DeleteFunc(slices.Clone(w.attempts), func(a delivery.Attempt) bool { return !a.OK })) >= n
	})
}

func (w *world) untilError(text string) {
	w.t.Helper()
	w.until("error "+text, func() bool { return slices.Contains(w.errors, text) })
}
