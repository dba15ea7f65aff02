package replay_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/replay"
)

// TestDelivery replays every recording of the webhook engine.
func TestDelivery(t *testing.T) {
	files, err := filepath.Glob("testdata/traces/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		if strings.HasPrefix(filepath.Base(name), "frontend-") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".json"), func(t *testing.T) {
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			require.NoError(t, replay.Delivery(b))
		})
	}
}
