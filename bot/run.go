package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"hookproof/bot/internal/telegram"
)

// abandonGrace is how long cancelled handlers get to return.
const abandonGrace = 3 * time.Second

// A bot is one running instance.
type bot struct {
	set      *settings
	log      *botLog
	health   *health
	dispatch *dispatcher
	metrics  *metrics
	link     *link
	api      *telegram.Client
	abandon  context.CancelFunc // ends dispatch.life
}

func newBot(set *settings, log *botLog, version string) *bot {
	b := &bot{set: set, log: log, link: newLink(log.Logger), metrics: newMetrics()}
	b.api = telegram.New(set.apiURL, set.token.reveal(), nil)
	b.api.OnCall = b.metrics.called
	h := &handler{mode: set.mode(), version: version, started: time.Now(), drills: set.drills, name: newName(b.api, log.Logger).get}
	life, abandon := context.WithCancel(context.Background())
	b.abandon = abandon
	b.dispatch = newDispatcher(life, h.handle, log, b.metrics)
	b.health = &health{mode: h.mode, version: version, instance: rand.Text()[:12], started: h.started, active: b.dispatch.active, link: b.link}
	return b
}

// run listens, serves, takes updates until ctx ends or something fatal happens,
// and then drains.
func (b *bot) run(ctx context.Context) error {
	defer b.abandon()
	b.warn()
	ln, err := net.Listen("tcp", fmt.Sprintf(":%d", b.set.port))
	if err != nil {
		return fmt.Errorf("listen: %w: free the port or set WEBHOOK_PORT", err)
	}
	srv := newServer(b.log.Logger)
	srv.Handler = b.face(srv)
	served := make(chan error, 2)
	addr := ln.Addr().String()
	if c := b.set.certificate; c != nil {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*c}, MinVersion: tls.VersionTLS12}
	}
	page, err := b.serveMetrics(served)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	go func() { served <- srv.Serve(ln) }()
	b.log.Info("listening", "addr", addr, "mode", b.health.mode, "version", b.health.version, "instance", b.health.instance)

	source, stop := context.WithCancel(context.WithoutCancel(ctx)) // the source outlives PRE_STOP_DELAY
	defer stop()
	sourced := make(chan error, 1)
	go func() { sourced <- b.source(source) }()
	select {
	case <-ctx.Done():
		b.log.Info("stopping", "drain", b.set.shutdown.String())
		b.health.draining.Store(true)
		_ = pause(context.WithoutCancel(ctx), b.set.preStop)
	case err = <-served:
		err = fmt.Errorf("serve: %w", err)
	case err = <-sourced:
		sourced <- nil
	}
	stop()
	return errors.Join(err, b.drain(srv, sourced), page())
}

func (b *bot) warn() {
	if b.set.webhook && b.set.allowlist == nil {
		b.log.Warn("WEBHOOK_IP_ALLOWLIST is off: only the secret keeps others out")
	}
	if b.set.drills {
		b.log.Warn("DRILLS_ENABLED: anybody can make this bot slow")
	}
	if host := b.set.renderHost; host != "" && b.set.hookURL != nil && b.set.hookURL.Hostname() != host {
		b.log.Warn("WEBHOOK_URL is not Render's host name: right only for a custom domain", "url_host", b.set.hookURL.Hostname(), "render_host", host)
	}
}

func (b *bot) face(srv *server) *face {
	f := &face{health: b.health}
	if b.set.webhook {
		f.path = b.set.hookURL.Path
		f.hook = newHook(gate{proxy: b.set.proxy, allowlist: b.set.allowlist, keys: newKeyring(b.set.secret, b.set.previous)},
			b.dispatch, b.metrics, &refusalLog{log: b.log.Logger})
		f.hook.server = srv
	}
	return f
}

// source brings updates until ctx ends, which is no error.
func (b *bot) source(ctx context.Context) error {
	run := (&poller{api: b.api, dispatch: b.dispatch, log: b.log, link: b.link, set: b.set}).run
	if b.set.webhook {
		run = (&registrar{api: b.api, set: b.set, log: b.log.Logger, link: b.link, metrics: b.metrics,
			instance: b.health.instance, probe: newProber()}).run
	}
	if err := run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

// serveMetrics opens METRICS_ADDR, if it is set, and returns how to close it.
func (b *bot) serveMetrics(served chan<- error) (stop func() error, err error) {
	if b.set.metricsAddr == "" {
		return func() error { return nil }, nil
	}
	ln, err := net.Listen("tcp", b.set.metricsAddr)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w: free the port or change METRICS_ADDR", err)
	}
	srv := newServer(b.log.Logger)
	srv.Handler = b.metrics.page(b.dispatch.active)
	go func() { served <- srv.Serve(ln) }()
	b.log.Info("serving metrics", "addr", ln.Addr().String())
	return srv.Close, nil
}

// drain refuses what is new and waits for what was begun, with a live context.
// At the deadline it cancels that, names it, and fails.
func (b *bot) drain(srv *server, sourced <-chan error) error {
	b.health.draining.Store(true)
	b.dispatch.drain()
	deadline, cancel := context.WithTimeout(context.Background(), b.set.shutdown)
	defer cancel()
	result := make(chan error, 1) // closed when all is done
	go func() {
		srv.shutdown(deadline)
		result <- <-sourced
		close(result)
	}()
	var err, late error
	select {
	case err = <-result:
	case <-deadline.Done():
	}
	ids := b.dispatch.unfinished()
	b.abandon()
	select {
	case late = <-result:
	case <-time.After(abandonGrace):
	}
	_ = srv.Close() // what is left are connections, not updates
	if len(ids) == 0 {
		b.log.Info("stopped")
		return errors.Join(err, late)
	}
	b.log.Error("updates abandoned at the shutdown deadline, Telegram will deliver them again", "update_ids", ids, "deadline", b.set.shutdown.String())
	return fmt.Errorf("%d updates abandoned at the shutdown deadline (ids %v): raise SHUTDOWN_TIMEOUT or make handlers faster", len(ids), ids)
}
