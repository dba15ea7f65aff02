package verdict

import (
	"cmp"
	"fmt"
	"slices"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
)

// Manner is how a mode spoke with Telegram, as counted at Telegram's end over
// all restarts, whatever the mode is called: "reply inline" and "separate
// call" are the two ways to answer a webhook, "polling" has only the second.
// It is empty where nothing was counted.
func Manner(c result.Cell, mode string) string {
	w := wireOf(c, mode)
	answers := w.Inline + w.Separate
	switch {
	case w.Pushed == 0 && w.Pulled == 0:
		return ""
	case w.Pushed == 0:
		return "polling"
	case answers == 0:
		return "webhook"
	case 200*w.Inline >= 199*answers: // a bot may have reasons to call for one of them
		return "reply inline"
	case 200*w.Separate >= 199*answers:
		return "separate call"
	}
	return fmt.Sprintf("%.0f %% of replies inline", 100*float64(w.Inline)/float64(answers))
}

// wireOf sums up what all restarts counted; times are those of the median
// restart.
func wireOf(c result.Cell, mode string) result.Wire {
	var w result.Wire
	var held []result.Held
	for _, run := range c.Runs {
		a, ok := armOf(run, mode, false)
		if !ok {
			continue
		}
		w.Pushed, w.Pulled = w.Pushed+a.Wire.Pushed, w.Pulled+a.Wire.Pulled
		w.Inline, w.Separate = w.Inline+a.Wire.Inline, w.Separate+a.Wire.Separate
		w.MaxConnections, w.Opened = max(w.MaxConnections, a.Wire.MaxConnections), max(w.Opened, a.Wire.Opened)
		held = append(held, a.Wire.Held)
	}
	if len(held) > 0 {
		slices.SortFunc(held, func(a, b result.Held) int { return cmp.Compare(a.P99, b.P99) })
		w.Held = held[len(held)/2]
	}
	return w
}

// networkBound says that the bot itself was quick enough: that a message is
// late then is the doing of what is between, which no bot can change. A
// connection carries one update at a time and is busy for a round trip.
func networkBound(c result.Cell, t plan.Threshold) string {
	w := wireOf(c, t.Candidate)
	held := w.Held.P99
	if t.Q <= 0.95 {
		held = w.Held.P95
	}
	if held == 0 || ms(held) >= ms(limitOf(t, c)) || c.RTT == 0 {
		return ""
	}
	says := fmt.Sprintf("; network-bound, not the bot: it answered %s of deliveries within %.0f ms, the round trip of %s in it; the rest was waiting for a connection",
		percent(min(t.Q, 0.99)), ms(held), c.RTT)
	if w.Opened > 0 {
		says += fmt.Sprintf(" (%d were opened, %d may be)", w.Opened, w.MaxConnections)
	}
	if c.Burst > 0 && w.MaxConnections > 0 {
		says += fmt.Sprintf(": %d at once over %d connections", c.Burst, w.MaxConnections)
	}
	return says
}
