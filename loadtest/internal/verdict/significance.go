package verdict

import (
	"fmt"
	"math"

	"github.com/aclements/go-moremath/stats"
)

// MeanP is the one-sided p-value of Student's test that the mean is on the
// other side of a limit than its estimate.
func MeanP(values []float64, limit float64) float64 {
	n := float64(len(values))
	if n < 2 {
		return 1
	}
	s := stats.Sample{Xs: values}
	return studentP(math.Abs(s.Mean()-limit), s.StdDev(), n)
}

// studentP is the p-value of a mean of n values that is so far from the limit.
func studentP(distance, deviation, n float64) float64 {
	if deviation == 0 {
		if distance > 0 {
			return 0
		}
		return 1
	}
	return 1 - stats.TDist{V: n - 1}.CDF(distance/deviation*math.Sqrt(n))
}

// QuantileP is the one-sided p-value that the quantile is on the other side of
// a limit than its estimate. If it were at the limit, the number of values
// within it would be binomial.
func QuantileP(sorted []float64, q, limit float64) float64 {
	n := len(sorted)
	if n == 0 {
		return 1
	}
	within := 0
	for _, v := range sorted {
		if v < limit {
			within++
		}
	}
	d := stats.BinomialDist{N: n, P: q}
	if float64(within) >= q*float64(n) {
		return 1 - d.CDF(float64(within-1))
	}
	return d.CDF(float64(within))
}

// most is how many restarts are worth naming: more than that is never.
const most = 1000

// restartsNeeded says how many restarts would decide, if figures stay as they
// are.
func restartsNeeded(values []float64, limit, alpha float64) string {
	if len(values) < 2 {
		return "it takes two restarts at least"
	}
	s := stats.Sample{Xs: values}
	if n := neededFor(math.Abs(s.Mean()-limit), s.StdDev(), alpha, len(values)); n <= most {
		return fmt.Sprintf("about %d restarts would, if they are like these %d", n, len(values))
	}
	return "no reasonable number of restarts would: it is at the limit"
}

// neededFor is the least number of values that is enough, not below from.
func neededFor(distance, deviation, alpha float64, from int) int {
	n := max(2, from)
	for n <= most && studentP(distance, deviation, float64(n)) >= alpha {
		n++
	}
	return n
}

// messagesNeeded is the same for a quantile of latencies, of which both
// intervals must be narrow enough.
func messagesNeeded(all []float64, perRun [][]float64, q, limit, alpha float64) string {
	if len(all) == 0 || len(perRun) == 0 {
		return "it takes messages"
	}
	within := 0
	for _, v := range all {
		if v < limit {
			within++
		}
	}
	z := stats.StdNormal.InvCDF(1 - alpha)
	off := math.Abs(float64(within)/float64(len(all)) - q)
	messages := math.Inf(1)
	if off > 0 {
		messages = math.Ceil(z * z * q * (1 - q) / (off * off))
	}
	var points []float64
	for _, run := range perRun {
		points = append(points, Point(run, q))
	}
	perRestart := float64(len(all)) / float64(len(perRun))
	restarts := math.Ceil(messages / perRestart)
	if len(points) > 1 {
		s := stats.Sample{Xs: points}
		restarts = max(restarts, float64(neededFor(math.Abs(s.Mean()-limit), s.StdDev(), alpha, len(points))))
	}
	if restarts > most {
		return "no reasonable number of messages would: it is at the limit"
	}
	return fmt.Sprintf("about %.0f restarts of %.0f messages would, if they are like these %d", restarts, perRestart, len(perRun))
}
