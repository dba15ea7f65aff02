package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hookproof/bot/internal/telegram"
)

// metrics counts what happens, and prints it as Prometheus text. The zero value
// is ready to use.
type metrics struct {
	duplicates, failures, parked atomic.Int64
	refused                      [refusals]atomic.Int64
	handling, latency            histogram
	pending, lastError           atomic.Int64 // as getWebhookInfo told them
	updates                      counters
	calls                        counters
	limited                      atomic.Int64
}

// observe counts one finished run.
func (m *metrics) observe(outcome string, u telegram.Update, start time.Time) {
	now := time.Now()
	m.updates.add(outcome)
	m.handling.observe(now.Sub(start))
	if u.Date > 0 {
		m.latency.observe(now.Sub(time.Unix(u.Date, 0)))
	}
}

// called counts one Bot API call; it has the shape of telegram.Client.OnCall.
func (m *metrics) called(method string, code int) {
	m.calls.add(fmt.Sprintf(`%s",code="%d`, method, code))
	if code == http.StatusTooManyRequests {
		m.limited.Add(1)
	}
}

// counters are counters by label, for the few labels there are.
type counters struct {
	mu sync.Mutex
	by map[string]int64 // guarded by mu
}

func (c *counters) add(label string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]int64{}
	}
	c.by[label]++
}

func (c *counters) all() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.by)
}

// bounds are the upper ends of a histogram's buckets; 0.2 s is the story's target.
var bounds = [...]time.Duration{time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 10 * time.Second, time.Minute}

type histogram struct {
	buckets [len(bounds) + 1]atomic.Int64
	sum     atomic.Int64 // nanoseconds
}

func (h *histogram) observe(d time.Duration) {
	i := 0
	for i < len(bounds) && d > bounds[i] {
		i++
	}
	h.buckets[i].Add(1)
	h.sum.Add(int64(max(d, 0)))
}

func (h *histogram) write(w io.Writer, name, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s histogram\n", name, help, name)
	total := int64(0)
	for i := range h.buckets {
		total += h.buckets[i].Load()
		le := "+Inf"
		if i < len(bounds) {
			le = fmt.Sprint(bounds[i].Seconds())
		}
		fmt.Fprintf(w, "%s_bucket{le=%q} %d\n", name, le, total)
	}
	fmt.Fprintf(w, "%s_sum %g\n%s_count %d\n", name, time.Duration(h.sum.Load()).Seconds(), name, total)
}

// write prints every metric; active is the number of updates in flight.
func (m *metrics) write(w io.Writer, active int) {
	single := func(name, kind, help string, value int64) {
		fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n%s %d\n", name, help, name, kind, name, value)
	}
	labelled := func(name, label, help string, values map[string]int64) {
		fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s counter\n", name, help, name)
		for _, key := range slices.Sorted(maps.Keys(values)) {
			fmt.Fprintf(w, "%s{%s=\"%s\"} %d\n", name, label, key, values[key])
		}
	}
	refused := map[string]int64{}
	for i := range m.refused {
		refused[refusal(i).reason()] = m.refused[i].Load()
	}
	labelled("bot_updates_total", "outcome", "Updates by outcome.", m.updates.all())
	labelled("bot_refused_total", "reason", "Webhook requests refused.", refused)
	labelled("bot_api_calls_total", "method", "Bot API calls by method and status, 0 for no answer.", m.calls.all())
	single("bot_api_rate_limited_total", "counter", "Bot API calls answered 429.", m.limited.Load())
	single("bot_duplicates_total", "counter", "Updates that came again and were not handled again.", m.duplicates.Load())
	single("bot_handler_failures_total", "counter", "Attempts of the handler that failed.", m.failures.Load())
	single("bot_parked_total", "counter", "Updates given up after their last attempt.", m.parked.Load())
	single("bot_in_flight", "gauge", "Updates being handled or waiting for their turn.", int64(active))
	single("bot_webhook_pending_updates", "gauge", "Updates that wait at Telegram.", m.pending.Load())
	single("bot_webhook_last_error_timestamp_seconds", "gauge", "When a delivery last failed, 0 for never.", m.lastError.Load())
	m.handling.write(w, "bot_handling_seconds", "From an update's turn to its acknowledgement.")
	m.latency.write(w, "bot_latency_seconds", "From Telegram's date of a message, in whole seconds, to its acknowledgement.")
}

// page serves the metrics over HTTP.
func (m *metrics) page(active func() int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" {
			http.NotFound(w, r)
			return
		}
		var text strings.Builder
		m.write(&text, active())
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = io.WriteString(w, text.String())
	})
}
