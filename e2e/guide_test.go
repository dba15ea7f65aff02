package e2e_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestGuide follows the tutorial: each sh block of it is run in the repository's
// root, and prints what the text block after it shows.
func TestGuide(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "diff", "python3", "node"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, tool+", which the tutorial uses")
		}
	}
	text := readFile(t, "docs/guide.md")
	blocks := blocksOf(text)
	require.Len(t, blocks, len(anyBlock.FindAllString(text, -1)), "a sh block that would not be run; don't indent it")
	for _, b := range blocks {
		require.NotNil(t, b.want, "the tutorial does not say what this prints:\n%s", b.script)
		t.Run(strings.TrimSpace(b.script), func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(deadline(t), "sh", "-c", b.script)
			cmd.Dir, cmd.Stderr = "..", os.Stderr
			out, err := cmd.Output()
			exit, failed := errors.AsType[*exec.ExitError](err)
			require.True(t, err == nil || failed && exit.ExitCode() == 1, "%v\n%s", err, out) // 1: a difference, or a red
			assert.NoError(t, b.mismatch(strings.Split(strings.TrimRight(string(out), "\n"), "\n")))
		})
	}
}

// TestGuideShowsTheTarget: the file in the tutorial is the one in the examples.
func TestGuideShowsTheTarget(t *testing.T) {
	t.Parallel()
	assert.Contains(t, readFile(t, "docs/guide.md"), "```yaml\n"+readFile(t, "docs/examples/python/first.yaml")+"```\n")
}
