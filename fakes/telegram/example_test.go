package telegram_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"hookproof/fakes/telegram"
)

// In these examples the bot under test is often played by Bot.Call, to keep
// them short: it calls a method as the bot would, only without HTTP.

// within is how long the examples wait at most.
func within() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	context.AfterFunc(ctx, cancel)
	return ctx
}

// must is for examples only: a test would fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// between is what stands in a text between two others.
func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}

// A bot written with any library talks to the fake when it is given its
// address. Here it is a real one, which polls.
func Example() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	account := tg.NewBot("echo_bot")

	// The bot under test.
	b := must(bot.New(account.Token(), bot.WithServerURL(tg.URL()), bot.WithDefaultHandler(
		func(ctx context.Context, b *bot.Bot, u *models.Update) {
			_, _ = b.SendMessage(ctx, &bot.SendMessageParams{ChatID: u.Message.Chat.ID, Text: "You said " + u.Message.Text})
		})))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); b.Start(ctx) }()

	// The test.
	ann := tg.NewUser("Ann")
	ann.Send(account, "hello")
	reply := must(ann.Chat(account).WaitText(within(), "You said hello"))
	fmt.Println(reply)
	fmt.Print(ann.Chat(account).Transcript())
	stop()
	tg.Close() // answers the poll that is open
	<-done
	// Output:
	// echo_bot: You said hello
	// Ann: hello
	// echo_bot: You said hello
}

// A bot that insists on an https address is reached through an edge: the fake
// plays the platform's proxy, which ends TLS and adds headers. No DNS and no
// certificates are needed.
func ExampleEdge() {
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Host, r.URL.Path, r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
		w.Header().Set("Content-Type", "application/json")
		body := must(io.ReadAll(r.Body))
		chat := between(string(body), `"chat":{"id":`, ",")
		fmt.Fprintf(w, `{"method":"sendMessage","chat_id":%s,"text":"from the reply"}`, chat)
	}))
	defer hook.Close()
	tg := telegram.NewServer(telegram.Options{
		Rules: telegram.Cloud, // refuses what api.telegram.org refuses
		Edges: map[string]*telegram.Edge{
			"bot.example.com": {Addr: hook.Listener.Addr().String(), Headers: []string{"X-Forwarded-Proto: https"}},
		},
	})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	must(b.Call(within(), "setWebhook", map[string]any{"url": "https://bot.example.com/webhook", "secret_token": "s3cret"}))
	ann.Send(b, "hello")
	fmt.Println(must(ann.Chat(b).WaitText(within(), "from the reply")))
	// Output:
	// bot.example.com /webhook https s3cret
	// my_bot: from the reply
}

// A server without sockets fits into a testing/synctest bubble. Bots reach it
// by Call.
func ExampleNew() {
	tg := telegram.New(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	m := ann.Send(b, "hello")
	fmt.Println(b.Pending(), "update waits")
	must(b.Call(within(), "sendMessage", map[string]any{"chat_id": ann.ID(), "text": "hi", "reply_parameters": map[string]any{"message_id": m.ID}}))
	fmt.Print(ann.Chat(b).Transcript())
	// Output:
	// 1 update waits
	// Ann: hello
	// my_bot: hi
}

// Bots, servers and tests share nothing: run as many as you like at once.
func ExampleNewServer() {
	one, two := telegram.NewServer(telegram.Options{Seed: 1}), telegram.NewServer(telegram.Options{Seed: 1})
	defer one.Close()
	defer two.Close()
	cook, waiter := one.NewBot("cook_bot"), one.NewBot("waiter_bot")
	ann := one.NewUser("Ann")
	ann.Send(cook, "soup, please")
	ann.Send(waiter, "the bill, please")
	fmt.Println(cook.Pending(), waiter.Pending(), len(one.Users()), len(two.Users()))
	fmt.Println("the same seed makes the same token:", two.NewBot("cook_bot").Token() == cook.Token())
	// Output:
	// 1 1 1 0
	// the same seed makes the same token: true
}

// Time is the server's own. A webhook that fails is tried again after 0, 2, 4,
// 8 seconds and so on, as by Telegram, and the test need not wait for it.
func ExampleClock_Advance() {
	attempts := make(chan int, 100)
	n := 0
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n++
		if n < 6 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		attempts <- n
	}))
	defer hook.Close()
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	must(b.Call(within(), "setWebhook", map[string]any{"url": hook.URL}))
	ann.Send(b, "hello")
	for tried := range attempts {
		must(tg.WaitEvent(within(), func(e telegram.Event) bool { return e.Kind == telegram.EventDelivery && e.Attempt == tried }))
		if tried == 6 {
			break
		}
		tg.Clock().Advance(16 * time.Second)
	}
	fmt.Println("delivered at the 6th attempt;", b.Webhook().LastErrorMessage)
	// Output:
	// delivered at the 6th attempt; Wrong response from the webhook: 503 Service Unavailable
}

