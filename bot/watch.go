package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hookproof/bot/internal/telegram"
)

const (
	// watchEvery is how soon the registration is looked at again after anything
	// new or wrong. While all is well each look waits as much longer, up to
	// watchMost: an idle bot has nothing else to do, and would cost more than one
	// that polls.
	watchEvery = time.Minute
	watchMost  = 3 * time.Minute
	// retried is how long after a failure its delivery has been tried again, if it
	// still waits: Telegram does so within two minutes (Bot API server source).
	retried = 3 * time.Minute
)

// watch looks at the registration until ctx ends, so that the bot is not deaf
// without anybody knowing. What it finds goes to the log and to /ready.
func (r *registrar) watch(ctx context.Context) error {
	seen := &sightings{first: true}
	for wait := watchEvery; ; wait = min(wait+watchEvery, watchMost) {
		var info telegram.WebhookInfo
		err := r.link.persist(ctx, "look at the webhook", func() (err error) {
			info, err = r.api.GetWebhookInfo(ctx)
			return err
		})
		if err != nil {
			return err
		}
		r.metrics.set("bot_webhook_pending", int64(info.Pending))
		r.metrics.set("bot_webhook_last_error_seconds", info.LastErrorDate)
		trouble, fresh := seen.add(info, r.set)
		r.link.set(trouble)
		if trouble != "" || seen.stuck > 0 {
			wait = watchEvery
		}
		if trouble != "" {
			r.log.Error("webhook in trouble", "trouble", trouble, "pending", info.Pending)
		}
		// A 401 is our own: Telegram still sends the secret from before, which
		// was not kept as WEBHOOK_SECRET_TOKEN_PREVIOUS and does not show.
		if fresh && strings.Contains(info.LastError, "401") {
			if err := r.register(ctx, true); err != nil {
				return err
			}
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// sightings compare what is seen of the registration with what was before.
type sightings struct {
	last    telegram.WebhookInfo
	first   bool
	failing bool
	stuck   int // looks in a row at which the queue did not fall
}

// add returns what is wrong, "" for nothing, and whether a delivery has failed
// since the look before. A failure is nothing wrong any more once none waits.
func (s *sightings) add(info telegram.WebhookInfo, set *settings) (trouble string, fresh bool) {
	s.stuck++
	if s.first || info.Pending == 0 || info.Pending < s.last.Pending {
		s.stuck = 0
	}
	fresh = !s.first && info.LastErrorDate > s.last.LastErrorDate
	s.failing = info.Pending > 0 && (fresh || s.failing && time.Since(time.Unix(info.LastErrorDate, 0)) < retried)
	s.first, s.last = false, info
	switch {
	case !set.ownHook(info.URL):
		return fmt.Sprintf("the webhook is %q now: somebody else set or removed it", masked(info.URL)), false
	case s.failing:
		return "deliveries fail: " + info.LastError, fresh
	case s.stuck >= 3:
		return fmt.Sprintf("%d updates wait at Telegram and don't get fewer", info.Pending), false
	}
	return "", fresh
}
