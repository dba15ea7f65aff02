package proof_test

import (
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
)

var whole = flag.Bool("whole", false, "run every defect against every other rule, which takes about an hour, and not a sample only")

// sampled is how many pairs of a defect and another rule every run looks at.
const sampled = 40

// A defect is what badbot does when it is told to break a rule.
type defect struct {
	Does string            `yaml:"does"`
	Also map[string]string `yaml:"also"` // other rules that it breaks by necessity, and why
}

func defects(t *testing.T) map[string]defect {
	t.Helper()
	text, err := os.ReadFile("testdata/defects.yaml")
	require.NoError(t, err)
	var all map[string]defect
	require.NoError(t, yaml.Unmarshal(text, &all))
	return all
}

func TestDefectsAreDescribed(t *testing.T) {
	all := defects(t)
	for _, c := range proof.Catalogue() {
		assert.NotEmpty(t, all[c.ID].Does, "testdata/defects.yaml says nothing of %s", c.ID)
	}
	assert.Len(t, all, len(proof.Catalogue()))
	for id, d := range all {
		for other, why := range d.Also {
			_, err := proof.Find(other)
			require.NoError(t, err, id)
			assert.NotEqual(t, id, other)
			assert.NotEmpty(t, why, "%s: why does %s go red too?", id, other)
		}
	}
}

// A pair is a defect, and another rule that it must leave alone or break.
type pair struct {
	defect string
	check  proof.Check
	mode   proof.Mode
	red    bool // the defect breaks this rule too, in one mode at least
}

// pairs are all of them, defect by defect.
func pairs(t *testing.T) (all []pair) {
	t.Helper()
	known := defects(t)
	for _, id := range slices.Sorted(maps.Keys(known)) {
		for _, c := range proof.Catalogue() {
			for _, mode := range c.Modes {
				if _, red := known[id].Also[c.ID]; c.ID != id {
					all = append(all, pair{id, c, mode, red})
				}
			}
		}
	}
	return all
}

// TestOtherRulesHold shows that a defect turns its own check red and no other,
// but for those that it breaks by necessity: of all pairs a random sample, or
// each with -whole. Defects come one after the other then, as weighty checks of
// several would disturb each other.
func TestOtherRulesHold(t *testing.T) {
	spec, ports := badbot(t), target.NewPorts(os.Getpid())
	all := pairs(t)
	if !*whole {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 0))
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = slices.DeleteFunc(all, func(p pair) bool { return p.red })[:sampled]
		slices.SortStableFunc(all, func(a, b pair) int { return slices.Compare([]string{a.defect}, []string{b.defect}) })
	}
	for len(all) > 0 {
		id := all[0].defect
		n := slices.IndexFunc(all, func(p pair) bool { return p.defect != id })
		if n < 0 {
			n = len(all)
		}
		ofOne := all[:n]
		all = all[n:]
		bad := &proof.Runner{Spec: without(spec, id), Ports: ports}
		t.Run(id, func(t *testing.T) { judgePairs(t, bad, ofOne) })
	}
}

func judgePairs(t *testing.T, bad *proof.Runner, ofOne []pair) {
	for _, p := range ofOne {
		t.Run(p.check.ID+"/"+string(p.mode), func(t *testing.T) {
			t.Parallel()
			err := bad.Run(t.Context(), p.check, p.mode)
			if p.red {
				t.Log(err)
				return
			}
			assert.NoError(t, err)
		})
	}
}
