package console_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"hookproof/fakes/telegram"
	"hookproof/fakes/telegram/console"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A desk is a console with a bot that answers.
type desk struct {
	t   *testing.T
	tg  *telegram.Server
	url string
}

// newDesk starts a server, a console, and my_bot, which polls until the test
// ends. Ann exists.
func newDesk(t *testing.T) *desk {
	t.Helper()
	d := newEmptyDesk(t)
	d.tg.NewBot("my_bot")
	d.tg.NewUser("Ann")
	alive(t, d)
	return d
}

// alive lets the first bot live until stop is called, or the test ends.
func alive(t *testing.T, d *desk) (stop func()) {
	t.Helper()
	b := d.tg.Bots()[0]
	b.SetInline(true)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); live(ctx, b) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func newEmptyDesk(t *testing.T) *desk {
	t.Helper()
	tg := telegram.New(telegram.Options{})
	c, err := console.Listen(tg, "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, c.Close())
		tg.Close()
	})
	return &desk{t, tg, c.URL()}
}

// live is the life of a bot: it answers what it gets until ctx ends.
func live(ctx context.Context, b *telegram.Bot) {
	for offset := int64(0); ctx.Err() == nil; {
		raw, err := b.Call(ctx, "getUpdates", map[string]any{"timeout": 50, "offset": offset})
		if err != nil {
			return
		}
		var updates []map[string]json.RawMessage
		if json.Unmarshal(raw, &updates) != nil {
			return
		}
		for _, u := range updates {
			var id int64
			_ = json.Unmarshal(u["update_id"], &id)
			offset = id + 1
			for kind, payload := range u {
				handle(ctx, b, kind, payload)
			}
		}
	}
}

// handle answers one update; what it is not made for, it ignores.
func handle(ctx context.Context, b *telegram.Bot, kind string, payload json.RawMessage) {
	var p struct {
		ID   string
		Text string
		Data string
		Chat struct{ ID int64 }
	}
	_ = json.Unmarshal(payload, &p)
	call := func(method string, params map[string]any) { _, _ = b.Call(ctx, method, params) }
	switch kind {
	case "callback_query":
		call("answerCallbackQuery", map[string]any{"callback_query_id": p.ID, "text": "you chose " + p.Data})
	case "inline_query":
		call("answerInlineQuery", map[string]any{"inline_query_id": p.ID, "results": []any{map[string]any{
			"type": "article", "id": "1", "title": "A cat", "input_message_content": map[string]any{"message_text": "meow"}}}})
	case "pre_checkout_query":
		call("answerPreCheckoutQuery", map[string]any{"pre_checkout_query_id": p.ID, "ok": true})
	case "message":
		if p.Text == "" {
			return // a photo
		}
		answer(call, p.Chat.ID, p.Text)
	}
}

func answer(call func(string, map[string]any), chat int64, text string) {
	switch text {
	case "/poll":
		call("sendPoll", map[string]any{"chat_id": chat, "question": "Tea?", "options": []any{"yes", "no"}})
	case "/invoice":
		call("sendInvoice", map[string]any{"chat_id": chat, "title": "Tea", "description": "A cup", "payload": "1", "currency": "XTR",
			"prices": []any{map[string]any{"label": "Tea", "amount": 1}}})
	case "/doc":
		call("sendDocument", map[string]any{"chat_id": chat, "document": telegram.Upload{Name: "a.txt", Data: []byte("hello\n")}})
	case "/quiet":
	default:
		call("sendMessage", map[string]any{"chat_id": chat, "text": "hello, you said " + text,
			"reply_markup": map[string]any{"inline_keyboard": [][]any{{map[string]any{"text": "OK", "callback_data": "ok"}}}}})
	}
}

// do makes a request and returns its status and body.
func (d *desk) do(method, path, body string) (int, string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, strings.NewReader(body))
	require.NoError(d.t, err)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(d.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(d.t, err)
	if ct := resp.Header.Get("Content-Type"); ct == "application/json" {
		assert.True(d.t, json.Valid(raw), "%s %s: %s", method, path, raw)
	}
	return resp.StatusCode, strings.TrimSpace(string(raw))
}

