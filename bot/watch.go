package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hookproof/bot/internal/telegram"
)

// watchEvery is how often the registration is looked at.
const watchEvery = time.Minute

// watch looks at the registration until ctx ends, so that the bot is not deaf
// without anybody knowing. What it finds goes to the log and to /ready.
func (r *registrar) watch(ctx context.Context) error {
	var last telegram.WebhookInfo
	stuck := 0
	for first := true; ; first = false {
		var info telegram.WebhookInfo
		err := persist(ctx, r.log, r.link, "look at the webhook", func(ctx context.Context) (err error) {
			info, err = r.api.GetWebhookInfo(ctx)
			return err
		})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		r.metrics.pending.Store(int64(info.Pending))
		r.metrics.lastError.Store(info.LastErrorDate)
		if stuck++; first || info.Pending == 0 || info.Pending < last.Pending {
			stuck = 0
		}
		trouble := ""
		switch {
		case !r.set.ownHook(info.URL):
			trouble = fmt.Sprintf("the webhook is %q now: somebody else set or removed it", info.URL)
		case !first && info.LastErrorDate > last.LastErrorDate:
			trouble = "deliveries fail: " + info.LastError
		case stuck >= 3:
			trouble = fmt.Sprintf("%d updates wait at Telegram, and they don't get fewer", info.Pending)
		}
		r.link.set(trouble)
		if trouble != "" {
			r.log.Error("webhook in trouble", "trouble", trouble, "pending", info.Pending)
		}
		// Telegram still sends the secret from before: nobody kept it as
		// WEBHOOK_SECRET_TOKEN_PREVIOUS, and getWebhookInfo does not show it.
		if strings.HasPrefix(trouble, "deliveries") && strings.Contains(info.LastError, "401") {
			if err := r.register(ctx, true); err != nil && ctx.Err() == nil {
				return err
			}
		}
		last = info
		if pause(ctx, watchEvery) != nil {
			return nil
		}
	}
}
