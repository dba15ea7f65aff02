package verdict

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"
)

// Interval is an estimate with its confidence interval. A bound that the
// samples can't give is infinite.
type Interval struct {
	Center, Low, High float64
}

// Unknown is the interval of no samples.
func Unknown() Interval { return Interval{math.NaN(), math.Inf(-1), math.Inf(1)} }

// Known reports whether there is an estimate at all.
func (i Interval) Known() bool { return !math.IsNaN(i.Center) }

// MarshalJSON writes what JSON has no number for as null.
func (i Interval) MarshalJSON() ([]byte, error) {
	number := func(f float64) *float64 {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
		return &f
	}
	return json.Marshal(map[string]*float64{"center": number(i.Center), "low": number(i.Low), "high": number(i.High)})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (i *Interval) UnmarshalJSON(data []byte) error {
	var read struct{ Center, Low, High *float64 }
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	*i = Unknown()
	for _, bound := range []struct{ from, to *float64 }{{read.Center, &i.Center}, {read.Low, &i.Low}, {read.High, &i.High}} {
		if bound.from != nil {
			*bound.to = *bound.from
		}
	}
	return nil
}

// confidence of an interval that is judged once: 90 % two-sided is 95 % for
// each bound alone, and a verdict needs one bound.
const confidence = 0.90

// Mean is Student's interval of a mean (benchmath.AssumeNormal). Fewer than two
// values have an estimate, but no bounds.
func Mean(values []float64, confidence float64) Interval {
	switch len(values) {
	case 0:
		return Unknown()
	case 1:
		return Interval{values[0], math.Inf(-1), math.Inf(1)}
	}
	s := benchmath.AssumeNormal.Summary(benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds), confidence)
	return Interval{s.Center, s.Lo, s.Hi}
}

// Median is the distribution-free interval of a median
// (benchmath.AssumeNothing), the second opinion beside Mean.
func Median(values []float64, confidence float64) Interval {
	if len(values) == 0 {
		return Unknown()
	}
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds), confidence)
	return Interval{s.Center, s.Lo, s.Hi}
}

// Exp takes an interval of logarithms back to ratios.
func (i Interval) Exp() Interval {
	return Interval{math.Exp(i.Center), math.Exp(i.Low), math.Exp(i.High)}
}

// Quantile is the distribution-free interval of a quantile, by order
// statistics, in sorted samples.
func Quantile(sorted []float64, q, confidence float64) Interval {
	if len(sorted) == 0 {
		return Unknown()
	}
	ci := stats.QuantileCI(len(sorted), q, confidence)
	_, low, high := ci.SampleCI(stats.Sample{Xs: sorted, Sorted: true})
	if len(sorted) < MinSamples(q) {
		high = math.Inf(1) // the normal approximation does not know that it can't know
	}
	return Interval{Point(sorted, q), low, high}
}

// Point is the quantile of sorted samples: the smallest value that at least
// the share q of them does not exceed.
func Point(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	n := int(math.Ceil(q*float64(len(sorted)) - 1e-9))
	return sorted[min(max(n, 1), len(sorted))-1]
}

// MinSamples is how many samples, all below a limit, it takes to say with 95 %
// confidence that a quantile is below it: the least n with q^n <= 0.05.
// 59 for p95, 299 for p99, 2995 for p99.9.
func MinSamples(q float64) int {
	return int(math.Ceil(math.Log(0.05) / math.Log(q)))
}

// String is for people: "0.43 [0.40, 0.47]".
func (i Interval) String() string {
	if !i.Known() {
		return "no estimate"
	}
	return fmt.Sprintf("%.3g [%.3g, %.3g]", i.Center, i.Low, i.High)
}