// What goes wrong is yours to say: here the reply to one call is lost after
// its effect, and a bot that tries again sends twice.
func ExampleServer_AddFault() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	ann.Send(b, "/start")
	tg.AddFault(telegram.Fault{Method: "sendMessage", Damage: telegram.Reset, Times: 1})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for range 2 {
		resp, err := client.PostForm(tg.URL()+"/bot"+b.Token()+"/sendMessage", map[string][]string{"chat_id": {fmt.Sprint(ann.ID())}, "text": {"paid"}})
		fmt.Println("error:", err != nil)
		if err == nil {
			resp.Body.Close()
		}
	}
	fmt.Print(ann.Chat(b).Transcript())
	// Output:
	// error: true
	// error: false
	// Ann: /start
	// my_bot: paid
	// my_bot: paid
}

// A delivery whose reply is lost comes again: a bot must bear that.
func ExampleServer_AddFault_delivery() {
	ids := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ids <- between(string(must(io.ReadAll(r.Body))), `"update_id":`, ",")
	}))
	defer hook.Close()
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	must(b.Call(within(), "setWebhook", map[string]any{"url": hook.URL}))
	tg.AddFault(telegram.Fault{Delivery: true, Damage: telegram.Duplicate, Times: 1})
	ann.Send(b, "pay 5")
	first := <-ids
	must(tg.WaitEvent(within(), func(e telegram.Event) bool { return e.Kind == telegram.EventDelivery }))
	tg.Clock().Advance(2 * time.Second) // a new connection takes that long
	fmt.Println("the same update again:", first == <-ids)
	// Output:
	// the same update again: true
}

// Buttons are pressed by text or by callback data; the answer is what
// answerCallbackQuery said.
func ExampleUser_Press() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	ann.Send(b, "/start")
	must(b.Call(within(), "sendMessage", map[string]any{"chat_id": ann.ID(), "text": "Tea?", "reply_markup": map[string]any{
		"inline_keyboard": [][]map[string]any{{{"text": "Yes", "callback_data": "tea:yes"}, {"text": "No", "callback_data": "tea:no"}}}}}))
	m := must(ann.Chat(b).WaitText(within(), "Tea?"))
	fmt.Println(m)
	press := must(ann.Press(m, "Yes"))

	updates := string(must(b.Call(within(), "getUpdates", map[string]any{"offset": -1})))
	id := between(updates, `"callback_query":{"id":"`, `"`)
	must(b.Call(within(), "answerCallbackQuery", map[string]any{"callback_query_id": id, "text": "Coming!", "show_alert": true}))
	answer := must(press.Wait(within()))
	fmt.Println(answer.Text, answer.ShowAlert)
	// Output:
	// my_bot: Tea? [Yes][No]
	// Coming! true
}

// People and bots in a group. Privacy mode is on at first: the bot hears of
// commands, mentions and replies to it only.
func ExampleServer_NewSupergroup() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann, bob := tg.NewBot("my_bot"), tg.NewUser("Ann"), tg.NewUser("Bob")
	team := tg.NewSupergroup("Team", ann, bob, b)
	must(b.Call(within(), "getUpdates", map[string]any{"offset": -1}))
	before := b.Pending()
	bob.Send(team, "hello, all")
	fmt.Println("told of small talk:", b.Pending() > before)
	bob.Send(team, "/help@my_bot")
	fmt.Println("told of a command:", b.Pending() > before)
	must(b.Call(within(), "sendMessage", map[string]any{"chat_id": team.ID(), "text": "How can I help?"}))
	fmt.Print(team.Transcript())
	fmt.Println(bob.Leave(team))
	// Output:
	// told of small talk: false
	// told of a command: true
	// Bob: hello, all
	// Bob: /help@my_bot
	// my_bot: How can I help?
	// <nil>
}

