package wire_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/wire/wiretrace"
)

// TestFrontend replays what was recorded from the real server's front end.
func TestFrontend(t *testing.T) {
	paths, err := filepath.Glob("testdata/traces/frontend-*.json")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		trace, err := os.ReadFile(path)
		require.NoError(t, err)
		cases, err := wiretrace.Cases(trace)
		require.NoError(t, err, path)
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) {
					t.Parallel()
					require.NoError(t, c.Run())
				})
			}
		})
	}
}