// ok makes a request that must succeed.
func (d *desk) ok(method, path, body string) string {
	d.t.Helper()
	status, got := d.do(method, path, body)
	require.Equal(d.t, 200, status, "%s %s: %s", method, path, got)
	return got
}

// field is a field of a JSON object.
func field(t *testing.T, object, name string) any {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal([]byte(object), &v), object)
	return v[name]
}

func TestBots(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	assert.Equal(t, "[]", d.ok("GET", "/bots", ""))
	made := d.ok("POST", "/bots", `{"username":"@my_bot","inline":true,"reads_groups":true}`)
	token := field(t, made, "token").(string)
	assert.Equal(t, d.tg.Bots()[0].Token(), token)
	assert.NotContains(t, d.ok("GET", "/bots", ""), "token", "a token is told once")
	d.ok("POST", "/bots", `{"username":"other_bot","token":"123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`)
	me := d.ok("POST", "/call", `{"bot":"my_bot","method":"getMe"}`)
	assert.Equal(t, true, field(t, me, "supports_inline_queries"))
	assert.Equal(t, true, field(t, me, "can_read_all_group_messages"))
	me = d.ok("POST", "/call", `{"bot":"@OTHER_bot","method":"getMe"}`)
	assert.InDelta(t, 123456, field(t, me, "id"), 0)
	assert.Equal(t, false, field(t, me, "supports_inline_queries"))
}

func TestUp(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	d.tg.NewBot("my_bot")
	status, body := d.do("POST", "/up", `{"bot":"my_bot","timeout":"1ms"}`)
	assert.Equal(t, 504, status)
	assert.Contains(t, body, "neither polls nor has a webhook")
	stop := alive(t, d)
	assert.Equal(t, true, field(t, d.ok("POST", "/up", `{"bot":"my_bot"}`), "polling"))
	stop()
	d.ok("POST", "/call", `{"bot":"my_bot","method":"setWebhook","params":{"url":"http://127.0.0.1:9/"}}`)
	assert.Equal(t, false, field(t, d.ok("POST", "/up", `{"bot":"my_bot"}`), "polling"))
}

func TestPush(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	d.ok("POST", "/bots", `{"username":"my_bot"}`)
	id := field(t, d.ok("POST", "/push", `{"bot":"my_bot","update":{"message":{"message_id":"not a number"}}}`), "update_id").(float64)
	raw := d.ok("POST", "/call", `{"bot":"my_bot","method":"getUpdates"}`)
	assert.JSONEq(t, fmt.Sprintf(`[{"update_id":%d,"message":{"message_id":"not a number"}}]`, int64(id)), raw)
	d.ok("POST", "/call", `{"bot":"my_bot","method":"getUpdates","params":{"allowed_updates":["message"]}}`)
	status, body := d.do("POST", "/push", `{"bot":"my_bot","update":{"poll":{}}}`)
	assert.Equal(t, 400, status)
	assert.Contains(t, body, "does not allow this kind")
}

func TestPeopleAndChats(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	d.ok("POST", "/bots", `{"username":"my_bot"}`)
	assert.Equal(t, "[]", d.ok("GET", "/users", ""))
	assert.Equal(t, "[]", d.ok("GET", "/chats", ""))
	ann := d.ok("POST", "/users", `{"first_name":"Ann","username":"ann_here"}`)
	assert.JSONEq(t, "["+ann+"]", d.ok("GET", "/users", ""))
	d.ok("POST", "/users", `{"first_name":"Bob"}`)
	for kind, title := range map[string]string{"group": "Friends", "supergroup": "Team", "channel": "News"} {
		made := d.ok("POST", "/chats", fmt.Sprintf(`{"type":%q,"title":%q,"owner":"Ann","members":["my_bot","Bob"]}`, kind, title))
		assert.Equal(t, kind, field(t, made, "type"))
		address := field(t, made, "address").(string)
		d.ok("POST", "/send", fmt.Sprintf(`{"user":"Ann","to":%q,"text":"/hi %s"}`, title, kind))
		assert.Contains(t, d.ok("GET", "/chats/"+address+"/transcript", ""), "/hi "+kind)
	}
	d.ok("POST", "/send", `{"user":"Ann","to":"my_bot","text":"/start"}`)
	chats := d.ok("GET", "/chats", "")
	assert.Contains(t, chats, `"address":"Ann@my_bot"`)
	assert.Contains(t, chats, `"name":"Team"`)
	updates := d.ok("POST", "/call", `{"bot":"my_bot","method":"getUpdates"}`)
	for _, text := range []string{"/hi group", "/hi supergroup", "/hi channel", "/start"} {
		assert.Contains(t, updates, text)
	}
}