// An invite link that asks for approval: the bot is told, and decides.
func ExampleUser_Follow() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann, bob := tg.NewBot("door_bot"), tg.NewUser("Ann"), tg.NewUser("Bob")
	club := tg.NewSupergroup("Club", ann, b)
	if err := ann.Promote(b, club, "can_invite_users"); err != nil {
		panic(err)
	}
	made := string(must(b.Call(within(), "createChatInviteLink", map[string]any{"chat_id": club.ID(), "creates_join_request": true})))
	link := between(made, `"invite_link":"`, `"`)
	if err := bob.Follow(link); err != nil {
		panic(err)
	}
	must(tg.WaitEvent(within(), func(e telegram.Event) bool { return e.UpdateKind == "chat_join_request" }))
	must(b.Call(within(), "approveChatJoinRequest", map[string]any{"chat_id": club.ID(), "user_id": bob.ID()}))
	fmt.Println(bob.Send(club, "thanks"))
	// Output:
	// Bob: thanks
}

// Inline mode: a person types after the bot's name and puts a result into a
// chat.
func ExampleUser_Inline() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("cat_bot"), tg.NewUser("Ann")
	b.SetInline(true)
	query := must(ann.Inline(b, "black cats"))

	updates := string(must(b.Call(within(), "getUpdates", map[string]any{"offset": -1})))
	id := between(updates, `"inline_query":{"id":"`, `"`)
	must(b.Call(within(), "answerInlineQuery", map[string]any{"inline_query_id": id, "results": []map[string]any{{
		"type": "article", "id": "1", "title": "A black cat", "input_message_content": map[string]any{"message_text": "meow"}}}}))

	results := must(query.Wait(within()))
	fmt.Println(results[0].Title)
	fmt.Println(must(query.Choose("1", b)))
	// Output:
	// A black cat
	// Ann: meow
}

// A payment with test money: the bot is asked before the person pays, and told
// afterwards.
func ExampleUser_Pay() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("shop_bot"), tg.NewUser("Ann")
	ann.Send(b, "/buy")
	must(b.Call(within(), "sendInvoice", map[string]any{"chat_id": ann.ID(), "title": "Tea", "description": "A cup of it", "payload": "tea-1",
		"currency": "XTR", "prices": []map[string]any{{"label": "Tea", "amount": 5}}}))
	invoice := must(ann.Chat(b).Wait(within(), func(m *telegram.Message) bool { return m.Kind == "invoice" }))
	payment := must(ann.Pay(invoice))

	updates := string(must(b.Call(within(), "getUpdates", map[string]any{"offset": -1})))
	id := between(updates, `"pre_checkout_query":{"id":"`, `"`)
	must(b.Call(within(), "answerPreCheckoutQuery", map[string]any{"pre_checkout_query_id": id, "ok": true}))
	fmt.Println(payment.Wait(within()))
	messages := ann.Chat(b).Messages()
	fmt.Println(messages[len(messages)-1].Kind)
	// Output:
	// <nil>
	// successful_payment
}

// Votes are counted, and the bot of an open poll is told who voted.
func ExampleUser_Vote() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("poll_bot"), tg.NewUser("Ann")
	ann.Send(b, "/poll")
	must(b.Call(within(), "sendPoll", map[string]any{"chat_id": ann.ID(), "question": "Tea?", "options": []string{"yes", "no"}, "is_anonymous": false}))
	poll := must(ann.Chat(b).Wait(within(), func(m *telegram.Message) bool { return m.Kind == "poll" }))
	fmt.Println(ann.Vote(poll, 1))
	closed := must(b.Call(within(), "stopPoll", map[string]any{"chat_id": ann.ID(), "message_id": poll.ID}))
	fmt.Println(strings.Contains(string(closed), `"total_voter_count":1`))
	// Output:
	// <nil>
	// true
}

