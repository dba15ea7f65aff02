package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/bot/internal/telegram"
)

func newTestDispatcher(life context.Context, handle handleFunc) (*dispatcher, *lineLog) {
	l := newLineLog()
	return newDispatcher(life, handle, newLog(l, &settings{}), newMetrics()), l
}

func echo(_ context.Context, u telegram.Update) (string, error) { return u.Text, nil }

// dispatch runs an update as the webhook does.
func (d *dispatcher) dispatch(u telegram.Update, broken error) ([]byte, error) {
	j, mine, err := d.admit(u, broken)
	if err != nil {
		return nil, err
	}
	if mine {
		return d.run(j, d.attempt)
	}
	return d.wait(j)
}

func TestDispatchRemembersWithinBounds(t *testing.T) {
	d, _ := newTestDispatcher(t.Context(), echo)
	text := strings.Repeat("x", 4000)
	for id := int64(1); id <= 3*keepUpdates; id++ {
		reply, err := d.dispatch(telegram.Update{ID: id, Chat: id % 7, Text: text}, nil)
		require.NoError(t, err)
		require.NotEmpty(t, reply)
	}
	assert.LessOrEqual(t, len(d.replies.byID), keepUpdates)
	assert.LessOrEqual(t, len(d.replies.order), keepUpdates)
	assert.LessOrEqual(t, d.replies.bytes, keepBytes)
	assert.Empty(t, d.last, "nothing is kept of a chat that is at rest")
	total := 0
	for _, j := range d.replies.byID {
		total += len(j.reply)
		assert.Empty(t, j.update.Text)
	}
	assert.Equal(t, total, d.replies.bytes)
}

func TestDispatchLimitsAHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newTestDispatcher(t.Context(), func(ctx context.Context, _ telegram.Update) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})
		start := time.Now()
		_, err := d.dispatch(telegram.Update{ID: 1, Chat: 1}, nil)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, handlerLimit, time.Since(start))
		assert.Less(t, handlerLimit, writeLimit)
		assert.Less(t, writeLimit, time.Minute, "Telegram's own limit")
	})
}

func TestDispatchSharesFailuresToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		d, _ := newTestDispatcher(t.Context(), func(ctx context.Context, _ telegram.Update) (string, error) {
			calls++
			return "", errors.Join(pause(ctx, time.Second), errors.New("broken"))
		})
		results := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := d.dispatch(telegram.Update{ID: 1, Chat: 1}, nil)
				results <- err
			}()
		}
		assert.ErrorContains(t, <-results, "broken")
		assert.ErrorContains(t, <-results, "broken")
		assert.Equal(t, 1, calls)
	})
}

func TestDispatchParksWhatIsBroken(t *testing.T) {
	d, l := newTestDispatcher(t.Context(), echo)
	for range 3 {
		reply, err := d.dispatch(telegram.Update{ID: 9}, telegram.ErrMismatch)
		require.NoError(t, err)
		assert.Nil(t, reply)
	}
	assert.Len(t, l.find("update parked: it is not answered"), 1, "reported once")
}

// At the hard deadline what waits gives up as well, and nothing of it is kept
// as if it were done.
func TestDispatchAbandons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		life, abandon := context.WithCancel(t.Context())
		d, _ := newTestDispatcher(life, func(ctx context.Context, _ telegram.Update) (string, error) {
			return "late", pause(ctx, time.Hour)
		})
		results := make(chan error, 3)
		for _, id := range []int64{1, 2, 1} { // running, in line, sharing
			go func() {
				_, err := d.dispatch(telegram.Update{ID: id, Chat: 5}, nil)
				results <- err
			}()
			synctest.Wait()
		}
		assert.Equal(t, []int64{1, 2}, d.unfinished())
		d.drain()
		_, err := d.dispatch(telegram.Update{ID: 3, Chat: 6}, nil)
		assert.Equal(t, errDraining, err)
		abandon()
		for range 3 {
			assert.Equal(t, errAbandoned, <-results)
		}
	})
}

// What was abandoned, in line or not, is still told: unfinished is asked before
// the abandon. A restart begins with nothing.
func TestDispatchFullCountsThoseInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newTestDispatcher(t.Context(), func(ctx context.Context, _ telegram.Update) (string, error) {
			return "", pause(ctx, time.Second)
		})
		for id := range int64(maxInFlight) {
			go func() { _, _ = d.dispatch(telegram.Update{ID: id + 1, Chat: 5}, nil) }()
		}
		synctest.Wait()
		assert.Equal(t, maxInFlight, d.active())
		_, err := d.dispatch(telegram.Update{ID: 9999, Chat: 6}, nil)
		assert.Equal(t, errFull, err)
	})
}
