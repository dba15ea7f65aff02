// Command telego is a bot written with github.com/mymmrac/telego, as its
// examples with handlers, a fasthttp server and a graceful shutdown do it.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mymmrac/telego"
	th "github.com/mymmrac/telego/telegohandler"
	tu "github.com/mymmrac/telego/telegoutil"
	"github.com/valyala/fasthttp"

	"hookproof/e2e/peers/internal/talk"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	s := talk.FromEnvironment()
	bot, err := telego.NewBot(s.Token, telego.WithAPIServer(s.API), telego.WithDefaultLogger(false, true))
	if err != nil {
		log.Fatal(err)
	}
	var server *fasthttp.Server // nil while polling
	var updates <-chan telego.Update
	if s.Webhook {
		server = &fasthttp.Server{}
		updates, err = bot.UpdatesViaWebhook(ctx, telego.WebhookFastHTTP(server, s.Path(), s.Secret),
			telego.WithWebhookSet(ctx, &telego.SetWebhookParams{URL: s.URL, SecretToken: s.Secret}))
	} else {
		updates, err = bot.UpdatesViaLongPolling(ctx, nil)
	}
	if err != nil {
		log.Fatal(err)
	}
	bh, err := th.NewBotHandler(bot, updates)
	if err != nil {
		log.Fatal(err)
	}
	handle(bh)
	if server != nil {
		go func() { report(server.ListenAndServe(s.Listen())) }()
	}
	done := make(chan struct{})
	go stop(ctx, server, updates, bh, done)
	go func() { report(bh.Start()) }()
	<-done
}

// stop waits for the signal, then lets running handlers finish.
func stop(ctx context.Context, server *fasthttp.Server, updates <-chan telego.Update, bh *th.BotHandler, done chan<- struct{}) {
	defer close(done)
	<-ctx.Done()
	stopCtx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if server != nil {
		report(server.ShutdownWithContext(stopCtx))
	}
	for len(updates) > 0 && stopCtx.Err() == nil {
		time.Sleep(100 * time.Microsecond)
	}
	report(bh.StopWithContext(stopCtx))
}

func report(err error) {
	if err != nil {
		log.Println(err)
	}
}

func handle(bh *th.BotHandler) {
	bh.HandleMessage(me, th.CommandEqual("me"))
	bh.HandleMessage(keyboard, th.CommandEqual("keyboard"))
	bh.HandleMessage(edit, th.CommandEqual("edit"))
	bh.HandleMessage(commands, th.CommandEqual("commands"))
	bh.HandleMessage(info, th.CommandEqual("info"))
	bh.HandleMessage(document, func(_ context.Context, u telego.Update) bool { return u.Message.Document != nil })
	bh.HandleMessage(text, th.AnyMessageWithText())
	bh.HandleCallbackQuery(pressed, th.AnyCallbackQueryWithMessage())
}

func say(ctx *th.Context, m telego.Message, text string) (*telego.Message, error) {
	return ctx.Bot().SendMessage(ctx, tu.Message(m.Chat.ChatID(), text))
}

func text(ctx *th.Context, m telego.Message) error {
	answer, err := talk.Answer(m.Text)
	if err != nil {
		return err
	}
	_, err = say(ctx, m, answer)
	return err
}

func document(ctx *th.Context, m telego.Message) error {
	file, err := ctx.Bot().GetFile(ctx, &telego.GetFileParams{FileID: m.Document.FileID})
	if err != nil {
		return err
	}
	data, err := tu.DownloadFile(ctx.Bot().FileDownloadURL(file.FilePath))
	if err != nil {
		return err
	}
	_, err = ctx.Bot().SendDocument(ctx,
		tu.Document(m.Chat.ChatID(), tu.FileFromBytes(data, m.Document.FileName)).WithCaption(talk.FileCaption))
	return err
}

func me(ctx *th.Context, m telego.Message) error {
	me, err := ctx.Bot().GetMe(ctx)
	if err != nil {
		return err
	}
	_, err = say(ctx, m, "@"+me.Username)
	return err
}

func keyboard(ctx *th.Context, m telego.Message) error {
	button := tu.InlineKeyboardButton(talk.Button).WithCallbackData(talk.Data)
	_, err := ctx.Bot().SendMessage(ctx, tu.Message(m.Chat.ChatID(), talk.Question).
		WithReplyMarkup(tu.InlineKeyboard(tu.InlineKeyboardRow(button))))
	return err
}

func pressed(ctx *th.Context, q telego.CallbackQuery) error {
	if err := ctx.Bot().AnswerCallbackQuery(ctx, tu.CallbackQuery(q.ID).WithText(talk.Notice)); err != nil {
		return err
	}
	_, err := ctx.Bot().EditMessageText(ctx, &telego.EditMessageTextParams{
		ChatID: q.Message.GetChat().ChatID(), MessageID: q.Message.GetMessageID(), Text: talk.Pressed,
	})
	return err
}

func edit(ctx *th.Context, m telego.Message) error {
	sent, err := say(ctx, m, talk.Draft)
	if err != nil {
		return err
	}
	_, err = ctx.Bot().EditMessageText(ctx, &telego.EditMessageTextParams{
		ChatID: sent.Chat.ChatID(), MessageID: sent.MessageID, Text: talk.Final,
	})
	return err
}

func commands(ctx *th.Context, m telego.Message) error {
	err := ctx.Bot().SetMyCommands(ctx, &telego.SetMyCommandsParams{
		Commands: []telego.BotCommand{{Command: talk.Command, Description: talk.Description}},
	})
	if err != nil {
		return err
	}
	_, err = say(ctx, m, talk.CommandsSet)
	return err
}

func info(ctx *th.Context, m telego.Message) error {
	info, err := ctx.Bot().GetWebhookInfo(ctx)
	if err != nil {
		return err
	}
	_, err = say(ctx, m, talk.Info(info.URL))
	return err
}
