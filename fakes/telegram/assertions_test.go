package telegram_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

func seconds2(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// What other fakes get wrong, one test each (Bot API server source, and
// observed on the real server). The numbers are those of docs/fidelity.md.
func TestWhatOtherFakesGetWrong(t *testing.T) {
	for _, a := range []struct {
		name string
		test func(*rig)
	}{
		{"01 an empty URL deletes the webhook", emptyURLDeletes},
		{"02 the same webhook again is already set, or too soon", alreadySet},
		{"03 an invalid URL leaves no webhook", invalidURLClears},
		{"04 and drops what it was asked to drop", invalidURLDrops},
		{"05 a port nobody listens on is accepted", refusedPort},
		{"06 the last error outlives success", lastErrorStays},
		{"07 getWebhookInfo without a webhook", infoWithout},
		{"08 allowed_updates persist", allowedPersist},
		{"09 kinds not allowed use up no update_id", filteredNoGap},
		{"10 narrowing keeps what is queued", narrowingKeeps},
		{"11 update_id begins at random and goes on", idsGoOn},
		{"12 a negative offset discards the rest", negativeOffset},
		{"13 an offset too far is ignored", farOffset},
		{"14 limits are clamped", limitsClamped},
		{"15 a hot loop is slowed down", hotLoop},
		{"16 reading again at once gives one update", hotRead},
		{"17 a second poller ends the first", secondPoller},
		{"18 a second conflict is late", secondConflict},
		{"19 setWebhook ends a long poll", setEndsPoll},
		{"20 getUpdates fails while a webhook is set", pollWhileSet},
		{"21 updates have lifetimes of their own", lifetimes},
		{"22 the webhook request is Telegram's", hookRequest},
		{"23 the retry schedule", retrySchedule},
		{"24 a failing chat waits alone", failingChat},
		{"25 a press overtakes a message", pressOvertakes},
		{"26 one request a chat, max_connections in all", concurrency},
		{"27 a cold backlog begins with one connection", coldBacklog},
		{"28 which statuses count as delivered", statuses},
		{"29 Retry-After delays, or discards", retryAfter},
		{"30 a response that takes 60 seconds is given up", readTimeout},
		{"31 closing without an answer is no error", closeSilently},
		{"32 a method in the reply is run", inlineReply},
		{"33 in other encodings too", inlineEncodings},
		{"34 a reply without a length has no body", replyWithoutLength},
		{"35 deleteWebhook cuts a delivery off", deleteCuts},
		{"36 max_connections is clamped", maxConnections},
		{"37 secret tokens are checked", secretTokens},
		{"38 a certificate as text is ignored", certificateText},
		{"39 the status is the error_code", statusIsCode},
		{"40 methods of any case, HEAD, unknown methods", methodNames},
		{"41 the query wins over the body", queryWins},
		{"42 reply_markup as an object and as a string", markupForms},
		{"43 a truncated JSON body is used as far as it goes", truncatedJSON},
		{"44 null is the text null", nullText},
		{"45 booleans are lenient", lenientBooleans},
		{"46 a part is a file if it has a filename", fileParts},
		{"47 parameters are checked before the chat", parametersFirst},
		{"48 deleteMessages ignores unknown ids", deleteUnknown},
		{"49 non-ASCII is escaped", escaped},
		{"50 a migrated group says where it went", migrated},
		{"51 short flood waits are latency", floodWaits},
		{"52 logOut forgets, close keeps", logOutAndClose},
		{"53 a 403's last error", lastErrorText},
		{"54 failing chats can starve the others", starvation},
		{"55 23 hours of 410 remove the webhook", gone},
		{"56 a secret with stray bits is refused", strayBits},
	} {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			a.test(newRig(t))
		})
	}
}

func emptyURLDeletes(r *rig) {
	assert.Equal(r.t, "Webhook is already deleted", r.ok("setWebhook", "url", "").Description)
	r.set()
	assert.Equal(r.t, "Webhook was deleted", r.ok("setWebhook", "url", "").Description)
}

func alreadySet(r *rig) {
	r.set()
	a := r.call("setWebhook", "url", r.hook.URL)
	assert.Equal(r.t, 429, a.Status)
	assert.Equal(r.t, "Too Many Requests: retry after 1", a.Description)
	assert.EqualValues(r.t, 1, a.Parameters["retry_after"])
	assert.Equal(r.t, "1", a.header.Get("Retry-After"))
	r.pass(1.1)
	assert.Equal(r.t, "Webhook is already set", r.ok("setWebhook", "url", r.hook.URL).Description)
}

