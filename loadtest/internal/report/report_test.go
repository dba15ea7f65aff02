package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/report"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

const ms = time.Millisecond

// arm is a bot that used so much CPU in each of two slices of a second and
// answered 200 messages in so many milliseconds.
func arm(mode string, control bool, cpu time.Duration, latency int64) result.Arm {
	a := result.Arm{Mode: mode, Control: control, Sent: 200, PeakRSS: 16 << 20, Ready: 300 * ms}
	for range 2 {
		a.Slices = append(a.Slices, result.Slice{Wall: time.Second, CPU: cpu, Sent: 100, Wakeups: 500, Requests: 100, BytesIn: 60_000, BytesOut: 30_000})
	}
	for i := range int64(200) {
		a.Samples = append(a.Samples, result.Sample{At: i * 10_000, Late: 50, Latency: latency*1000 + i})
	}
	return a
}

// sample is a finished run: webhook at half the CPU of long polling.
func sample() result.Result {
	cell := func(name string, rate float64, long time.Duration) result.Cell {
		c := result.Cell{Name: name + "@60ms", Profile: name, Words: "100/s", Rate: rate, RTT: 60 * ms, Slice: time.Second, TLS: true}
		for i := range 4 {
			wobble := time.Duration(i) * 100 * time.Microsecond
			c.Runs = append(c.Runs, result.Run{
				Machine: result.Machine{CPUs: 2, Wall: 2 * time.Second, HarnessCPU: 200 * ms},
				Arms: []result.Arm{
					arm("long", false, long+wobble, 180),
					arm("webhook", false, 20*ms+wobble, 62),
					arm("webhook", true, 20*ms+wobble, 62),
				},
			})
		}
		return c
	}
	return result.Result{
		Schema: result.Schema, Plan: "test", Seed: 7, Complete: true, Elapsed: 90 * time.Second,
		Started: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Command: []string{"/tmp/loadtest", "-plan", "test"},
		Environment: result.Environment{CPU: "Test CPU", CPUs: 2, Go: "go1.26", Meter: "a meter"},
		Cells:       []result.Cell{cell("slow", 10, 40*ms), cell("fast", 100, 16*ms)},
		Thresholds: []plan.Threshold{
			{Metric: plan.Latency, Profile: "slow", Candidate: "webhook", Q: 0.99, Limit: 200 * ms},
			{Metric: plan.CPURatio, Profile: "slow", Candidate: "webhook", Baseline: "long", Max: 0.6},
			{Metric: plan.CPURatio, Profile: "fast", Candidate: "webhook", Baseline: "long", Max: 0.6, Inform: true},
			{Metric: plan.CPURatio, Profile: "absent", Candidate: "webhook", Baseline: "long", Max: 0.6},
		},
	}
}

func TestRows(t *testing.T) {
	rows := report.Rows(sample())
	require.Len(t, rows, 6)
	got := rows[0]
	assert.Equal(t, "webhook", got.Mode)
	assert.Equal(t, 800, got.Sent)
	assert.Equal(t, 201500*time.Nanosecond, got.CPUPerMessage)
	assert.Equal(t, 1209*ms, got.CPUPerMinute)
	assert.InDelta(t, 62.1, got.P50, 0.05)
	assert.InDelta(t, 62.2, got.P99, 0.05)
	assert.Equal(t, []float64{1, 900, 5}, []float64{got.Requests, got.Bytes, got.Wakeups})
	assert.Equal(t, "webhook'", rows[2].Name())
}

func TestRowOfFewMessagesHasNoHighQuantile(t *testing.T) {
	r := sample()
	r.Cells[0].Runs = r.Cells[0].Runs[:1]
	assert.True(t, math.IsNaN(report.Rows(r)[0].P99), "200 messages say nothing about p99")
}

