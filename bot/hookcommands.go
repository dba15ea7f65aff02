package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hookproof/bot/internal/telegram"
)

// persist repeats a call for -timeout while Telegram can't be reached or refuses
// for the moment, and for a minute if it says how long it wants to be left alone.
func (s *session) persist(ctx context.Context, what string, call func() error) error {
	start := time.Now()
	return persist(ctx, what, call, func(err error, wait time.Duration) bool {
		limit := s.timeout
		if telegram.RetryAfter(err) > 0 {
			limit = max(limit, time.Minute)
		}
		again := time.Since(start)+wait <= limit
		if again {
			fmt.Fprintf(s.stderr, "bot: %s: %v: will try again\n", what, err)
		}
		return again
	})
}

func (s *session) info(ctx context.Context) (info telegram.WebhookInfo, err error) {
	err = s.persist(ctx, "look at the webhook", func() (err error) {
		info, err = s.api.GetWebhookInfo(ctx)
		return err
	})
	return info, err
}

// setHook sets the webhook. A poller that is too busy to be ended is not waited
// for long.
func (s *session) setHook(ctx context.Context) error {
	limit, cancel := context.WithTimeout(ctx, 15*time.Second)
	_ = awaitQuiet(limit, s.api)
	cancel()
	return s.persist(ctx, "set the webhook", func() error { return s.api.SetWebhook(ctx, s.hook()) })
}

func (s *session) deleteHook(ctx context.Context) error {
	return s.persist(ctx, "remove the webhook", func() error { return s.api.DeleteWebhook(ctx) })
}

func (s *session) webhookInfo(ctx context.Context) error {
	info, err := s.info(ctx)
	if err != nil {
		return err
	}
	info.URL = masked(info.URL) // many bots have their token in it
	return s.print(info, describe(info))
}

// andInfo makes a command of a change: it tells what came of it.
func andInfo(change func(*session, context.Context) error) func(*session, context.Context) error {
	return func(s *session, ctx context.Context) error {
		if err := change(s, ctx); err != nil {
			return err
		}
		return s.webhookInfo(ctx)
	}
}

func describe(info telegram.WebhookInfo) string {
	var b strings.Builder
	if info.URL == "" {
		fmt.Fprintf(&b, "webhook          none: the bot is polled\n")
	} else {
		fmt.Fprintf(&b, "webhook          %s\nmax connections  %d\nown certificate  %v\n", info.URL, info.MaxConnections, info.CustomCertificate)
	}
	fmt.Fprintf(&b, "pending updates  %d\n", info.Pending)
	if info.LastErrorDate > 0 {
		fmt.Fprintf(&b, "last error       %s, %s\n", time.Unix(info.LastErrorDate, 0).UTC().Format(time.RFC3339), info.LastError)
	}
	return b.String()
}
