package telegram_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keys are the names of a JSON object's members in order, those within members
// left out.
func keys(object string) string {
	depth, names := 0, []string{}
	for _, m := range regexp.MustCompile(`"(?:[^"\\]|\\.)*":?|[{}\[\]]`).FindAllString(object, -1) {
		switch {
		case m == "{" || m == "[":
			depth++
		case m == "}" || m == "]":
			depth--
		case depth == 1 && strings.HasSuffix(m, ":"):
			names = append(names, strings.Trim(m, `":`))
		}
	}
	return strings.Join(names, " ")
}

// What objects are made of, in the server's order (Bot API server source).
func TestShapesOfObjects(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ann.SetUsername("ann")
	group := r.s.NewGroup("Team", r.ann, r.b)
	super := r.s.NewSupergroup("Super", r.ann, r.b)
	first := r.ann.Send(r.b, "first")
	result := func(method string, params ...string) string {
		t.Helper()
		return string(r.ok(method, params...).Result)
	}
	member := func(object, name string) string {
		m := regexp.MustCompile(`"` + name + `":(\{[^{}]*\})`).FindStringSubmatch(object)
		require.NotNil(t, m, "%s in %s", name, object)
		return m[1]
	}
	assert.Equal(t, "id is_bot first_name username can_join_groups can_read_all_group_messages supports_inline_queries supports_guest_queries "+
		"can_connect_to_business has_main_web_app has_topics_enabled allows_users_to_create_topics can_manage_bots", keys(result("getMe")))

	sent := result("sendMessage", "chat_id", r.chatID(), "text", "second", "reply_to_message_id", fmt.Sprint(first.ID))
	assert.Equal(t, "message_id from chat date reply_to_message text", keys(sent))
	assert.Equal(t, "id first_name username type", keys(member(sent, "chat")))
	assert.Equal(t, "id is_bot first_name username", keys(member(sent, "from")))
	second := regexp.MustCompile(`"message_id":(\d+)`).FindStringSubmatch(sent)[1]

	third := result("sendMessage", "chat_id", r.chatID(), "text", "third", "reply_to_message_id", second,
		"reply_markup", `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}`, "protect_content", "1")
	assert.Equal(t, "message_id from chat date reply_to_message text reply_markup has_protected_content", keys(third))
	assert.Equal(t, 1, strings.Count(third, "reply_to_message"), "nested once")
	id := regexp.MustCompile(`"message_id":(\d+)`).FindStringSubmatch(third)[1]

	r.pass(5)
	edited := result("editMessageText", "chat_id", r.chatID(), "message_id", id, "text", "<b>changed</b>", "parse_mode", "HTML")
	assert.Equal(t, "message_id from chat date edit_date text entities has_protected_content", keys(edited), "without what it replies to")

	keyboard := result("sendMessage", "chat_id", r.chatID(), "text", "x", "reply_markup", `{"keyboard":[["a"]]}`)
	assert.Equal(t, "message_id from chat date text", keys(keyboard), "only inline keyboards are shown")

	assert.Equal(t, "id title type all_members_are_administrators", keys(member(result("sendMessage", "chat_id", fmt.Sprint(group.ID()), "text", "x"), "chat")))
	assert.Equal(t, "id title type", keys(member(result("sendMessage", "chat_id", fmt.Sprint(super.ID()), "text", "x"), "chat")))
	assert.Equal(t, "message_id", keys(result("copyMessage", "chat_id", r.chatID(), "from_chat_id", r.chatID(), "message_id", second)))
	assert.Regexp(t, `^\[\{"message_id":\d+\},\{"message_id":\d+\}\]$`, result("copyMessages", "chat_id", r.chatID(), "from_chat_id", r.chatID(), "message_ids", "["+fmt.Sprint(first.ID)+","+second+"]"))
	forwarded := result("forwardMessage", "chat_id", r.chatID(), "from_chat_id", r.chatID(), "message_id", fmt.Sprint(first.ID))
	assert.Equal(t, "message_id from chat date forward_origin forward_from forward_date text", keys(forwarded))
}

// Which ids are strings, and which are numbers.
func TestIdsThatAreStrings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.b.SetInline(true)
	m := r.withButton()
	_, err := r.ann.Press(m, "OK")
	require.NoError(t, err)
	_, err = r.ann.Inline(r.b, "query")
	require.NoError(t, err)
	r.ok("sendPoll", "chat_id", r.chatID(), "question", "q", "options", `["a","b"]`)
	ups := string(r.ok("getUpdates").Result)
	assert.Regexp(t, `"callback_query":\{"id":"\d+","from":\{"id":\d+,`, ups)
	assert.Regexp(t, `"chat_instance":"-?\d+"`, ups)
	assert.Regexp(t, `"inline_query":\{"id":"\d+","from":\{"id":\d+,`, ups)
	assert.Regexp(t, `\{"update_id":\d+,\n"callback_query":`, ups)
	poll := r.ok("sendPoll", "chat_id", r.chatID(), "question", "q", "options", `["a","b"]`)
	assert.Regexp(t, `"poll":\{"id":"\d+",`, string(poll.Result))
}