func TestRowOfNoMessagesCountsByTheMinute(t *testing.T) {
	r := sample()
	for _, run := range r.Cells[0].Runs {
		for i := range run.Arms {
			run.Arms[i].Samples, run.Arms[i].Sent = nil, 0
			for j := range run.Arms[i].Slices {
				run.Arms[i].Slices[j].Sent = 0
			}
		}
	}
	got := report.Rows(r)[0]
	assert.Zero(t, got.CPUPerMessage)
	assert.InDelta(t, 6000, got.Requests, 0.1)
}

func TestText(t *testing.T) {
	r := sample()
	var b bytes.Buffer
	require.NoError(t, report.Text(&b, r, verdict.Judge(r)))
	for _, want := range []string{
		"PASS          webhook answers 99 % of messages within 200ms (slow, RTT 60ms)",
		"PASS          webhook uses at least 40 % less CPU than long (slow, RTT 60ms)",
		"FAIL (informs) webhook uses at least 40 % less CPU than long (fast, RTT 60ms)",
		"INCONCLUSIVE  webhook uses at least 40 % less CPU than long (absent, RTT 0s)",
		"A/A control: two copies of the same bot 1 [1, 1] (ok)",
		"2 pass, 0 fail, 1 inconclusive; 1 more only inform",
		"Webhook against long over RTT 60ms: less CPU at 10/s, more at 100/s; 1.25 times as much at 100/s",
	} {
		assert.Contains(t, b.String(), want)
	}
	assert.NotContains(t, b.String(), "not complete")
	r.Complete = false
	require.NoError(t, report.Text(&b, r, verdict.Judge(r)))
	assert.Contains(t, b.String(), "The run is not complete")
}

func TestMarkdown(t *testing.T) {
	r := sample()
	var b bytes.Buffer
	require.NoError(t, report.Markdown(&b, r, verdict.Judge(r)))
	got := b.String()
	assert.Contains(t, got, "| **PASS** | webhook answers 99 % of messages within 200ms (slow, RTT 60ms) | p99 62.2 ms")
	assert.Contains(t, got, "| FAIL (informs) |")
	assert.NotContains(t, got, "not complete")
	assert.Less(t, len(got), 1<<20, "what a CI summary may hold")

	r.Complete = false
	b.Reset()
	require.NoError(t, report.Markdown(&b, r, nil))
	assert.Contains(t, b.String(), "not complete")
}

func TestJUnit(t *testing.T) {
	r := sample()
	var b bytes.Buffer
	require.NoError(t, report.JUnit(&b, r, verdict.Judge(r)))
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Name    string    `xml:"name,attr"`
			Failure *struct{} `xml:"failure"`
			Skipped *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
		} `xml:"testcase"`
	}
	require.NoError(t, xml.Unmarshal(b.Bytes(), &suite))
	assert.Equal(t, []int{4, 0, 2}, []int{suite.Tests, suite.Failures, suite.Skipped}, "what only informs is no failure")
	assert.Contains(t, suite.Cases[3].Skipped.Message, "INCONCLUSIVE: it was not measured")

	r.Thresholds[2].Inform = false
	b.Reset()
	require.NoError(t, report.JUnit(&b, r, verdict.Judge(r)))
	require.NoError(t, xml.Unmarshal(b.Bytes(), &suite))
	assert.Equal(t, 1, suite.Failures)
}

