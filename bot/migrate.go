package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hookproof/bot/internal/telegram"
)

// rollbackLimit bounds a rollback, which an interrupt does not stop.
const rollbackLimit = 30 * time.Second

// A migration moves the bot from one mode to the other. Its steps only set or
// remove the webhook, so it can be run again from wherever it was interrupted.
type migration struct {
	name   string
	plan   []string
	done   func(telegram.WebhookInfo) bool // nothing to change
	change func(context.Context) error
	undo   func(context.Context) error
	verify func(context.Context, *report, telegram.WebhookInfo) error
}

func (sh *shell) migrateWebhook(ctx context.Context, o *opts) error {
	link := "WEBHOOK_URL"
	if o.hookURL != nil {
		link = o.hookURL.String()
	}
	return sh.migrate(ctx, o, migration{
		name: "migrate webhook",
		plan: []string{
			"look at the registration; stop if the webhook is somebody else's",
			"set the webhook to " + link + ", dropping no update",
			"verify: registered, a round trip through the public URL, no delivery error, the queue falls",
			"if that fails, remove the webhook again, dropping no update: polling goes on",
		},
		done:   func(telegram.WebhookInfo) bool { return false }, // the secret does not show, and setting it again changes nothing
		change: o.setHook,
		undo:   o.deleteHook,
		verify: o.verifyWebhook,
	})
}

func (sh *shell) migratePolling(ctx context.Context, o *opts) error {
	return sh.migrate(ctx, o, migration{
		name: "migrate polling",
		plan: []string{
			"look at the registration; stop if the webhook is somebody else's",
			"remove the webhook, dropping no update",
			"verify: no webhook, a bot in polling mode takes the updates, the queue falls",
			"if that fails, set the webhook again: deliveries go on",
		},
		done:   func(info telegram.WebhookInfo) bool { return info.URL == "" },
		change: o.deleteHook,
		undo:   o.setHook,
		verify: o.verifyPolling,
	})
}

// migrate plans, applies, verifies, and rolls back what this run has changed
// when the verification fails or is interrupted.
func (sh *shell) migrate(ctx context.Context, o *opts, m migration) error {
	if err := o.needsHook(); err != nil {
		return err
	}
	r := sh.newReport(o, m.name)
	r.Plan, r.DryRun = m.plan, o.dryRun
	if !o.json {
		fmt.Fprintf(sh.stdout, "%s\n", m.name)
		for i, line := range m.plan {
			fmt.Fprintf(sh.stdout, "%4d. %s\n", i+1, line)
		}
	}
	return sh.end(o, r, o.apply(ctx, r, m))
}

func (o *opts) apply(ctx context.Context, r *report, m migration) error {
	var before telegram.WebhookInfo
	err := r.do("look", func() (_ string, err error) {
		before, err = o.info(ctx)
		if err == nil && before.URL != "" && !o.ownHook(before.URL) {
			err = fmt.Errorf("the webhook %s is not this bot's: set WEBHOOK_URL to it, or remove it with bot webhook delete", before.URL)
		}
		return fmt.Sprintf("webhook %q, %d updates wait", before.URL, before.Pending), err
	})
	if err != nil {
		return err
	}
	if o.dryRun {
		return r.do("dry run", func() (string, error) { return "nothing was changed", nil })
	}
	changed := !m.done(before)
	if changed {
		if err := r.do("change", func() (string, error) { return "done", m.change(ctx) }); err != nil {
			return err
		}
	}
	if before.URL == "" {
		before.LastErrorDate = 0 // setting a webhook anew forgets its errors
	}
	if err = m.verify(ctx, r, before); err == nil {
		return nil
	}
	// The state found at the start is where to go back to, and not further: an
	// old webhook that fails a check is still better than no bot at all.
	if !changed || m.name == "migrate webhook" && before.URL != "" {
		return fmt.Errorf("%w; nothing was rolled back, since the webhook was as it is before", err)
	}
	return errors.Join(err, o.rollBack(ctx, r, m))
}

func (o *opts) rollBack(ctx context.Context, r *report, m migration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackLimit)
	defer cancel()
	err := r.do("roll back", func() (string, error) { return "as it was before, no update dropped", m.undo(ctx) })
	r.RolledBack = err == nil
	return err
}

// verifyPolling checks that somebody polls. Whether the public URL answers does
// not matter to polling, but a bot that answers there in webhook mode is deaf.
func (o *opts) verifyPolling(ctx context.Context, r *report, before telegram.WebhookInfo) error {
	err := r.do("round trip", func() (string, error) {
		switch report, err := newProber().health(ctx, o.hookURL); {
		case err != nil:
			return "not needed by polling, and nothing answers: " + err.Error(), nil //nolint:nilerr // it is told, and no failure
		case report.Webhook:
			return "", fmt.Errorf("the bot at %s runs in webhook mode: restart it with WEBHOOK_ENABLED=false", o.hookURL.Host)
		default:
			return "instance " + report.Instance + " polls", nil
		}
	})
	if err != nil {
		return err
	}
	return r.do("queue", func() (string, error) {
		return o.watchQueue(ctx, before, func(info telegram.WebhookInfo) error {
			if info.URL != "" {
				return fmt.Errorf("the webhook became %q", info.URL)
			}
			return nil
		})
	})
}
