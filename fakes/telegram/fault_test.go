package telegram_test

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// dial opens a connection to the server.
func (r *rig) dial() net.Conn {
	r.t.Helper()
	conn, err := new(net.Dialer).DialContext(r.t.Context(), "tcp", strings.TrimPrefix(r.s.URL(), "http://"))
	require.NoError(r.t, err)
	r.t.Cleanup(func() { conn.Close() })
	return conn
}

// sending is a request that sends a text to Ann.
func (r *rig) sending(text string) string {
	return fmt.Sprintf("GET /bot%s/sendMessage?chat_id=%d&text=%s HTTP/1.1\r\n\r\n", r.b.Token(), r.ann.ID(), text)
}

// send sends a text to Ann and returns what became of the reply.
func (r *rig) send(text string) (*http.Response, []byte, error) {
	r.t.Helper()
	conn := r.dial()
	_, err := io.WriteString(conn, r.sending(text))
	require.NoError(r.t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

// fromBot are the texts that Ann got.
func (r *rig) fromBot() []string {
	texts := []string{}
	for _, m := range r.ann.Chat(r.b).Messages() {
		if m.FromBot {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

func newFaulty(t *testing.T, f telegram.Fault) *rig {
	t.Helper()
	r := newRig(t)
	r.say("/start")
	r.s.AddFault(f)
	return r
}

func TestFaultErrorReplies(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]telegram.Error{
		"flood":   *telegram.TooManyRequests(7),
		"blocked": {Code: 403, Description: "Forbidden: bot was blocked by the user"},
		"moved":   {Code: 400, Description: "Bad Request: group chat was upgraded to a supergroup chat", MigrateTo: -1001},
		"broken":  {Code: 500, Description: "Internal Server Error: sometimes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFaulty(t, telegram.Fault{Method: "SENDMESSAGE", Error: &e, Times: 1})
			resp, body, err := r.send("hi")
			require.NoError(t, err)
			assert.Equal(t, e.Code, resp.StatusCode)
			assert.Contains(t, string(body), e.Description)
			if e.RetryAfter != 0 {
				assert.Equal(t, "7", resp.Header.Get("Retry-After"))
				assert.Contains(t, string(body), `"parameters":{"retry_after":7}`)
			}
			if e.MigrateTo != 0 {
				assert.Contains(t, string(body), `"parameters":{"migrate_to_chat_id":-1001}`)
			}
			assert.Empty(t, r.fromBot(), "a refused call has no effect")
			r.ok("sendMessage", "chat_id", r.chatID(), "text", "again")
		})
	}
}

func TestFaultLatency(t *testing.T) {
	t.Parallel()
	r := newFaulty(t, telegram.Fault{Method: "sendMessage", Latency: 5 * time.Second})
	done := r.later("sendMessage", "chat_id", r.chatID(), "text", "late")
	require.NoError(t, r.s.WaitHeld(soon(t), 1))
	assert.Empty(t, r.fromBot(), "the wait comes before the effect")
	r.pass(5)
	assert.True(t, (<-done).OK)
	assert.Equal(t, []string{"late"}, r.fromBot())
	e := r.wait(soon(t), func(e telegram.Event) bool { return e.Method == "sendMessage" })
	assert.GreaterOrEqual(t, e.Latency, 5*time.Second)
}

func TestFaultFloodWaitsOfChatActions(t *testing.T) {
	t.Parallel()
	r := newFaulty(t, telegram.Fault{FloodWaits: []int{3}, Times: 1})
	assert.Equal(t, "Too Many Requests: retry after 3", r.refused(429, "sendChatAction", "chat_id", r.chatID(), "action", "typing"),
		"a chat action waits for 2 seconds at most")
}

// A reply that is lost after the effect: the bot that tries again sends twice.
func TestFaultReset(t *testing.T) {
	t.Parallel()
	r := newFaulty(t, telegram.Fault{Damage: telegram.Reset, Times: 1})
	_, _, err := r.send("twice")
	require.ErrorIs(t, err, syscall.ECONNRESET)
	_, _, err = r.send("twice")
	require.NoError(t, err)
	assert.Equal(t, []string{"twice", "twice"}, r.fromBot())
}

func TestFaultResetBelowTLS(t *testing.T) {
	t.Parallel()
	pair := httptest.NewUnstartedServer(nil)
	pair.StartTLS()
	pair.Close()
	s := serve(t, telegram.Options{TLS: pair.TLS})
	b := s.NewBot("test_bot")
	s.AddFault(telegram.Fault{Damage: telegram.Reset})
	client := pair.Client()
	_, err := client.Get(s.URL() + "/bot" + b.Token() + "/getMe")
	require.ErrorIs(t, err, syscall.ECONNRESET)
}

func TestFaultCut(t *testing.T) {
	t.Parallel()
	r := newFaulty(t, telegram.Fault{Damage: telegram.Cut})
	_, _, err := r.send("cut")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, []string{"cut"}, r.fromBot())
}

func TestFaultDrip(t *testing.T) {
	t.Parallel()
	r := newFaulty(t, telegram.Fault{Damage: telegram.Drip})
	conn := r.dial()
	_, err := io.WriteString(conn, r.sending("drip"))
	require.NoError(t, err)
	var got []byte
	drops, buf := 0, make([]byte, 1<<10)
	for !strings.HasSuffix(string(got), "}}") {
		n, err := conn.Read(buf)
		require.NoError(t, err, "after %q", got)
		got = append(got, buf[:n]...)
		drops++
		r.pass(0.1)
	}
	assert.Greater(t, drops, 8)
	assert.Contains(t, string(got), `"text":"drip"}}`)
}

func TestFaultStall(t *testing.T) {
	t.Parallel()
	r := newFaulty(t, telegram.Fault{Damage: telegram.Stall})
	conn := r.dial()
	_, err := io.WriteString(conn, r.sending("stall"))
	require.NoError(t, err)
	r.wait(soon(t), func(e telegram.Event) bool { return e.Method == "sendMessage" && e.Status == 200 })
	assert.Equal(t, []string{"stall"}, r.fromBot(), "the effect is there")
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
	_, err = conn.Read(make([]byte, 1))
	var timeout net.Error
	require.ErrorAs(t, err, &timeout, "the connection is open and silent")
	assert.True(t, timeout.Timeout())
}

func TestFaultBadGateway(t *testing.T) {
	t.Parallel()
	r := newFaulty(t, telegram.Fault{Damage: telegram.BadGate, Times: 1})
	resp, body, err := r.send("lost")
	require.NoError(t, err)
	assert.Equal(t, 502, resp.StatusCode)
	assert.Equal(t, "text/html", resp.Header.Get("Content-Type"))
	assert.Contains(t, string(body), "<h1>502 Bad Gateway</h1>")
	assert.Empty(t, r.fromBot(), "the call never got past the proxy")
	_, _, err = r.send("through")
	require.NoError(t, err)
	assert.Equal(t, []string{"through"}, r.fromBot())
}

// pattern shows which of n calls a fault strikes.
func pattern(t *testing.T, s *telegram.Server, b *telegram.Bot, n int) string {
	t.Helper()
	var out strings.Builder
	for range n {
		_, err := b.Call(t.Context(), "getMe", nil)
		out.WriteByte("ox"[min(1, len(fmt.Sprint(err))/10)])
	}
	return out.String()
}

func TestFaultProbabilityFollowsTheSeed(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		s := serve(t, telegram.Options{Seed: seed})
		b := s.NewBot("test_bot")
		s.AddFault(telegram.Fault{Probability: 0.25, Error: telegram.TooManyRequests(1)})
		return pattern(t, s, b, 400)
	}
	one := run(1)
	assert.Equal(t, one, run(1), "the same seed, the same faults")
	assert.NotEqual(t, one, run(2))
	assert.InDelta(t, 100, strings.Count(one, "x"), 40)
}

func TestFaultCounts(t *testing.T) {
	t.Parallel()
	flood := telegram.TooManyRequests(1)
	for want, faults := range map[string][]telegram.Fault{
		"xxxxxxxx": {{Error: flood}},
		"xxoooooo": {{Error: flood, Times: 2}},
		"oooxxxxx": {{Error: flood, Skip: 3}},
		"oooxoooo": {{Error: flood, Skip: 3, Times: 1}},
		"xoxooooo": {{Error: flood, Times: 1}, {Error: flood, Skip: 1, Times: 1}}, // the second sees what the first left
	} {
		s := serve(t, telegram.Options{})
		b := s.NewBot("test_bot")
		for _, f := range faults {
			s.AddFault(f)
		}
		assert.Equal(t, want, pattern(t, s, b, 8), "%+v", faults)
	}
}

func TestFaultEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, telegram.Options{})
	b := s.NewBot("test_bot")
	remove := s.AddFault(telegram.Fault{Error: telegram.TooManyRequests(1)})
	assert.Equal(t, "xx", pattern(t, s, b, 2))
	remove()
	assert.Equal(t, "oo", pattern(t, s, b, 2))
	s.AddFault(telegram.Fault{Error: telegram.TooManyRequests(1)})
	s.ClearFaults()
	assert.Equal(t, "oo", pattern(t, s, b, 2))
}