func invalidURLClears(r *rig) {
	r.set()
	r.pass(2)
	assert.Equal(r.t, "Bad Request: invalid webhook URL specified", r.refused(400, "setWebhook", "url", "ftp://x"))
	assert.Empty(r.t, r.info()["url"])
}

func invalidURLDrops(r *rig) {
	r.say("one", "two")
	r.refused(400, "setWebhook", "url", "ftp://x", "drop_pending_updates", "true")
	assert.EqualValues(r.t, 0, r.info()["pending_update_count"])
}

func refusedPort(r *rig) {
	r.hook.Close()
	r.set()
	assert.Equal(r.t, "Connection refused", r.lastError())
}

func lastErrorStays(r *rig) {
	r.set()
	r.say("hello")
	r.hook.next(r.t).status(500)
	r.hook.next(r.t).status(200)
	r.tried(2)
	info := r.info()
	assert.Equal(r.t, "Wrong response from the webhook: 500 Internal Server Error", info["last_error_message"])
	assert.NotZero(r.t, info["last_error_date"])
	r.set("max_connections", "3")
	assert.NotContains(r.t, r.info(), "last_error_message")
}

func infoWithout(r *rig) {
	keys := func() (names []string) {
		for name := range r.info() {
			names = append(names, name)
		}
		return names
	}
	assert.ElementsMatch(r.t, []string{"url", "has_custom_certificate", "pending_update_count"}, keys())
	r.updates("allowed_updates", `["message"]`)
	assert.ElementsMatch(r.t, []string{"url", "has_custom_certificate", "pending_update_count", "allowed_updates"}, keys())
}

func allowedPersist(r *rig) {
	r.updates("allowed_updates", `["message","poll"]`)
	r.updates()
	assert.Equal(r.t, []any{"message", "poll"}, r.info()["allowed_updates"])
	r.updates("allowed_updates", `[]`)
	assert.NotContains(r.t, r.info(), "allowed_updates")
}

func filteredNoGap(r *rig) {
	m := r.ann.Send(r.b, "one")
	require.NoError(r.t, r.ann.React(m, "👍"))
	r.say("two")
	ups := r.updates()
	require.Len(r.t, ups, 2)
	assert.Equal(r.t, ups[0].ID+1, ups[1].ID)
	r.updates("allowed_updates", `["message_reaction"]`)
	require.NoError(r.t, r.ann.React(m, "🔥"))
	assert.Equal(r.t, 3, r.b.Pending(), "once asked for, it is queued")
}

func narrowingKeeps(r *rig) {
	r.say("one")
	r.updates("allowed_updates", `["poll"]`)
	r.say("two")
	ups := r.updates()
	require.Len(r.t, ups, 1)
	assert.Equal(r.t, "one", ups[0].Message.Text)
}

func idsGoOn(r *rig) {
	r.say("one", "two")
	ups := r.updates()
	assert.Greater(r.t, ups[0].ID, int64(2_000_000))
	assert.Equal(r.t, ups[0].ID+1, ups[1].ID)
	r.ok("deleteWebhook", "drop_pending_updates", "true")
	r.say("three")
	r.pass(4)
	assert.Equal(r.t, ups[1].ID+1, r.updates()[0].ID)
}

func negativeOffset(r *rig) {
	r.say("one", "two", "three")
	ups := r.updates("offset", "-1")
	require.Len(r.t, ups, 1)
	assert.Equal(r.t, "three", ups[0].Message.Text)
	assert.Len(r.t, r.updates("offset", "0"), 1)
}

func farOffset(r *rig) {
	r.say("one", "two")
	last := r.updates()[1].ID
	r.pass(4)
	assert.Len(r.t, r.updates("offset", strconv.FormatInt(last+100, 10)), 2)
	r.pass(4)
	assert.Len(r.t, r.updates(), 2)
}

func limitsClamped(r *rig) {
	for n := range 120 {
		r.say(strconv.Itoa(n))
	}
	assert.Len(r.t, r.updates("limit", "0"), 1)
	r.pass(4)
	ups := r.updates("limit", "1000")
	require.Len(r.t, ups, 100)
	done := r.later("getUpdates", "offset", strconv.FormatInt(ups[99].ID+21, 10), "timeout", "600")
	r.awaitPoll()
	r.pass(45)
	assert.Empty(r.t, done)
	r.pass(5)
	assert.Equal(r.t, `{"ok":true,"result":[]}`, (<-done).raw)
}

