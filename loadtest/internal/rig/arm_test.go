package rig

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/target"
	"hookproof/loadtest/internal/plan"
)

// The test binary is also the bot, as the harness's own is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == MinimalCommand {
		if err := bot(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// bot is the minimal bot; with FORGETFUL set it first throws away what people
// wrote before it was there, as some libraries do.
func bot() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if os.Getenv("FORGETFUL") != "" {
		for {
			info, err := call(ctx, "getWebhookInfo")
			if err != nil {
				return err
			}
			if !bytes.Contains(info, []byte(`"pending_update_count":0`)) {
				break
			}
		}
		if _, err := call(ctx, "deleteWebhook?drop_pending_updates=true"); err != nil {
			return err
		}
	}
	return Minimal(ctx)
}

func call(ctx context.Context, method string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("TELEGRAM_API_URL")+"/bot"+os.Getenv("TELEGRAM_BOT_TOKEN")+"/"+method, nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: readyLimit}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

func TestArm(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  map[string]string
	}{
		{"minimal", nil},
		{"forgetful", map[string]string{"FORGETFUL": "yes"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec, err := MinimalSpec()
			require.NoError(t, err)
			arm, err := Start(t.Context(), Options{Bot: spec.With(tt.env), Mode: plan.Mode{Name: tt.name, Webhook: true}, Chats: 3,
				Ports: target.NewPorts(os.Getpid()), Seed: 1})
			require.NoError(t, err)
			defer func() { assert.NoError(t, arm.Close()) }()
			before, err := arm.Read()
			require.NoError(t, err)
			for i := range 20 {
				arm.Send(plan.Arrival{Chat: i, Text: "message {n}"}, time.Now())
			}
			require.NoError(t, arm.Drain(t.Context(), time.Minute))
			after, err := arm.Read()
			require.NoError(t, err)
			assert.Equal(t, 20, after.Answers-before.Answers)
			require.NoError(t, arm.Stop(t.Context()))

			_, totals := arm.Ledger.Samples()
			assert.Equal(t, 20, totals.Sent)
			assert.Zero(t, totals.Lost+totals.Doubled, "greetings are nobody's loss")
			w := arm.Wire()
			assert.GreaterOrEqual(t, w.Inline, 20+warmUp)
			assert.Zero(t, w.Separate+w.Pulled)
			assert.Equal(t, 100, w.MaxConnections)
			assert.Positive(t, w.Held.P99)
			require.NotNil(t, arm.Meters())
			assert.Positive(t, arm.Meters().Rusage)
		})
	}
}

// Its last words are quoted, its token is not.
func TestABotThatCantStart(t *testing.T) {
	dead := &target.Spec{Name: "dead", Command: []string{"sh", "-c", `printf 'token %s \033[31mis\033[0m wrong' "$TELEGRAM_BOT_TOKEN"; exit 2`},
		Settings: map[string]target.Setting{"TELEGRAM_BOT_TOKEN": {Env: "TELEGRAM_BOT_TOKEN"}},
		Texts:    target.Texts{Echo: target.Exchange{Send: "{text}", Want: "{text}"}}}
	_, err := Start(t.Context(), Options{Bot: dead, Mode: plan.Mode{Name: "dead", Webhook: true}, Chats: 1, Ports: target.NewPorts(os.Getpid()), Seed: 1})
	require.ErrorContains(t, err, "its process has ended")
	assert.ErrorContains(t, err, "token TOKEN [31mis[0m wrong", "colours are left out")
}
