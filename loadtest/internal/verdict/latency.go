package verdict

import (
	"fmt"
	"math"
	"slices"

	"hookproof/loadtest/internal/result"
)

// judgeLatency takes the wider of two intervals: of the quantile over all
// messages, and of the mean of the restarts' own quantiles. The first knows
// how few messages are beyond a high quantile, the second how much one process
// differs from the next.
func judgeLatency(v *Verdict, c result.Cell) {
	t := v.Threshold
	v.Unit, v.Limit = "ms", ms(limitOf(t, c))
	all, perRun := Latencies(c, t.Candidate, false)
	v.N = len(all)
	v.Estimate = Quantile(all, t.Q, v.confidence())
	v.P = QuantileP(all, t.Q, v.Limit)
	v.needs = func(alpha float64) string { return messagesNeeded(all, perRun, t.Q, v.Limit, alpha) }
	v.Guards = latencyGuards(c, t)
	if f := failure(c, t.Candidate); f != "" {
		v.conclude(Fail, "%s failed: %s", t.Candidate, f)
		return
	}
	if v.N == 0 {
		v.conclude(Inconclusive, "no message was sent, so none was answered in time")
		return
	}
	if lost, _ := lost(c, t.Candidate); lost > 0 {
		v.conclude(Fail, "%d of %d messages were never answered", lost, v.N)
		return
	}
	if least := MinSamples(t.Q); v.N < least && v.Estimate.Low <= v.Limit {
		v.Estimate.Center = math.NaN()
		v.conclude(Inconclusive, "%s needs at least %d messages, there are %d", percent(t.Q), least, v.N)
		return
	}
	v.widen(perRun)
	v.excuse()
	if v.firstBroken() {
		return
	}
	v.settle()
	if v.Status != Pass {
		v.Reason += networkBound(c, t)
	}
}

// excuse lets a verdict stand that the harness's own lateness can't have made.
// What the harness adds counts against the bot, since latency counts from the
// moment a message was due: a promise that was kept all the same is kept, and
// one that would be broken without what it added is broken.
func (v *Verdict) excuse() {
	for i := range v.Guards {
		g := &v.Guards[i]
		if g.Name != latenessName || g.OK {
			continue
		}
		switch {
		case v.Estimate.High < v.Limit:
			g.OK = true
			g.Says += ": too late, but that counts against the bot, and its answers were in time all the same"
		case v.Estimate.Low-g.late > v.Limit:
			g.OK = true
			g.Says += ": too late, but by less than the answers were"
		}
	}
}

// widen takes the restarts' own quantiles into account, where each restart has
// messages beyond it.
func (v *Verdict) widen(perRun [][]float64) {
	q := v.Threshold.Q
	var points []float64
	for _, run := range perRun {
		if float64(len(run))*(1-q) < 1 {
			return
		}
		points = append(points, Point(run, q))
	}
	if len(points) < 2 {
		return
	}
	over := Mean(points, v.confidence())
	v.P = max(v.P, MeanP(points, v.Limit))
	v.Second = fmt.Sprintf("mean of %d restarts' own quantiles %s", len(points), over)
	v.Estimate.Low = max(0, min(v.Estimate.Low, over.Low))
	v.Estimate.High = max(v.Estimate.High, over.High)
}

// Latencies is every latency of a mode in ms, sorted, together and by restart.
// A message that was never answered is infinitely late.
func Latencies(c result.Cell, mode string, control bool) (all []float64, perRun [][]float64) {
	for _, run := range c.Runs {
		a, ok := armOf(run, mode, control)
		if !ok || len(a.Samples) == 0 {
			continue
		}
		one := make([]float64, len(a.Samples))
		for i, s := range a.Samples {
			one[i] = math.Inf(1)
			if s.Answered() {
				one[i] = float64(s.Latency) / 1000
			}
		}
		slices.Sort(one)
		all, perRun = append(all, one...), append(perRun, one)
	}
	slices.Sort(all)
	return all, perRun
}
