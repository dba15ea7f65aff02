package report_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/report"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

func TestBriefNamesWhatAClaimComparesAndHowItWasJudged(t *testing.T) {
	r := sample()
	for _, c := range r.Cells {
		for _, run := range c.Runs {
			for i := range run.Arms {
				if run.Arms[i].Wire = (result.Wire{Pulled: 9, Separate: 200}); run.Arms[i].Mode == "webhook" {
					run.Arms[i].Wire = result.Wire{Pushed: 200, Inline: 200}
				}
			}
		}
	}
	verdicts := verdict.Judge(r)
	all := report.Briefs(r, verdicts)
	require.Len(t, all, 3, "claims about CPU only")
	assert.Equal(t, report.Brief{
		Cell: "slow@60ms", Candidate: "webhook [reply inline]", Baseline: "long [polling]", Costs: "0.202 / 0.402",
		Ratio: verdicts[1].Estimate.String(), Median: verdicts[1].Median.String(), Status: "PASS",
	}, all[0])
	assert.Equal(t, "FAIL (informs)", all[1].Status)
	assert.NotEmpty(t, all[1].Why)
	var b bytes.Buffer
	require.NoError(t, report.Text(&b, r, verdicts))
	assert.Contains(t, b.String(), "CPU in short; 4 claims, 3 of them tested, hold together at 5 % (Holm)")
	assert.Contains(t, b.String(), "PASS          webhook [reply inline] uses at least 40 % less CPU than long [polling] (slow, RTT 60ms)")
}

// against is a cell in which webhook is compared with two others.
func against(cpu map[string]time.Duration) result.Result {
	c := result.Cell{Name: "peers@60ms", Profile: "peers", RTT: 60 * ms, Slice: time.Second}
	for i := range 4 {
		wobble := time.Duration(i) * 50 * time.Microsecond
		run := result.Run{Machine: result.Machine{CPUs: 2, Wall: 2 * time.Second}}
		for _, mode := range []string{"webhook", "one", "two"} {
			run.Arms = append(run.Arms, arm(mode, false, cpu[mode]+wobble, 62))
		}
		run.Arms = append(run.Arms, arm("webhook", true, cpu["webhook"]+wobble, 62))
		c.Runs = append(c.Runs, run)
	}
	return result.Result{Complete: true, Cells: []result.Cell{c}, Thresholds: []plan.Threshold{
		{Metric: plan.CPURatio, Candidate: "webhook", Baseline: "one", Max: 1},
		{Metric: plan.CPURatio, Candidate: "webhook", Baseline: "two", Max: 1},
	}}
}

func TestLowerThanAll(t *testing.T) {
	for _, tt := range []struct {
		name    string
		cpu     map[string]time.Duration
		want    verdict.Status
		closest string
	}{
		{"lower than both", map[string]time.Duration{"webhook": 10 * ms, "one": 20 * ms, "two": 16 * ms}, verdict.Pass, "two"},
		{"lower than one", map[string]time.Duration{"webhook": 10 * ms, "one": 20 * ms, "two": 8 * ms}, verdict.Fail, "two"},
		{"as low as one", map[string]time.Duration{"webhook": 10 * ms, "one": 10 * ms, "two": 16 * ms}, verdict.Inconclusive, "one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := against(tt.cpu)
			got := report.SideBySide(r, verdict.Judge(r))
			require.Len(t, got, 1)
			assert.Equal(t, tt.want, got[0].Verdict.Status)
			assert.Equal(t, tt.closest, got[0].Verdict.Closest)
			require.Len(t, got[0].Rows, 3, "without the control")
			assert.Equal(t, "webhook", got[0].Rows[0].Row.Mode)
			assert.False(t, got[0].Rows[0].Against.Known(), "not compared with itself")
			var b bytes.Buffer
			require.NoError(t, report.Text(&b, r, verdict.Judge(r)))
			assert.Contains(t, b.String(), string(tt.want)+": webhook uses less CPU a message than all 2 others (peers@60ms); the closest is "+tt.closest)
		})
	}
	r := sample()
	assert.Empty(t, report.SideBySide(r, verdict.Judge(r)), "one baseline is no company")
}

func TestHeadroomTable(t *testing.T) {
	a := result.Arm{Mode: "minimal", Slices: []result.Slice{{Sent: 100}, {Sent: 200}}}
	for i := range int64(300) {
		a.Samples = append(a.Samples, result.Sample{At: i * 6600, Late: i * 100, Latency: 300})
	}
	r := result.Result{
		Cells:      []result.Cell{{Name: "headroom@0s", Profile: "headroom", Slice: time.Second, Runs: []result.Run{{Arms: []result.Arm{a}}}}},
		Thresholds: []plan.Threshold{{Metric: plan.Headroom, Candidate: "minimal", Rate: 200}},
	}
	var b bytes.Buffer
	require.NoError(t, report.Text(&b, r, verdict.Judge(r)))
	assert.Regexp(t, `100 +15\.\d +0\.3 +0\.3 +true`, b.String())
	assert.Regexp(t, `200 +29\.\d +0\.3 +0\.3 +false`, b.String())
	assert.Contains(t, b.String(), "highest rate 100/s, 1 restarts; limit 200/s")
}
