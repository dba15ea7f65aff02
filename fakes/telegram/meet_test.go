package telegram_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// A bot may write to a person only after the person wrote to it. Whom it knows
// from a group it may look up, but not write to (Bot API server source).
func TestWhomABotMayWriteTo(t *testing.T) {
	t.Parallel()
	s := serve(t, telegram.Options{})
	b, ann, bob := s.NewBot("test_bot"), s.NewUser("Ann"), s.NewUser("Bob")
	for _, u := range []*telegram.User{ann, bob} {
		assert.Empty(t, u.Chat(b).Messages(), "looking at a chat does not open it")
	}
	assert.Empty(t, s.Chats())
	write := func(u *telegram.User) string {
		_, err := b.Call(t.Context(), "sendMessage", map[string]any{"chat_id": u.ID(), "text": "hello"})
		return fmt.Sprint(err)
	}
	assert.Equal(t, "400 Bad Request: chat not found", write(ann))
	s.NewSupergroup("Team", bob, b)
	assert.Equal(t, "403 Forbidden: bot can't initiate conversation with a user", write(bob))
	_, err := b.Call(t.Context(), "getChat", map[string]any{"chat_id": bob.ID()})
	require.NoError(t, err)
	assert.Equal(t, "400 Bad Request: chat not found", write(ann))
	for _, u := range []*telegram.User{ann, bob} {
		u.Send(b, "/start")
		assert.Equal(t, "<nil>", write(u))
	}
	assert.Len(t, s.Chats(), 3)
}