// awaitPoll waits until a long poll is held.
func (r *rig) awaitPoll() {
	r.t.Helper()
	require.NoError(r.t, r.b.WaitPoll(soon(r.t)))
}

func hotLoop(r *rig) {
	assert.Empty(r.t, r.updates())
	done := r.later("getUpdates")
	r.awaitPoll()
	r.pass(2)
	assert.Empty(r.t, done)
	r.pass(1)
	assert.True(r.t, (<-done).OK)
}

// hotRead needs a clock that stands still between calls.
func hotRead(r *rig) {
	synctest.Test(r.t, func(t *testing.T) {
		b := newBubble(t, telegram.Options{})
		bot, ann := b.s.NewBot("test_bot"), b.s.NewUser("Ann")
		for _, text := range []string{"one", "two", "three"} {
			ann.Send(bot, text)
		}
		for _, step := range []struct {
			pause time.Duration
			got   int
		}{{0, 3}, {0, 1}, {499 * time.Millisecond, 1}, {500 * time.Millisecond, 3}, {time.Millisecond, 1}} {
			time.Sleep(step.pause)
			var ups []update
			require.NoError(t, json.Unmarshal(b.call(bot, "getUpdates", nil), &ups))
			assert.Len(t, ups, step.got, "after %v", step.pause)
		}
	})
}

