package telegram_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// All results and updates in these tests are checked against the schema by
// call and by the rig; the tests themselves look at what changes.

func (r *rig) chatID() string { return strconv.FormatInt(r.ann.ID(), 10) }

// allKinds makes the bot hear of every kind of update.
func (r *rig) allKinds() {
	r.t.Helper()
	r.ok("getUpdates", "allowed_updates", `["message","edited_message","channel_post","edited_channel_post","inline_query","chosen_inline_result","callback_query","shipping_query","pre_checkout_query","poll","poll_answer","my_chat_member","chat_member","chat_join_request","message_reaction","message_reaction_count"]`)
}

// news takes the updates there are and names their kinds.
func (r *rig) news() []string {
	r.t.Helper()
	var ups []map[string]json.RawMessage
	r.pass(4)
	require.NoError(r.t, json.Unmarshal(r.ok("getUpdates", "offset", strconv.FormatInt(r.next, 10), "timeout", "0").Result, &ups))
	kinds := []string{}
	for _, u := range ups {
		for name, raw := range u {
			if name == "update_id" {
				var id int64
				require.NoError(r.t, json.Unmarshal(raw, &id))
				r.next = id + 1
				continue
			}
			kinds = append(kinds, name)
			r.last = raw
		}
	}
	return kinds
}

func TestPolls(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.allKinds()
	r.say("/start")
	r.news()
	r.ok("sendPoll", "chat_id", r.chatID(), "question", "Tea?", "options", `["yes",{"text":"no"}]`, "is_anonymous", "false")
	m, err := r.ann.Chat(r.b).Wait(soon(t), func(m *telegram.Message) bool { return m.Kind == "poll" })
	require.NoError(t, err)
	require.NoError(t, r.ann.Vote(m, 1))
	assert.Equal(t, []string{"poll", "poll_answer"}, r.news())
	assert.Contains(t, string(r.last), `"option_ids":[1]`)
	require.Error(t, r.ann.Vote(m, 5))
	require.Error(t, r.ann.Vote(m, 0, 1), "one vote each")
	a := r.ok("stopPoll", "chat_id", r.chatID(), "message_id", strconv.FormatInt(m.ID, 10))
	assert.Contains(t, string(a.Result), `"is_closed":true`)
	assert.Contains(t, string(a.Result), `"total_voter_count":1`)
	require.Error(t, r.ann.Vote(m, 0))
	assert.Equal(t, "Bad Request: poll has already been closed", r.refused(400, "stopPoll", "chat_id", r.chatID(), "message_id", strconv.FormatInt(m.ID, 10)))

	r.ok("sendPoll", "chat_id", r.chatID(), "question", "Quiz", "options", `["a","b"]`, "type", "quiz", "correct_option_id", "1", "open_period", "60")
	r.news()
	r.pass(61)
	assert.Equal(t, []string{"poll"}, r.news(), "it closes by itself")
	for text, params := range map[string][]string{
		"Bad Request: unsupported poll type specified":          {"question", "q", "options", `["a","b"]`, "type", "x"},
		"Bad Request: poll must have at least 2 option":         {"question", "q", "options", `["a"]`},
		"Bad Request: poll question must be non-empty":          {"options", `["a","b"]`},
		"Bad Request: wrong correct option ID specified":        {"question", "q", "options", `["a","b"]`, "type", "quiz", "correct_option_id", "2"},
		"Bad Request: can't parse options JSON object":          {"question", "q", "options", `[`},
		"Bad Request: expected an Array of String as options":   {"question", "q", "options", `{}`},
		"Bad Request: poll question length must not exceed 300": {"question", strings.Repeat("q", 301), "options", `["a","b"]`},
		"Bad Request: poll options length must not exceed 100":  {"question", "q", "options", `["a","` + strings.Repeat("b", 101) + `"]`},
		"Bad Request: message to be replied not found":          {"question", "q", "options", `["a","b"]`, "reply_to_message_id", "999"},
		"Bad Request: poll can't have more than 12 options":     {"question", "q", "options", `["1","2","3","4","5","6","7","8","9","10","11","12","13"]`},
	} {
		assert.Equal(t, text, r.refused(400, "sendPoll", append([]string{"chat_id", r.chatID()}, params...)...))
	}
}

