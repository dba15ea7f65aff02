package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hookproof/bot/internal/telegram"
)

// How long a new instance waits to be the one that the public URL leads to, and
// how often it looks.
const (
	trafficLimit = 2 * time.Minute
	trafficEvery = time.Second
)

// A registrar sees to it that Telegram delivers here, once the traffic does.
type registrar struct {
	api      *telegram.Client
	set      *settings
	log      *slog.Logger
	link     *link
	metrics  *metrics
	instance string
	probe    *prober
}

// run registers the webhook and then watches it until ctx ends.
func (r *registrar) run(ctx context.Context) error {
	if r.set.preview {
		r.link.set("")
		r.log.Warn("this is a preview of a pull request: the webhook is left alone")
		<-ctx.Done()
		return nil
	}
	if r.set.render {
		r.awaitTraffic(ctx)
	}
	r.takeOver(ctx)
	if err := r.register(ctx, false); err != nil {
		return err
	}
	return r.watch(ctx)
}

// awaitTraffic waits until the public URL shows this instance twice running.
// While a deploy's old instance still gets the traffic, a new secret would make
// it refuse every update. Only Render is known to overlap so; elsewhere the
// wait would be for a name that may not even resolve from inside.
func (r *registrar) awaitTraffic(ctx context.Context) {
	limit, cancel := context.WithTimeout(ctx, trafficLimit)
	defer cancel()
	for seen := 0; seen < 2; {
		report, err := r.probe.health(limit, r.set.hookURL)
		if err == nil && report.Instance == r.instance {
			seen++
		} else {
			seen = 0
		}
		if pause(limit, trafficEvery) == nil {
			continue
		}
		if ctx.Err() == nil {
			r.log.Warn("the public URL does not lead here yet, registering anyway", "url", r.set.hookURL.String(), "waited", trafficLimit.String(), "error", err)
		}
		return
	}
}

// takeOver waits until no poller is at work.
func (r *registrar) takeOver(ctx context.Context) {
	limit, cancel := context.WithTimeout(ctx, quietLimit)
	defer cancel()
	if err := awaitQuiet(limit, r.api); err != nil && ctx.Err() == nil {
		r.log.Warn("can't see that nobody polls, registering anyway: a poller's last updates may be handled twice", "error", err)
	}
}

// register calls setWebhook unless nothing would change. Of several instances
// that start at once one does it; the others are told 429, look again, and find
// it done. While the secret is rotated it is always called, because the secret
// does not show; with the same values it changes nothing (Bot API server source).
func (r *registrar) register(ctx context.Context, force bool) error {
	hook := r.set.hook()
	err := r.link.persist(ctx, "register the webhook", func() error {
		info, err := r.api.GetWebhookInfo(ctx)
		if err != nil {
			return err
		}
		rotating := !r.set.previous.empty() || strings.Contains(info.LastError, "401")
		if info.Matches(hook) && !rotating && !force {
			return nil
		}
		if err := r.api.SetWebhook(ctx, hook); err != nil {
			return err
		}
		r.log.Info("webhook set", "url", hook.URL)
		info, err = r.api.GetWebhookInfo(ctx)
		if err == nil && info.URL != hook.URL {
			err = fmt.Errorf("the webhook is %q right after it was set to %q", masked(info.URL), hook.URL)
		}
		return err
	})
	if err == nil {
		r.link.set("")
		r.log.Info("webhook registered", "url", hook.URL)
	}
	return err
}

// A prober asks the public URL what the world would see there.
type prober struct{ http *http.Client }

func newProber() *prober {
	return &prober{&http.Client{
		Transport:     telegram.NewTransport(),
		Timeout:       5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// health reads /health beside the hook.
func (p *prober) health(ctx context.Context, hook *url.URL) (healthReport, error) {
	var report healthReport
	res, err := p.do(ctx, http.MethodGet, hook.ResolveReference(&url.URL{Path: "/health"}))
	if err != nil {
		return report, err
	}
	defer res.Body.Close()
	err = json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&report)
	if err != nil {
		return report, fmt.Errorf("the health at %s is not this bot's (status %d)", hook.Host, res.StatusCode)
	}
	return report, nil
}

// guarded posts to the hook without a secret: whoever serves it has to refuse.
func (p *prober) guarded(ctx context.Context, hook *url.URL) error {
	res, err := p.do(ctx, http.MethodPost, hook)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode/100 == 2:
		return lasting{fmt.Errorf("a request without the secret to %s gets %d: anybody can post there, turn back at once", hook, res.StatusCode)}
	case res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusForbidden:
		return fmt.Errorf("a request without the secret to %s gets %d, not 401 or 403: the hook is not served there", hook, res.StatusCode)
	}
	return nil
}

func (p *prober) do(ctx context.Context, method string, link *url.URL) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, link.String(), nil)
	if err != nil {
		return nil, err
	}
	return p.http.Do(req)
}
