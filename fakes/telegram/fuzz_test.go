package telegram_test

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
	"hookproof/fakes/telegram/schema"
)

// Whatever a bot calls with whatever parameters, it gets one of Telegram's
// answers: never a panic, never a fault of the fake itself, never a result
// that is not valid.
func FuzzCall(f *testing.F) {
	for _, seed := range [][2]string{
		{"sendMessage", "text=hi&reply_markup={\"inline_keyboard\":[[{\"text\":\"a\",\"callback_data\":\"b\"}]]}"},
		{"sendMessage", "text=*hi*&parse_mode=MarkdownV2&reply_parameters={\"message_id\":1,\"quote\":\"h\"}"},
		{"sendPoll", "question=q&options=[\"a\",\"b\"]&type=quiz&correct_option_id=0"},
		{"editMessageText", "message_id=2&text=new"},
		{"sendMediaGroup", "media=[{\"type\":\"photo\",\"media\":\"http://x.y/z.jpg\"},{\"type\":\"photo\",\"media\":\"x\"}]"},
		{"setMyCommands", "commands=[{\"command\":\"a\",\"description\":\"b\"}]&scope={\"type\":\"chat\",\"chat_id\":1}"},
		{"restrictChatMember", "user_id=5&permissions={\"can_send_messages\":true}"},
		{"sendInvoice", "title=t&description=d&payload=p&currency=XTR&prices=[{\"label\":\"l\",\"amount\":1}]"},
		{"answerInlineQuery", "inline_query_id=1&results=[{\"type\":\"article\",\"id\":\"1\"}]"},
		{"copyMessages", "message_ids=[1,2]"}, {"setWebhook", "url=x&secret_token=%00"}, {"getUpdates", "offset=-3&limit=0"},
		{"createForumTopic", "name=x"}, {"setMessageReaction", "message_id=1&reaction=[{\"type\":\"emoji\",\"emoji\":\"👍\"}]"},
	} {
		f.Add(seed[0], seed[1], uint8(0))
	}
	f.Fuzz(func(t *testing.T, method, form string, where uint8) {
		s := telegram.New(telegram.Options{})
		defer s.Close()
		b := s.NewBot("fuzz_bot")
		ann := s.NewUser("Ann")
		ann.Send(b, "/start")
		group := s.NewSupergroup("Team", ann, b)
		_ = ann.Promote(b, group, "can_restrict_members", "can_change_info", "can_pin_messages", "can_invite_users", "can_promote_members")
		values, err := url.ParseQuery(form)
		if err != nil {
			return
		}
		chat := strconv.FormatInt([]int64{ann.ID(), group.ID()}[where%2], 10)
		params := map[string]any{"chat_id": chat, "from_chat_id": chat}
		for name := range values {
			params[name] = values.Get(name)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		result, err := b.Call(ctx, method, params)
		refused, isRefusal := errors.AsType[*telegram.Error](err)
		switch {
		case isRefusal:
			require.NotEqual(t, 500, refused.Code, "%s %s: %s", method, form, refused.Description)
		case err != nil:
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		default:
			require.NoError(t, schema.ValidateReturn(method, result), "%s %s", method, form)
		}
	})
}