func TestJSON(t *testing.T) {
	r := sample()
	var b bytes.Buffer
	require.NoError(t, report.JSON(&b, verdict.Judge(r)))
	var got struct {
		Schema   int
		Verdicts []struct{ Status, Claim string }
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	assert.Equal(t, result.Schema, got.Schema)
	assert.Equal(t, "PASS", got.Verdicts[0].Status)
}

func TestPageNeedsNothingElse(t *testing.T) {
	r := sample()
	var b bytes.Buffer
	require.NoError(t, report.HTML(&b, r, verdict.Judge(r)))
	got := b.String()
	for _, link := range regexp.MustCompile(`https?://[^"' <]+`).FindAllString(got, -1) {
		assert.Contains(t, link, "www.w3.org/", "only the names of XML's spaces look like addresses")
	}
	assert.NotContains(t, got, "<script")
	assert.Equal(t, 1+2*3, strings.Count(got, "<svg "), "CPU bars, and three plots a cell")
	assert.Contains(t, got, `aria-label="latency percentiles of slow@60ms"`)
	assert.Contains(t, got, "limit 0.60")
	assert.Contains(t, got, "go run ./loadtest -plan test")
	assert.Less(t, len(got), 1<<20)
}

func TestPageEscapesWhatComesFromOutside(t *testing.T) {
	r := sample()
	r.Environment.CPU = "<script>alert(1)</script>"
	r.Cells[0].Runs[0].Arms[0].Failure = "<b>broken</b>"
	var b bytes.Buffer
	require.NoError(t, report.HTML(&b, r, verdict.Judge(r)))
	assert.NotContains(t, b.String(), "<script>")
	assert.NotContains(t, b.String(), "<b>broken")
}

// An empty result must be reportable: a run may break before its first slice.
func TestNothingMeasured(t *testing.T) {
	r := result.Result{Thresholds: sample().Thresholds}
	for _, write := range []func(*bytes.Buffer) error{
		func(b *bytes.Buffer) error { return report.Text(b, r, verdict.Judge(r)) },
		func(b *bytes.Buffer) error { return report.HTML(b, r, verdict.Judge(r)) },
		func(b *bytes.Buffer) error { return report.Markdown(b, r, verdict.Judge(r)) },
		func(b *bytes.Buffer) error { return report.Tables(b, r, verdict.Judge(r)) },
		func(b *bytes.Buffer) error { return report.JUnit(b, r, verdict.Judge(r)) },
	} {
		var b bytes.Buffer
		require.NoError(t, write(&b))
		assert.Contains(t, b.String(), "INCONCLUSIVE")
	}
}

func TestTables(t *testing.T) {
	r := sample()
	var b bytes.Buffer
	require.NoError(t, report.Tables(&b, r, verdict.Judge(r)))
	for _, want := range []string{
		"| messages | RTT | against | CPU a message, ms | ratio [90 % interval] |",
		"| 10/s | 60 ms | long | 0.202 / 0.402 | 0.502 [",
		"| 62.1 / 180.1 | 62.2 / 180.2 | **PASS** |",
		"| 100/s | 60 ms | long | 0.202 / 0.162 |",
		"1 of 3 claims about CPU pass. The others, each with its reason:",
		"- FAIL (informs): webhook uses at least 40 % less CPU than long (fast, RTT 60ms); all of the interval is above 0.60",
		"- INCONCLUSIVE: webhook uses at least 40 % less CPU than long (absent, RTT 0s); it was not measured in this run.",
		"- webhook answers 99 % of messages within 200ms (slow, RTT 60ms): **PASS**, p99 62 ms [62, 62], 800 messages.",
	} {
		assert.Contains(t, b.String(), want)
	}
	r.Cells[0].Idle = true
	b.Reset()
	require.NoError(t, report.Tables(&b, r, verdict.Judge(r)))
	assert.Contains(t, b.String(), "| idle | 60 ms | long | 1209.0 / 2409.0 a minute | difference to 0.6: -236")
}

// A ramp of 100, 200 and 300 a second.
func TestSustain(t *testing.T) {
	type second struct{ latency, late int64 } // ms
	climb := func(mode string, seconds ...second) result.Arm {
		a := result.Arm{Mode: mode}
		for at, s := range seconds {
			n := int64(100 * (at + 1))
			a.Slices = append(a.Slices, result.Slice{Wall: time.Second, Sent: int(n)})
			for i := range n {
				a.Samples = append(a.Samples, result.Sample{At: int64(at)*1_000_000 + i*1_000_000/n, Latency: s.latency * 1000, Late: s.late * 1000})
			}
		}
		return a
	}
	good, bad, disturbed := second{latency: 70}, second{latency: 300}, second{latency: 300, late: 90}
	for _, tt := range []struct {
		name  string
		runs  [][]second
		rate  float64
		open  bool
		words string
	}{
		{"to the end", [][]second{{good, good, good}}, 300, true, "bot keeps up with at least 300/s (ramp@60ms)"},
		{"behind", [][]second{{good, bad, bad}}, 100, false, "bot keeps up with 100/s (ramp@60ms)"},
		{"disturbed once", [][]second{{good, bad, good}}, 300, true, ""},
		{"never", [][]second{{bad, bad, bad}}, 0, false, ""},
		{"the harness was late", [][]second{{good, disturbed, disturbed}}, 100, true, ""},
		{"the harness was late, and the bot then", [][]second{{good, disturbed, bad}}, 100, false, ""},
		{"the worst restart counts", [][]second{{good, good, good}, {good, good, bad}}, 200, false, ""},
		{"of two equal restarts the one that knows", [][]second{{good, disturbed, disturbed}, {good, bad, bad}}, 100, false, ""},
		{"it did not start at first", [][]second{nil, {good, bad, bad}}, 0, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := result.Cell{Name: "ramp@60ms", RTT: 60 * ms, Slice: time.Second}
			for _, seconds := range tt.runs {
				c.Runs = append(c.Runs, result.Run{Arms: []result.Arm{climb("bot", seconds...)}})
			}
			got := report.Sustain(result.Result{Cells: []result.Cell{c}})
			require.Equal(t, []report.Sustained{{Cell: "ramp@60ms", Mode: "bot", Rate: tt.rate, Open: tt.open}}, got)
			if tt.words != "" {
				assert.Equal(t, tt.words, got[0].String())
			}
		})
	}
	assert.Empty(t, report.Sustain(sample()), "a steady rate is no ramp")
}