func TestPlacesContactsAndDice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.say("/start")
	r.ok("sendLocation", "chat_id", r.chatID(), "latitude", "52.5", "longitude", "13.4")
	r.ok("sendVenue", "chat_id", r.chatID(), "latitude", "52.5", "longitude", "13.4", "title", "Café", "address", "Street 1")
	r.ok("sendContact", "chat_id", r.chatID(), "phone_number", "+49301", "first_name", "Bob")
	dice := r.ok("sendDice", "chat_id", r.chatID(), "emoji", "🎰")
	assert.Contains(t, string(dice.Result), `"dice":{"emoji":"\ud83c\udfb0","value":`)
	live := r.ok("sendLocation", "chat_id", r.chatID(), "latitude", "1", "longitude", "1", "live_period", "60")
	var m struct {
		ID int64 `json:"message_id"`
	}
	require.NoError(t, json.Unmarshal(live.Result, &m))
	id := strconv.FormatInt(m.ID, 10)
	r.ok("editMessageLiveLocation", "chat_id", r.chatID(), "message_id", id, "latitude", "2", "longitude", "2")
	r.pass(61)
	assert.Equal(t, "Bad Request: message can't be edited", r.refused(400, "stopMessageLiveLocation", "chat_id", r.chatID(), "message_id", id))
	assert.Equal(t, "Bad Request: EMOTICON_INVALID", r.refused(400, "sendDice", "chat_id", r.chatID(), "emoji", "x"))
	assert.Equal(t, "Bad Request: latitude is empty", r.refused(400, "sendLocation", "chat_id", r.chatID(), "longitude", "1"))
}

func TestReactions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.allKinds()
	m := r.ann.Send(r.b, "hello")
	r.news()
	require.NoError(t, r.ann.React(m, "👍"))
	assert.Equal(t, []string{"message_reaction"}, r.news())
	require.Error(t, r.ann.React(m, "not an emoji"))
	id := strconv.FormatInt(m.ID, 10)
	r.ok("setMessageReaction", "chat_id", r.chatID(), "message_id", id, "reaction", `[{"type":"emoji","emoji":"🔥"}]`)
	assert.Equal(t, "Bad Request: message to react not found", r.refused(400, "setMessageReaction", "chat_id", r.chatID(), "message_id", "99"))
	assert.Equal(t, "Bad Request: REACTION_INVALID", r.refused(400, "setMessageReaction", "chat_id", r.chatID(), "message_id", id, "reaction", `[{"type":"emoji","emoji":"x"}]`))
}

func TestGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.allKinds()
	bob := r.s.NewUser("Bob")
	group := r.s.NewSupergroup("Team", r.ann, r.b, bob)
	id := strconv.FormatInt(group.ID(), 10)
	bobID := strconv.FormatInt(bob.ID(), 10)
	assert.Equal(t, []string{"my_chat_member"}, r.news())

	bob.Send(group, "just talking")
	assert.Empty(t, r.news(), "privacy mode is on")
	bob.Send(group, "/help")
	bob.Send(group, "hello @test_bot")
	bob.Send(group, "/help@other_bot")
	assert.Equal(t, []string{"message", "message"}, r.news())
	r.b.SetPrivacy(false)
	bob.Send(group, "just talking")
	assert.Equal(t, []string{"message"}, r.news())

	assert.Equal(t, "Bad Request: not enough rights to restrict/unrestrict chat member", r.refused(400, "banChatMember", "chat_id", id, "user_id", bobID))
	require.NoError(t, r.ann.Promote(r.b, group, "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_pin_messages", "can_delete_messages"))
	assert.Equal(t, []string{"my_chat_member"}, r.news())
	r.ok("restrictChatMember", "chat_id", id, "user_id", bobID, "permissions", `{"can_send_messages":false}`)
	assert.Equal(t, []string{"chat_member"}, r.news())
	_, err := bob.TrySend(group, "gagged")
	require.ErrorContains(t, err, "restricted")
	r.ok("promoteChatMember", "chat_id", id, "user_id", bobID, "can_pin_messages", "true")
	r.ok("setChatAdministratorCustomTitle", "chat_id", id, "user_id", bobID, "custom_title", "Boss")
	assert.Contains(t, string(r.ok("getChatAdministrators", "chat_id", id).Result), `"custom_title":"Boss"`)
	assert.Equal(t, "3", string(r.ok("getChatMemberCount", "chat_id", id).Result))
	assert.Contains(t, string(r.ok("getChatMember", "chat_id", id, "user_id", bobID).Result), `"status":"administrator"`)
	assert.Equal(t, "Bad Request: user is an administrator of the chat", r.refused(400, "banChatMember", "chat_id", id, "user_id", bobID))
	r.ok("promoteChatMember", "chat_id", id, "user_id", bobID)
	r.ok("banChatMember", "chat_id", id, "user_id", bobID)
	require.Error(t, bob.Join(group), "banned")
	r.ok("unbanChatMember", "chat_id", id, "user_id", bobID)
	require.NoError(t, bob.Join(group))
	r.news()

	r.ok("setChatTitle", "chat_id", id, "title", "Crew")
	assert.Equal(t, []string{"message"}, r.news(), "new_chat_title")
	r.ok("setChatDescription", "chat_id", id, "description", "about")
	assert.Equal(t, "Bad Request: chat description is not modified", r.refused(400, "setChatDescription", "chat_id", id, "description", "about"))
	assert.Contains(t, string(r.ok("getChat", "chat_id", id).Result), `"description":"about"`)
	r.ok("setChatPermissions", "chat_id", id, "permissions", `{"can_send_messages":true}`)
	m := bob.Send(group, "pin this")
	r.ok("pinChatMessage", "chat_id", id, "message_id", strconv.FormatInt(m.ID, 10))
	assert.Contains(t, string(r.ok("getChat", "chat_id", id).Result), `"pinned_message":`)
	r.ok("unpinChatMessage", "chat_id", id)
	r.ok("leaveChat", "chat_id", id)
	assert.Equal(t, "Forbidden: bot is not a member of the supergroup chat", r.refused(403, "sendMessage", "chat_id", id, "text", "x"))
	r.news()
}

