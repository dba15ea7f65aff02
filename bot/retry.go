package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"hookproof/bot/internal/telegram"
)

// callLimit bounds a call that does not wait at the server.
const callLimit = 15 * time.Second

// A backoff makes waits between attempts: doubling, with jitter, so that
// instances that fell together don't knock together. The zero value is ready.
type backoff struct{ attempt int }

// next returns how long to wait after err: what the server asks for after a
// 429, and else 0.5 s and up to 30 s.
func (b *backoff) next(err error) time.Duration {
	wait := min(30*time.Second, 500*time.Millisecond<<min(b.attempt, 10))
	b.attempt++
	return max(jitter(wait), telegram.RetryAfter(err))
}

// jitter returns d to 1.25 d.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/4+1) }

// persist repeats call until it works, ctx ends, or Telegram says that no
// repetition can help.
func persist(ctx context.Context, log *slog.Logger, l *link, what string, call func(context.Context) error) error {
	var b backoff
	for {
		once, cancel := context.WithTimeout(ctx, callLimit)
		err := call(once)
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case telegram.Fatal(err):
			return fatal(what, err)
		}
		wait := b.next(err)
		l.set(fmt.Sprintf("can't %s: %v", what, err))
		log.Warn("Telegram did not do it, will try again", "what", what, "error", err, "wait_ms", wait.Milliseconds())
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// fatal adds the cure to an error that ends the bot.
func fatal(what string, err error) error {
	hint := "correct the setting it names"
	if telegram.Unauthorized(err) {
		hint = "check TELEGRAM_BOT_TOKEN against @BotFather, and TELEGRAM_API_URL"
	}
	return fmt.Errorf("%s: %w: %s", what, err, hint)
}