func TestFaultStrikesOneBotChatAndMethod(t *testing.T) {
	t.Parallel()
	s := serve(t, telegram.Options{})
	one, two := s.NewBot("one_bot"), s.NewBot("two_bot")
	ann, bob := s.NewUser("Ann"), s.NewUser("Bob")
	for _, u := range []*telegram.User{ann, bob} {
		u.Send(one, "/start")
		u.Send(two, "/start")
	}
	team := s.NewSupergroup("Team", ann, one)
	calls := []struct {
		name string
		bot  *telegram.Bot
		do   func(b *telegram.Bot) error
	}{
		{"one to Ann", one, text(t, ann.ID())}, {"one to Bob", one, text(t, bob.ID())}, {"two to Ann", two, text(t, ann.ID())},
		{"one to Team", one, text(t, team.ID())}, {"one is", one, func(b *telegram.Bot) error { _, err := b.Call(t.Context(), "getMe", nil); return err }},
	}
	for _, f := range []struct {
		name string
		telegram.Fault
		want []string
	}{
		{"bot", telegram.Fault{Bot: two}, []string{"two to Ann"}},
		{"private chat", telegram.Fault{Chat: ann.Chat(one)}, []string{"one to Ann"}},
		{"group", telegram.Fault{Chat: team}, []string{"one to Team"}},
		{"method", telegram.Fault{Method: "getMe"}, []string{"one is"}},
		{"method in a chat", telegram.Fault{Method: "getMe", Chat: team}, nil},
	} {
		f.Error = telegram.TooManyRequests(1)
		remove := s.AddFault(f.Fault)
		var hit []string
		for _, c := range calls {
			if c.do(c.bot) != nil {
				hit = append(hit, c.name)
			}
		}
		remove()
		assert.Equal(t, f.want, hit, f.name)
	}
}

