package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const recordings = "../../telegram/internal/replay/testdata/traces"

// copyTrace puts a recording into dir, with some text replaced.
func copyTrace(t *testing.T, dir, name, from, to string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(recordings, name+".json"))
	require.NoError(t, err)
	require.Contains(t, string(b), from)
	text := strings.Replace(string(b), from, to, 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), []byte(text), 0o600))
}

func TestRunReportsEachFile(t *testing.T) {
	dir := t.TempDir()
	copyTrace(t, dir, "happy-one-update", "", "")
	copyTrace(t, dir, "secret-on", `"attempt": 1`, `"attempt": 2`)
	var out strings.Builder
	err := run([]string{dir}, &out, io.Discard)
	require.ErrorIs(t, err, errDiffers)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	assert.Equal(t, "match    "+filepath.Join(dir, "happy-one-update.json"), lines[0])
	assert.Contains(t, lines[1], "DIFFERS  "+filepath.Join(dir, "secret-on.json")+": request: attempt 2 of update 0")
	assert.Equal(t, "1 of 2 recordings match", lines[2])
}

func TestRunIsContentWhenAllMatch(t *testing.T) {
	dir := t.TempDir()
	copyTrace(t, dir, "happy-one-update", "", "")
	var out strings.Builder
	require.NoError(t, run([]string{dir, filepath.Join(recordings, "secret-on.json")}, &out, io.Discard))
	assert.Contains(t, out.String(), "2 of 2 recordings match")
}

func TestRunNeedsRecordings(t *testing.T) {
	for _, args := range [][]string{{}, {t.TempDir()}, {filepath.Join(t.TempDir(), "no.json")}, {"-x"}} {
		err := run(args, io.Discard, io.Discard)
		require.Error(t, err)
		require.NotErrorIs(t, err, errDiffers)
	}
}
