package proof

import (
	"context"
	"net/http"
	"time"
)

func stopChecks() []Check {
	return []Check{
		{ID: "L9", Title: "health and readiness turn 503 at SIGTERM and are served so for PRE_STOP_DELAY, while updates are still taken", AC: []string{"AC-002", "AC-006"},
			Modes: []Mode{Webhook, Polling}, Needs: []string{"health", "PRE_STOP_DELAY"}, Run: preStop},
	}
}

func preStop(ctx context.Context, e *Env) error {
	const delay = 4 * time.Second
	const rule = "for PRE_STOP_DELAY after SIGTERM health and readiness are served as 503"
	const sent = "PRE_STOP_DELAY=4s, SIGTERM"
	bot, err := e.Start(ctx, Settings{"PRE_STOP_DELAY": delay.String()})
	if err != nil {
		return err
	}
	began := time.Now()
	if err := bot.Terminate(); err != nil {
		return err
	}
	if err := bot.WaitDraining(ctx); err != nil {
		return err
	}
	if err := bot.refusesHealth(ctx, rule, sent); err != nil {
		return err
	}
	if e.Mode == Webhook {
		if err := bot.alive(ctx, "updates are taken until the drain begins", sent); err != nil {
			return err
		}
	}
	if err := pause(ctx, time.Until(began.Add(delay/2))); err != nil {
		return err
	}
	if err := bot.refusesHealth(ctx, rule, sent+", half of that later"); err != nil {
		return err
	}
	exit, err := bot.WaitExit(ctx, 40*time.Second, "the stop")
	if err != nil {
		return err
	}
	if took := exit.At.Sub(began); took < delay || exit.Code != 0 {
		return broken(rule, sent, "%v after %v", exit, took)
	}
	return nil
}

// refusesHealth looks at the paths that tell a platform where to send requests.
func (i *Instance) refusesHealth(ctx context.Context, rule, sent string) error {
	for _, path := range []string{i.env.Spec.Health, i.env.Spec.Ready} {
		if path == "" {
			continue
		}
		if status, err := i.get(ctx, path); err != nil || status != http.StatusServiceUnavailable {
			return broken(rule, sent, "%s: %d (%v)", path, status, err)
		}
	}
	return nil
}
