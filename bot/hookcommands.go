package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hookproof/bot/internal/telegram"
)

func (s *session) info(ctx context.Context) (telegram.WebhookInfo, error) {
	info, err := s.api.GetWebhookInfo(ctx)
	return info, explain("look at the webhook", err)
}

// setHook sets the webhook, and waits as long as Telegram asks to. A poller that
// is too busy to be ended is not waited for long.
func (s *session) setHook(ctx context.Context) error {
	limit, cancel := context.WithTimeout(ctx, 15*time.Second)
	_ = awaitQuiet(limit, s.api)
	cancel()
	for {
		err := s.api.SetWebhook(ctx, s.hook())
		wait := telegram.RetryAfter(err)
		if wait == 0 || wait > time.Minute {
			return explain("set the webhook", err)
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (s *session) deleteHook(ctx context.Context) error {
	return explain("remove the webhook", s.api.DeleteWebhook(ctx))
}

func (s *session) webhookInfo(ctx context.Context) error {
	info, err := s.info(ctx)
	if err != nil {
		return err
	}
	return s.print(info, describe(info))
}

func (s *session) webhookSet(ctx context.Context) error {
	if err := s.setHook(ctx); err != nil {
		return err
	}
	return s.webhookInfo(ctx)
}

func (s *session) webhookDelete(ctx context.Context) error {
	if err := s.deleteHook(ctx); err != nil {
		return err
	}
	return s.webhookInfo(ctx)
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
