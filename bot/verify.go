package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hookproof/bot/internal/telegram"
)

func (s *session) verify(ctx context.Context) error {
	before, err := s.info(ctx)
	if err != nil {
		return err
	}
	// An error that is not cured comes again within that time.
	before.LastErrorDate = min(before.LastErrorDate, time.Now().Add(-retried).Unix())
	return s.verifyWebhook(ctx, before)
}

// verifyWebhook checks that the webhook works, as far as can be seen without
// being Telegram. before is the registration that errors are held against.
func (s *session) verifyWebhook(ctx context.Context, before telegram.WebhookInfo) error {
	err := s.do("registered", func() (string, error) {
		info, err := s.info(ctx)
		if err == nil && !s.ownHook(info.URL) {
			err = fmt.Errorf("the webhook is %q and not %q: run bot webhook set", masked(info.URL), s.hookURL)
		}
		return s.hookURL.String(), err
	})
	if err == nil {
		err = s.do("round trip", func() (string, error) { return s.look(ctx, s.roundTrip) })
	}
	if err != nil {
		return err
	}
	return s.do("deliveries", func() (string, error) {
		detail, _, err := s.watchQueue(ctx, before, s.hookURL.String())
		return detail, err
	})
}

// A lasting error is one of a state that waiting does not cure.
type lasting struct{ error }

// lookEvery is the pause between two looks through the public URL.
const lookEvery = time.Second

// look repeats a look through the public URL until that works once, or -timeout is
// over. A proxy's 502, or an instance that wakes up, is no reason to turn back
// before. What lasts is, at the second time: once it may be a deploy's old instance.
func (s *session) look(ctx context.Context, once func(context.Context) (string, error)) (string, error) {
	seen := 0
	for start := time.Now(); ; {
		detail, err := once(ctx)
		if _, lasts := errors.AsType[lasting](err); lasts {
			seen++
		}
		if err == nil || seen > 1 || time.Since(start)+lookEvery > s.timeout {
			return detail, err
		}
		if err := pause(ctx, lookEvery); err != nil {
			return "", err
		}
	}
}

// roundTrip goes through the public URL, as Telegram would, and back. The hook
// itself can only be seen to refuse a stranger.
func (s *session) roundTrip(ctx context.Context) (string, error) {
	report, err := s.probe.health(ctx, s.hookURL)
	switch {
	case err != nil:
		return "", fmt.Errorf("through %s: %w", s.hookURL.Host, err)
	case !report.Webhook:
		return "", lasting{fmt.Errorf("the bot at %s runs in %s mode: restart it with WEBHOOK_ENABLED=true", s.hookURL.Host, report.Mode)}
	}
	start := time.Now()
	if err := s.probe.guarded(ctx, s.hookURL); err != nil {
		return "", err
	}
	return fmt.Sprintf("instance %s answers in %d ms and refuses strangers", report.Instance, time.Since(start).Milliseconds()), nil
}

// verifyPolling checks that the queue falls. A bot that answers at the public URL
// in webhook mode is deaf; none need answer there, but then an empty queue is no
// proof of a poller.
func (s *session) verifyPolling(ctx context.Context, before telegram.WebhookInfo) error {
	seen := false
	err := s.do("round trip", func() (string, error) {
		return s.look(ctx, func(ctx context.Context) (string, error) {
			switch report, err := s.probe.health(ctx, s.hookURL); {
			case err != nil:
				return "not needed by polling, and nothing answers: " + err.Error(), nil //nolint:nilerr // it is told, and no failure
			case report.Webhook:
				return "", lasting{fmt.Errorf("the bot at %s runs in webhook mode: restart it with WEBHOOK_ENABLED=false", s.hookURL.Host)}
			default:
				seen = true
				return "instance " + report.Instance + " is in polling mode", nil
			}
		})
	})
	if err != nil {
		return err
	}
	return s.do("queue", func() (string, error) {
		detail, fell, err := s.watchQueue(ctx, before, "")
		if !seen && !fell {
			detail += "; NOT verified: that anybody polls, for the queue was empty and no instance was seen. Send the bot a message"
		}
		return detail, err
	})
}

// watchQueue looks at the registration until the queue was seen to be empty or to
// fall, and the watch is over. It fails when a delivery has since before, or the
// webhook is not url.
func (s *session) watchQueue(ctx context.Context, before telegram.WebhookInfo, url string) (detail string, fell bool, err error) {
	start, most := time.Now(), before.Pending
	for {
		info, err := s.info(ctx)
		took, age := time.Since(start), time.Since(time.Unix(info.LastErrorDate, 0)).Round(time.Second)
		fell = info.Pending < most
		most = max(most, info.Pending)
		switch {
		case err != nil:
			return "", false, err
		case info.URL != url:
			return "", false, fmt.Errorf("the webhook became %q", masked(info.URL))
		case url != "" && info.LastErrorDate > before.LastErrorDate:
			return "", false, fmt.Errorf("deliveries fail: %s, %v ago", info.LastError, age)
		case (fell || info.Pending == 0) && took >= s.watch:
			detail = fmt.Sprintf("no error in %v, %d updates wait", took.Round(time.Second), info.Pending)
			if url != "" && info.LastErrorDate > 0 {
				detail += fmt.Sprintf("; the last error is %v old: %s", age, info.LastError)
			}
			return detail, fell, nil
		case took > s.timeout:
			return "", false, fmt.Errorf("%d updates wait at Telegram and don't get fewer in %v", info.Pending, s.timeout)
		}
		if err := pause(ctx, min(time.Second, max(s.watch-took, time.Second/4))); err != nil {
			return "", false, err
		}
	}
}
