package telegram_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// A real client, unmodified, answers a person in both modes.
func TestRealClientAnswers(t *testing.T) {
	for _, mode := range []string{"polling", "webhook"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := serve(t, telegram.Options{})
			account := s.NewBot("echo_bot")
			start(t, s, account, mode)
			ann := s.NewUser("Ann")
			ann.Send(account, "hello")
			m, err := ann.Chat(account).WaitText(soon(t), "you said hello")
			require.NoError(t, err)
			require.Equal(t, [][]telegram.Button{{{Text: "again", Data: "again"}}}, m.Buttons)
			press, err := ann.Press(m, "again")
			require.NoError(t, err)
			a, err := press.Wait(soon(t))
			require.NoError(t, err)
			require.Equal(t, "pressed again", a.Text)
		})
	}
}

// start runs a bot made with go-telegram/bot until the test ends.
func start(t *testing.T, s *telegram.Server, account *telegram.Bot, mode string) {
	t.Helper()
	b, err := bot.New(account.Token(), bot.WithServerURL(s.URL()), bot.WithDefaultHandler(echo), bot.WithWebhookSecretToken("s3cret"))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	if mode == "polling" {
		go func() { defer close(done); b.Start(ctx) }()
	} else {
		hook := httptest.NewServer(b.WebhookHandler())
		t.Cleanup(hook.Close)
		ok, err := b.SetWebhook(ctx, &bot.SetWebhookParams{URL: hook.URL, SecretToken: "s3cret"})
		require.NoError(t, err)
		require.True(t, ok)
		go func() { defer close(done); b.StartWebhook(ctx) }()
	}
	t.Cleanup(func() { cancel(); s.Close(); <-done })
}

func echo(ctx context.Context, b *bot.Bot, u *models.Update) {
	switch {
	case u.Message != nil:
		_, _ = b.SendMessage(ctx, &bot.SendMessageParams{
			ChatID: u.Message.Chat.ID, Text: "you said " + u.Message.Text,
			ReplyMarkup: models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: "again", CallbackData: "again"}}}},
		})
	case u.CallbackQuery != nil:
		_, _ = b.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{
			CallbackQueryID: u.CallbackQuery.ID, Text: "pressed " + u.CallbackQuery.Data,
		})
	}
}

func TestFailedWaitShowsTheChat(t *testing.T) {
	t.Parallel()
	s := serve(t, telegram.Options{})
	b := s.NewBot("quiet_bot")
	ann := s.NewUser("Ann")
	ann.Send(b, "anybody there?")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ann.Chat(b).WaitText(ctx, "yes")
	require.ErrorIs(t, err, context.Canceled)
	require.Contains(t, err.Error(), "Ann: anybody there?")
	require.NotContains(t, err.Error(), b.Token(), "a token in an error")
}
