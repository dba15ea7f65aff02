// Command gotgbot is a bot written with github.com/PaulSonOfLars/gotgbot/v2,
// as its samples echoBot, echoWebhookBot and echoMultiBot (which stops
// gracefully) do it. Pending updates are not dropped, as the samples do to be
// handy at a desk.
package main

import (
	"bytes"
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/PaulSonOfLars/gotgbot/v2"
	"github.com/PaulSonOfLars/gotgbot/v2/ext"
	"github.com/PaulSonOfLars/gotgbot/v2/ext/handlers"
	"github.com/PaulSonOfLars/gotgbot/v2/ext/handlers/filters/callbackquery"
	"github.com/PaulSonOfLars/gotgbot/v2/ext/handlers/filters/message"

	"hookproof/e2e/peers/internal/talk"
)

func main() {
	s := talk.FromEnvironment()
	requests := &gotgbot.RequestOpts{Timeout: 10 * time.Second, APIURL: s.API}
	b, err := gotgbot.NewBot(s.Token, &gotgbot.BotOpts{
		BotClient:   &gotgbot.BaseBotClient{Client: http.Client{}, DefaultRequestOpts: requests},
		RequestOpts: requests,
	})
	if err != nil {
		panic("failed to create new bot: " + err.Error())
	}
	updater := ext.NewUpdater(dispatcher(), nil)
	if err := start(updater, b, s); err != nil {
		panic(err.Error())
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	<-signals
	if err := updater.Stop(); err != nil {
		log.Fatal(err)
	}
}

func start(updater *ext.Updater, b *gotgbot.Bot, s talk.Settings) error {
	if !s.Webhook {
		return updater.StartPolling(b, &ext.PollingOpts{GetUpdatesOpts: &gotgbot.GetUpdatesOpts{
			Timeout:     9,
			RequestOpts: &gotgbot.RequestOpts{Timeout: 10 * time.Second, APIURL: s.API},
		}})
	}
	path := strings.TrimPrefix(s.Path(), "/")
	err := updater.StartWebhook(b, path, ext.WebhookOpts{ListenAddr: s.Listen(), SecretToken: s.Secret})
	if err != nil {
		return err
	}
	domain := strings.TrimSuffix(s.URL, s.Path())
	return updater.SetAllBotWebhooks(domain, &gotgbot.SetWebhookOpts{MaxConnections: 100, SecretToken: s.Secret})
}

func dispatcher() *ext.Dispatcher {
	d := ext.NewDispatcher(&ext.DispatcherOpts{
		Error: func(_ *gotgbot.Bot, _ *ext.Context, err error) ext.DispatcherAction {
			log.Println("an error occurred while handling update:", err.Error())
			return ext.DispatcherActionNoop
		},
		MaxRoutines: ext.DefaultMaxRoutines,
	})
	d.AddHandler(handlers.NewCommand("me", me))
	d.AddHandler(handlers.NewCommand("keyboard", keyboard))
	d.AddHandler(handlers.NewCommand("edit", edit))
	d.AddHandler(handlers.NewCommand("commands", commands))
	d.AddHandler(handlers.NewCommand("info", info))
	d.AddHandler(handlers.NewMessage(message.Document, document))
	d.AddHandler(handlers.NewMessage(message.Text, text))
	d.AddHandler(handlers.NewCallback(callbackquery.Equal(talk.Data), pressed))
	return d
}

func say(b *gotgbot.Bot, c *ext.Context, text string) error {
	_, err := c.EffectiveChat.SendMessage(b, text, nil)
	return err
}

func text(b *gotgbot.Bot, c *ext.Context) error {
	answer, err := talk.Answer(c.EffectiveMessage.Text)
	if err != nil {
		return err
	}
	return say(b, c, answer)
}

func document(b *gotgbot.Bot, c *ext.Context) error {
	doc := c.EffectiveMessage.Document
	file, err := b.GetFile(doc.FileId, nil)
	if err != nil {
		return err
	}
	data, err := talk.Download(context.Background(), file.URL(b, nil))
	if err != nil {
		return err
	}
	_, err = b.SendDocument(c.EffectiveChat.Id, gotgbot.InputFileByReader(doc.FileName, bytes.NewReader(data)),
		&gotgbot.SendDocumentOpts{Caption: talk.FileCaption})
	return err
}

func me(b *gotgbot.Bot, c *ext.Context) error {
	me, err := b.GetMe(nil)
	if err != nil {
		return err
	}
	return say(b, c, "@"+me.Username)
}

func keyboard(b *gotgbot.Bot, c *ext.Context) error {
	_, err := c.EffectiveChat.SendMessage(b, talk.Question, &gotgbot.SendMessageOpts{
		ReplyMarkup: gotgbot.InlineKeyboardMarkup{InlineKeyboard: [][]gotgbot.InlineKeyboardButton{
			{{Text: talk.Button, CallbackData: talk.Data}},
		}},
	})
	return err
}

func pressed(b *gotgbot.Bot, c *ext.Context) error {
	if _, err := c.CallbackQuery.Answer(b, &gotgbot.AnswerCallbackQueryOpts{Text: talk.Notice}); err != nil {
		return err
	}
	_, _, err := c.EffectiveMessage.EditText(b, talk.Pressed, nil)
	return err
}

func edit(b *gotgbot.Bot, c *ext.Context) error {
	m, err := c.EffectiveChat.SendMessage(b, talk.Draft, nil)
	if err != nil {
		return err
	}
	_, _, err = m.EditText(b, talk.Final, nil)
	return err
}

func commands(b *gotgbot.Bot, c *ext.Context) error {
	list := []gotgbot.BotCommand{{Command: talk.Command, Description: talk.Description}}
	if _, err := b.SetMyCommands(list, nil); err != nil {
		return err
	}
	return say(b, c, talk.CommandsSet)
}

func info(b *gotgbot.Bot, c *ext.Context) error {
	info, err := b.GetWebhookInfo(nil)
	if err != nil {
		return err
	}
	return say(b, c, talk.Info(info.Url))
}