func TestConversation(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	sent := d.ok("POST", "/send", `{"user":"Ann","to":"my_bot","text":"hi"}`)
	assert.Equal(t, "hi", field(t, sent, "text"))
	m := d.ok("POST", "/wait", `{"chat":"Ann@my_bot","text":"hello, you said hi"}`)
	assert.Equal(t, true, field(t, m, "from_bot"))
	assert.Equal(t, []any{[]any{map[string]any{"Text": "OK", "Data": "ok", "URL": ""}}}, field(t, m, "buttons"))
	for _, button := range []string{"OK", "ok"} {
		pressed := d.ok("POST", "/press", fmt.Sprintf(`{"user":"Ann","chat":"Ann@my_bot","button":%q,"timeout":"20s"}`, button))
		assert.Equal(t, "you chose ok", field(t, pressed, "text"))
	}
	pressed := d.ok("POST", "/press", `{"user":"Ann","chat":"Ann@my_bot","button":"OK","message":2}`)
	assert.JSONEq(t, `{"message_id":2}`, pressed)
	d.ok("POST", "/edit", `{"user":"Ann","chat":"Ann@my_bot","message":1,"text":"hi there"}`)
	d.ok("POST", "/react", `{"user":"Ann","chat":"Ann@my_bot","message":2,"emoji":["👍"]}`)
	d.ok("POST", "/react", `{"user":"Ann","chat":"Ann@my_bot","message":2}`)
	d.ok("POST", "/send", `{"user":"Ann","to":"my_bot","text":"/quiet","reply_to":2}`)
	d.ok("POST", "/send", `{"user":"Ann","to":"Ann@my_bot","text":"/quiet","reply_to":2}`)
	assert.Equal(t, "Ann: hi there (edited)\nmy_bot: hello, you said hi [OK]\nAnn: /quiet\nAnn: /quiet", d.ok("GET", "/chats/Ann@my_bot/transcript", ""))
	assert.Contains(t, d.ok("GET", "/chats/Ann@my_bot", ""), `"text":"hi there"`)
	one := d.ok("GET", "/chats/Ann@my_bot/3", "")
	assert.Equal(t, "hello, you said hi", field(t, one, "reply_to_message").(map[string]any)["text"])
	assert.NotNil(t, field(t, one, "from"), "as the bot sees it")
}

