package usage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// prefix of every directory that is made for a leaf; the id of the process
// that made it follows.
const prefix = "hookproof-"

func pattern() string { return fmt.Sprintf("%s%d-*", prefix, os.Getpid()) }

// Sweep removes the cgroups that earlier harnesses left behind: one that is
// killed can't remove its own. Those whose maker still runs stay, and so does
// every group with a process in it, since the kernel refuses to remove it.
func Sweep() error {
	var errs []error
	for _, at := range []struct{ fstype, controller string }{{"cgroup2", ""}, {"cgroup", "cpu"}} {
		mounts, _ := mountPoints(at.fstype, at.controller) // none: nothing was left there
		for _, mount := range mounts {
			errs = append(errs, sweep(mount))
		}
	}
	return errors.Join(errs...)
}

func sweep(mount string) error {
	found, err := filepath.Glob(filepath.Join(mount, prefix+"*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, dir := range found {
		maker, ok := makerOf(filepath.Base(dir))
		if !ok || alive(maker) {
			continue
		}
		err := os.Remove(dir)
		if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue // a bot outlived its harness, somebody else was faster, or it is not ours
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// makerOf reads the process id in a leaf's name.
func makerOf(name string) (pid int, ok bool) {
	id, _, ok := strings.Cut(strings.TrimPrefix(name, prefix), "-")
	if !ok {
		return 0, false
	}
	pid, err := strconv.Atoi(id)
	return pid, err == nil && pid > 0
}

func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
