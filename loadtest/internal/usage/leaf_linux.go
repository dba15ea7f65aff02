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
	mount, err := mountPoint("cgroup2", "")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(mount, "hookproof-")
	if err != nil {
		return nil, fmt.Errorf("make a cgroup (are you root?): %w", err)
	}
	l := &leaf{dir: dir, limits: limits}
	if err := errors.Join(l.setQuota(), l.move(pid)); err != nil {
		return nil, errors.Join(err, l.remove())
	}
	return l, nil
}

func (l *leaf) setQuota() error {
	if l.limits.CPU == 0 {
		return nil
	}
	quota := strconv.FormatInt(int64(l.limits.CPU*float64(period.Microseconds())), 10)
	each := strconv.FormatInt(period.Microseconds(), 10)
	v2 := os.WriteFile(filepath.Join(l.dir, "cpu.max"), []byte(quota+" "+each), 0)
	if v2 == nil {
		return nil
	}
	mount, err := mountPoint("cgroup", "cpu")
	if err != nil {
		return fmt.Errorf("limit the CPU: neither cgroup v2 (%w) nor v1 (%w)", v2, err)
	}
	if l.quota, err = os.MkdirTemp(mount, "hookproof-"); err != nil {
		return fmt.Errorf("limit the CPU: %w", err)
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

// mountPoint finds where a file system of this type is mounted, and for
// cgroup v1, with this controller.
func mountPoint(fstype, controller string) (string, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	defer f.Close()
	for scan := bufio.NewScanner(f); scan.Scan(); {
		// "36 35 98:0 / /mnt rw - ext3 /dev/root rw": proc(5)
		before, after, _ := strings.Cut(scan.Text(), " - ")
		mount, kind := strings.Fields(before), strings.Fields(after)
		if len(mount) < 5 || len(kind) < 3 || kind[0] != fstype {
			continue
		}
		if controller == "" || strings.Contains(","+kind[2]+",", ","+controller+",") {
			return mount[4], nil
		}
	}
	return "", fmt.Errorf("no %s is mounted", strings.TrimSpace(fstype+" "+controller))
}
