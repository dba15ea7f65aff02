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

// A migration moves the bot to one mode. Its steps only set or remove the
// webhook, so it can be run again from wherever it was interrupted.
type migration struct {
	plan         []string
	moves        func(before string) bool // whether that webhook, "" for none, is the other mode
	change, undo func(context.Context) error
	verify       func(context.Context, telegram.WebhookInfo) error
}

func (s *session) migrateWebhook(ctx context.Context) error {
	return s.migrate(ctx, migration{
		plan: []string{
			"look at the registration; stop if the webhook is somebody else's",
			"set the webhook to " + s.hookURL.String() + ", dropping no update",
			"verify: registered, a round trip through the public URL, no delivery error, the queue falls",
			"if that fails, remove the webhook again, dropping no update: polling goes on",
		},
		moves:  func(before string) bool { return before == "" },
		change: s.setHook, undo: s.deleteHook, verify: s.verifyWebhook,
	})
}

func (s *session) migratePolling(ctx context.Context) error {
	return s.migrate(ctx, migration{
		plan: []string{
			"look at the registration; stop if the webhook is somebody else's",
			"remove the webhook, dropping no update",
			"verify: no webhook, a bot in polling mode takes the updates, the queue falls",
			"if that fails, set the webhook again: deliveries go on",
		},
		moves:  func(before string) bool { return before != "" },
		change: s.deleteHook, undo: s.setHook, verify: s.verifyPolling,
	})
}

// migrate plans, applies, verifies, and rolls back what this run has changed, or
// may have, when that fails or is interrupted: a change whose answer was lost has
// been made nevertheless.
func (s *session) migrate(ctx context.Context, m migration) error {
	s.report.Plan, s.report.DryRun = m.plan, s.dryRun
	if !s.json {
		fmt.Fprintln(s.stdout, s.report.Command)
		for i, line := range m.plan {
			fmt.Fprintf(s.stdout, "%4d. %s\n", i+1, line)
		}
	}
	var before telegram.WebhookInfo
	err := s.do("look", func() (_ string, err error) {
		before, err = s.info(ctx)
		if err == nil && before.URL != "" && !s.ownHook(before.URL) {
			err = fmt.Errorf("the webhook %s is not this bot's: set WEBHOOK_URL to it, or remove it with bot webhook delete", masked(before.URL))
		}
		return fmt.Sprintf("webhook %q, %d updates wait", masked(before.URL), before.Pending), err
	})
	switch {
	case err != nil:
		return err
	case s.dryRun:
		return s.do("dry run", func() (string, error) { return "nothing was changed", nil })
	}
	// Done again when there is nothing to move it changes nothing but a secret,
	// which does not show.
	err = s.do("change", func() (string, error) { return "done", m.change(ctx) })
	if before.URL == "" {
		before.LastErrorDate = 0 // setting a webhook anew forgets its errors
	}
	if err == nil {
		err = m.verify(ctx, before)
	}
	if err == nil {
		return nil
	}
	// The state found at the start is where to go back to, and not further: an
	// old webhook that fails a check is still better than no bot at all.
	if !m.moves(before.URL) {
		return fmt.Errorf("%w; nothing was rolled back, since the webhook was as it is before", err)
	}
	return errors.Join(err, s.rollBack(ctx, m))
}

func (s *session) rollBack(ctx context.Context, m migration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackLimit)
	defer cancel()
	err := s.do("roll back", func() (string, error) { return "as it was before, no update dropped", m.undo(ctx) })
	s.report.RolledBack = err == nil
	return err
}
