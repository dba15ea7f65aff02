package render_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"hookproof/fakes/render"
)

// TestPlatformTiming holds the platform's durations, unscaled.
func TestPlatformTiming(t *testing.T) {
	t.Parallel()
	assert.Equal(t, render.Timing{
		StartDeadline: 15 * time.Minute,
		ProbeEvery:    5 * time.Second,
		ProbeTimeout:  5 * time.Second,
		ProbeTwin:     30 * time.Second,
		Unroute:       15 * time.Second,
		Restart:       time.Minute,
		Overlap:       time.Minute,
		Sleep:         15 * time.Minute,
		Wake:          30 * time.Second,
		CrashPause:    time.Second,
		Request:       100 * time.Minute,
	}, render.PlatformTiming())
}
