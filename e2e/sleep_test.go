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
			ctx := deadline(t)
			b := ownBlueprint(t)
			b.Services[0].Plan, b.Services[0].MaxShutdownDelaySeconds = "free", 0 // as the file says for this plan
			c := onCloud(t, b, func(o *render.Options) {
				o.Unknowns.WakeRefuses = refuses
				o.Timing.Sleep = time.Minute // four seconds
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
