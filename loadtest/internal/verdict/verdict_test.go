package verdict_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// A bench makes results: bots that use so much CPU a slice, spread by so much
// between restarts.
type bench struct {
	restarts, slices int
	cpu              map[string]time.Duration
	spread           float64
	latency          time.Duration
	messages         int // a slice
}

func usual() bench {
	return bench{restarts: 6, slices: 3, spread: 0.02, latency: 65 * time.Millisecond, messages: 50,
		cpu: map[string]time.Duration{"webhook": 20 * time.Millisecond, "long": 50 * time.Millisecond}}
}

func (b bench) cell() result.Cell {
	r := rand.New(rand.NewPCG(1, 1))
	c := result.Cell{Name: "steady@60ms", Profile: "steady", RTT: 60 * time.Millisecond, Slice: time.Second}
	for range b.restarts {
		run := result.Run{Machine: result.Machine{Wall: 3 * time.Second, CPUs: 2, HarnessCPU: 300 * time.Millisecond}}
		for _, mode := range []string{"webhook", "long"} {
			run.Arms = append(run.Arms, b.arm(r, mode, false))
		}
		run.Arms = append(run.Arms, b.arm(r, "webhook", true))
		c.Runs = append(c.Runs, run)
	}
	return c
}

func (b bench) arm(r *rand.Rand, mode string, control bool) result.Arm {
	a := result.Arm{Mode: mode, Control: control}
	process := 1 + b.spread*r.NormFloat64()
	for i := range b.slices {
		a.Slices = append(a.Slices, result.Slice{Wall: time.Second, Sent: b.messages,
			CPU: time.Duration(float64(b.cpu[mode]) * process * (1 + 0.05*r.NormFloat64()))})
		for j := range b.messages {
			at := int64(i*1_000_000 + j*1_000_000/b.messages)
			a.Samples = append(a.Samples, result.Sample{At: at, Late: 100, Latency: b.latency.Microseconds() + int64(r.IntN(2000))})
			a.Sent++
		}
	}
	return a
}

func cpuRatio() plan.Threshold {
	return plan.Threshold{Metric: plan.CPURatio, Candidate: "webhook", Baseline: "long", Max: 0.60}
}

func p99() plan.Threshold {
	return plan.Threshold{Metric: plan.Latency, Candidate: "webhook", Q: 0.99, Limit: 200 * time.Millisecond}
}

// judged judges one threshold in one cell.
func judged(t *testing.T, c result.Cell, th plan.Threshold) verdict.Verdict {
	t.Helper()
	all := verdict.Judge(result.Result{Cells: []result.Cell{c}, Thresholds: []plan.Threshold{th}})
	require.Len(t, all, 1)
	return all[0]
}