// Reactions make updates only for bots that asked for them.
func ExampleUser_React() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	must(b.Call(within(), "getUpdates", map[string]any{"allowed_updates": []string{"message_reaction"}}))
	ann.Send(b, "not asked for, so not queued")
	must(b.Call(within(), "sendMessage", map[string]any{"chat_id": ann.ID(), "text": "Nice?"}))
	m := must(ann.Chat(b).WaitText(within(), "Nice?"))
	fmt.Println(ann.React(m, "👍"))
	e := must(tg.WaitEvent(within(), func(e telegram.Event) bool { return e.Kind == telegram.EventUpdate }))
	fmt.Println(e.UpdateKind, b.Pending())
	// Output:
	// <nil>
	// message_reaction 1
}

// The journal has everything that happened; WaitEvent waits for what is to
// come.
func ExampleServer_WaitEvent() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	go ann.Send(b, "hello")
	e := must(tg.WaitEvent(within(), func(e telegram.Event) bool { return e.Kind == telegram.EventUpdate }))
	fmt.Println(e.UpdateKind)
	must(b.Call(within(), "sendMessage", map[string]any{"chat_id": ann.ID(), "text": "hi"}))
	for _, e := range tg.Journal() {
		fmt.Println(e.Kind, cmp.Or(e.Text, e.UpdateKind, e.Params["text"]))
	}
	// Output:
	// message
	// post Ann: hello
	// update message
	// call hi
}

// Subscribe delivers events as they happen.
func ExampleServer_Subscribe() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	events, cancel := tg.Subscribe()
	defer cancel()
	tg.NewUser("Ann").Send(tg.NewBot("my_bot"), "hello")
	fmt.Println((<-events).Text)
	fmt.Println((<-events).UpdateKind)
	// Output:
	// Ann: hello
	// message
}

// Limits on sending are off at first. With them on, a bot that is a little too
// fast is answered late, and one that is much too fast is refused.
func ExampleFlood() {
	tg := telegram.NewServer(telegram.Options{Flood: telegram.Flood{PerGroup: 2}})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	team := tg.NewSupergroup("Team", ann, b)
	for range 3 {
		_, err := b.Call(within(), "sendMessage", map[string]any{"chat_id": team.ID(), "text": "spam"})
		if refused := (*telegram.Error)(nil); errors.As(err, &refused) {
			fmt.Println(refused.Code, "retry after", refused.RetryAfter)
		}
	}
	tg.Clock().Advance(30 * time.Second)
	must(b.Call(within(), "sendMessage", map[string]any{"chat_id": team.ID(), "text": "in time"}))
	fmt.Print(team.Transcript())
	// Output:
	// 429 retry after 30
	// my_bot: spam
	// my_bot: spam
	// my_bot: in time
}

// Some methods are typed only: their parameters are checked, and a valid
// result is made up. A strict server refuses them, so that no test rests on
// one. Methods tells which they are.
func ExampleMethods() {
	strict := telegram.NewServer(telegram.Options{Strict: true})
	defer strict.Close()
	b := strict.NewBot("my_bot")
	for _, m := range telegram.Methods() {
		_, err := b.Call(within(), m.Name, nil)
		isRefused := err != nil && strings.Contains(err.Error(), "typed only")
		if isRefused != (m.Depth == telegram.Typed) {
			fmt.Println(m.Name, m.Depth, err)
		}
		if m.Name == "logOut" || m.Name == "close" {
			b = strict.NewBot("next_bot")
		}
	}
	fmt.Println(len(telegram.Methods()), "methods")
	// Output:
	// 180 methods
}

// Push queues an update of your own making, to see what a bot does with one
// that it can't understand; Trigger queues a valid example of any kind.
func ExampleBot_Push() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	b.Push("message", `{"message_id":"not a number"}`)
	must(ann.Trigger(b, "chat_boost"))
	must(ann.Trigger(b, "purchased_paid_media"))
	fmt.Println(b.Pending())
	// Output:
	// 3
}

// A refusal is an *Error with what the Bot API says.
func ExampleBot_Call() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	b, ann := tg.NewBot("my_bot"), tg.NewUser("Ann")
	_, err := b.Call(within(), "sendMessage", map[string]any{"chat_id": ann.ID(), "text": "hello"})
	fmt.Println(err)
	ann.Send(b, "/start")
	ann.Block(b)
	_, err = b.Call(within(), "sendMessage", map[string]any{"chat_id": ann.ID(), "text": "hello"})
	fmt.Println(err)
	// Output:
	// 400 Bad Request: chat not found
	// 403 Forbidden: bot was blocked by the user
}
