package verdict_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// Fifteen p-values of Neuhaus et al. 1992, on which Benjamini and Hochberg
// (JRSS B 57, 1995, section 4.1) compare procedures: Bonferroni's, the most
// cautious, and Hochberg's, which finds all that Holm's does, both reject the
// first three hypotheses at 0.05, and so must Holm's. Its adjusted values are
// the p-values by 15, 14, 13 and so on, never falling.
func TestHolmOnAPublishedExample(t *testing.T) {
	p := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1}
	got := verdict.Holm(p)
	assert.InDeltaSlice(t, []float64{0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213}, got[:9], 1e-9)
	rejected := 0
	for _, adjusted := range got {
		if adjusted < 0.05 {
			rejected++
		}
	}
	assert.Equal(t, 3, rejected)
}

// The four p-values with which the procedure is explained in textbooks: 0.005
// and 0.01 are rejected, 0.03 is not, and so 0.04 is not either.
func TestHolmKeepsTheOrderGiven(t *testing.T) {
	assert.InDeltaSlice(t, []float64{0.03, 0.06, 0.06, 0.02}, verdict.Holm([]float64{0.01, 0.04, 0.03, 0.005}), 1e-12)
	assert.Empty(t, verdict.Holm(nil))
	assert.Equal(t, []float64{1}, verdict.Holm([]float64{1}))
}

// R's documentation of t.test on Student's sleep data, paired: t = 4.0621,
// 9 degrees of freedom, p = 0.002833 two-sided.
func TestPValueOfStudentsSleepData(t *testing.T) {
	sleep := []float64{1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4}
	assert.InDelta(t, 0.002833/2, verdict.MeanP(sleep, 0), 5e-7)
	assert.InDelta(t, 1, verdict.MeanP(sleep[:1], 0), 0)
	assert.InDelta(t, 0, verdict.MeanP([]float64{2, 2}, 1), 0)
	assert.InDelta(t, 1, verdict.MeanP([]float64{1, 1}, 1), 0)
}

// Wilks 1941 again: 59 values, all below, are just enough for p95 at 5 %.
func TestPValueOfAQuantile(t *testing.T) {
	assert.InDelta(t, 0.0485, verdict.QuantileP(ramp(59), 0.95, 100), 1e-4)
	assert.InDelta(t, 0.0510, verdict.QuantileP(ramp(58), 0.95, 100), 1e-4)
	assert.Less(t, verdict.QuantileP(ramp(100), 0.95, 50), 1e-9, "half of them are too late")
	assert.InDelta(t, 1, verdict.QuantileP(nil, 0.95, 1), 0)
}

// One claim that is decided by a hair stands alone, and falls as one of many.
func TestManyClaimsAreJudgedTogether(t *testing.T) {
	b := usual()
	b.restarts, b.spread, b.cpu["webhook"] = 6, 0.05, 26500*time.Microsecond
	c := b.cell()
	alone := judged(t, c, cpuRatio())
	require.Equal(t, verdict.Pass, alone.Status, alone.Reason)
	require.Greater(t, alone.P, 0.05/20, "the example is close to its limit")
	assert.InDelta(t, alone.P, alone.Holm, 0, "a family of one")

	many := result.Result{Cells: []result.Cell{c}}
	for range 20 {
		many.Thresholds = append(many.Thresholds, cpuRatio())
	}
	for _, v := range verdict.Judge(many) {
		assert.Equal(t, verdict.Inconclusive, v.Status)
		assert.Contains(t, v.Reason, "alone it would be a PASS")
		assert.Contains(t, v.Reason, "one of 20 claims")
		assert.Contains(t, v.Reason, "restarts would")
		assert.Equal(t, 20, v.Family)
		assert.InDelta(t, min(1, 20*alone.P), v.Holm, 1e-12)
	}
}

