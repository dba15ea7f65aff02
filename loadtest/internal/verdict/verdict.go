// Package verdict judges a result against its thresholds. It is a pure
// function: no clock, no files, the same result gives the same verdicts.
//
// A verdict has three values. PASS and FAIL need a whole confidence interval on
// one side of the limit; everything else is INCONCLUSIVE, with the reason in
// words. Without samples nothing passes. A promise that the machine was too
// noisy or the harness too slow to judge is not judged.
package verdict

import (
	"fmt"
	"time"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
)

// Status of a verdict.
type Status string

// The three values.
const (
	Pass         Status = "PASS"
	Fail         Status = "FAIL"
	Inconclusive Status = "INCONCLUSIVE"
)

// Verdict is one threshold judged in one cell.
type Verdict struct {
	Claim      string         `json:"claim"`
	Cell       string         `json:"cell"`
	Threshold  plan.Threshold `json:"threshold"`
	Status     Status         `json:"status"`
	Reason     string         `json:"reason"`
	Estimate   Interval       `json:"estimate"`   // in Unit; two-sided, so that each bound errs half as often
	Confidence float64        `json:"confidence"` // of the intervals: 0.90, or more where figures may be looked at again
	Median     Interval       `json:"median"`     // of the restarts, free of any distribution; CPU only
	Limit      float64        `json:"limit"`      // in Unit
	Unit       string         `json:"unit"`       // "", for a ratio, "ms", or "ms/min"
	N          int            `json:"n"`          // restarts for CPU, messages for latency
	Second     string         `json:"second,omitempty"`
	Guards     []Guard        `json:"guards"`
	// How the modes spoke with Telegram, as counted there: see Manner.
	CandidateManner string `json:"candidate_manner,omitempty"`
	BaselineManner  string `json:"baseline_manner,omitempty"`
	// P is the probability of figures so far on their side of the limit, if the
	// truth were at the limit; Holm is P as one of the Family claims of the run,
	// all looks paid for. 1 where nothing was tested.
	P      float64 `json:"p"`
	Holm   float64 `json:"p_holm"`
	Family int     `json:"family"`
	Looks  int     `json:"looks"`

	tested bool                       // the figures alone decided
	needs  func(alpha float64) string // how much more it would take to decide at a level
}

// Gates reports whether the verdict counts for the exit code.
func (v Verdict) Gates() bool { return !v.Threshold.Inform }

// Guard is a condition of the measurement itself.
type Guard struct {
	Name string `json:"name"`
	Says string `json:"says"`
	OK   bool   `json:"ok"` // false: no verdict can stand on this run

	late float64 // ms, of the lateness guard
}

// Judge judges every threshold in every cell it is about. A threshold that no
// cell answers is INCONCLUSIVE: a promise nobody measured is not kept.
func Judge(r result.Result) []Verdict {
	var all []Verdict
	for _, t := range r.Thresholds {
		before := len(all)
		for _, c := range r.Cells {
			if t.About(c.Profile, c.RTT) && has(c, t.Candidate) && (t.Baseline == "" || has(c, t.Baseline)) {
				all = append(all, judge(t, c))
			}
		}
		if len(all) == before {
			all = append(all, Verdict{
				Claim: claim(t, result.Cell{Profile: t.Profile, RTT: t.RTT}), Cell: t.Profile, Threshold: t,
				Status: Inconclusive, Reason: "it was not measured in this run", Estimate: Unknown(), Median: Unknown(), P: 1, Holm: 1,
			})
		}
	}
	correct(all)
	return all
}

func judge(t plan.Threshold, c result.Cell) Verdict {
	v := Verdict{Claim: claim(t, c), Cell: c.Name, Threshold: t, Estimate: Unknown(), Median: Unknown(), P: 1, Holm: 1, Looks: max(1, c.Looks),
		CandidateManner: Manner(c, t.Candidate), BaselineManner: Manner(c, t.Baseline)}
	v.Confidence = v.confidence()
	switch {
	case t.Metric == plan.Latency:
		judgeLatency(&v, c)
	case t.Metric == plan.Headroom:
		judgeHeadroom(&v, c)
	case c.Idle:
		judgeIdle(&v, c)
	default:
		judgeCPU(&v, c)
	}
	return v
}