func TestCPU(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*bench)
		spoil  func(*result.Cell)
		want   verdict.Status
		reason string
	}{
		{"clearly less", nil, nil, verdict.Pass, "below 0.60"},
		{"more", func(b *bench) { b.cpu["webhook"] = 45 * time.Millisecond }, nil, verdict.Fail, "above 0.60"},
		{"at the limit", func(b *bench) { b.cpu["webhook"] = 30 * time.Millisecond }, nil, verdict.Inconclusive, "can't tell"},
		{"one restart", func(b *bench) { b.restarts = 1 }, nil, verdict.Inconclusive, "it takes two"},
		{"no restarts' slices", func(b *bench) { b.slices = 0 }, nil, verdict.Inconclusive, "no slice was measured"},
		{"noisy twins", func(b *bench) { b.spread = 0.15; b.cpu["webhook"] = 23 * time.Millisecond }, nil, verdict.Inconclusive, "machine too noisy"},
		{"noisy twins, far from the limit", func(b *bench) { b.spread = 0.15; b.cpu["webhook"] = 9 * time.Millisecond }, nil, verdict.Pass, "below 0.60"},
		{"different twins", nil, func(c *result.Cell) { scale(c, 1.3) }, verdict.Inconclusive, "two copies of the same bot differ"},
		{"bots crowd each other", func(b *bench) { b.cpu["long"] = 500 * time.Millisecond }, nil, verdict.Inconclusive, "bots side by side: together"},
		{"candidate lost a message", nil, func(c *result.Cell) { c.Runs[2].Arms[0].Lost = 1 }, verdict.Fail, "webhook lost 1"},
		{"candidate answered twice", nil, func(c *result.Cell) { c.Runs[2].Arms[0].Doubled = 2 }, verdict.Fail, "doubled 2"},
		{"baseline lost a message", nil, func(c *result.Cell) { c.Runs[2].Arms[1].Lost = 1 }, verdict.Inconclusive, "long lost 1"},
		{"candidate crashed", nil, func(c *result.Cell) { c.Runs[0].Arms[0].Failure = "exit code 1" }, verdict.Fail, "webhook failed: exit code 1"},
		{"harness was late", nil, func(c *result.Cell) { late(c, 25*time.Millisecond) }, verdict.Inconclusive, "lateness"},
		{"harness was the bottleneck", nil, func(c *result.Cell) { c.Runs[1].Machine.HarnessCPU = 5 * time.Second }, verdict.Inconclusive, "headroom"},
		{"neighbours stole the machine", nil, func(c *result.Cell) { c.Runs[1].Machine.Steal = 0.2 }, verdict.Inconclusive, "steal"},
		{"next to nothing", func(b *bench) {
			b.cpu = map[string]time.Duration{"webhook": 20 * time.Microsecond, "long": 60 * time.Microsecond}
		}, nil, verdict.Pass, "relative only: long uses 3.5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := usual()
			if tt.change != nil {
				tt.change(&b)
			}
			c := b.cell()
			if tt.spoil != nil {
				tt.spoil(&c)
			}
			got := judged(t, c, cpuRatio())
			assert.Equal(t, tt.want, got.Status, got.Reason)
			assert.Contains(t, got.Reason, tt.reason)
		})
	}
}

// scale makes the control use more CPU than its twin.
func scale(c *result.Cell, factor float64) {
	for _, run := range c.Runs {
		for i := range run.Arms[2].Slices {
			s := &run.Arms[2].Slices[i]
			s.CPU = time.Duration(float64(s.CPU) * factor)
		}
	}
}

func late(c *result.Cell, by time.Duration) {
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			for i := range a.Samples {
				a.Samples[i].Late = by.Microseconds()
			}
		}
	}
}

func TestLatency(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*bench)
		spoil  func(*result.Cell)
		want   verdict.Status
		reason string
	}{
		{"fast", nil, nil, verdict.Pass, "below 200 ms"},
		{"slow", func(b *bench) { b.latency = 250 * time.Millisecond }, nil, verdict.Fail, "above 200 ms"},
		{"too few", func(b *bench) { b.messages = 10 }, nil, verdict.Inconclusive, "needs at least 299 messages, there are 180"},
		{"no message", func(b *bench) { b.messages = 0 }, nil, verdict.Inconclusive, "no message was sent"},
		{"never answered", nil, func(c *result.Cell) { c.Runs[0].Arms[0].Lost = 900 }, verdict.Fail, "900 of 900 messages were never answered"},
		{"one frozen second in six runs", nil, func(c *result.Cell) { freeze(c) }, verdict.Inconclusive, "can't tell"},
		{"harness was late, and the bot in time all the same", nil, func(c *result.Cell) { late(c, 25*time.Millisecond) }, verdict.Pass, "below 200 ms"},
		{"harness was late, and so were answers", func(b *bench) { b.latency = 215 * time.Millisecond }, func(c *result.Cell) { late(c, 25*time.Millisecond) },
			verdict.Inconclusive, "lateness"},
		{"harness was late, but less than answers", func(b *bench) { b.latency = 250 * time.Millisecond }, func(c *result.Cell) { late(c, 25*time.Millisecond) },
			verdict.Fail, "above 200 ms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := usual()
			if tt.change != nil {
				tt.change(&b)
			}
			c := b.cell()
			if tt.spoil != nil {
				tt.spoil(&c)
			}
			got := judged(t, c, p99())
			assert.Equal(t, tt.want, got.Status, got.Reason)
			assert.Contains(t, got.Reason, tt.reason)
		})
	}
}

