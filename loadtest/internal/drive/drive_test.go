package drive_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/target"
	"hookproof/loadtest/internal/drive"
	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// measured runs a plan with this repository's bot.
func measured(t *testing.T, yaml string) []result.Cell {
	t.Helper()
	if testing.Short() {
		t.Skip("it runs a real bot for some seconds")
	}
	p, err := plan.Parse([]byte(yaml))
	require.NoError(t, err)
	bot, err := target.Load(filepath.FromSlash("../../../e2e/targets/hookproof.yaml"))
	require.NoError(t, err)
	require.NoError(t, bot.BuildBinary(t.Context(), filepath.Join(t.TempDir(), "bot")))
	d := &drive.Driver{Plan: p, Bots: map[string]*target.Spec{}, Ports: target.NewPorts(os.Getpid()), Progress: io.Discard}
	for _, m := range p.Modes {
		d.Bots[m.Name] = bot
	}
	cells, err := d.Run(t.Context())
	require.NoError(t, err)
	return cells
}

// A bot that is frozen for two seconds of four must show it. A harness that
// waits for answers before it sends on would count one slow message and call
// the rest fast: coordinated omission.
func TestFrozenBotIsSlow(t *testing.T) {
	cells := measured(t, `
modes:
  - {name: webhook, webhook: true, env: {WEBHOOK_ENABLED: "true"}}
  - {name: frozen, webhook: true, env: {WEBHOOK_ENABLED: "true"}, freeze_at: 1s, freeze_for: 2s}
profiles: [{name: steady, rate: 50, slice: 4s, chats: 200}]
cells: [{profile: steady, modes: [webhook, frozen]}]
`)
	require.Len(t, cells, 1)
	healthy, _ := verdict.Latencies(cells[0], "webhook", false)
	frozen, _ := verdict.Latencies(cells[0], "frozen", false)
	require.Len(t, healthy, 200)
	require.Len(t, frozen, 200, "every message of the plan was sent, frozen or not")
	assert.Greater(t, verdict.Point(frozen, 0.99), 1000.0)
	assert.Greater(t, verdict.Point(frozen, 0.60), 100.0, "half of the time is late for half of the messages")
	// On a machine that is busy with other things both are late, but only one was
	// stopped besides.
	assert.Less(t, verdict.Point(healthy, 0.75), verdict.Point(frozen, 0.75), "its neighbour was not frozen")
	for _, a := range cells[0].Runs[0].Arms {
		assert.Zero(t, a.Lost+a.Doubled, a.Mode)
	}
}

// A bot that ends at once is a failure of every mode in the cell, never an
// empty result that looks like a good one.
func TestBotThatEndsIsReported(t *testing.T) {
	for _, way := range []string{"false", "true"} {
		t.Run("alone: "+way, func(t *testing.T) { testDead(t, way) })
	}
}

func testDead(t *testing.T, alone string) {
	p, err := plan.Parse([]byte(`
modes: [{name: webhook, webhook: true}]
profiles: [{name: steady, rate: 50, slice: 1s}]
cells: [{profile: steady, modes: [webhook], alone: ` + alone + `}]
`))
	require.NoError(t, err)
	dead := &target.Spec{Name: "dead", Command: []string{"sh", "-c", "echo no settings; exit 2"},
		Texts: target.Texts{Echo: target.Exchange{Send: "{text}", Want: "{text}"}}}
	d := &drive.Driver{Plan: p, Bots: map[string]*target.Spec{"webhook": dead}, Ports: target.NewPorts(os.Getpid()), Progress: io.Discard}
	cells, err := d.Run(t.Context())
	assert.ErrorContains(t, err, "its process has ended")
	assert.ErrorContains(t, err, "no settings", "its last words are quoted")
	r := result.Result{Cells: cells}
	assert.Equal(t, verdict.ExitNoBot, verdict.ExitCode(r, nil))
}

// Two cells at the same time, of one restart each: that decides nothing, so each
// is measured once more, and only once.
func TestUndecidedCellsAreMeasuredOnceMore(t *testing.T) {
	cells := measured(t, `
extend: true
modes:
  - {name: webhook, webhook: true, env: {WEBHOOK_ENABLED: "true"}}
  - {name: long, env: {WEBHOOK_ENABLED: "false"}}
profiles: [{name: steady, rate: 20, slice: 1s, lead: 500ms}]
cells:
  - {profile: steady, modes: [webhook, long], group: both}
  - {profile: steady, rtt: 20ms, modes: [webhook, long], group: both}
thresholds: [{metric: cpu_ratio, candidate: webhook, baseline: long, max: 0.6}]
`)
	require.Len(t, cells, 2)
	for _, c := range cells {
		assert.Len(t, c.Runs, 2, c.Name)
		assert.Equal(t, 2, c.Looks)
		assert.Positive(t, c.Beside, "the other cell's bots ran meanwhile")
		assert.Equal(t, "reply inline", verdict.Manner(c, "webhook"))
		assert.Equal(t, "polling", verdict.Manner(c, "long"))
		for _, run := range c.Runs {
			for _, a := range run.Arms {
				assert.NotNil(t, a.Meters, "%s was stopped in order", a.Mode)
				assert.Empty(t, a.Failure)
			}
		}
	}
}
