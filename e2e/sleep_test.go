package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// TestFreePlanSleeps: Telegram's delivery wakes the service and is answered once,
// whether the edge holds it meanwhile or refuses it.
func TestFreePlanSleeps(t *testing.T) {
	t.Parallel()
	for name, refuses := range map[string]bool{"requests are held": false, "requests are refused": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := ownBlueprint(t)
			b.Services[0].Plan, b.Services[0].MaxShutdownDelaySeconds = "free", 0 // as the file says for this plan
			ctx, c := onCloud(t, b, func(o *render.Options) {
				o.Unknowns.WakeRefuses = refuses
				o.Timing.Sleep = 2 * time.Minute // eight seconds
			})
			require.NoError(t, c.Deploy(ctx, render.Change{Set: map[string]string{
				"TELEGRAM_API_URL": c.fake.URL(), "WEBHOOK_ENABLED": "true", "SHUTDOWN_TIMEOUT": "25s",
			}}))
			c.registered(ctx, 0)
			old := c.only()
			_, err := c.WaitKind(ctx, 0, render.Slept)
			require.NoError(t, err)
			assert.Equal(t, "exit code 0", c.gone(ctx, old))
			assert.Equal(t, c.hook, c.bot.Webhook().URL, "it sleeps, registered")

			ann := c.fake.NewUser("Ann")
			ann.Send(c.bot, "good morning")
			_, err = ann.Chat(c.bot).WaitText(ctx, "good morning")
			require.NoError(t, err)
			_, err = c.WaitKind(ctx, 0, render.Woke)
			require.NoError(t, err)
			ann.Send(c.bot, "and again")
			_, err = ann.Chat(c.bot).WaitText(ctx, "and again")
			require.NoError(t, err)
			assert.Len(t, ann.Chat(c.bot).Messages(), 4, "one answer each")
			assert.NoError(t, c.emptied(ctx))
		})
	}
}

// TestIdleBoundary writes to the bot just when the edge closes its idle
// connections. It must be the edge that does: a connection that the bot closes
// costs a delivery now and then. Heroku's edge waits 90 s; Render's is not known.
func TestIdleBoundary(t *testing.T) {
	t.Parallel()
	for _, idle := range []time.Duration{time.Minute, 90 * time.Second} {
		t.Run(idle.String(), func(t *testing.T) {
			t.Parallel()
			ctx, c := onCloud(t, ownBlueprint(t), func(o *render.Options) { o.Unknowns.KeepAlive = idle })
			c.webhookMode(ctx)
			traffic := c.load(100)
			traffic.more(ctx, 100)
			assert.Empty(t, traffic.judge(ctx).refused)
			select { // the connections that are open now idle until 100 ms before the boundary
			case <-time.After(idle - 100*time.Millisecond):
			case <-ctx.Done():
			}
			traffic = c.load(200)
			traffic.more(ctx, 60) // and beyond it
			assert.Empty(t, traffic.judge(ctx).refused)
		})
	}
}
