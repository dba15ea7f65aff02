package proof_test

import (
	"bytes"
	"errors"
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

var whole = flag.Bool("whole", false, "run every defect against every other rule, which takes about an hour, not a sample")

// sampled is how many pairs of a defect and another rule every run looks at.
const sampled = 20

// A defect is what badbot does when it is told to break a rule.
type defect struct {
	Does string            `yaml:"does"`
	Also map[string]string `yaml:"also"` // other rules that it breaks by necessity, and why
	May  map[string]string `yaml:"may"`  // other rules that it breaks by chance, and why
}

func defects(t *testing.T) map[string]defect {
	t.Helper()
	text, err := os.ReadFile("testdata/defects.yaml")
	require.NoError(t, err)
	var all map[string]defect
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	require.NoError(t, d.Decode(&all))
	return all
}

func TestDefectsAreDescribed(t *testing.T) {
	all := defects(t)
	for _, c := range proof.Catalogue() {
		assert.NotEmpty(t, all[c.ID].Does, "testdata/defects.yaml says nothing of %s", c.ID)
	}
	assert.Len(t, all, len(proof.Catalogue()))
	for id, d := range all {
		for _, others := range []map[string]string{d.Also, d.May} {
			for other, why := range others {
				_, err := proof.Find(other)
				require.NoError(t, err, id)
				assert.NotEqual(t, id, other)
				assert.NotEmpty(t, why, "%s: why does %s go red too?", id, other)
			}
		}
	}
}

// A pair is a defect, and another rule that it must leave alone or break.
type pair struct {
	defect string
	check  proof.Check
	red    bool // the defect breaks this rule too
}

// pairs are all of them, defect by defect, but for those that chance decides.
func pairs(t *testing.T) (all []pair) {
	t.Helper()
	known := defects(t)
	for _, id := range slices.Sorted(maps.Keys(known)) {
		for _, c := range proof.Catalogue() {
			_, red := known[id].Also[c.ID]
			_, chance := known[id].May[c.ID]
			if c.ID != id && !chance {
				all = append(all, pair{id, c, red})
			}
		}
	}
	return all
}

// TestOtherRulesHold shows that a defect turns its own check red and no other,
// but for those that it breaks by necessity: of all pairs a random sample, or
// each with -whole. Defects come one after the other then.
func TestOtherRulesHold(t *testing.T) {
	spec := badbot(t)
	good := &proof.Runner{Spec: spec, Ports: target.NewPorts(os.Getpid())}
	of := map[string][]pair{}
	for _, p := range pairs(t) {
		of[p.defect] = append(of[p.defect], p)
	}
	if *whole {
		for _, id := range slices.Sorted(maps.Keys(of)) {
			t.Run(id, func(t *testing.T) { judgePairs(t, good, of[id]) })
		}
		return
	}
	judgePairs(t, good, sample(t))
}

// sample is a few pairs where the rule must hold.
func sample(t *testing.T) []pair {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	all := slices.DeleteFunc(pairs(t), func(p pair) bool { return p.red })
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:sampled]
}

func judgePairs(t *testing.T, good *proof.Runner, some []pair) {
	for _, p := range some {
		t.Run(p.check.ID+" with defect "+p.defect, func(t *testing.T) {
			t.Parallel()
			bad := good.For(without(good.Spec, p.defect))
			err := inAllModes(t, bad, p.check)
			if err != nil && !p.red { // a defect breaks it every time, a busy machine does not
				t.Logf("once more, after %v", err)
				err = inAllModes(t, bad, p.check)
			}
			if p.red {
				assert.Error(t, err, "testdata/defects.yaml says that it breaks it")
			} else {
				assert.NoError(t, err)
			}
		})
	}
}

func inAllModes(t *testing.T, r *proof.Runner, c proof.Check) error {
	var errs []error
	for _, mode := range c.Modes {
		errs = append(errs, r.Run(t.Context(), c, mode))
	}
	return errors.Join(errs...)
}
