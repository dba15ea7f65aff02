package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// health is what the platform asks for. It depends on nothing outside: a
// platform restarts an instance that is unhealthy, and that does not cure
// Telegram. Waiting for the registration here would deadlock a deploy, since
// the registration waits for the traffic and the traffic for the health.
type health struct {
	mode     string
	version  string
	instance string // made up at every start, so it tells outsiders nothing
	started  time.Time
	active   func() int
	link     *link
	draining atomic.Bool
}

// A healthReport is the body of /health and /ready.
type healthReport struct {
	Status   string `json:"status"`
	Mode     string `json:"mode"`
	Webhook  bool   `json:"webhook_mode"`
	Running  bool   `json:"bot_running"` // whoever answers does
	Active   int    `json:"active_requests"`
	Uptime   int64  `json:"uptime_seconds"`
	Version  string `json:"version"`
	Instance string `json:"instance"`
	Telegram string `json:"telegram,omitempty"` // /ready only: "ok" or the trouble
}

// serve answers GET. /ready also says whether Telegram and the bot are in touch.
func (h *health) serve(w http.ResponseWriter, r *http.Request, ready bool) {
	report := healthReport{Status: "ok", Mode: h.mode, Webhook: h.mode == modeWebhook, Running: true, Active: h.active(),
		Uptime: int64(time.Since(h.started).Seconds()), Version: h.version, Instance: h.instance}
	if ready {
		report.Telegram = cmp.Or(h.link.trouble(), "ok")
	}
	status := http.StatusServiceUnavailable
	switch {
	case h.draining.Load():
		report.Status = "draining"
	case ready && report.Telegram != "ok":
		report.Status = "not ready"
	default:
		status = http.StatusOK
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		status = http.StatusMethodNotAllowed
	}
	if r.ContentLength != 0 {
		hangUp(w)
	}
	body, _ := json.Marshal(report) // plain fields: it can't fail
	w.Header()["Content-Type"] = contentJSON
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// A link is what is known of the tie to Telegram.
type link struct {
	log *slog.Logger
	why atomic.Pointer[string] // empty when all is well
}

func newLink(log *slog.Logger) *link {
	l := &link{log: log}
	l.set("not in touch with Telegram yet")
	return l
}

func (l *link) set(why string) { l.why.Store(&why) }

func (l *link) trouble() string { return *l.why.Load() }

// persist repeats call for as long as that may help.
func (l *link) persist(ctx context.Context, what string, call func() error) error {
	return persist(ctx, what, call, func(err error, wait time.Duration) bool {
		l.set(fmt.Sprintf("can't %s: %v", what, err))
		l.log.Warn("Telegram did not do it, will try again", "what", what, "error", err, "wait_ms", wait.Milliseconds())
		return true
	})
}

// A face is the bot's HTTP side. A switch and not a ServeMux, which would
// redirect and match the Host on the way of every update.
type face struct {
	path   string
	hook   *hook // nil in polling mode
	health *health
}

func (f *face) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.hook != nil && r.URL.Path == f.path:
		f.hook.ServeHTTP(w, r)
	case r.URL.Path == "/health":
		f.health.serve(w, r, false)
	case r.URL.Path == "/ready":
		f.health.serve(w, r, true)
	default:
		if r.ContentLength != 0 {
			hangUp(w)
		}
		http.Error(w, "Not Found", http.StatusNotFound)
	}
}
