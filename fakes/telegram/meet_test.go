package telegram_test

import (
	"fmt"
	"strings"
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
	cleo, pending := s.NewUser("Cleo"), b.Pending()
	cleo.Meet(b)
	assert.Equal(t, "<nil>", write(cleo))
	assert.Equal(t, pending, b.Pending(), "Cleo wrote nothing")
}

// In a channel a bot is told how many reacted, and not who.
func TestReactionCountsOfChannels(t *testing.T) {
	t.Parallel()
	s := serve(t, telegram.Options{})
	b, ann := s.NewBot("test_bot"), s.NewUser("Ann")
	news := s.NewChannel("News", ann, b)
	_, err := b.Call(t.Context(), "getUpdates", map[string]any{"offset": -1, "allowed_updates": []string{"message_reaction", "message_reaction_count"}})
	require.NoError(t, err)
	m := ann.Send(news, "hello")
	require.NoError(t, ann.React(m, "👍"))
	e, err := s.WaitEvent(soon(t), func(e telegram.Event) bool { return strings.HasPrefix(e.UpdateKind, "message_reaction") })
	require.NoError(t, err)
	assert.Equal(t, "message_reaction_count", e.UpdateKind)
}
