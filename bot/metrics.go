package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// metrics counts what happens, and prints it as Prometheus text.
type metrics struct {
	mu       sync.Mutex
	series   map[string]int64 // guarded by mu; by name and labels, as they are printed
	handling histogram        // guarded by mu
	latency  histogram        // guarded by mu
}

func newMetrics() *metrics { return &metrics{series: map[string]int64{}} }

// families are the metrics by name. Those that end in _total are counters.
func families() map[string]string {
	return map[string]string{
		"bot_updates_total":              "Updates by outcome.",
		"bot_duplicates_total":           "Updates that came again and were not handled again.",
		"bot_handler_failures_total":     "Attempts of the handler that failed.",
		"bot_refused_total":              "Webhook requests refused, by reason.",
		"bot_api_calls_total":            "Bot API calls by method and status; 0 is no answer, 429 too many calls.",
		"bot_in_flight":                  "Updates being handled or waiting for their turn.",
		"bot_webhook_pending":            "Updates that wait at Telegram.",
		"bot_webhook_last_error_seconds": "When a delivery last failed, as a Unix time; 0 is never.",
	}
}

func (m *metrics) add(series string) {
	m.mu.Lock()
	m.series[series]++
	m.mu.Unlock()
}

func (m *metrics) set(series string, value int64) {
	m.mu.Lock()
	m.series[series] = value
	m.mu.Unlock()
}

// observe counts one finished run; date is Telegram's, 0 for none.
func (m *metrics) observe(outcome string, date int64, handling time.Duration) {
	latency := time.Since(time.Unix(date, 0))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.series[`bot_updates_total{outcome="`+outcome+`"}`]++
	m.handling.observe(handling)
	if date > 0 {
		m.latency.observe(max(0, latency))
	}
}

// called counts one Bot API call; it has the shape of telegram.Client.OnCall.
func (m *metrics) called(method string, code int) {
	m.add(fmt.Sprintf("bot_api_calls_total{method=%q,code=\"%d\"}", method, code))
}

// bounds are the upper ends of a histogram's buckets in seconds.
var bounds = [...]float64{0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 10, 60}

type histogram struct {
	buckets [len(bounds) + 1]int64
	sum     time.Duration
}

func (h *histogram) observe(d time.Duration) {
	i, _ := slices.BinarySearch(bounds[:], d.Seconds())
	h.buckets[i]++
	h.sum += d
}

func (h *histogram) write(w io.Writer, name, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s histogram\n", name, help, name)
	total := int64(0)
	for i, n := range h.buckets {
		total += n
		le := "+Inf"
		if i < len(bounds) {
			le = fmt.Sprint(bounds[i])
		}
		fmt.Fprintf(w, "%s_bucket{le=%q} %d\n", name, le, total)
	}
	fmt.Fprintf(w, "%s_sum %g\n%s_count %d\n", name, h.sum.Seconds(), name, total)
}

func (m *metrics) write(w io.Writer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	help, last := families(), ""
	for _, series := range slices.Sorted(maps.Keys(m.series)) {
		if name, _, _ := strings.Cut(series, "{"); name != last {
			kind := "gauge"
			if strings.HasSuffix(name, "_total") {
				kind = "counter"
			}
			fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help[name], name, kind)
			last = name
		}
		fmt.Fprintf(w, "%s %d\n", series, m.series[series])
	}
	m.handling.write(w, "bot_handling_seconds", "From an update's turn to its acknowledgement.")
	m.latency.write(w, "bot_latency_seconds", "From Telegram's date of a message, in whole seconds, to its acknowledgement.")
}

// page serves the metrics; active is asked for the updates in flight.
func (m *metrics) page(active func() int) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		m.set("bot_in_flight", int64(active()))
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		m.write(w)
	})
	return mux
}
