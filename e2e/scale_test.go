package e2e_test

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
	"hookproof/fakes/telegram"
)

// TestScaleUnderLoad goes from one instance to three and back. De-duplication is
// each instance's own: what makes that enough is that an answer acknowledges.
func TestScaleUnderLoad(t *testing.T) {
	t.Parallel()
	for name, routing := range map[string]render.Routing{"in turn": render.RoundRobin, "the least busy": render.LeastBusy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, c := onCloud(t, ownBlueprint(t), func(o *render.Options) { o.Unknowns.Routing = routing })
			c.webhookMode(ctx)
			traffic := c.load(50)
			traffic.more(ctx, 25)
			require.NoError(t, c.Scale(ctx, 3))
			require.Len(t, c.Serving(), 3)
			traffic.more(ctx, 100)
			gone := c.Serving()[1:]
			require.NoError(t, c.Scale(ctx, 1))
			for _, i := range gone {
				assert.Equal(t, "exit code 0", c.gone(ctx, i))
			}
			traffic.more(ctx, 50)
			s := traffic.judge(ctx)
			assert.Empty(t, s.refused, "deliveries not answered 2xx")
			assert.Equal(t, c.hook, c.bot.Webhook().URL)
			assert.Zero(t, s.deleted, "calls of deleteWebhook")
		})
	}
}

// TestRestartOnFailingHealth has the bot hang: it answers neither Telegram nor
// the health check. Render restarts it, and what Telegram got no answer to comes
// again.
func TestRestartOnFailingHealth(t *testing.T) {
	t.Parallel()
	ctx, c := onCloud(t, ownBlueprint(t), func(o *render.Options) {
		o.Timing.ProbeTimeout, o.Timing.Shutdown = 30*time.Second, 0 // 45 s, as the file has it
	})
	c.webhookMode(ctx)
	traffic := c.load(50)
	traffic.more(ctx, 25)
	old := c.only()
	require.NoError(t, old.Signal(syscall.SIGSTOP))
	_, err := c.Wait(ctx, 0, func(e render.Event) bool { return e.Kind == render.Killed && e.Instance == old.ID })
	require.NoError(t, err)
	assert.Equal(t, "ended by killed", c.gone(ctx, old))
	traffic.more(ctx, 25)
	traffic.judge(ctx)
	assert.Equal(t, c.hook, c.bot.Webhook().URL)
}

// TestKilledAtTheDelay has a handler that is busy for longer than the platform
// waits after SIGTERM: its update comes again, and is answered once.
func TestKilledAtTheDelay(t *testing.T) {
	t.Parallel()
	ctx, c := onCloud(t, ownBlueprint(t), func(o *render.Options) { o.Timing.Overlap, o.Timing.Shutdown = 15*time.Second, 0 })
	c.webhookMode(ctx)
	ann := c.fake.NewUser("Ann")
	ann.Send(c.bot, "/sleep 15s slowly")
	old := c.only()
	c.awaitBusy(ctx, old, 1)
	require.NoError(t, c.Restart(ctx))
	assert.Equal(t, "ended by killed", c.gone(ctx, old))
	_, err := ann.Chat(c.bot).WaitText(ctx, "slept 15s slowly")
	require.NoError(t, err)
	require.NoError(t, c.emptied(ctx))
	assert.Len(t, ann.Chat(c.bot).Messages(), 2, "one answer")
	failed := 0
	for _, e := range c.fake.Journal() {
		if e.Kind == telegram.EventDelivery && e.Status != http.StatusOK {
			failed++
		}
	}
	assert.Equal(t, 1, failed, "the one that was cut")
}

// TestStopUnderLoad stops the bot while people write, without the lead that a
// deploy has: with a disk the old instance goes first. What it works on it
// finishes; what comes meanwhile waits at Telegram.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	b := ownBlueprint(t)
	b.Services[0].Disk, b.Services[0].MaxShutdownDelaySeconds = true, 0 // Render takes no delay with a disk
	ctx, c := onCloud(t, b, nil)
	c.webhookMode(ctx)
	ann := c.fake.NewUser("Ann")
	ann.Send(c.bot, "hello") // Telegram opens more than one connection from now on
	_, err := ann.Chat(c.bot).WaitText(ctx, "hello")
	require.NoError(t, err)
	var busy []*telegram.User
	for n := range 10 {
		busy = append(busy, c.fake.NewUser("Busy"))
		busy[n].Send(c.bot, fmt.Sprintf("/sleep 2s w%d", n))
	}
	old := c.only()
	c.awaitBusy(ctx, old, len(busy))
	traffic := c.load(50)
	traffic.more(ctx, 5)
	require.NoError(t, c.Restart(ctx))
	assert.Equal(t, "exit code 0", c.gone(ctx, old))
	next, err := c.Wait(ctx, 0, func(e render.Event) bool { return e.Kind == render.Started && e.Deploy == 2 })
	require.NoError(t, err)
	for n, u := range busy {
		m, err := u.Chat(c.bot).WaitText(ctx, fmt.Sprintf("slept 2s w%d", n))
		require.NoError(t, err)
		assert.False(t, m.Date.After(next.At), "finished in the drain, not by the next instance")
		assert.Len(t, u.Chat(c.bot).Messages(), 2, "one answer")
	}
	traffic.more(ctx, 25)
	traffic.judge(ctx)
}
