package telegram_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// A poll that a hot loop makes wait ends the one that is held, though it asked
// for no wait.
func TestHotLoopEndsTheHeldPoll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.later("getUpdates", "timeout", "50", "offset", "5")
	r.awaitPoll()
	second := r.later("getUpdates", "timeout", "0", "offset", "5")
	assert.Equal(t, 409, (<-first).Status)
	r.pass(2)
	assert.Empty(t, second)
	r.pass(1)
	assert.Equal(t, `{"ok":true,"result":[]}`, (<-second).raw)
}

// The three seconds in which conflicts are held begin with one that is not.
func TestConflictsAreHeldForThreeSecondsOfTheFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, telegram.Options{})
		bot := b.s.NewBot("test_bot")
		b.call(bot, "setWebhook", map[string]any{"url": hookURL})
		conflict := func() time.Duration {
			start := time.Now()
			_, err := bot.Call(t.Context(), "getUpdates", nil)
			assert.ErrorContains(t, err, "409 Conflict")
			return time.Since(start)
		}
		assert.Zero(t, conflict())
		held := make(chan time.Duration, 2)
		go func() { held <- conflict() }()
		time.Sleep(2999 * time.Millisecond)
		go func() { held <- conflict() }()
		time.Sleep(time.Millisecond)
		assert.Zero(t, conflict(), "held ones begin no new time")
		assert.Equal(t, 3*time.Second, conflict(), "but this one did")
		assert.Equal(t, 3*time.Second, <-held)
		assert.Equal(t, 3*time.Second, <-held)
	})
}

// What a refused poll asks for is not done.
func TestRefusedPollChangesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.say("one")
	id := r.updates()[0].ID
	r.set()
	r.hook.next(t).status(500, "Retry-After", "3600")
	r.tried(1)
	r.refused(409, "getUpdates", "allowed_updates", `["poll"]`, "offset", strconv.FormatInt(id+1, 10))
	assert.NotContains(t, r.info(), "allowed_updates")
	assert.EqualValues(t, 1, r.info()["pending_update_count"])
}

// A poll held by a bot that logs out or closes is answered with what there is.
func TestHeldPollOfAClosingBotIsAnswered(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"logOut", "close"} {
		r := newRig(t)
		done := r.later("getUpdates", "timeout", "50")
		r.awaitPoll()
		r.ok(method)
		assert.Equal(t, `{"ok":true,"result":[]}`, (<-done).raw, method)
	}
}

// How far an offset may lie ahead of the last update to be believed.
func TestEdgesOfOffsets(t *testing.T) {
	t.Parallel()
	for ahead, left := range map[int64]int{0: 1, 1: 0, 11: 0, 12: 2} {
		r := newRig(t)
		r.say("one", "two")
		ups := r.updates()
		require.Len(t, ups, 2)
		r.pass(10)
		done := r.later("getUpdates", "offset", strconv.FormatInt(ups[1].ID+ahead, 10))
		assert.True(t, (<-done).OK)
		assert.Equal(t, left, r.b.Pending(), "last id + %d", ahead)
	}
}

// Offsets that no update can have are taken for none.
func TestImpossibleOffsets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.say("one", "two")
	id := r.updates()[0].ID
	for _, offset := range []string{"0", "", "x", "2000000000", "2147483647", strconv.FormatInt(id-100_001, 10)} {
		r.pass(10)
		assert.Len(t, r.updates("offset", offset), 2, offset)
	}
	r.pass(10)
	assert.Len(t, r.updates("offset", "-2147483648"), 2)
	assert.Len(t, r.updates("offset", "-2"), 2)
	assert.Len(t, r.updates("offset", "-1"), 1)
}
