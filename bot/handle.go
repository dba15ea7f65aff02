package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hookproof/bot/internal/telegram"
)

const help = `I answer what you send.
/start  say hello
/help   this text
/ping   pong
/status how I run
Any other text comes back as it is.`

// A handler decides what to answer. Its errors carry no content of a message,
// because they are logged.
type handler struct {
	mode    string
	version string
	started time.Time
	drills  bool
	name    func(context.Context) string // the bot's own, "" when it can't be told
}

// handle returns the text to reply with, "" for none. It may be called again
// with the same update, after a crash or on another instance.
func (h *handler) handle(ctx context.Context, u telegram.Update) (string, error) {
	if !strings.HasPrefix(u.Text, "/") {
		return u.Text, nil
	}
	word, args, _ := strings.Cut(u.Text, " ")
	command, whose, named := strings.Cut(word, "@") // in a group: /ping@name_of_the_bot
	if named && !h.mine(ctx, whose) {
		return "", nil
	}
	switch command {
	case "/start":
		return "Hello! I echo what you send. Try /help.", nil
	case "/help":
		return help, nil
	case "/ping":
		return "pong", nil
	case "/status":
		return fmt.Sprintf("mode %s, up %v, version %s", h.mode, time.Since(h.started).Round(time.Second), h.version), nil
	}
	if h.drills {
		if reply, err := drill(ctx, command, strings.TrimSpace(args)); err != nil || reply != "" {
			return reply, err
		}
	}
	return u.Text, nil
}

// mine reports whether a command that names a bot means this one. Others' come
// to a bot that is told all that is said in a group. While Telegram can't tell
// the name, any is taken for ours.
func (h *handler) mine(ctx context.Context, whose string) bool {
	name := h.name(ctx)
	return name == "" || strings.EqualFold(name, whose)
}
