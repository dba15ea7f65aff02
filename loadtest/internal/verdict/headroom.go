package verdict

import (
	"math"
	"slices"

	"hookproof/loadtest/internal/result"
)

// Step is the harness at one rate of a ramp.
type Step struct {
	Rate     float64 // messages a second
	Late     float64 // ms, the harness's own p99: the median of the restarts
	P50, P99 float64 // ms, of the answers' latency: the same
	Trusted  bool    // it kept its plan here and at all lower rates
}

// Headroom reads at which rates of a ramp the harness kept its plan: it sent 99 %
// of the messages in time, and all were answered within the usual limit, which
// a bot that does next to nothing never is the one to miss.
func Headroom(c result.Cell) []Step {
	var steps []Step
	trusted := true
	for i := range slicesOf(c) {
		var late, p50, p99 []float64
		s := Step{}
		for _, run := range c.Runs {
			for _, a := range run.Arms {
				if i >= len(a.Slices) || a.Control {
					continue
				}
				s.Rate = float64(a.Slices[i].Sent) / c.Slice.Seconds()
				lates, latencies := within(a, c.Slice.Microseconds(), i)
				late, p50, p99 = append(late, Point(lates, 0.99)), append(p50, Point(latencies, 0.5)), append(p99, Point(latencies, 0.99))
			}
		}
		s.Late, s.P50, s.P99 = middle(late), middle(p50), middle(p99)
		trusted = trusted && s.Late <= lateness*ms(usualLimit) && s.P99 <= ms(usualLimit)
		s.Trusted = trusted
		steps = append(steps, s)
	}
	return steps
}

func slicesOf(c result.Cell) int {
	n := 0
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			n = max(n, len(a.Slices))
		}
	}
	return n
}

// within is how late the messages of one slice were sent and answered, sorted.
func within(a result.Arm, slice int64, i int) (late, latencies []float64) {
	for _, s := range a.Samples {
		if s.At/slice != int64(i) {
			continue
		}
		late = append(late, float64(s.Late)/1000)
		latency := math.Inf(1)
		if s.Answered() {
			latency = float64(s.Latency) / 1000
		}
		latencies = append(latencies, latency)
	}
	slices.Sort(late)
	slices.Sort(latencies)
	return late, latencies
}

func middle(values []float64) float64 {
	slices.Sort(values)
	return Point(values, 0.5)
}

// judgeHeadroom compares the highest trusted rate with the one that was wanted.
func judgeHeadroom(v *Verdict, c result.Cell) {
	v.Unit, v.Limit = "messages/s", v.Threshold.Rate
	steps := Headroom(c)
	highest := 0.0
	for _, s := range steps {
		if s.Trusted {
			highest = s.Rate
		}
	}
	v.N = len(c.Runs)
	v.Estimate = Interval{highest, highest, highest}
	switch {
	case len(steps) == 0:
		v.Estimate = Unknown()
		v.conclude(Inconclusive, "nothing was measured")
	case highest >= v.Limit:
		v.conclude(Pass, "the harness kept its plan at every rate up to %.0f/s", highest)
	default:
		v.conclude(Fail, "on this machine, as busy as it was, no verdict above %.0f/s can be trusted", highest)
	}
}
