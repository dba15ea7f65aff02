// Command go-telegram is a bot written with github.com/go-telegram/bot, as
// its examples echo, echo_with_webhook, inline_keyboard, commands,
// edit_message and send_document do it.
package main

import (
	"bytes"
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"hookproof/e2e/peers/internal/talk"
)

type peer struct{ talk.Settings }

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	p := peer{talk.FromEnvironment()}
	b, err := bot.New(p.Token,
		bot.WithServerURL(p.API),
		bot.WithWebhookSecretToken(p.Secret),
		bot.WithDefaultHandler(p.text),
		bot.WithMessageTextHandler("/me", bot.MatchTypeExact, p.me),
		bot.WithMessageTextHandler("/keyboard", bot.MatchTypeExact, p.keyboard),
		bot.WithMessageTextHandler("/edit", bot.MatchTypeExact, p.edit),
		bot.WithMessageTextHandler("/commands", bot.MatchTypeExact, p.commands),
		bot.WithMessageTextHandler("/info", bot.MatchTypeExact, p.info),
		bot.WithCallbackQueryDataHandler(talk.Data, bot.MatchTypeExact, p.pressed),
	)
	if err != nil {
		panic(err) // as in the examples
	}
	if !p.Webhook {
		b.Start(ctx)
		return
	}
	_, err = b.SetWebhook(ctx, &bot.SetWebhookParams{URL: p.URL, SecretToken: p.Secret})
	check(err)
	http.Handle(p.Path(), b.WebhookHandler())
	go func() { check(http.ListenAndServe(p.Listen(), nil)) }()
	b.StartWebhook(ctx)
}

func check(err error) {
	if err != nil {
		log.Println(err)
	}
}

func (p peer) say(ctx context.Context, b *bot.Bot, u *models.Update, text string) *models.Message {
	m, err := b.SendMessage(ctx, &bot.SendMessageParams{ChatID: u.Message.Chat.ID, Text: text})
	check(err)
	return m
}

func (p peer) text(ctx context.Context, b *bot.Bot, u *models.Update) {
	switch {
	case u.Message == nil:
		return
	case u.Message.Document != nil:
		check(p.document(ctx, b, u.Message))
		return
	}
	answer, err := talk.Answer(u.Message.Text)
	if err != nil {
		log.Println(err)
		return
	}
	p.say(ctx, b, u, answer)
}

func (p peer) document(ctx context.Context, b *bot.Bot, m *models.Message) error {
	file, err := b.GetFile(ctx, &bot.GetFileParams{FileID: m.Document.FileID})
	if err != nil {
		return err
	}
	data, err := talk.Download(ctx, b.FileDownloadLink(file))
	if err != nil {
		return err
	}
	_, err = b.SendDocument(ctx, &bot.SendDocumentParams{
		ChatID:   m.Chat.ID,
		Document: &models.InputFileUpload{Filename: m.Document.FileName, Data: bytes.NewReader(data)},
		Caption:  talk.FileCaption,
	})
	return err
}

func (p peer) me(ctx context.Context, b *bot.Bot, u *models.Update) {
	me, err := b.GetMe(ctx)
	if err != nil {
		log.Println(err)
		return
	}
	p.say(ctx, b, u, "@"+me.Username)
}

func (p peer) keyboard(ctx context.Context, b *bot.Bot, u *models.Update) {
	_, err := b.SendMessage(ctx, &bot.SendMessageParams{
		ChatID: u.Message.Chat.ID,
		Text:   talk.Question,
		ReplyMarkup: &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{
			{{Text: talk.Button, CallbackData: talk.Data}},
		}},
	})
	check(err)
}

func (p peer) pressed(ctx context.Context, b *bot.Bot, u *models.Update) {
	_, err := b.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{
		CallbackQueryID: u.CallbackQuery.ID,
		Text:            talk.Notice,
	})
	check(err)
	m := u.CallbackQuery.Message.Message
	_, err = b.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: m.Chat.ID, MessageID: m.ID, Text: talk.Pressed})
	check(err)
}

func (p peer) edit(ctx context.Context, b *bot.Bot, u *models.Update) {
	m := p.say(ctx, b, u, talk.Draft)
	if m == nil {
		return
	}
	_, err := b.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: m.Chat.ID, MessageID: m.ID, Text: talk.Final})
	check(err)
}

func (p peer) commands(ctx context.Context, b *bot.Bot, u *models.Update) {
	_, err := b.SetMyCommands(ctx, &bot.SetMyCommandsParams{
		Commands: []models.BotCommand{{Command: talk.Command, Description: talk.Description}},
	})
	if err != nil {
		log.Println(err)
		return
	}
	p.say(ctx, b, u, talk.CommandsSet)
}

func (p peer) info(ctx context.Context, b *bot.Bot, u *models.Update) {
	info, err := b.GetWebhookInfo(ctx)
	if err != nil {
		log.Println(err)
		return
	}
	p.say(ctx, b, u, talk.Info(info.URL))
}