func TestFilesPollsPaymentsInline(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	send := func(text string) string {
		d.ok("POST", "/send", fmt.Sprintf(`{"user":"Ann","to":"my_bot","text":%q}`, text))
		return fmt.Sprint(field(t, d.ok("POST", "/wait", `{"chat":"Ann@my_bot","timeout":"20s"}`), "message_id"))
	}
	doc := send("/doc")
	assert.Equal(t, "hello", d.ok("GET", "/chats/Ann@my_bot/"+doc+"/file", ""))
	assert.Contains(t, d.ok("GET", "/chats/Ann@my_bot", ""), `"file":{"name":"a.txt","mime_type":"text/plain","size":6}`)
	photo := base64.StdEncoding.EncodeToString(telegram.Picture(20, 20))
	m := d.ok("POST", "/media", `{"user":"Ann","to":"my_bot","kind":"photo","caption":"/quiet","data":"`+photo+`"}`)
	assert.Equal(t, "photo", field(t, m, "kind"))
	d.ok("GET", fmt.Sprintf("/chats/Ann@my_bot/%v/file", field(t, m, "message_id")), "")

	poll := send("/poll")
	d.ok("POST", "/vote", `{"user":"Ann","chat":"Ann@my_bot","message":`+poll+`,"options":[1]}`)
	status, body := d.do("POST", "/vote", `{"user":"Ann","chat":"Ann@my_bot","message":`+poll+`,"options":[7]}`)
	assert.Equal(t, 400, status, body)

	invoice := send("/invoice")
	assert.JSONEq(t, `{"ok":true}`, d.ok("POST", "/pay", `{"user":"Ann","chat":"Ann@my_bot","message":`+invoice+`,"timeout":"20s"}`))

	results := d.ok("POST", "/inline", `{"user":"Ann","bot":"my_bot","query":"cats","timeout":"20s"}`)
	assert.JSONEq(t, `[{"id":"1","type":"article","title":"A cat"}]`, results)
	chosen := d.ok("POST", "/inline", `{"user":"Ann","bot":"my_bot","query":"cats","choose":"1","to":"my_bot"}`)
	assert.Equal(t, "meow", field(t, chosen, "text"))
}

func TestMembership(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ok("POST", "/users", `{"first_name":"Bob"}`)
	d.ok("POST", "/chats", `{"type":"supergroup","title":"Team","owner":"Ann","members":["my_bot"]}`)
	d.ok("POST", "/join", `{"user":"Bob","chat":"Team"}`)
	status, body := d.do("POST", "/join", `{"user":"Bob","chat":"Team"}`)
	assert.Equal(t, 400, status)
	assert.Contains(t, body, "already a member")
	d.ok("POST", "/leave", `{"user":"Bob","chat":"Team"}`)
	status, body = d.do("POST", "/join", `{"user":"Bob","link":"https://t.me/+none"}`)
	assert.Equal(t, 400, status)
	assert.Contains(t, body, "not valid")
	d.ok("POST", "/send", `{"user":"Ann","to":"my_bot","text":"/quiet"}`)
	d.ok("POST", "/block", `{"user":"Ann","bot":"my_bot","blocked":true}`)
	ann := fmt.Sprint(d.tg.Users()[0].ID())
	status, body = d.do("POST", "/call", `{"bot":"my_bot","method":"sendMessage","params":{"chat_id":`+ann+`,"text":"x"}}`)
	assert.Equal(t, 400, status)
	assert.Contains(t, body, "bot was blocked by the user")
	d.ok("POST", "/block", `{"user":"Ann","bot":"my_bot","blocked":false}`)
	d.ok("POST", "/call", `{"bot":"my_bot","method":"sendMessage","params":{"chat_id":`+ann+`,"text":"x"}}`)
}

