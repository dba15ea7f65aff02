package proof

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"hookproof/e2e/target"
)

// A Runner puts one bot through checks.
type Runner struct {
	Spec  *target.Spec
	Ports *target.Ports
	Seed  uint64        // 0 is 1
	Limit time.Duration // of one check; 0 is 90 s
	// Dial connects Telegram's deliveries, through a network of the caller's or to
	// another place than the Edge; nil is by TCP.
	Dial Dialer

	weighing sync.Mutex  // held by a check that Weighs
	same     *sync.Mutex // instead of weighing, if set
}

// For is a runner for another bot that takes turns with r: one of their checks
// that Weighs runs at a time.
func (r *Runner) For(spec *target.Spec) *Runner {
	return &Runner{Spec: spec, Ports: r.Ports, Seed: r.Seed, Limit: r.Limit, Dial: r.Dial, same: r.scales()}
}

func (r *Runner) scales() *sync.Mutex {
	if r.same != nil {
		return r.same
	}
	return &r.weighing
}

// A Dialer connects to an address, as net.Dialer.DialContext does.
type Dialer = func(ctx context.Context, network, addr string) (net.Conn, error)

// Run carries out one check and returns nil, a *NotApplicable, or an error that
// begins with the check's ID. Several may run at the same time.
func (r *Runner) Run(ctx context.Context, c Check, mode Mode) (err error) {
	if err := c.applies(r.Spec, mode); err != nil {
		return err
	}
	if c.Weighs {
		r.scales().Lock()
		defer r.scales().Unlock()
	}
	limit := r.Limit
	if limit == 0 {
		limit = 90 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	e, err := r.Env(mode)
	if err != nil {
		return fmt.Errorf("%s: set up: %w", c.ID, err)
	}
	err = c.Run(ctx, e)
	after := e.Close()
	if leak, ok := errors.AsType[*Leak](after); ok {
		leak.Beside = err == nil
	}
	err = errors.Join(err, after)
	if err != nil {
		err = fmt.Errorf("%s (%s, seed %d) %s: %w", c.ID, mode, e.seed, c.Title, err)
		return &redacted{err, e.redact(err.Error())}
	}
	return nil
}

// redacted is an error whose text tells neither token nor secret: it may quote
// the output of a bot that does.
type redacted struct {
	error
	text string
}

func (r *redacted) Error() string { return r.text }
func (r *redacted) Unwrap() error { return r.error }

func (e *Env) redact(text string) string {
	id, key, _ := strings.Cut(e.Bot.Token(), ":")
	return strings.NewReplacer(id+":"+key, "[token]", key, "[token]", e.Secret, "[secret]").Replace(text)
}
