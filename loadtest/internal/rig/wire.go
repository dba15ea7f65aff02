package rig

import (
	"slices"
	"sync"
	"time"

	"hookproof/fakes/telegram"
	"hookproof/loadtest/internal/result"
)

// wire counts how a bot speaks with Telegram, as seen at Telegram's end: what
// a mode is called does not say how its answers travel.
type wire struct {
	mu       sync.Mutex
	counts   result.Wire     // guarded by mu
	held     []time.Duration // guarded by mu; of deliveries since measure
	measured bool            // guarded by mu
}

// measure begins the part of which deliveries are timed.
func (w *wire) measure() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.measured = true
}

func (w *wire) observe(e telegram.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case e.Kind == telegram.EventDelivery:
		w.counts.Pushed++
		if w.measured && e.Err == "" {
			w.held = append(w.held, e.Latency)
		}
	case e.Kind != telegram.EventCall || e.Err != "":
	case e.Method == "getUpdates":
		w.counts.Pulled++
	case e.Method == "sendMessage" && e.Inline:
		w.counts.Inline++
	case e.Method == "sendMessage":
		w.counts.Separate++
	}
}

// answers so far, either way.
func (w *wire) answers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts.Inline + w.counts.Separate
}

func (w *wire) sum() result.Wire {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := slices.Clone(w.held)
	slices.Sort(held)
	out := w.counts
	if n := len(held); n > 0 {
		at := func(percent int) time.Duration { return held[min(n-1, n*percent/100)] }
		out.Held = result.Held{P50: at(50), P95: at(95), P99: at(99)}
	}
	return out
}
