package wire_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/wire/wiretrace"
)

// TestFrontend replays what was recorded from the real server's front end.
func TestFrontend(t *testing.T) {
	paths, err := filepath.Glob("testdata/traces/frontend-*.json")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	var cases []wiretrace.Case
	var names []string
	for _, path := range paths {
		trace, err := os.ReadFile(path)
		require.NoError(t, err)
		more, err := wiretrace.Cases(trace)
		require.NoError(t, err, path)
		for _, c := range more {
			cases = append(cases, c)
			names = append(names, strings.TrimSuffix(filepath.Base(path), ".json")+"/"+c.Name)
		}
	}
	for i, err := range wiretrace.RunAll(cases) {
		t.Run(names[i], func(t *testing.T) { require.NoError(t, err) })
	}
}
