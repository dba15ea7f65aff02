package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
)

// deadline bounds everything a suite waits for.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// world makes an Env of its own for a test. Its Close checks what holds for
// every test: no token or secret in any output, no traffic to anywhere else.
func world(t *testing.T, r *proof.Runner, mode proof.Mode) *proof.Env {
	t.Helper()
	e, err := r.Env(mode)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

// withEnv is the suites' bot with more in its environment.
func withEnv(t *testing.T, env map[string]string) *proof.Runner {
	t.Helper()
	r := subject(t)
	return &proof.Runner{Spec: r.Spec.With(env), Ports: r.Ports, Seed: r.Seed}
}
