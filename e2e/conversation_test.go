package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
	"hookproof/fakes/telegram"
)

func TestConversation(t *testing.T) {
	for _, mode := range []proof.Mode{proof.Webhook, proof.Polling} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			ctx, e := deadline(t), world(t, subject(t), mode)
			bot, err := e.Start(ctx, nil)
			require.NoError(t, err)
			talk := e.Talk()
			for _, x := range []target.Exchange{
				{Send: "/ping", Want: "pong"},
				{Send: "hello", Want: "hello"},
				{Send: "Привет, 世界 \U0001F44B", Want: "Привет, 世界 \U0001F44B"},
				{Send: "a \"quoted\" \\ line\nand <b>another</b> & one", Want: "a \"quoted\" \\ line\nand <b>another</b> & one"},
				{Send: strings.Repeat("ж", 4096), Want: strings.Repeat("ж", 4096)},
				{Send: "/ping", Want: "pong"},
			} {
				require.NoError(t, talk.Exchange(ctx, x))
			}
			for _, command := range []string{"/start", "/help", "/status"} {
				heard := len(talk.Heard())
				talk.Say(command)
				require.NoError(t, talk.HearAny(ctx))
				assert.Len(t, talk.Heard(), heard+1, command)
			}
			_, err = bot.Stop(ctx)
			require.NoError(t, err)
		})
	}
}

// TestConversationInGroup talks where several people do.
func TestConversationInGroup(t *testing.T) {
	t.Parallel()
	ctx, e := deadline(t), world(t, subject(t), proof.Webhook)
	_, err := e.Start(ctx, nil)
	require.NoError(t, err)
	ann, bob := e.Fake.NewUser("Ann"), e.Fake.NewUser("Bob")
	group := e.Fake.NewGroup("Test", ann, bob, e.Bot)
	ann.Send(group, "/ping")
	_, err = group.Wait(ctx, fromBot("pong"))
	require.NoError(t, err)
	bob.Send(group, "/ping@"+e.Bot.Username())
	_, err = group.Wait(ctx, fromBot("pong"))
	require.NoError(t, err)
}

// fromBot matches a bot's message.
func fromBot(text string) func(*telegram.Message) bool {
	return func(m *telegram.Message) bool { return m.FromBot && m.Text == text }
}
