// Command echotron is a bot written with github.com/NicoNex/echotron/v3, as
// its README does it with a dispatcher and a server of one's own.
//
// Its dispatcher and its downloads have Telegram's address in them, so the
// program's default transport turns requests for it to the server under test.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/NicoNex/echotron/v3"

	"hookproof/e2e/peers/internal/talk"
)

// A detour sends requests for Telegram to another server.
type detour struct {
	to   *url.URL
	next http.RoundTripper
}

func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "api.telegram.org" {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host, r.Host = d.to.Scheme, d.to.Host, d.to.Host
	}
	return d.next.RoundTrip(r)
}

type bot struct {
	chat int64
	echotron.API
}

func main() {
	s := talk.FromEnvironment()
	to, err := url.Parse(s.API)
	if err != nil {
		log.Fatal(err)
	}
	http.DefaultTransport = detour{to, http.DefaultTransport}
	dsp := echotron.NewDispatcher(s.Token, func(chat int64) echotron.Bot {
		return &bot{chat, echotron.NewAPI(s.Token)}
	})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if s.Webhook {
		serve(dsp, s, signals)
		return
	}
	go func() {
		<-signals
		os.Exit(0) // there is nothing to call: the loop has no end
	}()
	for {
		log.Println(dsp.Poll())
		time.Sleep(5 * time.Second)
	}
}

func serve(dsp *echotron.Dispatcher, s talk.Settings, signals <-chan os.Signal) {
	server := &http.Server{Addr: s.Listen(), Handler: http.NotFoundHandler()}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-signals
		if err := server.Shutdown(context.Background()); err != nil {
			log.Print(err)
		}
	}()
	dsp.SetHTTPServer(server)
	// The secret goes to Telegram; HandleWebhook does not look at it.
	err := dsp.ListenWebhookOptions(s.URL, false, &echotron.WebhookOptions{SecretToken: s.Secret})
	log.Println(err)
	if errors.Is(err, http.ErrServerClosed) {
		<-stopped
	}
}

// Update handles an update. The library calls it in a goroutine of its own.
func (b *bot) Update(u *echotron.Update) {
	if err := b.handle(u); err != nil {
		log.Println(err)
	}
}

func (b *bot) handle(u *echotron.Update) error {
	switch {
	case u.CallbackQuery != nil:
		return b.pressed(u.CallbackQuery)
	case u.Message == nil:
		return nil
	case u.Message.Document != nil:
		return b.document(u.Message.Document)
	}
	switch u.Message.Text {
	case "/me":
		return b.me()
	case "/keyboard":
		return b.keyboard()
	case "/edit":
		return b.edit()
	case "/commands":
		return b.commands()
	case "/info":
		return b.info()
	}
	answer, err := talk.Answer(u.Message.Text)
	if err != nil {
		return err
	}
	return b.say(answer)
}

func (b *bot) say(text string) error {
	_, err := b.SendMessage(text, b.chat, nil)
	return err
}

func (b *bot) document(doc *echotron.Document) error {
	file, err := b.GetFile(doc.FileID)
	if err != nil {
		return err
	}
	data, err := b.DownloadFile(file.Result.FilePath)
	if err != nil {
		return err
	}
	_, err = b.SendDocument(echotron.NewInputFileBytes(doc.FileName, data), b.chat,
		&echotron.DocumentOptions{Caption: talk.FileCaption})
	return err
}

func (b *bot) me() error {
	me, err := b.GetMe()
	if err != nil {
		return err
	}
	return b.say("@" + me.Result.Username)
}

func (b *bot) keyboard() error {
	_, err := b.SendMessage(talk.Question, b.chat, &echotron.MessageOptions{
		ReplyMarkup: echotron.InlineKeyboardMarkup{InlineKeyboard: [][]echotron.InlineKeyboardButton{
			{{Text: talk.Button, CallbackData: talk.Data}},
		}},
	})
	return err
}

func (b *bot) pressed(q *echotron.CallbackQuery) error {
	if _, err := b.AnswerCallbackQuery(q.ID, &echotron.CallbackQueryOptions{Text: talk.Notice}); err != nil {
		return err
	}
	_, err := b.EditMessageText(talk.Pressed, echotron.NewMessageID(b.chat, q.Message.ID), nil)
	return err
}

func (b *bot) edit() error {
	m, err := b.SendMessage(talk.Draft, b.chat, nil)
	if err != nil {
		return err
	}
	_, err = b.EditMessageText(talk.Final, echotron.NewMessageID(b.chat, m.Result.ID), nil)
	return err
}

func (b *bot) commands() error {
	command := echotron.BotCommand{Command: talk.Command, Description: talk.Description}
	if _, err := b.SetMyCommands(nil, command); err != nil {
		return err
	}
	return b.say(talk.CommandsSet)
}

func (b *bot) info() error {
	info, err := b.GetWebhookInfo()
	if err != nil {
		return err
	}
	return b.say(talk.Info(info.Result.URL))
}
