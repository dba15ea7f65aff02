package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hookproof/bot/internal/telegram"
)

const (
	defaultWatch   = 5 * time.Second
	defaultTimeout = time.Minute
	lookEvery      = time.Second
)

// limits are how patient a verification is.
type limits struct{ watch, timeout time.Duration }

// A step is one line of a report: something that was checked or done.
type step struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// A report is what verify and migrate have to say.
type report struct {
	Command    string   `json:"command"`
	Plan       []string `json:"plan,omitempty"`
	DryRun     bool     `json:"dry_run,omitempty"`
	Steps      []step   `json:"steps,omitempty"`
	OK         bool     `json:"ok"`
	RolledBack bool     `json:"rolled_back,omitempty"`

	tell func(step) // called for each step as it ends; nil says nothing
}

// do runs one step and records how it went.
func (r *report) do(name string, run func() (detail string, err error)) error {
	detail, err := run()
	s := step{Name: name, OK: err == nil, Detail: detail}
	if err != nil {
		s.Detail = err.Error()
	}
	r.Steps = append(r.Steps, s)
	if r.tell != nil {
		r.tell(s)
	}
	return err
}

// newReport returns a report that tells its steps as text, unless it is to be
// printed as JSON at the end.
func (sh *shell) newReport(o *opts, name string) *report {
	r := &report{Command: name}
	if !o.json {
		r.tell = func(s step) {
			mark := "ok  "
			if !s.OK {
				mark = "FAIL"
			}
			fmt.Fprintf(sh.stdout, "%s %s: %s\n", mark, s.Name, s.Detail)
		}
	}
	return r
}

// end prints the report, and turns a failure into the command's error.
func (sh *shell) end(o *opts, r *report, err error) error {
	r.OK = err == nil
	return errors.Join(err, sh.print(o, r, ""))
}

func (sh *shell) verify(ctx context.Context, o *opts) error {
	if err := o.needsHook(); err != nil {
		return err
	}
	r := sh.newReport(o, "verify")
	before, err := o.info(ctx)
	if err == nil {
		err = o.verifyWebhook(ctx, r, before)
	}
	return sh.end(o, r, err)
}

// verifyWebhook checks that the webhook works, as far as can be seen without
// being Telegram. before is the registration that errors are held against.
func (o *opts) verifyWebhook(ctx context.Context, r *report, before telegram.WebhookInfo) error {
	err := r.do("registered", func() (string, error) {
		info, err := o.info(ctx)
		if err == nil && !o.ownHook(info.URL) {
			err = fmt.Errorf("the webhook is %q and not %q: run bot webhook set", info.URL, o.hookURL)
		}
		return o.hookURL.String(), err
	})
	if err != nil {
		return err
	}
	if err := r.do("round trip", func() (string, error) { return o.roundTrip(ctx) }); err != nil {
		return err
	}
	return r.do("deliveries", func() (string, error) {
		return o.watchQueue(ctx, before, func(info telegram.WebhookInfo) error {
			if !o.ownHook(info.URL) {
				return fmt.Errorf("the webhook became %q", info.URL)
			}
			if info.LastErrorDate > before.LastErrorDate {
				return fmt.Errorf("deliveries fail: %s", info.LastError)
			}
			return nil
		})
	})
}

// roundTrip goes through the public URL, as Telegram would, and back. The hook
// itself can only be seen to refuse a stranger.
func (o *opts) roundTrip(ctx context.Context) (string, error) {
	p := newProber()
	report, err := p.health(ctx, o.hookURL)
	switch {
	case err != nil:
		return "", fmt.Errorf("through %s: %w", o.hookURL.Host, err)
	case !report.Webhook:
		return "", fmt.Errorf("the bot at %s runs in %s mode: restart it with WEBHOOK_ENABLED=true", o.hookURL.Host, report.Mode)
	}
	start := time.Now()
	if err := p.guarded(ctx, o.hookURL); err != nil {
		return "", err
	}
	return fmt.Sprintf("instance %s answers in %d ms and refuses strangers", report.Instance, time.Since(start).Milliseconds()), nil
}

// watchQueue looks at the registration until the queue was seen to fall and the
// watch is over, and fails at the first look that check does not like.
func (o *opts) watchQueue(ctx context.Context, before telegram.WebhookInfo, check func(telegram.WebhookInfo) error) (string, error) {
	start, most := time.Now(), before.Pending
	for {
		info, err := o.info(ctx)
		if err == nil {
			err = check(info)
		}
		if err != nil {
			return "", err
		}
		falling := info.Pending == 0 || info.Pending < most
		most = max(most, info.Pending)
		took := time.Since(start)
		switch {
		case falling && took >= o.watch:
			return fmt.Sprintf("no error in %v, %d updates wait", took.Round(time.Second), info.Pending), nil
		case took > o.timeout:
			return "", fmt.Errorf("%d updates wait at Telegram and don't get fewer in %v", info.Pending, o.timeout)
		}
		if err := pause(ctx, min(lookEvery, max(o.watch-took, lookEvery/4))); err != nil {
			return "", err
		}
	}
}
