package verdict_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// climb is a ramp of 1000, 2000, 3000 messages a second, during which the
// harness was so late, in ms.
func climb(late ...int64) result.Run {
	a := result.Arm{Mode: "minimal"}
	for i, ms := range late {
		n := 1000 * (i + 1)
		a.Slices = append(a.Slices, result.Slice{Wall: time.Second, Sent: n})
		for j := range n {
			at := int64(i)*1_000_000 + int64(j)*1_000_000/int64(n)
			a.Samples = append(a.Samples, result.Sample{At: at, Late: ms * 1000, Latency: ms*1000 + 300})
		}
	}
	return result.Run{Arms: []result.Arm{a}}
}

func TestHeadroom(t *testing.T) {
	th := plan.Threshold{Metric: plan.Headroom, Candidate: "minimal", Rate: 3000}
	for _, tt := range []struct {
		name    string
		runs    []result.Run
		highest float64
		want    verdict.Status
	}{
		{"never late", []result.Run{climb(1, 2, 3)}, 3000, verdict.Pass},
		{"late at the top", []result.Run{climb(1, 2, 25)}, 2000, verdict.Fail},
		{"what comes after a rate that was too much is not trusted", []result.Run{climb(1, 25, 3)}, 1000, verdict.Fail},
		{"one restart in three was disturbed", []result.Run{climb(1, 2, 3), climb(80, 90, 90), climb(1, 3, 4)}, 3000, verdict.Pass},
		{"always late", []result.Run{climb(30, 30, 30)}, 0, verdict.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := result.Cell{Name: "headroom@0s", Slice: time.Second, Runs: tt.runs}
			got := judged(t, c, th)
			assert.Equal(t, tt.want, got.Status, got.Reason)
			assert.InDelta(t, tt.highest, got.Estimate.Center, 0)
		})
	}
}