func TestInviteLinks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.allKinds()
	group := r.s.NewSupergroup("Team", r.ann, r.b)
	id := strconv.FormatInt(group.ID(), 10)
	require.NoError(t, r.ann.Promote(r.b, group, "can_invite_users"))
	r.news()
	var link struct {
		Link string `json:"invite_link"`
	}
	require.NoError(t, json.Unmarshal(r.ok("createChatInviteLink", "chat_id", id, "creates_join_request", "true", "name", "door").Result, &link))
	bob, eve := r.s.NewUser("Bob"), r.s.NewUser("Eve")
	require.NoError(t, bob.Follow(link.Link))
	require.NoError(t, eve.Follow(link.Link))
	assert.Equal(t, []string{"chat_join_request", "chat_join_request"}, r.news())
	r.ok("sendMessage", "chat_id", strconv.FormatInt(bob.ID(), 10), "text", "who are you?")
	r.ok("approveChatJoinRequest", "chat_id", id, "user_id", strconv.FormatInt(bob.ID(), 10))
	r.ok("declineChatJoinRequest", "chat_id", id, "user_id", strconv.FormatInt(eve.ID(), 10))
	assert.Equal(t, "Bad Request: HIDE_REQUESTER_MISSING", r.refused(400, "approveChatJoinRequest", "chat_id", id, "user_id", strconv.FormatInt(eve.ID(), 10)))
	bob.Send(group, "/hi")
	r.ok("editChatInviteLink", "chat_id", id, "invite_link", link.Link, "member_limit", "5")
	r.ok("revokeChatInviteLink", "chat_id", id, "invite_link", link.Link)
	require.Error(t, eve.Follow(link.Link))
	r.ok("exportChatInviteLink", "chat_id", id)
	r.news()
}

func TestForwardAndCopy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.ann.Send(r.b, "original")
	id := strconv.FormatInt(m.ID, 10)
	a := r.ok("forwardMessage", "chat_id", r.chatID(), "from_chat_id", r.chatID(), "message_id", id)
	assert.Contains(t, string(a.Result), `"forward_origin":{"type":"user"`)
	assert.Contains(t, string(a.Result), `"forward_from":{`)
	r.ok("copyMessage", "chat_id", r.chatID(), "from_chat_id", r.chatID(), "message_id", id)
	r.ok("forwardMessages", "chat_id", r.chatID(), "from_chat_id", r.chatID(), "message_ids", "["+id+"]")
	r.ok("copyMessages", "chat_id", r.chatID(), "from_chat_id", r.chatID(), "message_ids", "["+id+",777]")
	assert.Equal(t, "Bad Request: message to forward not found", r.refused(400, "forwardMessage", "chat_id", r.chatID(), "from_chat_id", r.chatID(), "message_id", "777"))
	assert.Equal(t, "Bad Request: message to copy not found", r.refused(400, "copyMessage", "chat_id", r.chatID(), "from_chat_id", r.chatID(), "message_id", "777"))
	assert.Equal(t, `Bad Request: parameter "from_chat_id" is required`, r.refused(400, "forwardMessage", "chat_id", r.chatID(), "message_id", id))
}