// A figure that may be looked at twice pays for both looks.
func TestTwoLooksTakeMore(t *testing.T) {
	c := usual().cell()
	once := judged(t, c, cpuRatio())
	c.Looks = 2
	twice := judged(t, c, cpuRatio())
	assert.InDelta(t, 2*once.P, twice.Holm, 1e-12)
	assert.Greater(t, twice.Estimate.High, once.Estimate.High)
	assert.Contains(t, verdict.Corrected([]verdict.Verdict{twice}), "2 times, each at 2.5 %")
}

func TestInconclusiveSaysWhatItWouldTake(t *testing.T) {
	b := usual()
	b.spread, b.cpu["webhook"] = 0.05, 29500*time.Microsecond
	got := judged(t, b.cell(), cpuRatio())
	assert.Equal(t, verdict.Inconclusive, got.Status, got.Reason)
	assert.Regexp(t, `about \d+ restarts would, if they are like these 6`, got.Reason)
}

// A bot that falls behind does less work in the same time: what it used is
// compared by answer.
func TestABotThatFallsBehindIsComparedByAnswer(t *testing.T) {
	b := usual()
	b.messages = 100
	c := b.cell()
	for _, run := range c.Runs {
		for i := range run.Arms {
			for j := range run.Arms[i].Slices {
				s := &run.Arms[i].Slices[j]
				if s.Answered = s.Sent; run.Arms[i].Mode == "webhook" {
					s.Answered = s.Sent / 2
				}
			}
		}
	}
	got := judged(t, c, cpuRatio())
	assert.InDelta(t, 0.8, got.Estimate.Center, 0.05, "0.4 of the CPU for half of the answers")
	assert.Contains(t, got.Reason, "webhook answered 50 % of what was sent meanwhile")
}

func wired(c result.Cell, mode string, w result.Wire) result.Cell {
	for _, run := range c.Runs {
		for i := range run.Arms {
			if run.Arms[i].Mode == mode {
				run.Arms[i].Wire = w
			}
		}
	}
	return c
}

func TestClaimsNameHowTheBotsAnswered(t *testing.T) {
	for _, tt := range []struct {
		name string
		wire result.Wire
		want string
	}{
		{"inline", result.Wire{Pushed: 1000, Inline: 999, Separate: 1}, "webhook [reply inline]"},
		{"separate", result.Wire{Pushed: 1000, Separate: 1000}, "webhook [separate call]"},
		{"both", result.Wire{Pushed: 1000, Inline: 600, Separate: 400}, "webhook [60 % of replies inline]"},
		{"polling", result.Wire{Pulled: 10, Separate: 1000}, "webhook [polling]"},
		{"idle", result.Wire{Pushed: 1}, "webhook [webhook]"},
		{"not counted", result.Wire{}, "webhook"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := wired(usual().cell(), "webhook", tt.wire)
			c = wired(c, "long", result.Wire{Pulled: 3, Separate: 3})
			got := judged(t, c, cpuRatio())
			assert.Contains(t, got.Claim, tt.want+" uses at least 40 % less CPU than long [polling]")
		})
	}
}

func TestALateBurstIsNotTheBotsDoing(t *testing.T) {
	b := usual()
	b.latency = 424 * time.Millisecond
	c := b.cell()
	c.Burst = 100
	c = wired(c, "webhook", result.Wire{Pushed: 100, Inline: 100, MaxConnections: 40, Opened: 40, Held: result.Held{P99: 63 * time.Millisecond}})
	got := judged(t, c, p99())
	assert.Equal(t, verdict.Fail, got.Status)
	assert.Contains(t, got.Reason, "network-bound, not the bot: it answered 99 % of deliveries within 63 ms")
	assert.Contains(t, got.Reason, "100 at once over 40 connections")

	slow := wired(c, "webhook", result.Wire{Pushed: 100, MaxConnections: 40, Held: result.Held{P99: 400 * time.Millisecond}})
	assert.NotContains(t, judged(t, slow, p99()).Reason, "network-bound")
	assert.Equal(t, plan.Latency, got.Threshold.Metric)
}
