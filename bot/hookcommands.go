package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hookproof/bot/internal/telegram"
)

// once makes a call for a command, with the cure in the error.
func once(ctx context.Context, what string, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	err := call(ctx)
	switch {
	case err == nil:
		return nil
	case telegram.Fatal(err):
		return fatal(what, err)
	default:
		return fmt.Errorf("%s: %w: try again", what, err)
	}
}

func (o *opts) info(ctx context.Context) (info telegram.WebhookInfo, err error) {
	err = once(ctx, "look at the webhook", func(ctx context.Context) (err error) {
		info, err = o.api().GetWebhookInfo(ctx)
		return err
	})
	return info, err
}

// setHook sets the webhook, and waits as long as Telegram asks to. A poller that
// is too busy to be ended is not waited for longer than for a call.
func (o *opts) setHook(ctx context.Context) error {
	limit, cancel := context.WithTimeout(ctx, callLimit)
	_ = awaitQuiet(limit, o.api())
	cancel()
	set := func(ctx context.Context) error { return o.api().SetWebhook(ctx, o.hook()) }
	for {
		err := once(ctx, "set the webhook", set)
		wait := telegram.RetryAfter(err)
		if wait == 0 || wait > time.Minute {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (o *opts) deleteHook(ctx context.Context) error {
	return once(ctx, "remove the webhook", o.api().DeleteWebhook)
}

func (sh *shell) webhookInfo(ctx context.Context, o *opts) error {
	info, err := o.info(ctx)
	if err != nil {
		return err
	}
	return sh.print(o, info, describe(info))
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

func (sh *shell) webhookSet(ctx context.Context, o *opts) error {
	if err := o.needsHook(); err != nil {
		return err
	}
	if err := o.setHook(ctx); err != nil {
		return err
	}
	return sh.webhookInfo(ctx, o)
}

func (sh *shell) webhookDelete(ctx context.Context, o *opts) error {
	if err := o.deleteHook(ctx); err != nil {
		return err
	}
	return sh.webhookInfo(ctx, o)
}