// Every kind of update there is can be triggered.
func TestTrigger(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	d.ok("POST", "/bots", `{"username":"my_bot"}`)
	d.ok("POST", "/users", `{"first_name":"Ann"}`)
	var kinds []string
	require.NoError(t, json.Unmarshal([]byte(d.ok("GET", "/trigger", "")), &kinds))
	assert.Len(t, kinds, 25)
	all, err := json.Marshal(kinds)
	require.NoError(t, err)
	d.ok("POST", "/call", `{"bot":"my_bot","method":"getUpdates","params":{"allowed_updates":`+string(all)+`}}`)
	for _, kind := range kinds {
		d.ok("POST", "/trigger", `{"user":"Ann","bot":"my_bot","kind":"`+kind+`"}`)
	}
	var updates []map[string]any
	require.NoError(t, json.Unmarshal([]byte(d.ok("POST", "/call", `{"bot":"my_bot","method":"getUpdates","params":{"offset":-25}}`)), &updates))
	require.Len(t, updates, 25)
	for i, kind := range kinds {
		assert.Contains(t, updates[i], kind)
	}
	d.ok("POST", "/call", `{"bot":"my_bot","method":"getUpdates","params":{"allowed_updates":["message"]}}`)
	status, body := d.do("POST", "/trigger", `{"user":"Ann","bot":"my_bot","kind":"poll"}`)
	assert.Equal(t, 400, status)
	assert.Contains(t, body, "allowed_updates")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	d.ok("POST", "/bots", `{"username":"my_bot"}`)
	d.ok("POST", "/users", `{"first_name":"Ann"}`)
	d.ok("POST", "/send", `{"user":"Ann","to":"my_bot","text":"/start"}`)
	assert.Equal(t, "the reply in drops; calls only", field(t, d.ok("GET", "/faults", ""), "drip"))
	d.ok("POST", "/faults", `{"method":"getMe","bot":"my_bot","error":{"code":429,"description":"Too Many Requests: retry after 3","retry_after":3},"times":1}`)
	status, body := d.do("POST", "/call", `{"bot":"my_bot","method":"getMe"}`)
	assert.Equal(t, 400, status)
	assert.Contains(t, body, "retry after 3")
	d.ok("POST", "/call", `{"bot":"my_bot","method":"getMe"}`)
	for _, f := range []string{
		`{"damage":"502","probability":0.5}`, `{"chat":"Ann@my_bot","latency":"10ms"}`, `{"delivery":true,"damage":"tls","skip":1}`,
		`{"method":"sendMessage","flood_waits":[3,3,3]}`, `{"error":{"code":400,"description":"Bad Request","migrate_to_chat_id":-1001}}`,
	} {
		d.ok("POST", "/faults", f)
	}
	status, _ = d.do("POST", "/call", `{"bot":"my_bot","method":"getMe"}`)
	assert.Equal(t, 400, status)
	d.ok("DELETE", "/faults", "")
	d.ok("POST", "/call", `{"bot":"my_bot","method":"getMe"}`)
}

func TestClock(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	now := func(body string) time.Time {
		at, err := time.Parse(time.RFC3339, field(t, body, "now").(string))
		require.NoError(t, err)
		return at
	}
	before := now(d.ok("GET", "/clock", ""))
	after := now(d.ok("POST", "/clock", `{"advance":"24h"}`))
	assert.WithinDuration(t, before.Add(24*time.Hour), after, time.Minute)
}

func TestJournalSnapshotReset(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	d.ok("POST", "/bots", `{"username":"my_bot"}`)
	d.ok("POST", "/users", `{"first_name":"Ann"}`)
	d.ok("POST", "/send", `{"user":"Ann","to":"my_bot","text":"<hello>"}`)
	lines := strings.Split(d.ok("GET", "/journal", ""), "\n")
	require.Len(t, lines, 2)
	assert.Equal(t, "post", field(t, lines[0], "kind"))
	assert.Contains(t, lines[0], "Ann: <hello>")
	assert.Equal(t, "update", field(t, lines[1], "kind"))
	assert.Equal(t, lines[1], d.ok("GET", "/journal?since=1", ""))
	assert.Empty(t, d.ok("GET", "/journal?since=2", ""))

	snapshot := d.ok("GET", "/snapshot", "")
	for _, name := range []string{"now", "bots", "users", "chats"} {
		assert.NotNil(t, field(t, snapshot, name), name)
	}
	assert.Contains(t, snapshot, "<hello>")

	d.ok("POST", "/reset", "")
	assert.Empty(t, d.ok("GET", "/journal", ""))
	assert.Equal(t, "[]", d.ok("GET", "/users", ""))
	assert.Contains(t, d.ok("GET", "/bots", ""), "my_bot")
}

// A stream of events over HTTP.
type events struct {
	t    *testing.T
	body *bufio.Scanner
}

func (d *desk) events(query, lastID string) *events {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), "GET", d.url+"/events"+query, nil)
	require.NoError(d.t, err)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(d.t, err)
	d.t.Cleanup(func() { resp.Body.Close() })
	require.Equal(d.t, 200, resp.StatusCode)
	assert.Equal(d.t, "text/event-stream", resp.Header.Get("Content-Type"))
	return &events{d.t, bufio.NewScanner(resp.Body)}
}

