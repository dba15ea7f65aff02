//go:build linux

package usage

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Directories stand for cgroups: both go by rmdir, and not while they are in use.
func TestSweepRemovesWhatTheDeadLeft(t *testing.T) {
	gone := exec.CommandContext(t.Context(), "true")
	require.NoError(t, gone.Run())
	dead := gone.Process.Pid
	mount := t.TempDir()
	for _, tt := range []struct {
		name string
		kept bool
	}{
		{fmt.Sprintf("hookproof-%d-1", dead), false},
		{fmt.Sprintf("hookproof-%d-2/with-a-process", dead), true},
		{fmt.Sprintf("hookproof-%d-3", os.Getpid()), true},
		{"hookproof-of-somebody", true},
		{fmt.Sprintf("other-%d-4", dead), true},
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(mount, tt.name), 0o750))
		defer func() {
			_, err := os.Stat(filepath.Join(mount, tt.name))
			assert.Equal(t, tt.kept, err == nil, tt.name)
		}()
	}
	require.NoError(t, sweep(mount))
}

func TestPatternNamesItsMaker(t *testing.T) {
	pid, ok := makerOf(strings.Replace(pattern(), "*", "123456", 1)) // as os.MkdirTemp does
	assert.True(t, ok)
	assert.Equal(t, os.Getpid(), pid)
}
