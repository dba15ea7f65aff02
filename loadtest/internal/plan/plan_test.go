package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/plan"
)

func TestEmbeddedPlansAreValid(t *testing.T) {
	for _, name := range plan.Names() {
		t.Run(name, func(t *testing.T) {
			p, err := plan.Load(name)
			require.NoError(t, err)
			assert.Equal(t, name, p.Name)
		})
	}
}

func TestQuickPlanLeavesTimeForItsVerdict(t *testing.T) {
	p, err := plan.Load("quick")
	require.NoError(t, err)
	assert.Less(t, p.Length(), 4*time.Minute, "five minutes, less starts, warm-up and drains")
}

func TestParseNamesEveryMistake(t *testing.T) {
	const valid = `
modes: [{name: webhook}, {name: long}]
profiles: [{name: steady, rate: 50, slice: 1s}]
cells: [{profile: steady, rtt: 60ms, modes: [webhook, long]}]
`
	for _, tt := range []struct {
		name, yaml string
		wantErr    []string // empty: valid
	}{
		{"valid", valid, nil},
		{"empty", "name: x", []string{"no cells"}},
		{"unknown key", "name: x\nspeed: 3", []string{"field speed not found"}},
		{"unknown names", `cells: [{profile: slow, modes: [a, b]}]`, []string{`unknown profile "slow"`, `unknown mode "a"`, `unknown mode "b"`}},
		{"no modes", `cells: [{profile: slow}]`, []string{"no modes"}},
		{"bad profile", `
profiles: [{rate: -1, arrivals: often, burst: 3, mix: [{text: hello}]}]`, []string{
			"it needs a name", "slice must be a length", "can't be negative", `arrivals "often"`, "a burst needs every", `text "hello" must have {n} once`}},
		{"burst does not fit", `
profiles: [{name: b, burst: 3, every: 400ms, slice: 1s}]`, []string{"multiple of every"}},
		{"unknown metric", valid + `thresholds: [{metric: speed, candidate: webhook}]`, []string{"unknown metric"}},
		{"no baseline", valid + `thresholds: [{metric: cpu_ratio, candidate: webhook}]`, []string{`unknown baseline ""`, "max must be above 0"}},
		{"bad quantile", valid + `thresholds: [{metric: latency, candidate: webhook, q: 99}]`, []string{"q must be between 0 and 1", "limit must be above 0"}},
		{"never judged", valid + `thresholds: [{metric: latency, profile: idle, candidate: webhook, q: 0.5, limit: 1s}]`, []string{"never be judged"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := plan.Parse([]byte(tt.yaml))
			if len(tt.wantErr) == 0 {
				require.NoError(t, err)
			}
			for _, want := range tt.wantErr {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestLoadNamesThePlansThereAre(t *testing.T) {
	_, err := plan.Load("no-such-plan")
	assert.ErrorContains(t, err, "quick")
}

func TestCellName(t *testing.T) {
	assert.Equal(t, "steady@0s", plan.Cell{Profile: "steady"}.Name())
	assert.Equal(t, "steady@60ms±5ms/0.5cpu", plan.Cell{Profile: "steady", RTT: 60 * time.Millisecond, Jitter: 5 * time.Millisecond, CPU: 0.5}.Name())
}

func TestGroupsAreMeasuredAtTheSameTime(t *testing.T) {
	p, err := plan.Parse([]byte(`
modes: [{name: webhook}, {name: long}]
profiles:
  - {name: short, rate: 1, slice: 10s, restarts: 2, lead: 5s}
  - {name: long, slice: 60s, restarts: 2, lead: 1s}
cells:
  - {profile: short, modes: [webhook, long], group: quiet}
  - {profile: short, rtt: 60ms, modes: [webhook, long], alone: true}
  - {profile: long, modes: [webhook, long], group: quiet}
  - {profile: short, rtt: 20ms, modes: [webhook], alone: true, control: none}
`))
	require.NoError(t, err)
	assert.Equal(t, [][]int{{0, 2}, {1}, {3}}, p.Groups())
	assert.Equal(t, 2*61*time.Second+3*2*15*time.Second+2*15*time.Second, p.Length(),
		"the longest of the group; two modes and the control one by one; one mode without a control")

	_, err = plan.Parse([]byte(`
modes: [{name: webhook}]
profiles: [{name: steady, rate: 1, slice: 1s}]
cells: [{profile: steady, modes: [webhook], alone: true, group: quiet}]
`))
	assert.ErrorContains(t, err, `can't be alone and in group "quiet"`)
}

func TestPlansThatLookAgainLeaveTimeForIt(t *testing.T) {
	for _, tt := range []struct {
		name   string
		within time.Duration
	}{
		{"matrix", 18 * time.Minute},
		{"full", 65 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := plan.Load(tt.name)
			require.NoError(t, err)
			var expected, longest time.Duration
			for _, group := range p.Groups() {
				expected += p.Expected(group)
				longest = max(longest, p.Expected(group))
			}
			assert.True(t, p.Extend)
			assert.LessOrEqual(t, p.Within, tt.within)
			assert.Less(t, expected+longest, p.Within)
		})
	}
}
