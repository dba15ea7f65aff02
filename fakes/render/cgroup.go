package render

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A hierarchy is where a machine has its control groups: below root, with this
// process in those that the file own lists.
type hierarchy struct{ root, own string }

// machine is this one (cgroups(7)).
var machine = hierarchy{root: "/sys/fs/cgroup", own: "/proc/self/cgroup"}

// A controlGroup holds one instance to the memory and CPU of its plan. A nil
// one holds it to nothing.
type controlGroup struct {
	dirs   []string // one, or one for each controller in version 1 of control groups
	events string   // the file that counts kills for want of memory
}

// A limit is one file of a control group.
type limit struct {
	file, value string
	optional    bool // not every kernel has it
}

// cpuPeriod is the kernel's usual one, in microseconds: a plan's share of CPU is
// that of every tenth of a second.
const cpuPeriod = 100_000

// confine makes a control group with the limits of a plan: beside this process'
// own, or with version 1 below it, for version 2 allows none below a group that
// has processes.
func (h hierarchy) confine(name string, plan Plan) (*controlGroup, error) {
	own, err := h.groups()
	if err != nil {
		return nil, err
	}
	memory, quota := strconv.FormatInt(plan.Memory, 10), strconv.Itoa(int(plan.CPU*cpuPeriod))
	g := &controlGroup{}
	if _, none := os.Stat(filepath.Join(h.root, "cgroup.controllers")); none == nil {
		parent := filepath.Join(h.root, filepath.Dir(own[""]))
		// Where it must not, or need not be done, the limits say so.
		_ = os.WriteFile(filepath.Join(parent, "cgroup.subtree_control"), []byte("+cpu +memory"), 0o600)
		err = g.add(parent, name, limit{"memory.max", memory, false}, limit{"memory.swap.max", "0", true},
			limit{"cpu.max", quota + " " + strconv.Itoa(cpuPeriod), false})
		return g.unless(err, "memory.events")
	}
	err = g.add(filepath.Join(h.root, "memory", own["memory"]), name,
		limit{"memory.limit_in_bytes", memory, false}, limit{"memory.memsw.limit_in_bytes", memory, true})
	if err == nil {
		err = g.add(filepath.Join(h.root, "cpu", own["cpu"]), name,
			limit{"cpu.cfs_period_us", strconv.Itoa(cpuPeriod), false}, limit{"cpu.cfs_quota_us", quota, false})
	}
	return g.unless(err, "memory.oom_control")
}

// groups are the control groups of this process by controller; that of version
// 2 has none.
func (h hierarchy) groups() (map[string]string, error) {
	text, err := os.ReadFile(h.own)
	if err != nil {
		return nil, fmt.Errorf("find this process' control group: %w", err)
	}
	own := map[string]string{}
	for line := range strings.Lines(string(text)) { // hierarchy:controller,controller:path
		if f := strings.SplitN(strings.TrimSpace(line), ":", 3); len(f) == 3 {
			for c := range strings.SplitSeq(f[1], ",") {
				own[c] = f[2]
			}
		}
	}
	return own, nil
}

// add makes a directory below parent, and these limits in it. Its name is like
// name, and nobody else's.
func (g *controlGroup) add(parent, name string, limits ...limit) error {
	dir, err := os.MkdirTemp(parent, name+"-")
	if err != nil {
		return fmt.Errorf("make a control group: %w", err)
	}
	g.dirs = append(g.dirs, dir)
	for _, l := range limits {
		if err := os.WriteFile(filepath.Join(dir, l.file), []byte(l.value), 0o600); err != nil && !l.optional {
			return fmt.Errorf("limit a control group: %w", err)
		}
	}
	return nil
}

// unless is the group once it is complete, with the file of its first directory
// that counts kills. With an error it is gone.
func (g *controlGroup) unless(err error, events string) (*controlGroup, error) {
	if err != nil {
		return nil, errors.Join(err, g.remove())
	}
	g.events = filepath.Join(g.dirs[0], events)
	return g, nil
}

// enter is a command that runs another one in the group, from its first
// instruction on.
func (g *controlGroup) enter(command []string) []string {
	if g == nil {
		return command
	}
	const script = `until [ "$1" = -- ]; do echo $$ >"$1/cgroup.procs" || exit; shift; done; shift; exec "$@"`
	return slices.Concat([]string{"/bin/sh", "-c", script, "sh"}, g.dirs, []string{"--"}, command)
}

// starved reports whether the kernel has killed a process of the group for want
// of memory.
func (g *controlGroup) starved() bool {
	if g == nil {
		return false
	}
	text, _ := os.ReadFile(g.events) // nothing without
	for line := range strings.Lines(string(text)) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
			return n != "0"
		}
	}
	return false
}

// remove removes the group, and kills what has left the instance's process group
// and is still in this one. The kernel needs a moment until they are out of it.
func (g *controlGroup) remove() error {
	if g == nil {
		return nil
	}
	var errs []error
	for _, dir := range g.dirs {
		err := os.Remove(dir)
		for try := 0; try < 100 && err != nil && !errors.Is(err, fs.ErrNotExist); try++ {
			evict(dir)
			pause(context.Background(), 10*time.Millisecond) // nothing tells
			err = os.Remove(dir)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove a control group: %w", err))
		}
	}
	return errors.Join(errs...)
}

// evict kills the processes in the group's directory.
func evict(dir string) {
	text, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs")) // nobody without
	for line := range strings.Lines(string(text)) {
		if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have just ended
		}
	}
}
