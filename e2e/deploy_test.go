package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
	"hookproof/fakes/telegram"
)

var deploys = flag.Int("deploys", 3, "how many deploys in a row the bot goes through under load; when given, the latency is judged, too")

// A load is people writing to the bot at a fixed rate, numbered, whether it
// answers or not.
type load struct {
	c      *cloud
	stop   chan struct{}
	wg     sync.WaitGroup
	people []*telegram.User
	cancel func() // of watching

	mu      sync.Mutex
	sent    []time.Time     // guarded by mu; by number, when it was due
	took    []time.Duration // guarded by mu; by number, until the first answer
	answers []int           // guarded by mu; by number
	refused []string        // guarded by mu; deliveries that were not answered 2xx
	deleted int             // guarded by mu; calls of deleteWebhook
	changed chan struct{}   // guarded by mu; closed and replaced on every answer
}

// people who write to one bot; a person's messages are handled one at a time.
const people = 40

// load starts the traffic, rate messages a second.
func (c *cloud) load(rate int) *load {
	l := &load{c: c, stop: make(chan struct{}), changed: make(chan struct{})}
	for range people {
		l.people = append(l.people, c.fake.NewUser("Tester"))
	}
	l.cancel = c.fake.Observe(l.see)
	l.wg.Go(func() { l.write(time.Second / time.Duration(rate)) })
	return l
}

// write writes message after message at the time it is due. A late one counts
// from when it was due.
func (l *load) write(every time.Duration) {
	begun := time.Now()
	next := time.NewTimer(0)
	defer next.Stop()
	for n := 0; ; n++ {
		due := begun.Add(time.Duration(n) * every)
		next.Reset(time.Until(due))
		select {
		case <-l.stop:
			return
		case <-next.C:
		}
		l.mu.Lock()
		l.sent = append(l.sent, due)
		l.took = append(l.took, 0)
		l.answers = append(l.answers, 0)
		l.mu.Unlock()
		l.people[n%people].Send(l.c.bot, fmt.Sprintf("number %d", n))
	}
}

// see watches Telegram's journal: answers, and deliveries that went wrong.
func (l *load) see(e telegram.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Kind == telegram.EventDelivery && e.Status/100 != 2 {
		l.refused = append(l.refused, e.String())
	}
	if e.Kind == telegram.EventCall && e.Method == "deleteWebhook" {
		l.deleted++
	}
	var n int
	if e.Kind != telegram.EventCall || e.Method != "sendMessage" || e.Status != http.StatusOK {
		return
	}
	if _, err := fmt.Sscanf(e.Params["text"], "number %d", &n); err != nil {
		return
	}
	if l.answers[n]++; l.answers[n] == 1 {
		l.took[n] = time.Since(l.sent[n])
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// more waits until n more messages have been answered.
func (l *load) more(ctx context.Context, n int) {
	l.c.t.Helper()
	until := l.answered() + n
	require.NoError(l.c.t, l.wait(ctx, func() bool { return l.answered() >= until }))
}

func (l *load) wait(ctx context.Context, done func() bool) error {
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d messages answered: %w", l.answered(), l.written(), context.Cause(ctx))
		}
	}
}

func (l *load) answered() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.answers {
		n += min(a, 1)
	}
	return n
}

func (l *load) written() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sent)
}

// A tally is what became of a load.
type tally struct {
	sent, lost, doubled int
	refused             []string
	deleted             int
	p50, p99, most      time.Duration
}

func (s tally) String() string {
	return fmt.Sprintf("%d messages: %d lost, %d doubled, %d deliveries not 2xx; p50 %v, p99 %v, max %v", s.sent, s.lost, s.doubled,
		len(s.refused), s.p50.Round(100*time.Microsecond), s.p99.Round(100*time.Microsecond), s.most.Round(100*time.Microsecond))
}

// end stops the traffic, waits for the answers that are due, and counts. What
// comes twice comes when Telegram tries again, so the queue has to be empty
// before; a poller confirms its last batch with its next call.
func (l *load) end(ctx context.Context) tally {
	close(l.stop)
	l.wg.Wait()
	err := l.wait(ctx, func() bool { return l.answered() == l.written() })
	assert.NoError(l.c.t, err)
	assert.NoError(l.c.t, l.c.emptied(ctx))
	l.cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	s := tally{sent: len(l.sent), refused: l.refused, deleted: l.deleted}
	for _, n := range l.answers {
		if n == 0 {
			s.lost++
		}
		s.doubled += max(0, n-1)
	}
	took := slices.Sorted(slices.Values(l.took))
	s.p50, s.p99, s.most = took[len(took)/2], took[len(took)*99/100], took[len(took)-1]
	return s
}

// emptied waits until no update is pending, of which nothing tells.
func (c *cloud) emptied(ctx context.Context) error {
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for c.bot.Pending() > 0 {
		select {
		case <-every.C:
		case <-ctx.Done():
			return fmt.Errorf("%d updates pending: %w", c.bot.Pending(), context.Cause(ctx))
		}
	}
	return nil
}

// judge ends the traffic: nothing may be lost or doubled.
func (l *load) judge(ctx context.Context) tally {
	l.c.t.Helper()
	s := l.end(ctx)
	l.c.t.Log(s)
	assert.Zero(l.c.t, s.lost, "lost")
	assert.Zero(l.c.t, s.doubled, "doubled")
	return s
}

