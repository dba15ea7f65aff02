package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
)

// TestThereAndBack is the story's whole life under numbered traffic: polling,
// webhooks, and the quick rollback by one variable. Every message is answered
// once, in its chat's order, whichever instance it met.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute) // others make load meanwhile, too
	defer cancel()
	e := world(t, subject(t), proof.Polling)
	people := e.Traffic(3)
	ended := false
	defer func() {
		if !ended {
			people.End()
		}
	}()
	for _, mode := range []proof.Mode{proof.Polling, proof.Webhook, proof.Polling} {
		e.Mode = mode
		bot, err := e.Start(ctx, nil)
		require.NoError(t, err, mode)
		for range 5 { // while everybody else writes on
			require.NoError(t, e.Talk().Exchange(ctx, e.Probe()), mode)
		}
		require.NoError(t, people.Wait(ctx, people.Written()+50))
		if url := e.Bot.Webhook().URL; mode == proof.Webhook {
			assert.NotEmpty(t, url)
		} else {
			assert.Empty(t, url)
		}
		exit, err := bot.Stop(ctx)
		require.NoError(t, err, mode)
		assert.Zero(t, exit.Code, mode)
	}
	_, err := e.Start(ctx, nil) // what came during the last stop
	require.NoError(t, err)
	ended = true
	require.NoError(t, people.Judge(ctx, "every message is answered once and in order", "polling, webhooks, polling"))
	for _, c := range e.API.Calls(0, "") {
		assert.NotEqual(t, "true", c.Params.Get("drop_pending_updates"), c.Method)
	}
}
