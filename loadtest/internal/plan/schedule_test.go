package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"hookproof/loadtest/internal/plan"
)

// profile parses one profile, as a plan file would have it.
func profile(t require.TestingT, yaml string) plan.Profile {
	p, err := plan.Parse([]byte("modes: [{name: m}]\nprofiles: [" + yaml + "]\ncells: [{profile: p, modes: [m]}]"))
	require.NoError(t, err)
	got, _ := p.Profile("p")
	return got
}

func times(all []plan.Arrival) []time.Duration {
	var at []time.Duration
	for _, a := range all {
		at = append(at, a.At)
	}
	return at
}

func TestConstantArrivalsAreEven(t *testing.T) {
	p := profile(t, "{name: p, rate: 4, arrivals: constant, slice: 1s, slices: 2}")
	got := p.Schedule(1, 0, 0)
	ms := time.Millisecond
	assert.Equal(t, []time.Duration{125 * ms, 375 * ms, 625 * ms, 875 * ms, 1125 * ms, 1375 * ms, 1625 * ms, 1875 * ms}, times(got))
	assert.Equal(t, 0, got[0].Slice)
	assert.Equal(t, 1, got[4].Slice)
}

func TestBurstsComeAtOnceToManyChats(t *testing.T) {
	p := profile(t, "{name: p, burst: 3, every: 500ms, chats: 3, slice: 1s}")
	got := p.Schedule(1, 0, 0)
	a, b := 250*time.Millisecond, 750*time.Millisecond
	assert.Equal(t, []time.Duration{a, a, a, b, b, b}, times(got))
	assert.ElementsMatch(t, []int{0, 1, 2}, []int{got[0].Chat, got[1].Chat, got[2].Chat})
}

func TestRampClimbsFromSliceToSlice(t *testing.T) {
	p := profile(t, "{name: p, rate: 10, ramp: 30, slice: 1s, slices: 3}")
	count := map[int]int{}
	for _, a := range p.Schedule(1, 0, 0) {
		count[a.Slice]++
	}
	assert.Equal(t, map[int]int{0: 10, 1: 20, 2: 30}, count)
}

func TestIdleHasNoArrivals(t *testing.T) {
	p := profile(t, "{name: p, slice: 60s}")
	assert.True(t, p.Idle())
	assert.Empty(t, p.Schedule(1, 0.3, 2*time.Second))
}

func TestLeadInIsNotMeasured(t *testing.T) {
	p := profile(t, "{name: p, rate: 2, arrivals: constant, slice: 1s}")
	got := p.Schedule(1, 0, 1500*time.Millisecond)
	ms := time.Millisecond
	assert.Equal(t, []time.Duration{-1250 * ms, -750 * ms, -250 * ms, 250 * ms, 750 * ms}, times(got))
	assert.Equal(t, -1, got[2].Slice)
	assert.Equal(t, 0, got[3].Slice)
}

func TestScheduleFollowsFromTheSeed(t *testing.T) {
	p := profile(t, "{name: p, rate: 50, slice: 1s, slices: 3, mix: [{text: 'a {n}'}, {text: 'b {n} ', size: 20}]}")
	once, again := p.Schedule(7, 0.2, time.Second), p.Schedule(7, 0.2, time.Second)
	assert.Equal(t, once, again)
	assert.NotEqual(t, p.Schedule(7, 0.2, time.Second), p.Schedule(8, 0.2, time.Second))
}

func TestMixKeepsItsWeightsAndSizes(t *testing.T) {
	p := profile(t, "{name: p, rate: 1000, slice: 1s, mix: [{text: 'a {n}', weight: 9}, {text: 'b {n} ', size: 20}]}")
	long := 0
	for _, a := range p.Schedule(1, 0, 0) {
		if strings.HasPrefix(a.Text, "b") {
			long++
			assert.Len(t, a.Text, 20)
		}
	}
	assert.InDelta(t, 100, long, 40)
}

// Whatever the profile and the phase: in order, inside its slice, the same
// count, and the same messages at rotated moments.
func TestRotationKeepsCountsAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := profile(t, rapid.SampledFrom([]string{
			"{name: p, rate: 13, slice: 1s, slices: 3}",
			"{name: p, rate: 8, arrivals: constant, slice: 500ms, slices: 2}",
			"{name: p, burst: 7, every: 1s, slice: 2s, slices: 2}",
		}).Draw(t, "profile"))
		seed := rapid.Uint64().Draw(t, "seed")
		phase := rapid.Float64Range(0, 0.999).Draw(t, "phase")

		plain, rotated := p.Schedule(seed, 0, 0), p.Schedule(seed, phase, 0)
		require.Len(t, rotated, len(plain))
		require.True(t, slices.IsSorted(times(rotated)))
		for _, a := range rotated {
			start := p.Slice * time.Duration(a.Slice)
			require.True(t, a.At >= start && a.At < start+p.Slice, "%v is outside slice %d", a.At, a.Slice)
		}
		require.ElementsMatch(t, texts(plain), texts(rotated))
	})
}

func texts(all []plan.Arrival) []string {
	var out []string
	for _, a := range all {
		out = append(out, a.Text)
	}
	return out
}
