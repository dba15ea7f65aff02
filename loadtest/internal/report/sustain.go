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
	Highest    bool    // it kept up with the highest rate there was: the limit is not known
}

// Sustain reads the cells whose rate climbs. A mode keeps up with a slice when
// nine of ten of its messages are answered within the usual limit and a round
// trip, in every restart, and did with the slices before.
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
	if len(c.Runs) == 0 || len(c.Runs[0].Arms) == 0 {
		return false
	}
	s := c.Runs[0].Arms[0].Slices
	return len(s) > 1 && s[0].Sent < s[len(s)-1].Sent
}

func sustained(c result.Cell, id identity) Sustained {
	out := Sustained{Cell: c.Name, Mode: id.mode, Highest: true}
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			if a.Mode != id.mode || a.Control != id.control {
				continue
			}
			rate, all := keptUp(c, a)
			if out.Rate == 0 || rate < out.Rate {
				out.Rate = rate
			}
			out.Highest = out.Highest && all
		}
	}
	return out
}

// keptUp is the rate of the last slice before the first one that was too much.
func keptUp(c result.Cell, a result.Arm) (rate float64, all bool) {
	bySlice := make([][]float64, len(a.Slices))
	for _, s := range a.Samples {
		i := int(s.At / c.Slice.Microseconds())
		if i < 0 || i >= len(bySlice) {
			continue
		}
		latency := math.Inf(1)
		if s.Answered() {
			latency = float64(s.Latency) / 1000
		}
		bySlice[i] = append(bySlice[i], latency)
	}
	for i, latencies := range bySlice {
		slices.Sort(latencies)
		if p90 := verdict.Point(latencies, 0.9); math.IsNaN(p90) || p90 > ms(usualLimit+c.RTT) {
			return rate, false
		}
		rate = float64(a.Slices[i].Sent) / c.Slice.Seconds()
	}
	return rate, true
}

// String is for people: "webhook keeps up with 900/s (ramp@0s)".
func (s Sustained) String() string {
	more := ""
	if s.Highest {
		more = ", the highest rate of the ramp"
	}
	return fmt.Sprintf("%s keeps up with %.0f/s%s (%s)", s.Mode, s.Rate, more, s.Cell)
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
