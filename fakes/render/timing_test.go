package render_test

import (
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// TestPlatformTiming holds the platform's durations, unscaled.
func TestPlatformTiming(t *testing.T) {
	t.Parallel()
	assert.Equal(t, render.Timing{
		Build:         2 * time.Hour,
		PreDeploy:     30 * time.Minute,
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

// TestUnknownsAreDocumented: each of them is a row of the document's table.
func TestUnknownsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/render.md")
	require.NoError(t, err)
	for field := range reflect.TypeFor[render.Unknowns]().Fields() {
		assert.Contains(t, string(text), "| `"+field.Name+"` |", "the table of what is not known")
	}
}
