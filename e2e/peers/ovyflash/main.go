// Command ovyflash is a bot written with github.com/OvyFlash/telegram-bot-api,
// as its README and examples do it: one loop over the updates, one handler at
// a time. The README's "optional: clear initial updates" is left out.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	api "github.com/OvyFlash/telegram-bot-api"

	"hookproof/e2e/peers/internal/talk"
)

type peer struct {
	talk.Settings
	bot *api.BotAPI
}

func main() {
	s := talk.FromEnvironment()
	bot, err := api.NewBotAPIWithOptions(s.Token,
		api.WithAPIEndpoint(s.API+"/bot%s/%s"), api.WithFileEndpoint(s.API+"/file/bot%s/%s"))
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

func (p peer) updates() (api.UpdatesChannel, error) {
	if !p.Webhook {
		u := api.NewUpdate(0)
		u.Timeout = 60
		return p.bot.GetUpdatesChan(u), nil
	}
	wh, err := api.NewWebhook(p.URL)
	if err != nil {
		return nil, err
	}
	wh.SecretToken = p.Secret // which ListenForWebhook does not look at
	if _, err := p.bot.Request(wh); err != nil {
		return nil, err
	}
	updates := p.bot.ListenForWebhook(p.Path())
	go func() { log.Println(http.ListenAndServe(p.Listen(), nil)) }()
	return updates, nil
}

func (p peer) handle(u api.Update) error {
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
	_, err := p.bot.Send(api.NewMessage(chat, text))
	return err
}

func (p peer) document(m *api.Message) error {
	file, err := p.bot.GetFile(api.FileConfig{FileID: m.Document.FileID})
	if err != nil {
		return err
	}
	data, err := talk.Download(context.Background(), p.bot.FileURL(file))
	if err != nil {
		return err
	}
	doc := api.NewDocument(m.Chat.ID, api.FileBytes{Name: m.Document.FileName, Bytes: data})
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
	msg := api.NewMessage(chat, talk.Question)
	msg.ReplyMarkup = api.NewInlineKeyboardMarkup(
		api.NewInlineKeyboardRow(api.NewInlineKeyboardButtonData(talk.Button, talk.Data)))
	_, err := p.bot.Send(msg)
	return err
}

func (p peer) pressed(q *api.CallbackQuery) error {
	if _, err := p.bot.Request(api.NewCallback(q.ID, talk.Notice)); err != nil {
		return err
	}
	_, err := p.bot.Send(api.NewEditMessageText(q.Message.Chat.ID, q.Message.MessageID, talk.Pressed))
	return err
}

func (p peer) edit(chat int64) error {
	m, err := p.bot.Send(api.NewMessage(chat, talk.Draft))
	if err != nil {
		return err
	}
	_, err = p.bot.Send(api.NewEditMessageText(chat, m.MessageID, talk.Final))
	return err
}

func (p peer) commands(chat int64) error {
	set := api.NewSetMyCommands(api.BotCommand{Command: talk.Command, Description: talk.Description})
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