// next reads one event.
func (e *events) next() map[string]any {
	e.t.Helper()
	var id string
	for e.body.Scan() {
		if after, ok := strings.CutPrefix(e.body.Text(), "id: "); ok {
			id = after
		}
		if data, ok := strings.CutPrefix(e.body.Text(), "data: "); ok {
			var v map[string]any
			require.NoError(e.t, json.Unmarshal([]byte(data), &v))
			assert.Equal(e.t, id, fmt.Sprint(v["seq"]))
			return v
		}
	}
	require.Fail(e.t, "the stream ended", "%v", e.body.Err())
	return nil
}

func TestEvents(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	b, ann := d.tg.NewBot("my_bot"), d.tg.NewUser("Ann")
	ann.Send(b, "one")
	all, news := d.events("?since=0", ""), d.events("", "")
	assert.Equal(t, "Ann: one", all.next()["text"])
	assert.Equal(t, "update", all.next()["kind"])
	ann.Send(b, "two")
	assert.Equal(t, "Ann: two", all.next()["text"])
	assert.Equal(t, "Ann: two", news.next()["text"], "without since, only what is new")
	again := d.events("?since=0", "2")
	assert.Equal(t, "Ann: two", again.next()["text"], "a browser that comes back misses nothing")
	for i := range 1000 {
		ann.Send(b, fmt.Sprint(i))
	}
	for last := 0.0; last < 2004; {
		seq := all.next()["seq"].(float64)
		if last != 0 {
			require.InDelta(t, last+1, seq, 0)
		}
		last = seq
	}
}

// What happens while a stream begins is in it once, at its place.
func TestEventsBeginWithoutGap(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	b, ann := d.tg.NewBot("my_bot"), d.tg.NewUser("Ann")
	const rounds, each = 5, 50
	begin, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for range begin {
			for range each {
				ann.Send(b, "hello")
			}
		}
	}()
	var streams []*events
	for range rounds {
		begin <- struct{}{}
		streams = append(streams, d.events("?since=0", ""))
	}
	close(begin)
	<-done
	for _, e := range streams {
		for want := 1; want <= 2*rounds*each; want++ { // a post and an update each
			require.InDelta(t, want, e.next()["seq"], 0)
		}
	}
}

// Close ends streams and waits, too.
func TestCloseEndsRequests(t *testing.T) {
	t.Parallel()
	tg := telegram.New(telegram.Options{})
	defer tg.Close()
	c, err := console.Listen(tg, "127.0.0.1:0")
	require.NoError(t, err)
	d := &desk{t, tg, c.URL()}
	e := d.events("", "")
	require.NoError(t, c.Close())
	assert.False(t, e.body.Scan())
}