// freeze makes a run's first slice wait for its end.
func freeze(c *result.Cell) {
	for i := range 50 {
		c.Runs[0].Arms[0].Samples[i].Latency = int64(1_000_000 - i*20_000)
	}
}

func TestLatencyAboveTheNetwork(t *testing.T) {
	th := p99()
	th.Limit, th.AboveNetwork = 20*time.Millisecond, true
	got := judged(t, usual().cell(), th)
	assert.InDelta(t, 80, got.Limit, 0)
	assert.Equal(t, verdict.Pass, got.Status, got.Reason)
}

func TestIdleIsComparedInMillisecondsAMinute(t *testing.T) {
	b := usual()
	b.messages = 0
	b.cpu = map[string]time.Duration{"webhook": 0, "long": 20 * time.Microsecond}
	c := b.cell()
	c.Idle = true
	got := judged(t, c, cpuRatio())
	assert.Equal(t, verdict.Pass, got.Status, got.Reason)
	assert.Equal(t, "ms/min", got.Unit)
	assert.Contains(t, got.Second, "webhook 0.00 ms a minute, long 1.2")
}

func TestSlicesWithoutCPUAreComparedBySum(t *testing.T) {
	c := usual().cell()
	for _, run := range c.Runs {
		run.Arms[0].Slices[0].CPU = 0
	}
	got := judged(t, c, cpuRatio())
	assert.InDelta(t, 0.4*2/3, got.Estimate.Center, 0.02)
}

func TestVerdictDoesNotDependOnTheOrderOfSlices(t *testing.T) {
	c := usual().cell()
	want := judged(t, c, cpuRatio()).Estimate
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			a.Slices[0], a.Slices[2] = a.Slices[2], a.Slices[0]
		}
	}
	got := judged(t, c, cpuRatio()).Estimate
	assert.InDelta(t, want.Center, got.Center, 1e-12)
	assert.InDelta(t, want.High, got.High, 1e-12)
}

func TestNothingMeasuredIsNotAPass(t *testing.T) {
	r := result.Result{Complete: true, Thresholds: []plan.Threshold{cpuRatio(), p99()}}
	for _, v := range verdict.Judge(r) {
		assert.Equal(t, verdict.Inconclusive, v.Status)
		assert.Contains(t, v.Reason, "not measured")
	}
	assert.Equal(t, verdict.ExitInconclusive, verdict.ExitCode(r, verdict.Judge(r)))
	assert.Equal(t, verdict.ExitInconclusive, verdict.ExitCode(r, nil))
}

func TestExitCode(t *testing.T) {
	pass, fail, unsure := verdict.Verdict{Status: verdict.Pass}, verdict.Verdict{Status: verdict.Fail}, verdict.Verdict{Status: verdict.Inconclusive}
	informs := fail
	informs.Threshold.Inform = true
	done := result.Result{Complete: true}
	crashed := result.Result{Cells: []result.Cell{{Runs: []result.Run{{Arms: []result.Arm{{Failure: "exit code 1"}}}}}}}
	for _, tt := range []struct {
		name string
		r    result.Result
		vs   []verdict.Verdict
		want int
	}{
		{"all pass", done, []verdict.Verdict{pass, pass}, 0},
		{"one fails", done, []verdict.Verdict{pass, unsure, fail}, 1},
		{"one is undecided", done, []verdict.Verdict{pass, unsure}, 3},
		{"one that only informs fails", done, []verdict.Verdict{pass, informs}, 0},
		{"interrupted", result.Result{}, []verdict.Verdict{pass}, 3},
		{"bot crashed", crashed, []verdict.Verdict{fail}, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, verdict.ExitCode(tt.r, tt.vs))
		})
	}
}