// text sends a text into a chat.
func text(t *testing.T, chat int64) func(*telegram.Bot) error {
	return func(b *telegram.Bot) error {
		_, err := b.Call(t.Context(), "sendMessage", map[string]any{"chat_id": chat, "text": "x"})
		return err
	}
}

func TestFaultOfAPublicChat(t *testing.T) {
	t.Parallel()
	s := serve(t, telegram.Options{})
	b, ann := s.NewBot("test_bot"), s.NewUser("Ann")
	ann.Send(b, "/start")
	ann.SetUsername("ann_here")
	news := s.NewChannel("News", ann, b)
	s.AddFault(telegram.Fault{Chat: news, Error: telegram.TooManyRequests(1)})
	_, err := b.Call(t.Context(), "sendMessage", map[string]any{"chat_id": "@ann_here", "text": "x"})
	assert.NotContains(t, fmt.Sprint(err), "retry after")
}

func TestFaultsThatCanDoNothing(t *testing.T) {
	t.Parallel()
	flood := telegram.TooManyRequests(1)
	for want, f := range map[string]telegram.Fault{
		"the fault does nothing":              {Method: "sendMessage"},
		"probability is from 0 to 1, not 1.5": {Error: flood, Probability: 1.5},
		"can't be negative":                   {Error: flood, Times: -1},
		"a code from 400 to 599, not 200":     {Error: &telegram.Error{Code: 200}},
		"has no method, error or flood waits": {Delivery: true, Error: flood},
		"drip is of calls only":               {Delivery: true, Damage: telegram.Drip},
		"duplicate is of deliveries only":     {Damage: telegram.Duplicate},
		"tls is of deliveries only":           {Damage: telegram.BadTLS},
		`there is no damage "fire"`:           {Damage: "fire"},
	} {
		require.ErrorContains(t, f.Check(), want)
	}
	s := serve(t, telegram.Options{})
	assert.Panics(t, func() { s.AddFault(telegram.Fault{}) })
}