// TestRollingDeploys deploys again and again while people write 100 messages a
// second, 200 in the whole run: nobody notices.
func TestRollingDeploys(t *testing.T) {
	t.Parallel()
	ctx, c := onCloud(t, ownBlueprint(t), nil)
	c.webhookMode(ctx)
	rate := 100 // the race detector makes the fakes slow
	if isSet("deploys") {
		rate = 200
	}
	traffic := c.load(rate)
	for n := range *deploys {
		traffic.more(ctx, 100)
		old := c.only()
		require.NoError(t, c.Deploy(ctx, render.Change{Commit: fmt.Sprint("commit-", n)}))
		assert.Equal(t, "exit code 0", c.gone(ctx, old), "deploy %d", n)
		assert.Equal(t, c.hook, c.bot.Webhook().URL, "deploy %d", n)
	}
	traffic.more(ctx, 100)
	s := traffic.judge(ctx)
	t.Logf("%d deploys", *deploys)
	assert.Empty(t, s.refused, "deliveries not answered 2xx")
	assert.Zero(t, s.deleted, "calls of deleteWebhook")
	if isSet("deploys") {
		assert.Less(t, s.p99, 200*time.Millisecond)
	}
}

// TestDeployEachWay deploys once in each way that the platform may work, as far
// as that is not known.
func TestDeployEachWay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		unknown render.Unknowns
		again   bool // some deliveries meet a cut or a bot that stops, and come again
	}{
		{"a switch at once, no connection is kept", render.Unknowns{DualRouting: -1, KeepAlive: -1}, false},
		{"both routed until SIGTERM, both shapes of the header", render.Unknowns{DualRouting: time.Minute, Shape: render.ShapeMixed}, true},
		{"failed requests are made again, connections are kept for long", render.Unknowns{Retry: render.RetryAlways, KeepAlive: time.Hour}, false},
		{"requests are cut at the switch", render.Unknowns{CutInFlight: true}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, c := onCloud(t, ownBlueprint(t), func(o *render.Options) { o.Unknowns = tt.unknown })
			c.webhookMode(ctx)
			traffic := c.load(30)
			traffic.more(ctx, 25)
			old := c.only()
			require.NoError(t, c.Restart(ctx))
			assert.Equal(t, "exit code 0", c.gone(ctx, old))
			traffic.more(ctx, 25)
			if s := traffic.judge(ctx); !tt.again {
				assert.Empty(t, s.refused, "deliveries not answered 2xx")
			}
		})
	}
}

// TestFailedDeploys: whatever is wrong with the new version, the old one serves.
func TestFailedDeploys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		bad  render.Change
		want string
	}{
		{"does not build", render.Change{Source: fstest.MapFS{"go.mod": {Data: []byte("module broken\n")}}}, "build failed"},
		{"wrong settings", render.Change{Set: map[string]string{"WEBHOOK_SECRET_TOKEN": "not a secret"}}, "Application exited with code 2"},
		{"never listens", render.Change{Command: []string{"sleep", "1000"}}, "not healthy in time"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, c := onCloud(t, ownBlueprint(t), func(o *render.Options) {
				o.BuildEnv = []string{"GOPROXY=off", "GOTOOLCHAIN=local"}
				o.Timing.StartDeadline = 150 * time.Second // ten seconds, for the good one, too
			})
			c.webhookMode(ctx)
			traffic := c.load(50)
			traffic.more(ctx, 25)
			old := c.only()
			require.ErrorContains(t, c.Deploy(ctx, tt.bad), tt.want)
			traffic.more(ctx, 25)
			assert.Equal(t, old.ID, c.only().ID)
			assert.True(t, old.Running())
			s := traffic.judge(ctx)
			assert.Empty(t, s.refused, "deliveries not answered 2xx")
			assert.Equal(t, c.hook, c.bot.Webhook().URL)
		})
	}
}

// TestBackAndForthByOneVariable moves from polling, as the file has it, to
// webhooks and back: each is a deploy that changes WEBHOOK_ENABLED and nothing
// else. The two modes overlap for a minute.
func TestBackAndForthByOneVariable(t *testing.T) {
	t.Parallel()
	ctx, c := onCloud(t, ownBlueprint(t), nil)
	require.NoError(t, c.Deploy(ctx, render.Change{Set: map[string]string{"TELEGRAM_API_URL": c.fake.URL()}}))
	traffic := c.load(50)
	for _, enabled := range []string{"true", "false"} {
		traffic.more(ctx, 50)
		old, from := c.only(), c.seq()
		require.NoError(t, c.Deploy(ctx, render.Change{Set: map[string]string{"WEBHOOK_ENABLED": enabled}}))
		_, err := c.fake.WaitEventSince(ctx, from, func(e telegram.Event) bool { return e.Kind == telegram.EventWebhook })
		require.NoError(t, err)
		assert.Equal(t, "exit code 0", c.gone(ctx, old))
		traffic.more(ctx, 50)
		assert.Equal(t, enabled == "true", c.bot.Webhook().URL == c.hook)
	}
	s := traffic.judge(ctx)
	assert.Empty(t, s.refused, "deliveries not answered 2xx")
	for _, e := range c.fake.Journal() {
		assert.NotEqual(t, "true", strings.ToLower(e.Params["drop_pending_updates"]), e.Method)
	}
}
