package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
)

// TestCatalogue puts the bot through every check, in every mode the rule is
// about.
func TestCatalogue(t *testing.T) {
	for _, c := range proof.Catalogue() {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			for _, mode := range c.Modes {
				t.Run(string(mode), func(t *testing.T) {
					t.Parallel()
					err := subject(t).Run(t.Context(), c, mode)
					require.NoError(t, err) // every rule applies to our own bot
				})
			}
		})
	}
}
