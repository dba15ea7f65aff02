package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
)

// TestWrongSettings names every mistake at once, and touches nothing.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	ctx, e := deadline(t), world(t, subject(t), proof.Webhook)
	bot, err := e.Launch(proof.Settings{
		"TELEGRAM_BOT_TOKEN":   "",
		"WEBHOOK_URL":          "http://bot.example.com/webhook",
		"WEBHOOK_SECRET_TOKEN": "not allowed",
		"WEBHOOK_PORT":         "high",
		"SHUTDOWN_TIMEOUT":     "soon",
		"TRUSTED_PROXY":        "everyone",
		"WEBHOOK_IP_ALLOWLIST": "149.154.160.0/99",
	})
	require.NoError(t, err)
	exit, err := bot.Wait(ctx)
	require.NoError(t, err)
	assert.Equal(t, 2, exit.Code)
	for _, name := range []string{
		"TELEGRAM_BOT_TOKEN", "WEBHOOK_URL", "WEBHOOK_SECRET_TOKEN", "WEBHOOK_PORT",
		"SHUTDOWN_TIMEOUT", "TRUSTED_PROXY", "WEBHOOK_IP_ALLOWLIST",
	} {
		assert.Contains(t, bot.Output.String(), name)
	}
	assert.NotContains(t, bot.Output.String(), "listening")
	assert.NotContains(t, bot.Output.String(), "not allowed", "a secret, even a wrong one, is not printed")
	assert.Empty(t, e.API.Calls(0, ""))
}
