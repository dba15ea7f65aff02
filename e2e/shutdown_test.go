package e2e_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
)

// TestSIGTERMWithRequestInFlight stops the bot while it works on a message: the
// person gets the answer, nobody else is let in, the exit is clean.
func TestSIGTERMWithRequestInFlight(t *testing.T) {
	for _, mode := range []proof.Mode{proof.Webhook, proof.Polling} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			ctx, e := deadline(t), world(t, subject(t), mode)
			bot, err := e.Start(ctx, nil)
			require.NoError(t, err)
			talk, x, err := e.Busy(ctx, 2*time.Second)
			require.NoError(t, err)
			require.NoError(t, bot.Terminate())
			require.NoError(t, bot.WaitDraining(ctx))
			exit, err := bot.Wait(ctx)
			require.NoError(t, err)
			assert.Zero(t, exit.Code, "%v", exit)
			require.NoError(t, e.WaitHeard(ctx, talk, []string{x.Want}))
			assert.Equal(t, 1, talk.Count(x.Want))
			assert.NotEmpty(t, e.API.Calls(0, ""))
			assert.Empty(t, e.API.Calls(0, "deleteWebhook"))
		})
	}
}

// TestHealthCountsRequests reads the health page while a message is worked on.
func TestHealthCountsRequests(t *testing.T) {
	t.Parallel()
	ctx, e := deadline(t), world(t, subject(t), proof.Webhook)
	bot, err := e.Start(ctx, nil)
	require.NoError(t, err)
	_, _, err = e.Busy(ctx, 2*time.Second)
	require.NoError(t, err)
	r, err := proof.Send(ctx, bot.Addr(), proof.Request{Method: "GET", Target: "/health", Headers: []string{"Host: x", "Connection: close"}})
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, r.Status)
	var page struct {
		Status   string `json:"status"`
		Mode     string `json:"mode"`
		Webhook  bool   `json:"webhook_mode"`
		Running  bool   `json:"bot_running"`
		Active   int    `json:"active_requests"`
		Instance string `json:"instance"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.Body), &page))
	assert.Equal(t, "webhook", page.Mode)
	assert.True(t, page.Webhook)
	assert.True(t, page.Running)
	assert.Equal(t, 1, page.Active)
	assert.NotEmpty(t, page.Instance)
}
