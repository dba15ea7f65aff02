package pace_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/pace"
)

func TestUntilIsPunctual(t *testing.T) {
	defer pace.Thread()()
	var late []time.Duration
	for range 50 {
		at := time.Now().Add(2 * time.Millisecond)
		require.NoError(t, pace.Until(t.Context(), at))
		require.False(t, time.Now().Before(at), "never early")
		late = append(late, time.Since(at))
	}
	slices.Sort(late)
	t.Logf("late by %v at p50, %v at most", late[25], late[49])
	// Other processes make it later, never earlier: what it can do shows in the
	// best of many.
	assert.Less(t, late[0], time.Millisecond)
}

func TestPastMomentsReturnAtOnce(t *testing.T) {
	start := time.Now()
	require.NoError(t, pace.Until(t.Context(), start.Add(-time.Hour)))
	assert.Less(t, time.Since(start), time.Second)
}

func TestUntilEndsWithItsContext(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	assert.ErrorIs(t, pace.Until(ctx, time.Now().Add(time.Hour)), stop)
}
