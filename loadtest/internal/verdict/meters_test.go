package verdict_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

func TestMetersThatDisagreeRefuseTheVerdict(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name   string
		meters *result.Meters
		want   verdict.Status
		reason string
	}{
		{"equal", &result.Meters{Meter: 100 * ms, Clock: 100 * ms, Life: 110 * ms, Rusage: 110 * ms}, verdict.Pass, ""},
		{"within 5 %", &result.Meters{Meter: 100 * ms, Clock: 105 * ms, Life: 110 * ms, Rusage: 105 * ms}, verdict.Pass, ""},
		{"nearly nothing", &result.Meters{Meter: ms, Clock: 2 * ms, Life: 2 * ms, Rusage: 3 * ms}, verdict.Pass, ""},
		{"the clock misses a child", &result.Meters{Meter: 100 * ms, Clock: 60 * ms, Life: 110 * ms, Rusage: 110 * ms},
			verdict.Inconclusive, "meter 100.0 ms, the process's own clock 60.0 ms"},
		{"the meter misses a child", &result.Meters{Meter: 100 * ms, Clock: 100 * ms, Life: 110 * ms, Rusage: 170 * ms},
			verdict.Inconclusive, "to the end 110.0 ms, rusage 170.0 ms"},
		{"killed, so there is no rusage", &result.Meters{Meter: 100 * ms, Clock: 100 * ms}, verdict.Pass, ""},
		{"a clock alone, and stopping", &result.Meters{Meter: 100 * ms, Clock: 100 * ms, Rusage: 115 * ms}, verdict.Pass, ""},
		{"a clock alone, and a child", &result.Meters{Meter: 100 * ms, Clock: 100 * ms, Rusage: 200 * ms}, verdict.Inconclusive, "rusage 200.0 ms"},
		{"not compared", nil, verdict.Pass, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := usual().cell()
			c.Runs[2].Arms[1].Meters = tt.meters
			got := judged(t, c, cpuRatio())
			assert.Equal(t, tt.want, got.Status, got.Reason)
			assert.Contains(t, got.Reason, tt.reason)
		})
	}
}
