package drive

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestClock(t *testing.T) {
	began := time.Now()
	for _, tt := range []struct {
		name  string
		clock clock
		after time.Duration
		want  time.Duration
	}{
		{"nothing is done", clock{left: 10 * time.Minute}, time.Minute, 10 * time.Minute},
		{"as expected", clock{left: 8 * time.Minute, expected: 2 * time.Minute, took: 2 * time.Minute}, 2 * time.Minute, 10 * time.Minute},
		{"slower than expected", clock{left: 8 * time.Minute, expected: 2 * time.Minute, took: 3 * time.Minute}, 3 * time.Minute, 15 * time.Minute},
		{"beyond it", clock{left: time.Minute}, 2 * time.Minute, 2 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.clock.began = began
			assert.Equal(t, tt.want, tt.clock.total(began.Add(tt.after)))
		})
	}
	assert.Empty(t, clock{}.String(), "no run has begun")
}