func TestListenFails(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	_, err := console.Listen(d.tg, strings.TrimPrefix(d.url, "http://"))
	require.ErrorContains(t, err, "console: listen on "+strings.TrimPrefix(d.url, "http://"))
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ok("POST", "/send", `{"user":"Ann","to":"my_bot","text":"/quiet"}`)
	d.ok("POST", "/users", `{"first_name":"Bob"}`)
	d.ok("POST", "/chats", `{"type":"group","title":"Friends","owner":"Ann"}`)
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/bots", `{}`, 400, "a bot needs one"},
		{"POST", "/bots", `{"username":"my bot"}`, 400, "of letters"},
		{"POST", "/bots", `{"username":"MY_BOT"}`, 400, "there is a bot @MY_BOT already"},
		{"POST", "/bots", `{"username":"b","token":"1:short"}`, 400, "its token would be refused"},
		{"POST", "/bots", `{"name":"b"}`, 400, `unknown field "name"`},
		{"POST", "/bots", ``, 400, "it is empty"},
		{"POST", "/bots", `{"username":"b"} x`, 400, "something behind"},
		{"POST", "/bots", `[]`, 400, "the body is not the JSON that /bots takes"},
		{"POST", "/bots", strings.Repeat(" ", 33<<20), 400, "too large"},
		{"POST", "/call", `{"bot":"no","method":"getMe"}`, 404, `bot "no": not found`},
		{"POST", "/call", `{"bot":"my_bot","method":"fly"}`, 400, "404 Not Found: method not found"},
		{"POST", "/up", `{"bot":"no"}`, 404, `bot "no"`},
		{"POST", "/up", `{"bot":"my_bot","timeout":"x"}`, 400, "give a Go duration"},
		{"POST", "/push", `{"bot":"my_bot","update":[]}`, 400, "must be an object"},
		{"POST", "/push", `{"bot":"my_bot","update":{}}`, 400, "must be an object"},
		{"POST", "/push", `{"bot":"no","update":{"message":{}}}`, 404, `bot "no"`},
		{"POST", "/users", `{}`, 400, "a person needs a first_name"},
		{"POST", "/users", `{"first_name":"Ann"}`, 400, `there is a person "Ann" already`},
		{"POST", "/chats", `{"type":"team","title":"T","owner":"Ann"}`, 400, "it is group, supergroup or channel"},
		{"POST", "/chats", `{"type":"group","owner":"Ann"}`, 400, "needs a title"},
		{"POST", "/chats", `{"type":"group","title":"T","owner":"Zed"}`, 404, `person "Zed"`},
		{"POST", "/chats", `{"type":"group","title":"T","owner":"Ann","members":["Zed"]}`, 404, `bot or person "Zed"`},
		{"GET", "/chats/Nowhere", "", 404, `chat "Nowhere"`},
		{"GET", "/chats/Zed@my_bot", "", 404, `person "Zed"`},
		{"GET", "/chats/Ann@no_bot", "", 404, `bot "@no_bot"`},
		{"GET", "/chats/Nowhere/transcript", "", 404, `chat "Nowhere"`},
		{"GET", "/chats/Ann@my_bot/99", "", 404, "message 99"},
		{"GET", "/chats/Ann@my_bot/x", "", 400, "give a number"},
		{"GET", "/chats/Ann@my_bot/1/file", "", 404, "carries no file"},
		{"GET", "/chats/Ann@my_bot/99/file", "", 404, "message 99"},
		{"POST", "/wait", `{"chat":"Ann@my_bot","timeout":"1ms"}`, 504, "no such message"},
		{"POST", "/wait", `{"chat":"Ann@my_bot","timeout":"soon"}`, 400, "give a Go duration"},
		{"POST", "/wait", `{"chat":"Nowhere"}`, 404, "Nowhere"},
		{"POST", "/send", `{"user":"Zed","to":"my_bot","text":"x"}`, 404, `person "Zed"`},
		{"POST", "/send", `{"user":"Ann","to":"no_bot","text":"x"}`, 404, `bot or chat "no_bot"`},
		{"POST", "/send", `{"user":"Ann","to":"my_bot","text":""}`, 400, "ext must be non-empty"},
		{"POST", "/send", `{"user":"Bob","to":"Friends","text":"x"}`, 400, "not a member, let them join first"},
		{"POST", "/send", `{"user":"Bob","to":"Ann@my_bot","text":"x"}`, 400, "somebody else's chat"},
		{"POST", "/send", `{"user":"Ann","to":"my_bot","text":"x","reply_to":99}`, 404, "message 99"},
		{"POST", "/media", `{"user":"Ann","to":"my_bot","kind":"hologram","data":"AA=="}`, 400, "hologram"},
		{"POST", "/media", `{"user":"Ann","to":"my_bot","kind":"photo","data":"!"}`, 400, "base64"},
		{"POST", "/media", `{"user":"Ann","to":"my_bot","kind":"photo","data":"AAAA"}`, 400, ""},
		{"POST", "/edit", `{"user":"Bob","chat":"Ann@my_bot","message":1,"text":"x"}`, 400, "not theirs"},
		{"POST", "/edit", `{"user":"Ann","chat":"Ann@my_bot","message":99,"text":"x"}`, 404, "message 99"},
		{"POST", "/press", `{"user":"Ann","chat":"Ann@my_bot","button":"Go"}`, 404, `a message with the button "Go"`},
		{"POST", "/press", `{"user":"Zed","chat":"Ann@my_bot","button":"Go"}`, 404, "Zed"},
		{"POST", "/react", `{"user":"Ann","chat":"Ann@my_bot","message":1,"emoji":["x"]}`, 400, ""},
		{"POST", "/react", `{"user":"Ann","chat":"Ann@my_bot","message":99}`, 404, "message 99"},
		{"POST", "/vote", `{"user":"Ann","chat":"Ann@my_bot","message":1,"options":[0]}`, 400, ""},
		{"POST", "/pay", `{"user":"Ann","chat":"Ann@my_bot","message":1}`, 400, "no invoice"},
		{"POST", "/inline", `{"user":"Ann","bot":"no"}`, 404, `bot "no"`},
		{"POST", "/inline", `{"user":"Ann","bot":"my_bot","choose":"1"}`, 404, `chat ""`},
		{"POST", "/inline", `{"user":"Ann","bot":"my_bot","choose":"7","to":"my_bot"}`, 400, "no such result"},
		{"POST", "/block", `{"user":"Ann","bot":"no","blocked":true}`, 404, `bot "no"`},
		{"POST", "/join", `{"user":"Ann","chat":"Nowhere"}`, 404, "Nowhere"},
		{"POST", "/leave", `{"user":"Bob","chat":"Friends"}`, 400, "not a member"},
		{"POST", "/trigger", `{"user":"Ann","bot":"my_bot","kind":"earthquake"}`, 400, "earthquake"},
		{"POST", "/trigger", `{"user":"Zed","bot":"my_bot","kind":"poll"}`, 404, "Zed"},
		{"POST", "/faults", `{"damage":"fire"}`, 400, `there is no damage \"fire\"`},
		{"POST", "/faults", `{"method":"getMe"}`, 400, "the fault does nothing"},
		{"POST", "/faults", `{"damage":"502","bot":"no"}`, 404, `bot "no"`},
		{"POST", "/faults", `{"damage":"502","chat":"Nowhere"}`, 404, "Nowhere"},
		{"POST", "/faults", `{"latency":"-1s"}`, 400, "not negative"},
		{"POST", "/clock", `{"advance":"-1h"}`, 400, "not negative"},
		{"POST", "/clock", `{"advance":"tomorrow"}`, 400, "give a Go duration"},
		{"POST", "/clock", `{}`, 400, "how much time"},
		{"GET", "/journal?since=-1", "", 400, "give a number"},
		{"GET", "/journal?since=x", "", 400, "give a number"},
		{"GET", "/events?since=x", "", 400, "give a number"},
		{"GET", "/nowhere", "", 404, "there is no GET /nowhere, GET /help lists"},
		{"PUT", "/send", `{}`, 404, "there is no PUT /send"},
	} {
		status, body := d.do(tt.method, tt.path, tt.body)
		name := fmt.Sprintf("%s %s %.100s", tt.method, tt.path, tt.body)
		assert.Equal(t, tt.status, status, "%s: %s", name, body)
		text, _ := field(t, body, "error").(string)
		assert.Contains(t, strings.ReplaceAll(text, `"`, ``), strings.NewReplacer(`"`, ``, `\`, ``).Replace(tt.want), name)
		assert.NotEmpty(t, text, name)
		if tt.status == 400 {
			assert.Contains(t, field(t, body, "try"), "curl -s ", name)
		}
	}
}

// A page of somebody else's in the same browser can't use the console.
func TestForeignPages(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	req, err := http.NewRequestWithContext(t.Context(), "POST", d.url+"/reset", nil)
	require.NoError(t, err)
	req.Header.Set("Origin", "https://evil.example.com")
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, 403, resp.StatusCode)
}

// The page loads nothing from elsewhere, and its browser is told so.
func TestPage(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	req, err := http.NewRequestWithContext(t.Context(), "GET", d.url, nil)
	require.NoError(t, err)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	page := string(raw)
	assert.True(t, strings.HasPrefix(page, "<!doctype html>"))
	for _, external := range []string{"http://", "https://", "@import", "url("} {
		assert.NotContains(t, page, external)
	}
}
