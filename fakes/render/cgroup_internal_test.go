package render

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// groups is a machine whose process is in these control groups; dirs exist.
func groups(t *testing.T, own string, dirs ...string) hierarchy {
	t.Helper()
	h := hierarchy{root: t.TempDir(), own: filepath.Join(t.TempDir(), "cgroup")}
	require.NoError(t, os.WriteFile(h.own, []byte(own), 0o600))
	for _, dir := range dirs {
		require.NoError(t, os.MkdirAll(filepath.Join(h.root, dir), 0o700))
	}
	return h
}

// TestControlGroupFiles: where both versions of control groups have which limit.
// Files stand for the kernel's.
func TestControlGroupFiles(t *testing.T) {
	t.Parallel()
	starter, _ := PlanOf("starter")
	for _, tt := range []struct {
		name, own string
		dirs      []string
		want      map[string]string
	}{
		{
			"version 2", "0::/user.slice/shell.scope\n", []string{"user.slice/shell.scope", "cgroup.controllers"},
			map[string]string{
				"user.slice/bot-*/memory.max": "536870912", "user.slice/bot-*/memory.swap.max": "0", "user.slice/bot-*/cpu.max": "50000 100000",
				"user.slice/cgroup.subtree_control": "+cpu +memory",
			},
		},
		{
			"version 2 in its root", "0::/\n", []string{"cgroup.controllers"},
			map[string]string{"bot-*/memory.max": "536870912", "bot-*/cpu.max": "50000 100000"},
		},
		{
			"version 1", "4:memory:/mine\n1:cpu,cpuacct:/\n0::/\n", []string{"memory/mine", "cpu"},
			map[string]string{
				"memory/mine/bot-*/memory.limit_in_bytes": "536870912", "memory/mine/bot-*/memory.memsw.limit_in_bytes": "536870912",
				"cpu/bot-*/cpu.cfs_quota_us": "50000", "cpu/bot-*/cpu.cfs_period_us": "100000",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := groups(t, tt.own, tt.dirs...)
			g, err := h.confine("bot", starter)
			require.NoError(t, err)
			for file, want := range tt.want {
				found, err := filepath.Glob(filepath.Join(h.root, file))
				require.NoError(t, err)
				require.Len(t, found, 1, file)
				got, err := os.ReadFile(found[0])
				require.NoError(t, err)
				assert.Equal(t, want, string(got), file)
			}
			argv := g.enter([]string{"/bin/sh", "-c", `echo "$$ $1"`, "sh", "two words"})
			out, err := exec.CommandContext(t.Context(), argv[0], argv[1:]...).Output()
			require.NoError(t, err)
			for _, dir := range g.dirs {
				pid, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
				require.NoError(t, err)
				assert.Equal(t, string(pid[:len(pid)-1])+" two words\n", string(out), "the program is the process that entered")
			}
			assert.False(t, g.starved())
			require.NoError(t, os.WriteFile(g.events, []byte("oom_kill_disable 0\noom_kill 0\n"), 0o600))
			assert.False(t, g.starved())
			require.NoError(t, os.WriteFile(g.events, []byte("oom 3\noom_kill 2\n"), 0o600))
			assert.True(t, g.starved())
		})
	}
}

// TestUnlimited: where no control group can be made the log says so, and the
// service runs all the same.
func TestUnlimited(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]hierarchy{
		"no control groups": groups(t, ""),
		"no such parent":    groups(t, "0::/gone/shell.scope\n", "cgroup.controllers"),
		"no /proc":          {root: t.TempDir(), own: filepath.Join(t.TempDir(), "none")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := New(Options{
				Blueprint: &Blueprint{Services: []Service{{Type: "worker", Name: "w", Plan: "starter"}}},
				Command:   []string{"sleep", "3600"}, Limits: true, Scale: 100, Timing: Timing{Shutdown: time.Hour},
			})
			require.NoError(t, err)
			p.machine = h
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			require.NoError(t, p.Deploy(ctx, Change{}))
			e, err := p.WaitKind(ctx, 0, Unlimited)
			require.NoError(t, err)
			assert.Contains(t, e.Text, "the limits of the plan are not applied: ")
			assert.Equal(t, p.Serving()[0].ID, e.Instance)
			assert.True(t, p.Serving()[0].Running())
			require.NoError(t, p.Close())
		})
	}
}