// newStruck is a rig whose webhook is set, with a fault of deliveries.
func newStruck(t *testing.T, f telegram.Fault) *rig {
	t.Helper()
	r := newRig(t)
	r.set()
	f.Delivery = true
	r.s.AddFault(f)
	return r
}

// again lets the update that failed be tried again, and delivered.
func (r *rig) again(first hit) {
	r.t.Helper()
	r.pass(2) // a lost connection is replaced after two seconds
	second := r.hook.next(r.t)
	assert.Equal(r.t, first.UpdateID, second.UpdateID)
	second.status(200)
	r.tried(2)
	assert.Equal(r.t, 0, r.b.Pending())
}

// attempts are the deliveries so far, as "status error".
func (r *rig) attempts() []string {
	out := []string{}
	for _, e := range r.s.Journal() {
		if e.Kind == telegram.EventDelivery {
			out = append(out, strings.TrimSpace(fmt.Sprint(e.Status, " ", e.Err)))
		}
	}
	return out
}

func TestDeliveryThatComesTwice(t *testing.T) {
	t.Parallel()
	r := newStruck(t, telegram.Fault{Damage: telegram.Duplicate, Times: 1})
	r.say("hello")
	first := r.hook.next(t)
	first.body("application/json", `{"method":"sendMessage","chat_id":`+r.chatID()+`,"text":"in the reply"}`)
	r.tried(1)
	r.again(first)
	assert.Equal(t, []string{"0", "200"}, r.attempts())
	assert.NotContains(t, r.info(), "last_error_message", "as on Telegram, a lost reply is no error")
	assert.Empty(t, r.fromBot(), "the method in the lost reply was lost, too")
}

func TestOnlySuccessIsDuplicated(t *testing.T) {
	t.Parallel()
	r := newStruck(t, telegram.Fault{Damage: telegram.Duplicate})
	r.say("hello")
	r.hook.next(t).status(500)
	assert.Equal(t, "Wrong response from the webhook: 500 Internal Server Error", r.lastError())
}

func TestDeliveryWhoseReplyIsReset(t *testing.T) {
	t.Parallel()
	r := newStruck(t, telegram.Fault{Damage: telegram.Reset, Times: 1})
	r.say("hello")
	first := r.hook.next(t)
	first.status(200)
	assert.Equal(t, "Connection reset by peer", r.lastError())
	r.again(first)
	assert.Equal(t, []string{"0 Connection reset by peer", "200"}, r.attempts())
}

func TestDeliveryWhoseReplyIsCut(t *testing.T) {
	t.Parallel()
	r := newStruck(t, telegram.Fault{Damage: telegram.Cut, Times: 1})
	r.say("hello")
	first := r.hook.next(t)
	first.status(200)
	r.tried(1)
	r.again(first)
	assert.Equal(t, []string{"0", "200"}, r.attempts())
}

func TestDeliveryThatStalls(t *testing.T) {
	t.Parallel()
	r := newStruck(t, telegram.Fault{Damage: telegram.Stall, Times: 1})
	r.say("hello")
	first := r.hook.next(t)
	first.status(200)
	r.pass(59)
	assert.Empty(t, r.attempts())
	r.pass(1)
	assert.Equal(t, "Read timeout expired", r.lastError())
	r.again(first)
}

