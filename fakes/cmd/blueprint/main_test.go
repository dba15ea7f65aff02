package main

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

const (
	own   = "../../../render.yaml"
	story = "../../render/testdata/blueprints/refused/story.yaml"
)

func TestRunSaysInOneLineWhatIsValid(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, run([]string{own}, &out, io.Discard))
	assert.Equal(t, own+": valid: web telegram-imf-bot (go, plan starter, SIGKILL 45s after SIGTERM)\n", out.String())
}

func TestRunPrintsEveryMistakeOnALine(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	err := run([]string{story}, &out, io.Discard)
	mistakes := render.Mistakes{}
	require.ErrorAs(t, err, &mistakes)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	assert.Contains(t, lines[1], story+":5: services[0].healthCheckInterval: ")
	assert.Contains(t, lines[2], story+":6: services[0].shutdownSeconds: ")
	assert.NotContains(t, out.String(), "recorded message")
}

func TestRunWithNotesNamesSources(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.Error(t, run([]string{"-notes", story}, &out, io.Discard))
	assert.Contains(t, out.String(), "(recorded message)\n")

	file := filepath.Join(t.TempDir(), "render.yaml")
	require.NoError(t, os.WriteFile(file, []byte("services: [{type: worker, name: w, runtime: docker}]\n"), 0o600))
	out.Reset()
	require.NoError(t, run([]string{"-notes", file}, &out, io.Discard))
	assert.Contains(t, out.String(), "note: "+file+":1: services[0].plan: without a plan")
	assert.Contains(t, out.String(), file+": valid: worker w (docker, plan left out, ")
}

func TestRunExplainsItself(t *testing.T) {
	t.Parallel()
	var usage strings.Builder
	require.ErrorIs(t, run([]string{"-h"}, io.Discard, &usage), flag.ErrHelp)
	assert.Contains(t, usage.String(), "usage: blueprint [-notes] render.yaml")
	for _, args := range [][]string{{}, {own, own}, {"-x"}} {
		require.ErrorIs(t, run(args, io.Discard, io.Discard), errUsage, "%q", args)
	}
	err := run([]string{"none.yaml"}, io.Discard, io.Discard)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NotErrorIs(t, err, errUsage)
}

// The documentation shows what the command prints for the story's file.
func TestDocumentedOutput(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.Error(t, run([]string{story}, &out, io.Discard))
	text, err := os.ReadFile("../../../docs/render.md")
	require.NoError(t, err)
	assert.Contains(t, string(text), "```text\n"+strings.ReplaceAll(out.String(), filepath.Dir(story)+"/", "")+"```\n")
}
