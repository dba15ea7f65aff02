package verdict_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/verdict"
)

// Student's own example: the differences of extra sleep of ten patients
// (Biometrika 1908). R's documentation of t.test on it, paired, gives mean
// 1.58, 95 % interval 0.7001142 to 2.4598858.
func TestMeanOfStudentsSleepData(t *testing.T) {
	sleep := []float64{1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4}
	got := verdict.Mean(sleep, 0.95)
	assert.InDelta(t, 1.58, got.Center, 1e-9)
	assert.InDelta(t, 0.7001142, got.Low, 1e-6)
	assert.InDelta(t, 2.4598858, got.High, 1e-6)
	assert.InDelta(t, 1.2, sleep[0], 0, "the caller's order is kept")
}

func TestMeanOfFewValues(t *testing.T) {
	assert.False(t, verdict.Mean(nil, 0.9).Known())
	one := verdict.Mean([]float64{3}, 0.9)
	assert.Equal(t, verdict.Interval{Center: 3, Low: math.Inf(-1), High: math.Inf(1)}, one)
}

// Order statistics 2 and 8 of nine bound the median with 96.1 % confidence
// (Penn State STAT 415, distribution-free intervals; also Conover, Practical
// Nonparametric Statistics).
func TestMedianOfNineValues(t *testing.T) {
	got := verdict.Median([]float64{9, 1, 8, 2, 7, 3, 6, 4, 5}, 0.95)
	assert.Equal(t, verdict.Interval{Center: 5, Low: 2, High: 8}, got)
}

// Wilks 1941: 59 samples for 95 % of a population with 95 % confidence, 299
// for 99 %, 2995 for 99.9 %.
func TestMinSamplesIsWilksFormula(t *testing.T) {
	assert.Equal(t, 29, verdict.MinSamples(0.90))
	assert.Equal(t, 59, verdict.MinSamples(0.95))
	assert.Equal(t, 299, verdict.MinSamples(0.99))
	assert.Equal(t, 2995, verdict.MinSamples(0.999))
}

func TestQuantileOfTooFewHasNoUpperBound(t *testing.T) {
	got := verdict.Quantile(ramp(298), 0.99, 0.9)
	assert.True(t, math.IsInf(got.High, 1))
	assert.False(t, verdict.Quantile(nil, 0.5, 0.9).Known())
}

func TestQuantileInterval(t *testing.T) {
	// n=1000, p=0.99: mean 990, deviation 3.15; 1.645 of them is 5.2.
	got := verdict.Quantile(ramp(1000), 0.99, 0.90)
	assert.InDelta(t, 985, got.Low, 1)
	assert.InDelta(t, 996, got.High, 1)
}

func TestPoint(t *testing.T) {
	assert.InDelta(t, 99, verdict.Point(ramp(100), 0.99), 0)
	assert.InDelta(t, 50, verdict.Point(ramp(100), 0.5), 0)
	assert.InDelta(t, 1, verdict.Point(ramp(1), 0.01), 0)
	assert.True(t, math.IsNaN(verdict.Point(nil, 0.5)))
}

func TestIntervalInJSONHasNoInfinities(t *testing.T) {
	got, err := json.Marshal(verdict.Mean([]float64{3}, 0.9))
	require.NoError(t, err)
	assert.JSONEq(t, `{"center":3,"low":null,"high":null}`, string(got))
	var back verdict.Interval
	require.NoError(t, json.Unmarshal(got, &back))
	assert.Equal(t, verdict.Mean([]float64{3}, 0.9), back)
}

func ramp(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i + 1)
	}
	return out
}
