package traces_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/traces"
)

func TestReplay(t *testing.T) {
	for _, pattern := range []string{"../internal/replay/testdata/traces/happy-*.json", "../internal/wire/testdata/*/frontend-http-version.json"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, name := range files {
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			require.NoError(t, traces.Replay(b), name)
		}
	}
}

func TestReplayRefusesWhatIsNoRecording(t *testing.T) {
	for _, text := range []string{"", "{}", `{"kind":"frontend"}`, `{"kind":"weather"}`, `{"inputs":[{"t":0,"do":"jump"}],"endpoint":{"rules":[{"steps":[]}]}}`} {
		require.Error(t, traces.Replay([]byte(text)), text)
	}
}
