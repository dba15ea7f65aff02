package proof_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		// Checks mostly wait; two cores can carry many at once.
		if err := flag.Set("test.parallel", "20"); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// badbot builds the defective bot once for a test.
func badbot(t *testing.T) *target.Spec {
	t.Helper()
	spec, err := target.Load("testdata/badbot.yaml")
	require.NoError(t, err)
	sources, err := filepath.Glob("testdata/badbot/*.go")
	require.NoError(t, err)
	for _, file := range sources { // the go command runs the test again when one of these changes
		_, err := os.Stat(file)
		require.NoError(t, err)
	}
	require.NoError(t, spec.BuildBinary(t.Context(), filepath.Join(t.TempDir(), "badbot")))
	return spec
}

// without returns the spec of a bot that breaks the rule; "" breaks none.
func without(spec *target.Spec, rule string) *target.Spec {
	c := *spec
	if rule != "" {
		c.Command = append(slices.Clone(c.Command), "-defect", rule)
	}
	return &c
}

// TestEveryCheckCanFail shows each check a bot that keeps all rules, and one
// that breaks just that check's.
func TestEveryCheckCanFail(t *testing.T) {
	spec, ports := badbot(t), target.NewPorts(os.Getpid())
	good := &proof.Runner{Spec: spec, Ports: ports}
	for _, c := range proof.Catalogue() {
		bad := good.For(without(spec, c.ID))
		for _, mode := range c.Modes {
			t.Run(c.ID+"/"+string(mode)+"/holds", func(t *testing.T) {
				t.Parallel()
				assert.NoError(t, good.Run(t.Context(), c, mode))
			})
			t.Run(c.ID+"/"+string(mode)+"/broken", func(t *testing.T) {
				t.Parallel()
				err := bad.Run(t.Context(), c, mode)
				require.Error(t, err)
				assert.True(t, proof.Broken(err), "not a verdict on the bot: %v", err)
				t.Log(err)
			})
		}
	}
}

func TestCatalogueIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range proof.Catalogue() {
		assert.False(t, seen[c.ID], "%s is there twice", c.ID)
		seen[c.ID] = true
		assert.NotEmpty(t, c.Title, c.ID)
		assert.NotEmpty(t, c.AC, "%s: which criterion is it evidence for?", c.ID)
		assert.NotEmpty(t, c.Modes, c.ID)
		assert.Contains(t, proof.Families(), c.Family())
	}
	for _, family := range []struct {
		letter string
		n      int
	}{{"S", 14}, {"D", 15}, {"L", 10}, {"P", 4}, {"M", 5}} {
		for n := range family.n {
			assert.Contains(t, seen, family.letter+itoa(n+1))
		}
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}