func TestDeliveryToABrokenProxy(t *testing.T) {
	t.Parallel()
	r := newStruck(t, telegram.Fault{Damage: telegram.BadGate, Times: 1})
	r.say("hello")
	assert.Equal(t, "Wrong response from the webhook: 502 Bad Gateway", r.lastError())
	h := r.hook.next(t) // the first that the endpoint sees
	h.status(200)
	e := r.tried(2)
	assert.Equal(t, 2, e.Attempt)
	assert.Equal(t, 200, e.Status)
}

func TestDeliveryWhoseHandshakeFails(t *testing.T) {
	t.Parallel()
	r := newStruck(t, telegram.Fault{Damage: telegram.BadTLS, Times: 3})
	r.say("hello")
	for range 3 {
		r.pass(4)
	}
	h := r.hook.next(t)
	h.status(200)
	assert.Equal(t, 4, r.tried(4).Attempt)
	want := "SSL error {error:0A000086:SSL routines::certificate verify failed}"
	assert.Equal(t, []string{"0 " + want, "0 " + want, "0 " + want, "200"}, r.attempts())
	assert.Equal(t, want, r.info()["last_error_message"])
}

// A certificate that is really not trusted gives the same text.
func TestUntrustedWebhook(t *testing.T) {
	t.Parallel()
	hook := httptest.NewUnstartedServer(nil)
	hook.Config.ErrorLog = log.New(io.Discard, "", 0) // that the handshake failed is the point
	hook.StartTLS()
	t.Cleanup(hook.Close)
	s := serve(t, telegram.Options{Hosts: map[string]string{"bot.example.com": hook.Listener.Addr().String()}, Rules: telegram.Cloud})
	b := s.NewBot("test_bot")
	_, err := b.Call(t.Context(), "setWebhook", map[string]any{"url": "https://bot.example.com/hook"})
	require.NoError(t, err)
	e, err := s.WaitEvent(soon(t), func(e telegram.Event) bool { return e.Kind == telegram.EventError })
	require.NoError(t, err)
	assert.Equal(t, "SSL error {error:0A000086:SSL routines::certificate verify failed}", e.Err)
	assert.Equal(t, 0, b.Pending(), "no update was needed to find out")
}

func TestDeliveryThatIsLate(t *testing.T) {
	t.Parallel()
	r := newStruck(t, telegram.Fault{Latency: 20 * time.Second, Skip: 1, Times: 1})
	bob := r.s.NewUser("Bob")
	bob.Send(r.b, "first, so that more than one connection is allowed")
	r.hook.next(t).status(200)
	r.tried(1)
	r.say("late")
	bob.Send(r.b, "overtakes it")
	h := r.hook.next(t)
	assert.Equal(t, "overtakes it", h.Text)
	h.status(200)
	r.tried(2)
	r.pass(20)
	h = r.hook.next(t)
	assert.Equal(t, "late", h.Text)
	h.status(200)
	assert.GreaterOrEqual(t, r.tried(3).Latency, 20*time.Second)
}

func TestDeliveryFaultOfOneChat(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bob := r.s.NewUser("Bob")
	r.set()
	r.s.AddFault(telegram.Fault{Delivery: true, Chat: bob.Chat(r.b), Damage: telegram.BadGate})
	bob.Send(r.b, "not heard")
	assert.Equal(t, "Wrong response from the webhook: 502 Bad Gateway", r.lastError())
	r.say("heard")
	h := r.hook.next(t)
	assert.Equal(t, "heard", h.Text)
	h.status(200)
}

func TestDeliveryFaultOfOneBot(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	other, hook := r.s.NewBot("other_bot"), newEndpoint(t)
	r.set()
	_, err := other.Call(t.Context(), "setWebhook", map[string]any{"url": hook.URL})
	require.NoError(t, err)
	r.s.AddFault(telegram.Fault{Delivery: true, Bot: other, Damage: telegram.BadGate})
	r.ann.Send(other, "not heard")
	r.lastErrorOf(other)
	r.say("heard")
	r.hook.next(t).status(200)
	hook.none(t)
	r.s.Close()
}

func (r *rig) lastErrorOf(b *telegram.Bot) {
	r.t.Helper()
	r.wait(soon(r.t), func(e telegram.Event) bool { return e.Kind == telegram.EventError && e.Bot == b.ID() })
}
