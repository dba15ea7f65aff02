package usage

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// leaf is a cgroup v2 directory with one process tree in it and, where a
// limit was asked for, the directory that limits it: the same one when the
// cpu controller is in v2, one of the v1 hierarchy otherwise.
type leaf struct {
	dir    string
	quota  string // v1 directory; "" when there is no limit, or v2 holds it
	limits Limits
}

const period = 100 * time.Millisecond // of the CPU quota; the kernel's default

// newLeaf makes a leaf and moves the process into it, or says why it can't.
func newLeaf(pid int, limits Limits) (*leaf, error) {
	dir, err := makeGroup("cgroup2", "")
	if err != nil {
		return nil, err
	}
	l := &leaf{dir: dir, limits: limits}
	if err := errors.Join(l.setQuota(), l.move(pid)); err != nil {
		return nil, errors.Join(err, l.remove())
	}
	return l, nil
}

// makeGroup makes a directory in the first hierarchy that lets itself be
// written: in a container there may be one for looking only.
func makeGroup(fstype, controller string) (string, error) {
	mounts, err := mountPoints(fstype, controller)
	if err != nil {
		return "", err
	}
	var errs []error
	for _, mount := range mounts {
		dir, err := os.MkdirTemp(mount, pattern())
		if err == nil {
			return dir, nil
		}
		errs = append(errs, fmt.Errorf("make a cgroup in %s (are you root, and is it mounted for writing?): %w", mount, cause(err)))
	}
	return "", errors.Join(errs...)
}

// cause is the error without the path, which differs from try to try.
func cause(err error) error {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		return at.Err
	}
	return err
}

func (l *leaf) setQuota() error {
	if l.limits.CPU == 0 {
		return nil
	}
	// A parent hands a controller down only when told to; where it does already,
	// or can't, the next write shows it.
	_ = os.WriteFile(filepath.Join(filepath.Dir(l.dir), "cgroup.subtree_control"), []byte("+cpu"), 0)
	quota := strconv.FormatInt(int64(l.limits.CPU*float64(period.Microseconds())), 10)
	each := strconv.FormatInt(period.Microseconds(), 10)
	v2 := os.WriteFile(filepath.Join(l.dir, "cpu.max"), []byte(quota+" "+each), 0)
	if v2 == nil {
		return nil
	}
	var err error
	if l.quota, err = makeGroup("cgroup", "cpu"); err != nil {
		return fmt.Errorf("limit the CPU: neither cgroup v2 (%w) nor v1 (%w)", v2, err)
	}
	return errors.Join(
		os.WriteFile(filepath.Join(l.quota, "cpu.cfs_period_us"), []byte(each), 0),
		os.WriteFile(filepath.Join(l.quota, "cpu.cfs_quota_us"), []byte(quota), 0))
}

func (l *leaf) move(pid int) error {
	id := []byte(strconv.Itoa(pid))
	err := os.WriteFile(filepath.Join(l.dir, "cgroup.procs"), id, 0)
	if l.quota != "" {
		err = errors.Join(err, os.WriteFile(filepath.Join(l.quota, "cgroup.procs"), id, 0))
	}
	return err
}

func (l *leaf) cpu() (time.Duration, error) {
	data, err := os.ReadFile(filepath.Join(l.dir, "cpu.stat"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, "usage_usec "); ok {
			usec, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return time.Duration(usec) * time.Microsecond, err
		}
	}
	return 0, errors.New("cpu.stat has no usage_usec")
}

// processes that are in the leaf.
func (l *leaf) processes() ([]int, error) {
	data, err := os.ReadFile(filepath.Join(l.dir, "cgroup.procs"))
	if err != nil {
		return nil, err
	}
	var pids []int
	for line := range strings.Lines(string(data)) {
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("cgroup.procs: %w", err)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

func (l *leaf) remove() error {
	if l == nil {
		return nil
	}
	errs := []error{os.Remove(l.dir)}
	if l.quota != "" {
		errs = append(errs, os.Remove(l.quota))
	}
	return errors.Join(errs...)
}

// mountPoints finds where a file system of this type is mounted, and for
// cgroup v1, with this controller. None is an error.
func mountPoints(fstype, controller string) ([]string, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []string
	scan := bufio.NewScanner(f)
	for scan.Scan() {
		// "36 35 98:0 / /mnt rw - ext3 /dev/root rw": proc(5)
		before, after, _ := strings.Cut(scan.Text(), " - ")
		mount, kind := strings.Fields(before), strings.Fields(after)
		if len(mount) < 5 || len(kind) < 3 || kind[0] != fstype {
			continue
		}
		if controller == "" || strings.Contains(","+kind[2]+",", ","+controller+",") {
			all = append(all, mount[4])
		}
	}
	if len(all) == 0 && scan.Err() == nil {
		return nil, fmt.Errorf("no %s is mounted", strings.TrimSpace(fstype+" "+controller))
	}
	return all, scan.Err()
}
