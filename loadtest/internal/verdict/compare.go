package verdict

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"hookproof/loadtest/internal/result"
)

// Change is one figure of an earlier run beside the same figure now.
type Change struct {
	What     string   `json:"what"` // "CPU, webhook / long-50s, trickle@60ms"
	Old, New Interval // ratios for CPU, ms for latency
	P        float64  `json:"p"` // of no difference
	Status   Status   `json:"status"`
	Reason   string   `json:"reason"`
}

// regression is the significance that a change must have. One figure in a
// hundred is still a false alarm, so a comparison of a whole matrix will have
// one now and then.
const regression = 0.01

// Compare holds a run against an earlier one. CPU is compared as the ratio of
// two modes of the same run, which holds across machines; latency and CPU by
// itself only when both runs are from the same environment. FAIL is a
// regression, PASS is none that shows.
func Compare(older, newer result.Result) []Change {
	var all []Change
	for _, c := range newer.Cells {
		i := slices.IndexFunc(older.Cells, func(o result.Cell) bool { return o.Name == c.Name })
		if i < 0 {
			continue
		}
		if before, now := conditions(older.Cells[i]), conditions(c); before != now {
			all = append(all, Change{What: c.Name, Old: Unknown(), New: Unknown(), P: 1, Status: Inconclusive,
				Reason: fmt.Sprintf("the plan has changed: %s then, %s now", before, now)})
			continue
		}
		all = append(all, compareCells(older.Cells[i], c, same(older.Environment, newer.Environment))...)
	}
	return all
}

// conditions are what two cells of one name must share. Slices may differ in
// length, except where nobody writes: then it is the time that a bot has for
// what it does by the clock.
func conditions(c result.Cell) string {
	says := c.Words
	if c.Idle {
		says += " for " + c.Slice.String()
	}
	if c.Alone {
		says += ", one bot after the other"
	}
	if !c.TLS {
		says += ", without TLS"
	}
	return says
}

// Regressed reports whether any figure is worse.
func Regressed(changes []Change) bool {
	return slices.ContainsFunc(changes, func(c Change) bool { return c.Status == Fail })
}

// same reports whether absolute figures of two environments compare. The bot
// may differ: it is what is being compared.
func same(a, b result.Environment) bool {
	a.Bot, a.BotSHA256 = b.Bot, b.BotSHA256
	return a == b
}

func compareCells(o, n result.Cell, absolute bool) []Change {
	var all []Change
	modes := names(n)
	for i, a := range modes {
		for _, b := range modes[i+1:] {
			candidate, baseline := b, a
			what := fmt.Sprintf("CPU, %s / %s, %s", candidate, baseline, n.Name)
			all = append(all, change(what, LogRatios(o, candidate, baseline), LogRatios(n, candidate, baseline), true))
		}
		what := fmt.Sprintf("median latency, %s, %s", a, n.Name)
		if absolute {
			all = append(all, change(what, medians(o, a), medians(n, a), false))
		} else {
			all = append(all, Change{What: what, Old: Unknown(), New: Unknown(), P: 1, Status: Inconclusive,
				Reason: "measured in another environment: milliseconds don't compare"})
		}
	}
	return all
}

func change(what string, older, newer []float64, logs bool) Change {
	c := Change{What: what, Old: Mean(older, confidence), New: Mean(newer, confidence), P: 1}
	if len(older) < 2 || len(newer) < 2 {
		c.Status, c.Reason = Inconclusive, "it takes two restarts on both sides"
		return c
	}
	c.P = benchmath.AssumeNormal.Compare(sample(older), sample(newer)).P
	if logs {
		c.Old, c.New = c.Old.Exp(), c.New.Exp()
	}
	percent := 100 * (c.New.Center/c.Old.Center - 1)
	switch {
	case c.P >= regression:
		c.Status, c.Reason = Pass, fmt.Sprintf("no difference that shows (%+.0f %%, p=%.2f)", percent, c.P)
	case percent > 0:
		c.Status, c.Reason = Fail, fmt.Sprintf("%+.0f %%, p=%.4f", percent, c.P)
	default:
		c.Status, c.Reason = Pass, fmt.Sprintf("better: %+.0f %%, p=%.4f", percent, c.P)
	}
	return c
}

func sample(values []float64) *benchmath.Sample {
	return benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
}

// medians is the median latency of each restart.
func medians(c result.Cell, mode string) []float64 {
	var all []float64
	_, perRun := Latencies(c, mode, false)
	for _, run := range perRun {
		if p := Point(run, 0.5); !math.IsInf(p, 0) {
			all = append(all, p)
		}
	}
	return all
}

// names of the modes of a cell, sorted, so that webhook comes after the
// pollings it is compared with.
func names(c result.Cell) []string {
	var all []string
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			if !a.Control && !slices.Contains(all, a.Mode) {
				all = append(all, a.Mode)
			}
		}
	}
	slices.Sort(all)
	return all
}
