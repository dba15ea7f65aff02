package drive

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"hookproof/loadtest/internal/plan"
)

// A ramp forgives what is beyond a bot, and no loss of one that keeps up.
func TestOvertaxed(t *testing.T) {
	p := plan.Profile{Rate: 10, Ramp: 100, Slice: 4 * time.Second} // 400 messages at last
	assert.False(t, overtaxed(1, p))
	assert.False(t, overtaxed(40, p))
	assert.True(t, overtaxed(41, p))
}
