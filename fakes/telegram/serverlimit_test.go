package telegram_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

func TestNewTokensAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	s := serve(t, telegram.Options{Flood: telegram.Flood{Server: true}})
	var last *telegram.Bot
	for n := range 20 {
		last = s.NewBot(fmt.Sprint("bot_", n))
		require.Equal(t, 200, call(t, last, s, "getMe").Status)
	}
	late := s.NewBot("late_bot")
	a := call(t, late, s, "getMe")
	assert.Equal(t, 429, a.Status)
	assert.EqualValues(t, 61, a.Parameters["retry_after"], "a minute from the first, and one second")
	assert.Equal(t, 200, call(t, last, s, "getMe").Status, "not a new token any more")
	s.Clock().Advance(seconds2(61))
	assert.Equal(t, 200, call(t, late, s, "getMe").Status)
}

func TestActiveCallsAreLimited(t *testing.T) {
	t.Parallel()
	s := serve(t, telegram.Options{Flood: telegram.Flood{Server: true}})
	r := &rig{t: t, s: s, b: s.NewBot("busy_bot"), ann: s.NewUser("Ann")}
	r.say("/start")
	r.pass(120)
	s.AddFault(telegram.Fault{Method: "sendMessage", Latency: seconds2(30)})
	send := func() {
		_, _ = r.b.Call(t.Context(), "sendMessage", map[string]any{"chat_id": r.chatID(), "text": "x"})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		all := make(chan struct{})
		for range 1000 {
			go func() { send(); all <- struct{}{} }()
		}
		for range 1000 {
			<-all
		}
	}()
	require.NoError(t, s.WaitHeld(soon(t), 1000))
	refused := r.later("getChat", "chat_id", r.chatID())
	require.NoError(t, s.WaitHeld(soon(t), 1001))
	assert.True(t, r.call("getMe").OK, "getMe is never limited")
	r.pass(3.1)
	a := <-refused
	assert.Equal(t, 429, a.Status)
	assert.EqualValues(t, 60, a.Parameters["retry_after"])
	r.pass(60)
	<-done
	assert.True(t, r.call("getChat", "chat_id", r.chatID()).OK)
}

func TestClosedServerRefuses(t *testing.T) {
	t.Parallel()
	s := telegram.New(telegram.Options{})
	b := s.NewBot("late_bot")
	s.Close()
	_, err := b.Call(t.Context(), "setWebhook", map[string]any{"url": "http://127.0.0.1:1"})
	var refused *telegram.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, 429, refused.Code)
	assert.Equal(t, 5, refused.RetryAfter)
}
