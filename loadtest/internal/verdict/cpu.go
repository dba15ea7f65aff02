package verdict

import (
	"fmt"
	"math"
	"time"

	"hookproof/loadtest/internal/result"
)

// floor is the CPU a minute below which a ratio says little about money.
const floor = 5 * time.Millisecond

// judgeCPU compares by the log-ratio of each restart: slices of one process are
// not independent, restarts are.
func judgeCPU(v *Verdict, c result.Cell) {
	t := v.Threshold
	v.Limit = t.Max
	logs := LogRatios(c, t.Candidate, t.Baseline)
	v.N = len(logs)
	v.Estimate = Mean(logs, v.confidence()).Exp()
	v.Median = Median(logs, v.confidence()).Exp()
	v.P = MeanP(logs, math.Log(t.Max))
	v.needs = func(alpha float64) string { return restartsNeeded(logs, math.Log(t.Max), alpha) }
	v.Guards = cpuGuards(c, v)
	if !v.Estimate.Known() {
		v.conclude(Inconclusive, "no slice was measured for both")
		return
	}
	v.Second = fmt.Sprintf("median of pairs of slices %s", Median(sliceRatios(c, t.Candidate, t.Baseline), confidence).Exp())
	if v.unfinished(c) || v.firstBroken() {
		return
	}
	v.settle()
	for _, mode := range []string{t.Candidate, t.Baseline} {
		if kept := keptUp(c, mode); math.Abs(kept-1) > behind {
			v.Reason += fmt.Sprintf("; %s answered %.0f %% of what was sent meanwhile: compared by answer", mode, 100*kept)
		}
	}
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
	v.N, v.Estimate = len(diffs), Mean(diffs, v.confidence())
	v.Median = Median(diffs, v.confidence())
	v.P = MeanP(diffs, 0)
	v.needs = func(alpha float64) string { return restartsNeeded(diffs, 0, alpha) }
	v.Guards = append(machineGuards(c), meterGuard(c, t.Candidate, t.Baseline))
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

// LogRatios is the log-ratio of CPU, candidate to baseline, of each restart in
// which both were measured.
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
		if log, ok := logRatio(a.Slices, b.Slices); ok {
			logs = append(logs, log)
		}
	}
	return logs
}

// logRatio compares what both used in the same stretch of time. The sums are
// compared, not the slices one by one: a bot that polls every second uses much
// in one second and little in the next, and the mean of such logarithms is too
// low (Jensen's inequality), by a fifth where slices are as short as the poll.
//
// Both were sent the same. Where one fell behind, it did less: then what is
// compared is the CPU for an answer.
func logRatio(a, b []result.Slice) (float64, bool) {
	n := min(len(a), len(b))
	perA, perB := sum(a[:n]), sum(b[:n])
	if perA.CPU <= 0 || perB.CPU <= 0 {
		return 0, false
	}
	log := math.Log(float64(perA.CPU) / float64(perB.CPU))
	if perA.behind() || perB.behind() {
		log -= math.Log(float64(perA.Answered) / float64(perB.Answered))
	}
	return log, true
}

// total of several slices.
type total struct {
	CPU            time.Duration
	Sent, Answered int
}

func sum(slices []result.Slice) total {
	var t total
	for _, s := range slices {
		t.CPU, t.Sent, t.Answered = t.CPU+s.CPU, t.Sent+s.Sent, t.Answered+s.Answered
	}
	return t
}

// behind is the part by which answers may differ from messages before they
// count: at the borders of the time there is always a message under way, but
// where few are sent it says nothing.
const (
	behind     = 0.05
	behindFrom = 100 // messages
)

func (t total) behind() bool { return Behind(t.Sent, t.Answered) }

// Behind reports whether a bot that answered so many of the messages sent in the
// same time did noticeably more or less than was asked of it.
func Behind(sent, answered int) bool {
	return answered > 0 && sent >= behindFrom && math.Abs(float64(answered)/float64(sent)-1) > behind
}

// keptUp is the share of what was sent that a mode answered meanwhile; 1 where
// that says nothing.
func keptUp(c result.Cell, mode string) float64 {
	var all []result.Slice
	for _, run := range c.Runs {
		if a, ok := armOf(run, mode, false); ok {
			all = append(all, a.Slices...)
		}
	}
	if t := sum(all); t.behind() {
		return float64(t.Answered) / float64(t.Sent)
	}
	return 1
}

// sliceRatios is the logarithm of every pair of slices in which both bots used
// something, over all restarts.
func sliceRatios(c result.Cell, candidate, baseline string) []float64 {
	var logs []float64
	for _, run := range c.Runs {
		a, _ := armOf(run, candidate, false)
		b, _ := armOf(run, baseline, false)
		for i := range min(len(a.Slices), len(b.Slices)) {
			if x, y := a.Slices[i].CPU, b.Slices[i].CPU; x > 0 && y > 0 {
				logs = append(logs, math.Log(float64(x)/float64(y)))
			}
		}
	}
	return logs
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
