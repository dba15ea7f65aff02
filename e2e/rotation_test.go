package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// freshSecret is what the secret becomes.
const freshSecret = "second-secret"

// TestRotationAcrossDeploys changes the secret as the runbook has it: with the
// one before beside it, and then without. The platform routes to both instances
// for two unscaled seconds: that is as long as the bot's own look at the traffic
// takes, which is not scaled either.
func TestRotationAcrossDeploys(t *testing.T) {
	t.Parallel()
	ctx, c := onCloud(t, ownBlueprint(t), func(o *render.Options) { o.Unknowns.DualRouting = 2 * time.Second * scale })
	c.webhookMode(ctx)
	traffic := c.load(50)
	traffic.more(ctx, 25)
	old, from := c.only(), c.seq()
	require.NoError(t, c.Deploy(ctx, render.Change{Set: map[string]string{
		"WEBHOOK_SECRET_TOKEN": freshSecret, "WEBHOOK_SECRET_TOKEN_PREVIOUS": c.secret,
	}}))
	c.registered(ctx, from)
	assert.Equal(t, "exit code 0", c.gone(ctx, old))
	traffic.more(ctx, 25)
	assert.Equal(t, http.StatusOK, c.post(ctx, tg, c.secret), "the old secret is still good")
	assert.Equal(t, http.StatusOK, c.post(ctx, tg, freshSecret))

	old = c.only()
	require.NoError(t, c.Deploy(ctx, render.Change{Unset: []string{"WEBHOOK_SECRET_TOKEN_PREVIOUS"}}))
	assert.Equal(t, "exit code 0", c.gone(ctx, old))
	traffic.more(ctx, 25)
	assert.Equal(t, http.StatusUnauthorized, c.post(ctx, tg, c.secret), "the old secret is good no more")
	s := traffic.judge(ctx)
	assert.Empty(t, s.refused, "refused updates")
}
