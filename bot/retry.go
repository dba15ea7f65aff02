package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"hookproof/bot/internal/telegram"
)

// pause waits for d, or until ctx ends and then returns why.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

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

// persist repeats call until it works, ctx ends, Telegram says that no repetition
// can help, or again, which is told what failed and how long the next wait is.
func persist(ctx context.Context, what string, call func() error, again func(error, time.Duration) bool) error {
	var b backoff
	for {
		err := call()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case telegram.Fatal(err):
			return explain(what, err)
		}
		wait := b.next(err)
		if !again(err, wait) {
			return explain(what, err)
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// explain adds the cure to an error of a call, if there is one.
func explain(what string, err error) error {
	hint := "try again"
	switch {
	case err == nil:
		return nil
	case telegram.Unauthorized(err):
		hint = "check TELEGRAM_BOT_TOKEN against @BotFather, and TELEGRAM_API_URL"
	case telegram.Fatal(err):
		hint = "correct the setting it names"
	}
	return fmt.Errorf("%s: %w: %s", what, err, hint)
}
