// Command badbot is a small bot that keeps every rule of the catalogue but the
// one named by -defect. It exists to be caught: each check has to go red on its
// own defect, and green without one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// A bot is the process' one bot.
type bot struct {
	defect string // the rule to break: "S1"
	set    settings
	api    *client
	work   *dispatcher
	line   *line // what has been fetched
	later  *line // what was acknowledged before it is handled, with a defect
	srv    *http.Server

	draining chan struct{} // closed when the drain begins
	stopping chan struct{} // closed at SIGTERM
}

func main() {
	defect := flag.String("defect", "", "the rule to break")
	flag.Parse()
	b := &bot{defect: *defect, draining: make(chan struct{}), stopping: make(chan struct{})}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		if !b.bad("L10") {
			stop() // a second signal ends the process
		}
	})
	work := b.run
	if flag.NArg() > 0 {
		work = b.migrate
	}
	if err := work(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "badbot:", err)
		os.Exit(1)
	}
}

// bad reports whether the rule is the one to break.
func (b *bot) bad(rule string) bool { return b.defect == rule }

func (b *bot) logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func (b *bot) run(ctx context.Context) (err error) {
	if b.set, err = readSettings(b); err != nil {
		return err
	}
	b.api = newClient(b)
	b.work, b.line, b.later = newDispatcher(b), newLine(), newLine()
	if b.bad("L1") && b.set.webhook {
		if err := b.register(ctx); err != nil {
			return err
		}
	}
	if err := b.listen(); err != nil {
		if b.bad("L2") {
			<-ctx.Done()
		}
		return err
	}
	sourced := make(chan error, 1)
	source, halt := context.WithCancel(context.Background())
	defer halt()
	go func() { sourced <- b.source(source) }()
	select {
	case err := <-sourced:
		_ = b.srv.Close()
		b.stumble()
		return err
	case <-ctx.Done():
	}
	return b.stop(halt, sourced)
}

func (b *bot) source(ctx context.Context) error {
	if !b.set.webhook {
		return b.poll(ctx)
	}
	if err := b.register(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// stop drains: no new updates, then the end of those begun, then a deadline.
func (b *bot) stop(halt context.CancelFunc, sourced <-chan error) error {
	close(b.stopping)
	if b.bad("L5") {
		_, _ = b.api.call(context.Background(), "deleteWebhook", nil, 5*time.Second)
	}
	pause(context.Background(), b.set.preStop)
	close(b.draining)
	halt()
	if b.bad("D2") && b.set.webhook {
		os.Exit(0)
	}
	b.stumble()
	done := make(chan error, 1)
	go func() {
		if b.bad("D4") {
			b.work.all.Wait()
		}
		_ = b.srv.Shutdown(context.Background())
		b.work.all.Wait()
		b.later.running.Wait()
		done <- <-sourced
	}()
	limit := b.set.shutdown
	if b.bad("D3") {
		limit = 900 * time.Millisecond
	}
	select {
	case err := <-done:
		return err
	case <-time.After(limit):
	}
	if b.bad("D5") || b.bad("D3") {
		return nil
	}
	return fmt.Errorf("abandoned updates: %v", b.work.unfinished())
}

// stumble panics in a stop, with defect D6, and survives it.
func (b *bot) stumble() {
	if b.bad("D6") {
		b.logf("panic: close of closed channel [recovered]")
	}
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

type settings struct {
	token, api, url, path, secret, previous, port, proxy, allow string
	made                                                        string // a secret of this process' own, with defect L4
	webhook                                                     bool
	shutdown, preStop, pollTimeout                              time.Duration
}

func readSettings(b *bot) (s settings, err error) {
	duration := func(name, standard string) time.Duration {
		v := os.Getenv(name)
		if v == "" {
			v = standard
		}
		d, parseErr := time.ParseDuration(v)
		err = errors.Join(err, parseErr)
		return d
	}
	s = settings{
		token: os.Getenv("TELEGRAM_BOT_TOKEN"), api: os.Getenv("TELEGRAM_API_URL"),
		url: os.Getenv("WEBHOOK_URL"), secret: os.Getenv("WEBHOOK_SECRET_TOKEN"),
		previous: os.Getenv("WEBHOOK_SECRET_TOKEN_PREVIOUS"), port: os.Getenv("WEBHOOK_PORT"),
		proxy: os.Getenv("TRUSTED_PROXY"), allow: os.Getenv("WEBHOOK_IP_ALLOWLIST"),
		made:     fmt.Sprint("random", rand.Uint64()),
		webhook:  os.Getenv("WEBHOOK_ENABLED") == "true",
		shutdown: duration("SHUTDOWN_TIMEOUT", "30s"), preStop: duration("PRE_STOP_DELAY", "0s"),
		pollTimeout: duration("POLL_TIMEOUT", "50s"),
	}
	if s.allow == "" {
		s.allow = "149.154.160.0/20,91.108.4.0/22"
	}
	_, rest, _ := strings.Cut(s.url, "://")
	s.path = rest[max(0, strings.IndexByte(rest, '/')):]
	if s.webhook && !validSecret(s.secret) && !b.bad("S14") {
		err = errors.Join(err, errors.New("WEBHOOK_SECRET_TOKEN: 1-256 of A-Za-z0-9_-"))
	}
	return s, err
}

func validSecret(s string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	return s != "" && len(s) <= 256 && strings.Trim(s, allowed) == ""
}