func TestEditing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := r.withButton()
	id := strconv.FormatInt(m.ID, 10)
	r.ok("editMessageText", "chat_id", r.chatID(), "message_id", id, "text", "*new*", "parse_mode", "MarkdownV2")
	edited, err := r.ann.Chat(r.b).WaitText(soon(t), "new")
	require.NoError(t, err)
	assert.True(t, edited.Edited)
	assert.Empty(t, edited.Buttons)
	assert.Contains(t, r.refused(400, "editMessageText", "chat_id", r.chatID(), "message_id", id, "text", "*new*", "parse_mode", "MarkdownV2"), "message is not modified")
	assert.Equal(t, "Bad Request: MESSAGE_TOO_LONG", r.refused(400, "editMessageText", "chat_id", r.chatID(), "message_id", id, "text", strings.Repeat("x", 4097)))
	assert.Equal(t, "Bad Request: message is too long", r.refused(400, "sendMessage", "chat_id", r.chatID(), "text", strings.Repeat("x", 4097)))
	r.ok("sendMessage", "chat_id", r.chatID(), "text", strings.Repeat("ж", 4096))
	assert.Equal(t, "Bad Request: there is no caption in the message to edit", r.refused(400, "editMessageCaption", "chat_id", r.chatID(), "message_id", id, "caption", "x"))
	assert.Equal(t, "Bad Request: message to edit not found", r.refused(400, "editMessageText", "chat_id", r.chatID(), "message_id", "999", "text", "x"))
	assert.Equal(t, "Bad Request: message identifier is not specified", r.refused(400, "editMessageText", "text", "x"))
	r.ok("deleteMessage", "chat_id", r.chatID(), "message_id", id)
	assert.Equal(t, "Bad Request: message to edit not found", r.refused(400, "editMessageText", "chat_id", r.chatID(), "message_id", id, "text", "x"))
	assert.Equal(t, "Bad Request: message can't be edited", r.refused(400, "editMessageText", "chat_id", r.chatID(), "message_id", "1", "text", "x"), "somebody else's")
}

func TestInlineMode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.allKinds()
	_, err := r.ann.Inline(r.b, "cats")
	require.ErrorContains(t, err, "inline mode")
	r.b.SetInline(true)
	q, err := r.ann.Inline(r.b, "cats")
	require.NoError(t, err)
	assert.Equal(t, []string{"inline_query"}, r.news())
	var query struct{ ID string }
	require.NoError(t, json.Unmarshal(r.last, &query))
	kb := `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}`
	results := fmt.Sprintf(`[{"type":"article","id":"1","title":"Cat","input_message_content":{"message_text":"<b>meow</b>","parse_mode":"HTML"},"reply_markup":%s}]`, kb)
	r.ok("answerInlineQuery", "inline_query_id", query.ID, "results", results)
	shown, err := q.Wait(soon(t))
	require.NoError(t, err)
	assert.Equal(t, []telegram.InlineResult{{ID: "1", Type: "article", Title: "Cat"}}, shown)
	bob := r.s.NewUser("Bob")
	group := r.s.NewGroup("Friends", r.ann, bob)
	m, err := q.Choose("1", group)
	require.NoError(t, err)
	assert.Equal(t, "meow", m.Text)
	assert.Equal(t, []string{"chosen_inline_result"}, r.news())
	var chosen struct {
		InlineID string `json:"inline_message_id"`
	}
	require.NoError(t, json.Unmarshal(r.last, &chosen))
	_, err = bob.Press(m, "OK")
	require.NoError(t, err)
	assert.Equal(t, []string{"callback_query"}, r.news())
	assert.Equal(t, "true", string(r.ok("editMessageText", "inline_message_id", chosen.InlineID, "text", "purr").Result))
	assert.Equal(t, "Bad Request: too many inline query results specified", r.refused(400, "answerInlineQuery", "inline_query_id", query.ID, "results", "["+strings.Repeat("{},", 50)+"{}]"))
	r.pass(31)
	assert.Contains(t, r.refused(400, "answerInlineQuery", "inline_query_id", query.ID, "results", "[]"), "query is too old")
}

