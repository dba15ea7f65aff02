// Command tgbotapi is a bot written with
// github.com/go-telegram-bot-api/telegram-bot-api/v5, as its README does it:
// one loop over the updates, one handler at a time.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"hookproof/e2e/peers/internal/talk"
)

type peer struct {
	talk.Settings
	bot *tgbotapi.BotAPI
}

func main() {
	s := talk.FromEnvironment()
	bot, err := tgbotapi.NewBotAPIWithAPIEndpoint(s.Token, s.API+"/bot%s/%s")
	if err != nil {
		log.Panic(err)
	}
	p := peer{s, bot}
	updates, err := p.updates()
	if err != nil {
		log.Fatal(err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		os.Exit(0) // there is nothing to call: StopReceivingUpdates waits for the next update
	}()
	for u := range updates {
		if err := p.handle(u); err != nil {
			log.Println(err)
		}
	}
}

func (p peer) updates() (tgbotapi.UpdatesChannel, error) {
	if !p.Webhook {
		u := tgbotapi.NewUpdate(0)
		u.Timeout = 60
		return p.bot.GetUpdatesChan(u), nil
	}
	wh, err := tgbotapi.NewWebhook(p.URL) // which has no field for a secret
	if err != nil {
		return nil, err
	}
	if _, err := p.bot.Request(wh); err != nil {
		return nil, err
	}
	updates := p.bot.ListenForWebhook(p.Path())
	go func() { log.Println(http.ListenAndServe(p.Listen(), nil)) }()
	return updates, nil
}

func (p peer) handle(u tgbotapi.Update) error {
	switch {
	case u.CallbackQuery != nil:
		return p.pressed(u.CallbackQuery)
	case u.Message == nil:
		return nil
	case u.Message.Document != nil:
		return p.document(u.Message)
	}
	chat := u.Message.Chat.ID
	switch u.Message.Command() {
	case "me":
		return p.me(chat)
	case "keyboard":
		return p.keyboard(chat)
	case "edit":
		return p.edit(chat)
	case "commands":
		return p.commands(chat)
	case "info":
		return p.info(chat)
	}
	answer, err := talk.Answer(u.Message.Text)
	if err != nil {
		return err
	}
	return p.say(chat, answer)
}

func (p peer) say(chat int64, text string) error {
	_, err := p.bot.Send(tgbotapi.NewMessage(chat, text))
	return err
}

func (p peer) document(m *tgbotapi.Message) error {
	file, err := p.bot.GetFile(tgbotapi.FileConfig{FileID: m.Document.FileID})
	if err != nil {
		return err
	}
	data, err := talk.Download(context.Background(), p.FileURL(file.FilePath)) // file.Link knows api.telegram.org only
	if err != nil {
		return err
	}
	doc := tgbotapi.NewDocument(m.Chat.ID, tgbotapi.FileBytes{Name: m.Document.FileName, Bytes: data})
	doc.Caption = talk.FileCaption
	_, err = p.bot.Send(doc)
	return err
}

func (p peer) me(chat int64) error {
	me, err := p.bot.GetMe()
	if err != nil {
		return err
	}
	return p.say(chat, "@"+me.UserName)
}

func (p peer) keyboard(chat int64) error {
	msg := tgbotapi.NewMessage(chat, talk.Question)
	msg.ReplyMarkup = tgbotapi.NewInlineKeyboardMarkup(
		tgbotapi.NewInlineKeyboardRow(tgbotapi.NewInlineKeyboardButtonData(talk.Button, talk.Data)))
	_, err := p.bot.Send(msg)
	return err
}

func (p peer) pressed(q *tgbotapi.CallbackQuery) error {
	if _, err := p.bot.Request(tgbotapi.NewCallback(q.ID, talk.Notice)); err != nil {
		return err
	}
	_, err := p.bot.Send(tgbotapi.NewEditMessageText(q.Message.Chat.ID, q.Message.MessageID, talk.Pressed))
	return err
}

func (p peer) edit(chat int64) error {
	m, err := p.bot.Send(tgbotapi.NewMessage(chat, talk.Draft))
	if err != nil {
		return err
	}
	_, err = p.bot.Send(tgbotapi.NewEditMessageText(chat, m.MessageID, talk.Final))
	return err
}

func (p peer) commands(chat int64) error {
	set := tgbotapi.NewSetMyCommands(tgbotapi.BotCommand{Command: talk.Command, Description: talk.Description})
	if _, err := p.bot.Request(set); err != nil {
		return err
	}
	return p.say(chat, talk.CommandsSet)
}

func (p peer) info(chat int64) error {
	info, err := p.bot.GetWebhookInfo()
	if err != nil {
		return err
	}
	return p.say(chat, talk.Info(info.URL))
}