func secondPoller(r *rig) {
	first := r.later("getUpdates", "timeout", "50")
	r.awaitPoll()
	second := r.later("getUpdates", "timeout", "50", "offset", "1")
	a := <-first
	assert.Equal(r.t, 409, a.Status)
	assert.Equal(r.t, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running", a.Description)
	r.say("for the second")
	assert.True(r.t, (<-second).OK)
}

func secondConflict(r *rig) {
	r.set()
	assert.Equal(r.t, 409, r.call("getUpdates").Status)
	done := r.later("getUpdates")
	r.awaitHeld(1)
	r.pass(2)
	assert.Empty(r.t, done)
	r.pass(1)
	assert.Equal(r.t, 409, (<-done).Status)
}

// awaitHeld waits until n calls are held.
func (r *rig) awaitHeld(n int) {
	r.t.Helper()
	require.NoError(r.t, r.s.WaitHeld(soon(r.t), n))
}

func setEndsPoll(r *rig) {
	done := r.later("getUpdates", "timeout", "50")
	r.awaitPoll()
	r.set()
	a := <-done
	assert.Equal(r.t, 409, a.Status)
	assert.Equal(r.t, "Conflict: terminated by setWebhook request", a.Description)
}

func pollWhileSet(r *rig) {
	r.set()
	assert.Equal(r.t, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first", r.refused(409, "getUpdates"))
}

func lifetimes(r *rig) {
	r.b.SetInline(true)
	m := r.withButton()
	pending := func() any { return len(r.updates("timeout", "0")) }
	_, err := r.ann.Press(m, "OK")
	require.NoError(r.t, err)
	_, err = r.ann.Inline(r.b, "query")
	require.NoError(r.t, err)
	r.say("a message")
	assert.Equal(r.t, 3, pending())
	r.pass(31)
	assert.Equal(r.t, 2, pending(), "an inline query lives for 30 seconds")
	r.pass(120)
	assert.Equal(r.t, 1, pending(), "a callback query lives for 150 seconds")
	r.pass(86400 - 152 - 10)
	assert.Equal(r.t, 1, pending())
	r.pass(20)
	done := r.later("getUpdates", "offset", "5")
	r.pass(4)
	assert.Equal(r.t, `{"ok":true,"result":[]}`, (<-done).raw, "a message lives for a day")
}

// withButton has the bot send Ann a message with a button, and takes the
// updates there were.
func (r *rig) withButton() *telegram.Message {
	r.t.Helper()
	r.say("/start")
	for _, u := range r.updates() {
		r.updates("offset", strconv.FormatInt(u.ID+1, 10), "timeout", "0", "limit", "1")
	}
	r.ok("sendMessage", "chat_id", strconv.FormatInt(r.ann.ID(), 10), "text", "choose", "reply_markup", `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}`)
	m, err := r.ann.Chat(r.b).WaitText(soon(r.t), "choose")
	require.NoError(r.t, err)
	return m
}

func hookRequest(r *rig) {
	r.set("secret_token", "s-1")
	r.say("hello")
	h := r.hook.next(r.t)
	assert.NotContains(r.t, h.Header, "User-Agent")
	assert.Equal(r.t, "gzip, deflate", h.Header.Get("Accept-Encoding"))
	assert.Equal(r.t, "s-1", h.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
	assert.True(r.t, strings.HasPrefix(h.Body, fmt.Sprintf("{\"update_id\":%d,\n\"message\":{", h.UpdateID)), h.Body)
	h.status(200)
}

func retrySchedule(r *rig) {
	r.set()
	r.say("hello")
	first := r.hook.next(r.t)
	first.status(500)
	again := r.hook.next(r.t)
	assert.Equal(r.t, first.Body, again.Body, "the first retry is immediate")
	again.status(500)
	for n, delay := range []float64{2, 4, 8, 16, 32, 64} {
		r.tried(n + 2)
		r.pass(delay / 2)
		if delay < 60 {
			r.hook.none(r.t)
		}
		r.pass(delay/2 + 0.1)
		r.hook.next(r.t).status(500)
	}
	r.tried(8)
	r.pass(58)
	r.hook.none(r.t)
	r.pass(64)
	r.hook.next(r.t).status(200)
}

func failingChat(r *rig) {
	r.set()
	bob := r.s.NewUser("Bob")
	r.say("one", "two")
	r.hook.next(r.t).status(500, "Retry-After", "5")
	bob.Send(r.b, "three")
	h := r.hook.next(r.t)
	assert.Equal(r.t, "three", h.Text)
	h.status(200)
	r.pass(5.1)
	h = r.hook.next(r.t)
	assert.Equal(r.t, "one", h.Text)
	h.status(200)
	h = r.hook.next(r.t)
	assert.Equal(r.t, "two", h.Text)
	h.status(200)
}

func pressOvertakes(r *rig) {
	m := r.withButton()
	r.set()
	r.say("warm up")
	r.hook.next(r.t).status(200)
	r.say("slow")
	slow := r.hook.next(r.t)
	_, err := r.ann.Press(m, "OK")
	require.NoError(r.t, err)
	h := r.hook.next(r.t)
	assert.Equal(r.t, "callback_query", h.Kind)
	h.status(200)
	slow.status(200)
}

func concurrency(r *rig) {
	r.set("max_connections", "2")
	r.say("warm up")
	r.hook.next(r.t).status(200)
	r.tried(1)
	for n := range 4 {
		u := r.s.NewUser(fmt.Sprint("Person ", n))
		u.Send(r.b, fmt.Sprint(n, " first"))
		u.Send(r.b, fmt.Sprint(n, " second"))
	}
	open := []hit{r.hook.next(r.t), r.hook.next(r.t)}
	assert.NotEqual(r.t, open[0].Text[:1], open[1].Text[:1], "one request a chat")
	r.pass(5)
	r.hook.none(r.t)
	for range 6 {
		open[0].status(200)
		open = append(open[1:], r.hook.next(r.t))
	}
	open[0].status(200)
	open[1].status(200)
	r.tried(9)
}

func coldBacklog(r *rig) {
	for n := range 3 {
		r.s.NewUser(fmt.Sprint("Person ", n)).Send(r.b, "waiting")
	}
	r.set()
	first := r.hook.next(r.t)
	r.pass(11)
	r.hook.none(r.t)
	first.status(200)
	two, three := r.hook.next(r.t), r.hook.next(r.t)
	two.status(200)
	three.status(200)
}

func statuses(r *rig) {
	r.set()
	r.say("one", "two", "three")
	r.hook.next(r.t).status(204)
	h := r.hook.next(r.t)
	assert.Equal(r.t, "two", h.Text)
	h.status(302, "Location", r.hook.URL+"/elsewhere")
	h = r.hook.next(r.t)
	assert.Equal(r.t, "two", h.Text, "a redirect is a failure, and is not followed")
	h.status(304)
	r.tried(3)
	r.pass(2.1)
	h = r.hook.next(r.t)
	assert.Equal(r.t, "two", h.Text)
	h.status(299)
	h = r.hook.next(r.t)
	assert.Equal(r.t, "three", h.Text)
	h.status(200)
}

func retryAfter(r *rig) {
	m := r.withButton()
	r.set()
	r.say("hello")
	r.hook.next(r.t).status(503, "Retry-After", "5")
	r.tried(1)
	r.pass(3)
	r.hook.none(r.t)
	r.pass(2)
	r.hook.next(r.t).status(200)
	_, err := r.ann.Press(m, "OK")
	require.NoError(r.t, err)
	r.hook.next(r.t).status(503, "Retry-After", "600")
	r.wait(soon(r.t), func(e telegram.Event) bool { return e.Kind == telegram.EventDrop && e.UpdateKind == "callback_query" })
	assert.Zero(r.t, r.b.Pending())
}

func readTimeout(r *rig) {
	r.set()
	r.say("hello")
	h := r.hook.next(r.t)
	r.pass(55)
	assert.NotContains(r.t, r.info(), "last_error_message")
	r.pass(5)
	<-h.gone
	assert.Equal(r.t, "Read timeout expired", r.lastError())
	again := r.hook.next(r.t)
	assert.Equal(r.t, h.Body, again.Body)
	again.status(200)
}

func closeSilently(r *rig) {
	r.set()
	r.say("hello")
	r.hook.next(r.t).cut()
	r.tried(1)
	assert.NotContains(r.t, r.info(), "last_error_message")
	r.pass(2.1)
	r.hook.next(r.t).status(200)
}

func inlineReply(r *rig) {
	r.set()
	chat := r.ann.Chat(r.b)
	id := strconv.FormatInt(r.ann.ID(), 10)
	for n, reply := range []string{
		`{"method":"sendMessage","chat_id":` + id + `,"text":"hi"}`,
		`{"method":"getMe"}`,
		`{"method":"deleteWebhook"}`,
		`{"method":"sendMessage","chat_id":1,"text":"to nobody"}`,
	} {
		r.say("hello")
		r.hook.next(r.t).body("application/json", reply)
		r.tried(n + 1)
	}
	_, err := chat.WaitText(soon(r.t), "hi")
	require.NoError(r.t, err)
	info := r.info()
	assert.Equal(r.t, r.hook.URL, info["url"], "deleteWebhook in a reply is not run")
	assert.NotContains(r.t, info, "last_error_message")
	assert.EqualValues(r.t, 0, info["pending_update_count"])
	for _, e := range r.s.Journal() {
		assert.False(r.t, e.Inline && e.Method == "getMe", "getMe in a reply is not run")
	}
}

func inlineEncodings(r *rig) {
	r.set()
	chat := r.ann.Chat(r.b)
	id := strconv.FormatInt(r.ann.ID(), 10)
	r.say("hello")
	r.hook.next(r.t).body("application/x-www-form-urlencoded", "method=sendMessage&text=form+encoded&chat_id="+id)
	_, err := chat.WaitText(soon(r.t), "form encoded")
	require.NoError(r.t, err)
	r.say("hello")
	part := func(name, value string) string {
		return "--XX\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	r.hook.next(r.t).body("multipart/form-data; boundary=XX", part("method", "sendMessage")+part("chat_id", id)+part("text", "in parts")+"--XX--\r\n")
	_, err = chat.WaitText(soon(r.t), "in parts")
	require.NoError(r.t, err)
	r.say("hello")
	r.hook.next(r.t).body("text/plain", `{"method":"sendMessage","chat_id":`+id+`,"text":"plain"}`)
	r.tried(3)
	assert.NotContains(r.t, chat.Transcript(), "plain")
}

func deleteCuts(r *rig) {
	r.set()
	r.say("hello")
	h := r.hook.next(r.t)
	r.ok("deleteWebhook")
	<-h.gone
	ups := r.updates()
	require.Len(r.t, ups, 1)
	assert.Equal(r.t, h.UpdateID, ups[0].ID)
}

func maxConnections(r *rig) {
	for given, stored := range map[string]float64{"0": 1, "1000": 100, "": 40, "7": 7} {
		r.set("max_connections", given)
		assert.InDelta(r.t, stored, r.info()["max_connections"], 0, "max_connections=%s", given)
	}
}

func secretTokens(r *rig) {
	assert.Equal(r.t, "Bad Request: secret token contains unallowed characters", r.refused(400, "setWebhook", "url", r.hook.URL, "secret_token", "a b"))
	r.pass(2)
	assert.Equal(r.t, "Bad Request: secret token is too long", r.refused(400, "setWebhook", "url", r.hook.URL, "secret_token", strings.Repeat("a", 257)))
}

func certificateText(r *rig) {
	r.set("certificate", "-----BEGIN CERTIFICATE-----")
	assert.Equal(r.t, false, r.info()["has_custom_certificate"])
}

func statusIsCode(r *rig) {
	r.refused(400, "sendMessage")
	r.refused(404, "noSuchMethod")
	r.set()
	r.refused(409, "getUpdates")
	r.refused(429, "setWebhook", "url", r.hook.URL)
}

func queryWins(r *rig) {
	r.say("/start")
	id := strconv.FormatInt(r.ann.ID(), 10)
	raw := r.raw("POST", "/sendMessage?text=from+the+query&chat_id="+id, "application/x-www-form-urlencoded", "text=from+the+body")
	assert.Contains(r.t, raw, "from the query")
}

func lenientBooleans(r *rig) {
	r.say("/start")
	id := strconv.FormatInt(r.ann.ID(), 10)
	for value, protected := range map[string]bool{"yes": true, " TRUE ": true, "1": true, "on": false, "2": false} {
		a := r.ok("sendMessage", "chat_id", id, "text", "x", "protect_content", value)
		assert.Equal(r.t, protected, strings.Contains(a.raw, "has_protected_content"), "protect_content=%s", value)
	}
}

// parametersFirst makes every mistake at once, and mends one after the other.
func parametersFirst(r *rig) {
	assert.Equal(r.t, "Bad Request: message text is empty", r.refused(400, "sendMessage", "chat_id", "12345", "text", ""))
	r.say("/start")
	group := r.s.NewSupergroup("Team", r.ann, r.b)
	params := map[string]string{
		"chat_id": "12345", "text": "", "parse_mode": "bogus", "link_preview_options": "{", "reply_parameters": "[]",
		"reply_markup": "[]", "message_thread_id": "77",
	}
	for _, step := range []struct{ want, name, mended string }{
		{"can't parse link preview options JSON object", "link_preview_options", ""},
		{"message text is empty", "text", strings.Repeat("x", 32769)},
		{"text is too long", "text", strings.Repeat("x", 4097) + "<"},
		{"unsupported parse_mode", "parse_mode", "HTML"},
		{"can't parse entities: Unclosed start tag at byte offset 4097", "text", strings.Repeat("x", 4097)},
		{"object expected as reply parameters", "reply_parameters", `{"message_id":777}`},
		{"object expected as reply markup", "reply_markup", `{"inline_keyboard":[[{"text":"","url":"https://a.example"}]]}`},
		{"chat not found", "chat_id", strconv.FormatInt(group.ID(), 10)},
		{"message thread not found", "message_thread_id", ""},
		{"message to be replied not found", "reply_parameters", ""},
		{"message is too long", "text", "x"},
		{"inline keyboard button text must be non-empty", "reply_markup", ""},
	} {
		var pairs []string
		for name, value := range params {
			pairs = append(pairs, name, value)
		}
		assert.Equal(r.t, "Bad Request: "+step.want, r.refused(400, "sendMessage", pairs...))
		params[step.name] = step.mended
	}
	r.ok("sendMessage", "chat_id", params["chat_id"], "text", params["text"], "parse_mode", params["parse_mode"])
}

func deleteUnknown(r *rig) {
	r.say("/start")
	id := strconv.FormatInt(r.ann.ID(), 10)
	assert.Equal(r.t, "true", string(r.ok("deleteMessages", "chat_id", id, "message_ids", "[777,778]").Result))
	assert.Equal(r.t, "Bad Request: message to delete not found", r.refused(400, "deleteMessage", "chat_id", id, "message_id", "777"))
}

func escaped(r *rig) {
	r.say("/start")
	a := r.ok("sendMessage", "chat_id", strconv.FormatInt(r.ann.ID(), 10), "text", "é😀/")
	assert.Contains(r.t, a.raw, `"text":"\u00e9\ud83d\ude00/"`)
}

func migrated(r *rig) {
	group := r.s.NewGroup("Team", r.ann, r.b)
	super, err := group.Upgrade()
	require.NoError(r.t, err)
	a := r.call("sendMessage", "chat_id", strconv.FormatInt(group.ID(), 10), "text", "x")
	assert.Equal(r.t, 400, a.Status)
	assert.Equal(r.t, "Bad Request: group chat was upgraded to a supergroup chat", a.Description)
	assert.Equal(r.t, super.ID(), a.Parameters["migrate_to_chat_id"])
}

func floodWaits(r *rig) {
	r.say("/start")
	id := strconv.FormatInt(r.ann.ID(), 10)
	for n, c := range []struct {
		waits  []int
		after  float64 // seconds of silence
		status int
		last   int64
	}{
		{[]int{3}, 3, 200, 0},
		{[]int{8}, 8, 200, 0},
		{[]int{4, 4}, 8, 200, 0},
		{[]int{9}, 0, 429, 9},
		{[]int{3, 3, 3}, 6, 429, 3},
		{[]int{1, 2, 10072}, 3, 429, 10072},
	} {
		text := fmt.Sprint("message ", n)
		r.s.AddFault(telegram.Fault{Method: "sendMessage", FloodWaits: c.waits, Times: 1})
		done := r.later("sendMessage", "chat_id", id, "text", text)
		if c.after > 0 {
			r.awaitHeld(1)
			r.pass(c.after / 2)
			assert.Empty(r.t, done, "%v", c.waits)
			assert.NotContains(r.t, r.ann.Chat(r.b).Transcript(), text, "it is not sent before it is answered")
			r.pass(c.after / 2)
		}
		a := <-done
		assert.Equal(r.t, c.status, a.Status, "%v", c.waits)
		assert.Equal(r.t, c.status == 200, strings.Contains(r.ann.Chat(r.b).Transcript(), text), "%v", c.waits)
		if c.status == 429 {
			assert.Equal(r.t, c.last, a.Parameters["retry_after"], "the last wait, not the sum")
			assert.Equal(r.t, strconv.FormatInt(c.last, 10), a.header.Get("Retry-After"))
			assert.Equal(r.t, fmt.Sprint("Too Many Requests: retry after ", c.last), a.Description)
		}
	}
}

func logOutAndClose(r *rig) {
	r.hook.Close()
	r.set()
	r.say("kept")
	r.ok("close")
	r.pass(1)
	assert.Equal(r.t, r.hook.URL, r.info()["url"])
	assert.EqualValues(r.t, 1, r.info()["pending_update_count"])
	r.ok("logOut")
	a := r.call("getMe")
	assert.Equal(r.t, 400, a.Status)
	assert.Equal(r.t, "Logged out", a.Description)
	r.pass(1801)
	assert.Empty(r.t, r.info()["url"])
	assert.EqualValues(r.t, 0, r.info()["pending_update_count"])
}

func lastErrorText(r *rig) {
	r.set()
	r.say("hello")
	r.hook.next(r.t).status(403)
	assert.Equal(r.t, "Wrong response from the webhook: 403 Forbidden", r.lastError())
	r.hook.next(r.t).status(200)
}

func starvation(r *rig) {
	r.set("max_connections", "1")
	bob, eve := r.s.NewUser("Bob"), r.s.NewUser("Eve")
	m := r.pushQuery(r.ann.ID()) // lives for 150 seconds
	r.hook.next(r.t).status(503, "Retry-After", "100")
	r.tried(1)
	r.pushQuery(bob.ID())
	r.hook.next(r.t).status(503, "Retry-After", "100")
	r.tried(2)
	eve.Send(r.b, "starving")
	r.pass(50)
	r.hook.none(r.t)
	_ = m
	r.pass(51)
	for range 2 {
		r.hook.next(r.t).status(503, "Retry-After", "100")
	}
	r.wait(soon(r.t), func(e telegram.Event) bool { return e.Kind == telegram.EventDrop })
	h := r.hook.next(r.t)
	assert.Equal(r.t, "starving", h.Text)
	h.status(200)
}

// pushQuery queues a callback query of somebody's.
func (r *rig) pushQuery(user int64) int64 {
	return r.b.PushFor("callback_query", fmt.Sprintf(`{"id":"1","from":{"id":%d,"is_bot":false,"first_name":"X"},"chat_instance":"1","data":"x"}`, user), 150*time.Second)
}

func gone(r *rig) {
	r.set()
	r.b.PushFor("message", `{"message_id":1,"date":1,"chat":{"id":5,"type":"private","first_name":"X"}}`, 48*time.Hour) // one of Telegram's own would expire first
	removed := make(chan struct{})
	cancel := r.s.Observe(func(e telegram.Event) {
		if e.Kind == telegram.EventWebhook && strings.Contains(e.Text, "410") {
			close(removed)
		}
	})
	defer cancel()
	for n := 1; ; n++ {
		select {
		case <-removed:
			assert.Empty(r.t, r.info()["url"])
			assert.EqualValues(r.t, 1, r.info()["pending_update_count"])
			assert.Greater(r.t, n, 23)
			return
		case h := <-r.hook.hits:
			h.status(410, "Retry-After", "3500")
			r.tried(n)
			r.pass(3501)
		case <-soon(r.t).Done():
			require.Fail(r.t, "the webhook was never removed")
		}
	}
}

func replyWithoutLength(r *rig) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(r.t, err)
	r.t.Cleanup(func() { ln.Close() })
	id := strconv.FormatInt(r.ann.ID(), 10)
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"method\":\"sendMessage\",\"chat_id\":%s,\"text\":\"never\"}", id)
		_, _ = conn.Read(make([]byte, 1)) // until the engine closes or sends more
	}()
	r.ok("setWebhook", "url", "http://"+ln.Addr().String())
	r.say("hello")
	e := r.tried(1)
	assert.Equal(r.t, 200, e.Status)
	assert.Zero(r.t, r.b.Pending(), "the delivery counts")
	assert.NotContains(r.t, r.ann.Chat(r.b).Transcript(), "never")
	r.ok("deleteWebhook")
	<-served
}

func methodNames(r *rig) {
	assert.True(r.t, r.call("GETUPDATES").OK)
	assert.Equal(r.t, "Not Found: method not found", r.refused(404, "noSuchMethod"))
	local := serve(r.t, telegram.Options{Texts: telegram.Local})
	req, err := http.NewRequestWithContext(r.t.Context(), "HEAD", local.URL()+"/bot1:a/getMe", nil)
	require.NoError(r.t, err)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(r.t, err)
	resp.Body.Close()
	assert.Equal(r.t, 501, resp.StatusCode)
	bad, err := http.NewRequestWithContext(r.t.Context(), "GET", local.URL()+"/bot123:short/noSuchMethod", nil)
	require.NoError(r.t, err)
	resp, err = (&http.Transport{DisableKeepAlives: true}).RoundTrip(bad)
	require.NoError(r.t, err)
	resp.Body.Close()
	assert.Equal(r.t, 401, resp.StatusCode, "the token is looked at first")
}

func markupForms(r *rig) {
	r.say("/start")
	kb := `{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}`
	for _, form := range []string{kb, strconv.Quote(kb)} {
		raw := r.raw("POST", "/sendMessage", "application/json", fmt.Sprintf(`{"chat_id":%d,"text":"x","reply_markup":%s}`, r.ann.ID(), form))
		assert.Contains(r.t, raw, `"reply_markup":{"inline_keyboard":[[{"text":"OK","callback_data":"ok"}]]}`)
	}
}

func truncatedJSON(r *rig) {
	r.say("/start")
	raw := r.raw("POST", "/sendMessage", "application/json", fmt.Sprintf(`{"chat_id":%d,"text":"kept","parse_mode":"HT`, r.ann.ID()))
	assert.Contains(r.t, raw, `"text":"kept"`)
}

func nullText(r *rig) {
	r.say("/start")
	raw := r.raw("POST", "/sendMessage", "application/json", fmt.Sprintf(`{"chat_id":%d,"text":null}`, r.ann.ID()))
	assert.Contains(r.t, raw, `"text":"null"`)
}

func fileParts(r *rig) {
	r.say("/start")
	part := func(head, value string) string {
		return "--XX\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + value + "\r\n"
	}
	id := part(`name="chat_id"`, strconv.FormatInt(r.ann.ID(), 10))
	typed := "--XX\r\nContent-Disposition: form-data; name=\"text\"\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n"
	raw := r.raw("POST", "/sendMessage", "multipart/form-data; boundary=XX", id+typed+"--XX--\r\n")
	assert.Contains(r.t, raw, `"text":"{\"a\":1}"`)
	raw = r.raw("POST", "/sendMessage", "multipart/form-data; boundary=XX", id+part(`name="text"; filename="a.txt"`, "a file")+"--XX--\r\n")
	assert.Contains(r.t, raw, "message text is empty")
}

func strayBits(r *rig) {
	_, err := r.s.NewBotToken("123456:"+strings.Repeat("A", 34)+"9", "stray_bot")
	require.Error(r.t, err)
	local := serve(r.t, telegram.Options{Texts: telegram.Local})
	req, err := http.NewRequestWithContext(r.t.Context(), "GET", local.URL()+"/bot123456:"+strings.Repeat("A", 34)+"9/getMe", nil)
	require.NoError(r.t, err)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(r.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	assert.Equal(r.t, 401, resp.StatusCode)
	assert.JSONEq(r.t, `{"ok":false,"error_code":401,"description":"Unauthorized"}`, string(body))
}