func TestPayments(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.allKinds()
	r.say("/buy")
	r.news()
	r.ok("sendInvoice", "chat_id", r.chatID(), "title", "Tea", "description", "A cup", "payload", "p-1", "currency", "XTR", "prices", `[{"label":"Tea","amount":5}]`)
	m, err := r.ann.Chat(r.b).Wait(soon(t), func(m *telegram.Message) bool { return m.Kind == "invoice" })
	require.NoError(t, err)
	p, err := r.ann.Pay(m)
	require.NoError(t, err)
	assert.Equal(t, []string{"pre_checkout_query"}, r.news())
	var query struct{ ID string }
	require.NoError(t, json.Unmarshal(r.last, &query))
	r.ok("answerPreCheckoutQuery", "pre_checkout_query_id", query.ID, "ok", "true")
	require.NoError(t, p.Wait(soon(t)))
	assert.Equal(t, []string{"message"}, r.news(), "successful_payment")
	var paid struct {
		Payment struct {
			Charge string `json:"telegram_payment_charge_id"`
		} `json:"successful_payment"`
	}
	require.NoError(t, json.Unmarshal(r.last, &paid))
	r.ok("refundStarPayment", "user_id", r.chatID(), "telegram_payment_charge_id", paid.Payment.Charge)
	assert.Equal(t, "Bad Request: CHARGE_ALREADY_REFUNDED", r.refused(400, "refundStarPayment", "user_id", r.chatID(), "telegram_payment_charge_id", paid.Payment.Charge))
	r.ok("getStarTransactions")
	r.ok("getMyStarBalance")

	r.ok("sendInvoice", "chat_id", r.chatID(), "title", "Pot", "description", "d", "payload", "p-2", "currency", "EUR", "provider_token", "test", "prices", `[{"label":"Pot","amount":500}]`, "is_flexible", "true")
	m, err = r.ann.Chat(r.b).Wait(soon(t), func(m *telegram.Message) bool { return m.Kind == "invoice" })
	require.NoError(t, err)
	p, err = r.ann.Pay(m)
	require.NoError(t, err)
	assert.Equal(t, []string{"shipping_query"}, r.news())
	require.NoError(t, json.Unmarshal(r.last, &query))
	r.ok("answerShippingQuery", "shipping_query_id", query.ID, "ok", "true", "shipping_options", `[{"id":"post","title":"Post","prices":[{"label":"Post","amount":100}]}]`)
	assert.Equal(t, []string{"pre_checkout_query"}, r.news())
	require.NoError(t, json.Unmarshal(r.last, &query))
	r.ok("answerPreCheckoutQuery", "pre_checkout_query_id", query.ID, "ok", "false", "error_message", "sold out")
	require.ErrorContains(t, p.Wait(soon(t)), "sold out")
}

func TestProfile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	commands := `[{"command":"start","description":"begin"}]`
	r.ok("setMyCommands", "commands", commands)
	assert.JSONEq(t, commands, string(r.ok("getMyCommands").Result))
	assert.Equal(t, "[]", string(r.ok("getMyCommands", "language_code", "de").Result))
	r.ok("deleteMyCommands")
	assert.Equal(t, "[]", string(r.ok("getMyCommands").Result))
	assert.Equal(t, "Bad Request: BOT_COMMAND_INVALID", r.refused(400, "setMyCommands", "commands", `[{"command":"Bad Name","description":"x"}]`))
	r.ok("setMyName", "name", "Testy")
	assert.JSONEq(t, `{"name":"Testy"}`, string(r.ok("getMyName").Result))
	r.ok("setMyDescription", "description", "d", "language_code", "de")
	r.ok("getMyDescription", "language_code", "de")
	r.ok("setMyShortDescription", "short_description", "s")
	r.ok("getMyShortDescription")
	r.ok("setMyDefaultAdministratorRights", "rights", `{"can_delete_messages":true}`)
	assert.Contains(t, string(r.ok("getMyDefaultAdministratorRights").Result), `"can_delete_messages":true`)
	r.ok("setChatMenuButton", "menu_button", `{"type":"web_app","text":"Open","web_app":{"url":"https://example.com"}}`)
	r.ok("getChatMenuButton")
}

func TestBlockedBot(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.say("/start")
	r.news()
	r.ann.Block(r.b)
	assert.Equal(t, []string{"my_chat_member"}, r.news())
	assert.Equal(t, "Forbidden: bot was blocked by the user", r.refused(403, "sendMessage", "chat_id", r.chatID(), "text", "x"))
	r.ann.Unblock(r.b)
	r.ok("sendMessage", "chat_id", r.chatID(), "text", "x")
}

