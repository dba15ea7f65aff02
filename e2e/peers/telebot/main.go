// Command telebot is a bot written with gopkg.in/telebot.v4, as its README
// does it: handlers by command, and a Webhook in the place of the LongPoller.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	tele "gopkg.in/telebot.v4"

	"hookproof/e2e/peers/internal/talk"
)

func main() {
	s := talk.FromEnvironment()
	b, err := tele.NewBot(tele.Settings{Token: s.Token, URL: s.API, Poller: poller(s)})
	if err != nil {
		log.Fatal(err)
	}
	b.Handle("/me", me)
	b.Handle("/keyboard", keyboard)
	b.Handle("/edit", edit)
	b.Handle("/commands", commands)
	b.Handle("/info", info)
	b.Handle(tele.OnText, text)
	b.Handle(tele.OnDocument, document)
	b.Handle(tele.OnCallback, pressed)

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		b.Stop()
	}()
	b.Start()
}

func poller(s talk.Settings) tele.Poller {
	if !s.Webhook {
		return &tele.LongPoller{Timeout: 10 * time.Second}
	}
	return &tele.Webhook{
		Listen:      s.Listen(),
		SecretToken: s.Secret,
		Endpoint:    &tele.WebhookEndpoint{PublicURL: s.URL},
	}
}

func text(c tele.Context) error {
	answer, err := talk.Answer(c.Text())
	if err != nil {
		return err
	}
	return c.Send(answer)
}

func document(c tele.Context) error {
	doc := c.Message().Document
	body, err := c.Bot().File(&doc.File)
	if err != nil {
		return err
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	return c.Send(&tele.Document{
		File:     tele.FromReader(bytes.NewReader(data)),
		FileName: doc.FileName,
		Caption:  talk.FileCaption,
	})
}

// me asks by name: the library has no method for it, it asks once, in NewBot.
func me(c tele.Context) error {
	raw, err := c.Bot().Raw("getMe", nil)
	if err != nil {
		return err
	}
	var me struct{ Result tele.User }
	if err := json.Unmarshal(raw, &me); err != nil {
		return err
	}
	return c.Send("@" + me.Result.Username)
}

func keyboard(c tele.Context) error {
	menu := &tele.ReplyMarkup{InlineKeyboard: [][]tele.InlineButton{{{Text: talk.Button, Data: talk.Data}}}}
	return c.Send(talk.Question, menu)
}

func pressed(c tele.Context) error {
	if err := c.Respond(&tele.CallbackResponse{Text: talk.Notice}); err != nil {
		return err
	}
	return c.Edit(talk.Pressed)
}

func edit(c tele.Context) error {
	m, err := c.Bot().Send(c.Recipient(), talk.Draft)
	if err != nil {
		return err
	}
	_, err = c.Bot().Edit(m, talk.Final)
	return err
}

func commands(c tele.Context) error {
	if err := c.Bot().SetCommands([]tele.Command{{Text: talk.Command, Description: talk.Description}}); err != nil {
		return err
	}
	return c.Send(talk.CommandsSet)
}

func info(c tele.Context) error {
	hook, err := c.Bot().Webhook()
	if err != nil {
		return err
	}
	return c.Send(talk.Info(hook.Listen)) // the field that "url" is read into
}