func TestDistributions(t *testing.T) {
	all := report.Distributions(sample())
	require.Len(t, all, 4, "the control is not written")
	assert.Equal(t, "slow-60ms-webhook", all[0].Name)
	var b bytes.Buffer
	require.NoError(t, all[0].Write(&b))
	assert.Contains(t, b.String(), "Total count    =          800")
}

func TestCrossoverNeedsTwoRates(t *testing.T) {
	r := sample()
	r.Cells = r.Cells[:1]
	got := report.Crossovers(report.Curves(r, "webhook"))
	require.Len(t, got, 1)
	assert.Equal(t, "one rate was measured: no curve", got[0].Says)
}

// Render docs: Starter is half a CPU, so 0.2 ms a message is 2500 a second.
func TestPlansHoldSoManyMessages(t *testing.T) {
	assert.InDelta(t, 2500, report.Plans()[1].Most(200*time.Microsecond), 0.1)
	assert.Zero(t, report.Plans()[1].Most(0))
}

func TestCalibrationTable(t *testing.T) {
	good := verdict.Finding{Twins: verdict.Interval{Center: 1, Low: 0.98, High: 1.02}, Heavier: verdict.Interval{Center: 1.1, Low: 1.08, High: 1.12}, Slower: verdict.Interval{Center: 5, Low: 4.8, High: 5.2}, Frozen: 1900}
	noisy := good
	noisy.Neighbours, noisy.Heavier.Low = 2, 0.99
	var b bytes.Buffer
	require.NoError(t, report.Calibration(&b, []verdict.Finding{good, good, noisy}))
	assert.Contains(t, b.String(), "| 10 % more CPU a message | 2 of 2 | 0 of 1 | 9 of 10 |")
	assert.Contains(t, b.String(), "| 1 | 0 | 1 [0.98, 1.02] | 1.1 [1.08, 1.12] | 5 [4.8, 5.2] | 1900 |")
	b.Reset()
	require.NoError(t, report.Calibration(&b, []verdict.Finding{good}))
	assert.Contains(t, b.String(), "| 5 ms later | 1 of 1 | – | 9 of 10 |")
}