func TestTopics(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	group := r.s.NewSupergroup("Forum", r.ann, r.b)
	group.SetForum(true)
	id := strconv.FormatInt(group.ID(), 10)
	require.NoError(t, r.ann.Promote(r.b, group, "can_manage_topics"))
	var topic struct {
		ID int64 `json:"message_thread_id"`
	}
	require.NoError(t, json.Unmarshal(r.ok("createForumTopic", "chat_id", id, "name", "News").Result, &topic))
	thread := strconv.FormatInt(topic.ID, 10)
	assert.Contains(t, string(r.ok("sendMessage", "chat_id", id, "text", "x", "message_thread_id", thread).Result), `"is_topic_message":true`)
	r.ok("editForumTopic", "chat_id", id, "message_thread_id", thread, "name", "Olds")
	r.ok("closeForumTopic", "chat_id", id, "message_thread_id", thread)
	assert.Equal(t, "Bad Request: TOPIC_NOT_MODIFIED", r.refused(400, "closeForumTopic", "chat_id", id, "message_thread_id", thread))
	r.ok("reopenForumTopic", "chat_id", id, "message_thread_id", thread)
	r.ok("deleteForumTopic", "chat_id", id, "message_thread_id", thread)
	assert.Equal(t, "Bad Request: message thread not found", r.refused(400, "sendMessage", "chat_id", id, "text", "x", "message_thread_id", thread))
	r.news()
}

// Every method of the Bot API answers, and with what the schema says.
func TestEveryMethodAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.say("/start")
	for _, m := range telegram.Methods() {
		if m.Name == "close" || m.Name == "logOut" {
			continue // they end the bot; see 52
		}
		a := r.call(m.Name)
		switch m.Depth {
		case telegram.Refused:
			assert.Equal(t, 404, a.Status, m.Name)
		default:
			assert.NotEqual(t, 404, a.Status, m.Name)
			assert.NotEqual(t, 500, a.Status, "%s: %s", m.Name, a.raw)
		}
	}
	assert.Len(t, telegram.Methods(), 180)
}

func TestKeyboardsAndEntitiesAreChecked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.say("/start")
	send := func(params ...string) string {
		return r.refused(400, "sendMessage", append([]string{"chat_id", r.chatID(), "text", "hello"}, params...)...)
	}
	data := strings.Repeat("x", 65)
	assert.Equal(t, "Bad Request: BUTTON_DATA_INVALID", send("reply_markup", `{"inline_keyboard":[[{"text":"a","callback_data":"`+data+`"}]]}`))
	assert.Equal(t, "Bad Request: inline keyboard button text must be non-empty", send("reply_markup", `{"inline_keyboard":[[{"text":"","callback_data":"x"}]]}`))
	assert.Equal(t, "Bad Request: inline keyboard button URL 'http://localhost' is invalid: Wrong HTTP URL", send("reply_markup", `{"inline_keyboard":[[{"text":"a","url":"http://localhost"}]]}`))
	assert.Equal(t, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard", send("reply_markup", `{"inline_keyboard":[[{"text":"a"}]]}`))
	assert.Equal(t, "Bad Request: can't parse reply keyboard markup JSON object", send("reply_markup", `{`))
	assert.Equal(t, "Bad Request: object expected as reply markup", send("reply_markup", `null`))
	assert.Equal(t, `Bad Request: bot "nobody_bot" not found`, send("reply_markup", `{"inline_keyboard":[[{"text":"a","login_url":{"url":"https://example.com","bot_username":"nobody_bot"}}]]}`))
	assert.Contains(t, send("entities", `[{"type":"bold"}]`), "Bad Request: can't parse MessageEntity: ")
	a := r.ok("sendMessage", "chat_id", r.chatID(), "text", "ab", "entities", `[{"type":"bold","offset":0,"length":1}]`)
	assert.Contains(t, string(a.Result), `"entities":[{"offset":0,"length":1,"type":"bold"}]`)
	for text, params := range map[string][]string{
		`Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`:                    {"text", "<b>x", "parse_mode", "HTML"},
		`Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the preceding '\'`: {"text", "x.", "parse_mode", "MarkdownV2"},
		`Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 0`:               {"text", "*x", "parse_mode", "Markdown"},
		`Bad Request: unsupported parse_mode`: {"text", "x", "parse_mode", "BBCode"},
		`Bad Request: text must be non-empty`: {"text", " \n "},
	} {
		assert.Equal(t, text, r.refused(400, "sendMessage", append([]string{"chat_id", r.chatID()}, params...)...))
	}
}