func claim(t plan.Threshold, c result.Cell) string {
	where := fmt.Sprintf("%s, RTT %s", c.Profile, c.RTT)
	if c.CPU > 0 {
		where += fmt.Sprintf(", %g CPU", c.CPU)
	}
	if t.Metric == plan.Headroom {
		return fmt.Sprintf("the harness keeps its plan up to %g messages a second (%s)", t.Rate, where)
	}
	candidate, baseline := named(c, t.Candidate), named(c, t.Baseline)
	if t.Metric == plan.Latency {
		return fmt.Sprintf("%s answers %s of messages within %s (%s)", candidate, percent(t.Q), limitOf(t, c), where)
	}
	if t.Max == 1 {
		return fmt.Sprintf("%s uses less CPU than %s (%s)", candidate, baseline, where)
	}
	return fmt.Sprintf("%s uses at least %.0f %% less CPU than %s (%s)", candidate, 100*(1-t.Max), baseline, where)
}

// named is a mode with the way it answers, e.g. "webhook [reply inline]".
func named(c result.Cell, mode string) string {
	if m := Manner(c, mode); m != "" {
		return mode + " [" + m + "]"
	}
	return mode
}

func percent(q float64) string { return fmt.Sprintf("%g %%", 100*q) }

func limitOf(t plan.Threshold, c result.Cell) time.Duration {
	if t.AboveNetwork {
		return t.Limit + c.RTT
	}
	return t.Limit
}

func (v *Verdict) conclude(s Status, format string, args ...any) {
	v.Status, v.Reason = s, fmt.Sprintf(format, args...)
}

// settle compares the whole interval with the limit.
func (v *Verdict) settle() {
	v.tested = true
	e := v.Estimate
	switch {
	case e.High < v.Limit:
		v.conclude(Pass, "all of the interval is below %s", v.figure(v.Limit))
	case e.Low > v.Limit:
		v.conclude(Fail, "all of the interval is above %s", v.figure(v.Limit))
	default:
		v.conclude(Inconclusive, "%s is inside the interval: this run can't tell; %s", v.figure(v.Limit), v.needs(v.alpha()))
	}
}

// figure writes a number of the verdict with its unit.
func (v Verdict) figure(f float64) string {
	if v.Unit == "" {
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.4g %s", f, v.Unit)
}

// firstBroken refuses a verdict when a guard rail is broken.
func (v *Verdict) firstBroken() bool {
	for _, g := range v.Guards {
		if !g.OK {
			v.conclude(Inconclusive, "%s: %s", g.Name, g.Says)
			v.P = 1
			return true
		}
	}
	return false
}

func has(c result.Cell, mode string) bool {
	for _, run := range c.Runs {
		if _, ok := armOf(run, mode, false); ok {
			return true
		}
	}
	return false
}

func armOf(run result.Run, mode string, control bool) (result.Arm, bool) {
	for _, a := range run.Arms {
		if a.Mode == mode && a.Control == control {
			return a, true
		}
	}
	return result.Arm{}, false
}

// lost counts messages that a mode never answered, or answered twice.
func lost(c result.Cell, mode string) (lost, doubled int) {
	for _, run := range c.Runs {
		if a, ok := armOf(run, mode, false); ok {
			lost += a.Lost
			doubled += a.Doubled
		}
	}
	return lost, doubled
}

// failure is the first thing that went wrong with a mode's process.
func failure(c result.Cell, mode string) string {
	for _, run := range c.Runs {
		if a, ok := armOf(run, mode, false); ok && a.Failure != "" {
			return a.Failure
		}
	}
	return ""
}
