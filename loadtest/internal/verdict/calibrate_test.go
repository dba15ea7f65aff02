package verdict_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"hookproof/loadtest/internal/verdict"
)

func TestCalibrated(t *testing.T) {
	good := verdict.Finding{Twins: verdict.Interval{Center: 1, Low: 0.98, High: 1.02},
		Heavier: verdict.Interval{Center: 1.1, Low: 1.05, High: 1.15}, Slower: verdict.Interval{Center: 5, Low: 4, High: 6}, Frozen: 1900}
	alarm, missed, thawed := good, good, good
	alarm.Twins.Low = 1.01
	missed.Heavier.Low = 0.99
	thawed.Frozen = 80
	with := func(n int, bad ...verdict.Finding) []verdict.Finding {
		for range n {
			bad = append(bad, good)
		}
		return bad
	}
	assert.True(t, verdict.Calibrated(with(20)))
	assert.True(t, verdict.Calibrated(with(19, alarm)))
	assert.False(t, verdict.Calibrated(with(18, alarm, alarm)))
	assert.True(t, verdict.Calibrated(with(9, missed)))
	assert.False(t, verdict.Calibrated(with(8, missed, missed)))
	assert.False(t, verdict.Calibrated(with(19, thawed)), "two seconds are never missed")
	noisy := missed
	noisy.Neighbours = 2
	assert.False(t, verdict.Calibrated(with(20, noisy)), "what is found in quiet only is not found")
	assert.False(t, verdict.Calibrated(nil), "nothing measured is not calibrated")
}
