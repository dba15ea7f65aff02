package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// Sustained is the highest rate of a ramp that a mode kept up with.
type Sustained struct {
	Cell, Mode string
	Rate       float64 // messages a second; 0: not even the first slice's
	// Open: the limit is not known, since the ramp went no higher, or the harness
	// itself was late at the next rate.
	Open bool
}

// Sustain reads the cells whose rate climbs. A mode keeps up with a rate when
// nine of ten of the messages of that slice are answered within the usual limit
// and a round trip. The highest such rate counts, in the worst restart: on a
// rate that only climbs, a bot that is really behind never catches up, while one
// that the machine disturbed for a second does.
func Sustain(r result.Result) []Sustained {
	var all []Sustained
	for _, c := range r.Cells {
		if !climbs(c) {
			continue
		}
		for _, id := range modes(c) {
			if !id.control {
				all = append(all, sustained(c, id))
			}
		}
	}
	return all
}

func climbs(c result.Cell) bool {
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			if s := a.Slices; len(s) > 1 { // a bot that did not start has none
				return s[0].Sent < s[len(s)-1].Sent
			}
		}
	}
	return false
}

func sustained(c result.Cell, id identity) Sustained {
	out, first := Sustained{Cell: c.Name, Mode: id.mode}, true
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			if a.Mode != id.mode || a.Control != id.control {
				continue
			}
			if rate, open := keptUp(c, a); first || rate < out.Rate || rate == out.Rate && !open {
				out.Rate, out.Open, first = rate, open, false
			}
		}
	}
	return out
}

// harnessLimit is how late the harness may send nine of ten messages of a slice,
// or their latency says nothing about the bot.
const harnessLimit = usualLimit / 10

// keptUp is the highest rate that a bot kept up with in one restart.
func keptUp(c result.Cell, a result.Arm) (rate float64, open bool) {
	open = len(a.Slices) > 0
	for i, slice := range bySlice(c, a) {
		latency, late := verdict.Point(slice.latency, 0.9), verdict.Point(slice.late, 0.9)
		switch {
		case latency <= ms(usualLimit+c.RTT):
			rate, open = float64(a.Slices[i].Sent)/c.Slice.Seconds(), true
		case late <= ms(harnessLimit):
			open = false
		}
	}
	return rate, open
}

// served is the messages of one slice, in ms, sorted.
type served struct{ latency, late []float64 }

func bySlice(c result.Cell, a result.Arm) []served {
	all := make([]served, len(a.Slices))
	for _, s := range a.Samples {
		i := int(s.At / c.Slice.Microseconds())
		if i < 0 || i >= len(all) {
			continue
		}
		latency := math.Inf(1)
		if s.Answered() {
			latency = float64(s.Latency) / 1000
		}
		all[i].latency, all[i].late = append(all[i].latency, latency), append(all[i].late, float64(s.Late)/1000)
	}
	for _, s := range all {
		slices.Sort(s.latency)
		slices.Sort(s.late)
	}
	return all
}

// String is for people: "webhook keeps up with 900/s (ramp@0s)".
func (s Sustained) String() string {
	return fmt.Sprintf("%s keeps up with %s/s (%s)", s.Mode, s.most(), s.Cell)
}

// most is the rate in words.
func (s Sustained) most() string {
	if s.Open {
		return fmt.Sprintf("at least %.0f", s.Rate)
	}
	return fmt.Sprintf("%.0f", s.Rate)
}

func writeSustained(w io.Writer, r result.Result) {
	for _, s := range Sustain(r) {
		fmt.Fprintln(w, s)
	}
}

// writeHeadroom is the harness's own table over the rate, where a plan asks for
// it.
func writeHeadroom(w io.Writer, verdicts []verdict.Verdict, r result.Result) {
	for _, v := range verdicts {
		i := slices.IndexFunc(r.Cells, func(c result.Cell) bool { return c.Name == v.Cell })
		if v.Threshold.Metric != plan.Headroom || i < 0 {
			continue
		}
		fmt.Fprintf(w, "\nThe harness itself, %s, medians of %d restarts\n", v.Cell, len(r.Cells[i].Runs))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "messages/s\tlate p99 ms\tanswered p50 ms\tp99 ms\ttrusted\t")
		for _, s := range verdict.Headroom(r.Cells[i]) {
			fmt.Fprintf(t, "%.0f\t%s\t%s\t%s\t%v\t\n", s.Rate, number(s.Late, 1), number(s.P50, 1), number(s.P99, 1), s.Trusted)
		}
		t.Flush() // to a strings.Builder: it can't fail
	}
}
