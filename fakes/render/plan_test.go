package render_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

func TestPlanOf(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	for _, tt := range []struct {
		name   string
		cpu    float64
		memory int64
		cents  int
	}{
		{"free", 0.1, gib / 2, 0},
		{"starter", 0.5, gib / 2, 700},
		{"0.5c-512mb", 0.5, gib / 2, 700},
		{"", 0.5, gib / 2, 700},
		{"standard", 1, 2 * gib, 2500},
		{"1c-2g", 1, 2 * gib, 2500},
		{"pro", 2, 4 * gib, 8500},
		{"2c-4g", 2, 4 * gib, 8500},
		{"pro plus", 4, 8 * gib, 17500},
		{"pro max", 4, 16 * gib, 22500},
		{"pro ultra", 8, 32 * gib, 45000},
		{"4c-16g", 4, 16 * gib, 0}, // taken at its word
		{"0.1c-256mb", 0.1, gib / 4, 0},
	} {
		p, ok := render.PlanOf(tt.name)
		require.True(t, ok, tt.name)
		assert.InDelta(t, tt.cpu, p.CPU, 1e-9, tt.name)
		assert.Equal(t, tt.memory, p.Memory, tt.name)
		assert.Equal(t, tt.cents, p.Cents, tt.name)
		assert.Equal(t, tt.name == "free", p.Free(), tt.name)
	}
	for _, name := range []string{"Starter", "tiny", "0c-2g", "1c-0g", "1c-2t", "1c2g", "1c-2g ", "99999c-1g", "pro_plus"} {
		_, ok := render.PlanOf(name)
		assert.False(t, ok, name)
	}
}

// A Blueprint for the free plan, with two mistakes of the kind that a schema
// can't see.
func ExampleParse() {
	_, err := render.Parse("render.yaml", []byte(`services:
  - type: web
    name: my-bot
    runtime: docker
    plan: free
    healthCheckPath: /health
    maxShutdownDelaySeconds: 45
    envVars:
      - key: WEBHOOK_SECRET_TOKEN
        generateValue: true
      - key: SHUTDOWN_TIMEOUT
        value: 25s
`))
	fmt.Println(err)
	// Output:
	// render.yaml:7: services[0].maxShutdownDelaySeconds: max shutdown delay is not supported for free tier services: remove it, the delay is 30 seconds
	// render.yaml:10: services[0].envVars[0].generateValue: Render generates base64 that ends in =, and Telegram takes A-Z a-z 0-9 _ - only: write sync: false, and make one with: bot secret
}
