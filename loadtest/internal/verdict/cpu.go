package verdict

import (
	"fmt"
	"math"
	"time"

	"hookproof/loadtest/internal/result"
)

// floor is the CPU a minute below which a ratio says little about money.
const floor = 5 * time.Millisecond

// judgeCPU compares by the mean log-ratio of each restart: slices of one
// process are not independent, restarts are.
func judgeCPU(v *Verdict, c result.Cell) {
	t := v.Threshold
	v.Limit = t.Max
	logs := LogRatios(c, t.Candidate, t.Baseline)
	v.N = len(logs)
	v.Estimate = Mean(logs, confidence).Exp()
	v.Guards = cpuGuards(c, t.Candidate, t.Baseline)
	if !v.Estimate.Known() {
		v.conclude(Inconclusive, "no slice was measured for both")
		return
	}
	v.Second = fmt.Sprintf("median of restarts %s", Median(logs, confidence).Exp())
	if v.unfinished(c) || v.firstBroken() {
		return
	}
	v.settle()
	if base := perMinute(c, t.Baseline); base < floor {
		v.Reason += fmt.Sprintf("; relative only: %s uses %.2f ms a minute", t.Baseline, ms(base))
	}
}

// judgeIdle compares what is used in a minute, since a ratio of two numbers
// near nothing means nothing: candidate - max x baseline must be below zero.
func judgeIdle(v *Verdict, c result.Cell) {
	t := v.Threshold
	v.Unit, v.Limit = "ms/min", 0
	var diffs []float64
	for _, run := range c.Runs {
		a, okA := armOf(run, t.Candidate, false)
		b, okB := armOf(run, t.Baseline, false)
		if okA && okB && len(a.Slices) > 0 && len(b.Slices) > 0 {
			diffs = append(diffs, ms(minute(a))-t.Max*ms(minute(b)))
		}
	}
	v.N, v.Estimate = len(diffs), Mean(diffs, confidence)
	v.Guards = machineGuards(c)
	if !v.Estimate.Known() {
		v.conclude(Inconclusive, "no slice was measured for both")
		return
	}
	v.Second = fmt.Sprintf("%s %.2f ms a minute, %s %.2f ms a minute; the estimate is %s less %.2f times %s",
		t.Candidate, ms(perMinute(c, t.Candidate)), t.Baseline, ms(perMinute(c, t.Baseline)), t.Candidate, t.Max, t.Baseline)
	if v.unfinished(c) || v.firstBroken() {
		return
	}
	v.settle()
}

// unfinished handles processes that failed and messages that were lost: a bot
// that loses work is cheap for the wrong reason.
func (v *Verdict) unfinished(c result.Cell) bool {
	for _, mode := range []string{v.Threshold.Candidate, v.Threshold.Baseline} {
		if mode == "" {
			continue
		}
		status := Fail
		if mode != v.Threshold.Candidate {
			status = Inconclusive
		}
		if f := failure(c, mode); f != "" {
			v.conclude(status, "%s failed: %s", mode, f)
			return true
		}
		if lost, doubled := lost(c, mode); lost > 0 || doubled > 0 {
			v.conclude(status, "%s lost %d and doubled %d messages", mode, lost, doubled)
			return true
		}
	}
	return false
}

// LogRatios is the mean log-ratio of CPU, candidate to baseline, of each
// restart in which both were measured.
func LogRatios(c result.Cell, candidate, baseline string) []float64 {
	return ratios(c, func(run result.Run) (result.Arm, result.Arm, bool) {
		a, okA := armOf(run, candidate, false)
		b, okB := armOf(run, baseline, false)
		return a, b, okA && okB
	})
}

// ControlRatios is the same for the two copies of the control mode.
func ControlRatios(c result.Cell) []float64 {
	return ratios(c, func(run result.Run) (a, b result.Arm, ok bool) {
		for _, a := range run.Arms {
			if a.Control {
				b, ok := armOf(run, a.Mode, false)
				return a, b, ok
			}
		}
		return result.Arm{}, result.Arm{}, false
	})
}

func ratios(c result.Cell, pair func(result.Run) (a, b result.Arm, ok bool)) []float64 {
	var logs []float64
	for _, run := range c.Runs {
		a, b, ok := pair(run)
		if !ok {
			continue
		}
		if log, ok := meanLogRatio(a.Slices, b.Slices); ok {
			logs = append(logs, log)
		}
	}
	return logs
}

// meanLogRatio pairs slices of the same stretch of time. A slice in which one
// bot used nothing has no logarithm; then the sums are compared instead.
func meanLogRatio(a, b []result.Slice) (float64, bool) {
	n := min(len(a), len(b))
	var logs float64
	var sumA, sumB time.Duration
	for i := range n {
		logs += math.Log(float64(a[i].CPU) / float64(b[i].CPU))
		sumA, sumB = sumA+a[i].CPU, sumB+b[i].CPU
	}
	if n == 0 || sumA <= 0 || sumB <= 0 {
		return 0, false
	}
	if math.IsNaN(logs) || math.IsInf(logs, 0) {
		return math.Log(float64(sumA) / float64(sumB)), true
	}
	return logs / float64(n), true
}

// perMinute is the CPU a mode uses in a minute, over all restarts.
func perMinute(c result.Cell, mode string) time.Duration {
	var all result.Arm
	for _, run := range c.Runs {
		if a, ok := armOf(run, mode, false); ok {
			all.Slices = append(all.Slices, a.Slices...)
		}
	}
	return minute(all)
}

func minute(a result.Arm) time.Duration {
	var cpu, wall time.Duration
	for _, s := range a.Slices {
		cpu, wall = cpu+s.CPU, wall+s.Wall
	}
	if wall == 0 {
		return 0
	}
	return time.Duration(float64(cpu) / wall.Minutes())
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
