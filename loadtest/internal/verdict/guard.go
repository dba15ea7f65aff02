package verdict

import (
	"fmt"
	"math"
	"slices"
	"time"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
)

// Limits of the guard rails.
const (
	controlName       = "A/A control"
	latenessName      = "lateness"
	controlConfidence = 0.99 // a 95 % gate would refuse one good run in twenty
	controlHalfWidth  = 0.10 // of the 95 % interval of the control's ratio
	fairShare         = 0.50 // of one CPU, for all bots that run at the same time
	headroom          = 0.80 // of the machine, for the bots and the harness together
	stolen            = 0.10 // of CPU time, by the hypervisor
	lateness          = 0.10 // of the latency limit, for the harness's own p99
	// cpuLateness is the quantile that must be in time where CPU is judged. It is a
	// sum over all messages: one in twenty that comes with the next changes it
	// by less than that.
	cpuLateness = 0.95
	usualLimit  = 200 * time.Millisecond
)

func cpuGuards(c result.Cell, v *Verdict) []Guard {
	guards := append([]Guard{controlGuard(c, v)}, machineGuards(c)...)
	return append(guards, latenessGuard(c, cpuLateness, usualLimit, v.Threshold.Candidate, v.Threshold.Baseline),
		meterGuard(c, v.Threshold.Candidate, v.Threshold.Baseline))
}

func latencyGuards(c result.Cell, t plan.Threshold) []Guard {
	return append(machineGuards(c), latenessGuard(c, t.Q, limitOf(t, c), t.Candidate))
}

func machineGuards(c result.Cell) []Guard {
	return []Guard{shareGuard(c), headroomGuard(c), stealGuard(c)}
}

// controlGuard compares two copies of one bot: what tells twins apart must not
// judge anybody. Where twins are known only to ten percent, a verdict stands
// only if it would for every ratio that the twins may have, too.
func controlGuard(c result.Cell, v *Verdict) Guard {
	logs := ControlRatios(c)
	strict, usual := Mean(logs, controlConfidence).Exp(), Mean(logs, 0.95).Exp()
	half := (usual.High - usual.Low) / 2
	settled := v.Estimate.High*usual.High < v.Limit || v.Estimate.Low*usual.Low > v.Limit
	says := fmt.Sprintf("two copies of the same bot %s", usual)
	switch {
	case len(logs) < 2:
		return Guard{Name: controlName, Says: fmt.Sprintf("%d restarts have a control, it takes two", len(logs)), OK: false}
	case strict.Low > 1 || strict.High < 1:
		return Guard{Name: controlName, Says: fmt.Sprintf("two copies of the same bot differ: %s", strict), OK: false}
	case half <= controlHalfWidth:
		return Guard{Name: controlName, Says: says, OK: true}
	case settled:
		return Guard{Name: controlName, Says: fmt.Sprintf("%s, ±%.0f %%: noisy, but the limit is further away than that", says, 100*half), OK: true}
	}
	return Guard{Name: controlName, Says: fmt.Sprintf("machine too noisy: %s, ±%.0f %%", says, 100*half), OK: false}
}

// shareGuard: bots that run side by side are compared fairly only while they
// do not wait for each other.
func shareGuard(c result.Cell) Guard {
	worst := Share(c) + c.Beside
	return Guard{Name: "bots side by side", OK: worst < fairShare,
		Says: fmt.Sprintf("together %.0f %% of one CPU (limit %.0f %%)", 100*worst, 100*fairShare)}
}

// Share is what the bots of a cell that ran side by side used in its busiest
// restart, as a share of one CPU. Of those that ran alone there is no such sum.
func Share(c result.Cell) float64 {
	var worst float64
	for _, run := range c.Runs {
		if !c.Alone {
			worst = max(worst, botShare(run))
		}
	}
	return worst
}

func botShare(run result.Run) float64 {
	var share float64
	for _, a := range run.Arms {
		share += float64(minute(a)) / float64(time.Minute)
	}
	return share
}

// headroomGuard refuses a verdict when the harness may have been the
// bottleneck.
func headroomGuard(c result.Cell) Guard {
	var worst, harness float64
	for _, run := range c.Runs {
		if run.Machine.Wall <= 0 || run.Machine.CPUs == 0 {
			continue
		}
		own := float64(run.Machine.HarnessCPU) / float64(run.Machine.Wall)
		bots := botShare(run) + c.Beside
		if c.Alone {
			bots /= float64(max(1, len(run.Arms)))
		}
		worst = max(worst, (own+bots)/float64(run.Machine.CPUs))
		harness = max(harness, own)
	}
	return Guard{Name: "headroom", OK: worst < headroom,
		Says: fmt.Sprintf("harness %.0f %% of one CPU, machine %.0f %% busy with the test (limit %.0f %%)", 100*harness, 100*worst, 100*headroom)}
}

func stealGuard(c result.Cell) Guard {
	var worst, pressure float64
	for _, run := range c.Runs {
		worst, pressure = max(worst, run.Machine.Steal), max(pressure, run.Machine.Pressure)
	}
	return Guard{Name: "steal", OK: worst < stolen,
		Says: fmt.Sprintf("%.1f %% of CPU time stolen (limit %.0f %%), something waited for a CPU %.0f %% of the time", 100*worst, 100*stolen, 100*pressure)}
}

func latenessGuard(c result.Cell, q float64, limit time.Duration, modes ...string) Guard {
	late, q := latenessOf(c.Runs, q, modes)
	if math.IsNaN(late) {
		return Guard{Name: latenessName, OK: true, Says: "nothing was sent"}
	}
	says := fmt.Sprintf("the harness itself sent %s within %.1f ms of the plan (limit %.0f ms)", percent(q), late, lateness*ms(limit))
	if n := len(c.Spoiled); n > 0 {
		says += fmt.Sprintf("; %d restarts were repeated because it did not", n)
	}
	return Guard{Name: latenessName, OK: late <= lateness*ms(limit), Says: says, late: late}
}

// Lateness is how late the harness itself was in one restart.
func Lateness(run result.Run) time.Duration {
	late, _ := latenessOf([]result.Run{run}, 0.99, nil)
	if math.IsNaN(late) {
		return 0
	}
	return time.Duration(late * float64(time.Millisecond))
}

// latenessOf is a quantile of the harness's own lateness in ms, or its p90 where
// so few messages were sent that the quantile would be the single worst one. No
// modes are all modes.
func latenessOf(runs []result.Run, q float64, modes []string) (late, of float64) {
	var all []float64
	for _, run := range runs {
		for _, a := range run.Arms {
			if len(modes) > 0 && !slices.Contains(modes, a.Mode) {
				continue
			}
			for _, s := range a.Samples {
				all = append(all, float64(s.Late)/1000)
			}
		}
	}
	slices.Sort(all)
	if q > 0.90 && len(all) < MinSamples(q) {
		q = 0.90
	}
	return Point(all, q), q
}
