package telegram_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

func TestLogOutEndsASetWebhookUnderWay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	done := r.later("setWebhook", "url", "https://no-such-host.invalid/")
	select {
	case a := <-done: // the name was looked up faster than we could log out
		assert.Contains(t, a.Description, "bad webhook")
		return
	default:
	}
	r.ok("logOut")
	a := <-done
	assert.Contains(t, []string{"Logged out", "Bad Request: bad webhook: Failed to resolve host: Name or service not known", "Bad Request: bad webhook: Failed to resolve host: Temporary failure in name resolution"}, a.Description)
}

func TestResetForgetsEverything(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set()
	r.ok("logOut")
	r.s.Reset()
	r.ann = r.s.NewUser("Ann")
	assert.Equal(t, "Webhook was set", r.ok("setWebhook", "url", r.hook.URL).Description, "neither logged out nor too soon")
	r.ok("deleteWebhook")
	r.say("fresh")
	assert.Len(t, r.updates(), 1)
}

func TestDeletingIsAllOrNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	group := r.s.NewSupergroup("Team", r.ann, r.b)
	id := strconv.FormatInt(group.ID(), 10)
	theirs := r.ann.Send(group, "/theirs")
	r.ok("sendMessage", "chat_id", id, "text", "mine")
	r.refused(400, "deleteMessages", "chat_id", id, "message_ids", fmt.Sprintf("[%d,%d]", theirs.ID+1, theirs.ID))
	assert.Contains(t, group.Transcript(), "mine")
}

func TestDeletedMessagesAreNotPinned(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.withButton()
	id := strconv.FormatInt(m.ID, 10)
	r.ok("pinChatMessage", "chat_id", r.chatID(), "message_id", id)
	r.ok("deleteMessage", "chat_id", r.chatID(), "message_id", id)
	assert.NotContains(t, string(r.ok("getChat", "chat_id", r.chatID()).Result), "pinned_message")
}

// Checks that need only the parameters come before the chat is looked at, and
// a message that is not there before the right to send it.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.say("/start")
	bob := r.s.NewUser("Bob")
	bob.Send(r.b, "/start")
	bob.Block(r.b)
	blocked := strconv.FormatInt(bob.ID(), 10)
	for _, c := range []struct{ want, method, params string }{
		{"Bad Request: message identifier is not specified", "deleteMessage", "chat_id=12345"},
		{"Bad Request: invalid user_id specified", "getChatMember", "chat_id=12345"},
		{"Bad Request: invalid user_id specified", "banChatMember", "chat_id=12345 user_id=abc"},
		{"Bad Request: member not found", "getChatMember", "chat_id=" + r.chatID() + " user_id=77"},
		{"Bad Request: message to forward not found", "forwardMessage", "chat_id=" + blocked + " from_chat_id=" + r.chatID() + " message_id=99"},
		{"Bad Request: message to copy not found", "copyMessage", "chat_id=" + blocked + " from_chat_id=" + r.chatID() + " message_id=99"},
		{"Bad Request: wrong parameter action in request", "sendChatAction", "chat_id=12345 action=x"},
		{"Bad Request: message thread not found", "sendChatAction", "chat_id=-1 action=typing"},
		{"Bad Request: unsupported parse_mode", "sendMessage", "chat_id=12345 parse_mode=bogus text=\xff"},
		{"Bad Request: message identifiers are not specified", "deleteMessages", "chat_id=12345"},
	} {
		var params []string
		for p := range strings.FieldsSeq(c.params) {
			name, value, _ := strings.Cut(p, "=")
			params = append(params, name, value)
		}
		if c.want == "Bad Request: message thread not found" {
			group := r.s.NewSupergroup("Team", r.ann, r.b)
			params = []string{"chat_id", strconv.FormatInt(group.ID(), 10), "action", "typing", "message_thread_id", "77"}
		}
		assert.Equal(t, c.want, r.refused(400, c.method, params...), "%s %s", c.method, c.params)
	}
}

func TestNumbersWrapAround(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.say("one", "two")
	assert.Len(t, r.updates("limit", "4294967296"), 1, "2^32 is 0, and that is 1")
	m := r.withButton()
	r.ok("editMessageText", "chat_id", r.chatID(), "message_id", strconv.FormatInt(m.ID+1<<32, 10), "text", "wrapped")
}

func TestNegativeOffsetDoesNotReachAhead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	done := r.later("getUpdates", "offset", "-1", "timeout", "10")
	r.awaitPoll()
	r.say("one", "two")
	a := <-done
	assert.Contains(t, a.raw, `"text":"one"`)
}

func TestJournalIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 50 {
		r.refused(400, "sendMessage", "chat_id", "1", "text", strings.Repeat("x", 20_000))
	}
	e := r.s.Journal()[len(r.s.Journal())-1]
	assert.Less(t, len(e.Params["text"]), 10_000)
	assert.Contains(t, e.Params["text"], "(20000 bytes)")
}

func TestCancellingASubscriptionTwice(t *testing.T) {
	t.Parallel()
	s := serve(t, telegram.Options{})
	_, cancel := s.Subscribe()
	cancel()
	require.NotPanics(t, cancel)
}
