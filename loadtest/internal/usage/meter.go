// Package usage measures what one process uses of the machine, from outside
// and without its help.
//
// CPU time comes from a cgroup v2 leaf of its own, which counts the whole
// tree of processes, or, where no leaf can be made, from the CPU clock of the
// process. Both resolve microseconds or better. The figures in
// /proc/PID/stat, which most tools show, come in ticks of 10 ms: a bot that
// wakes for 0.2 ms twice a second reads 0 there.
//
// Only Linux is measured; elsewhere Start refuses.
package usage

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Reading is a state of the counters. Subtract two to know what a stretch of
// time cost.
type Reading struct {
	CPU         time.Duration
	Wakeups     int64 // voluntary context switches of all live threads
	Preemptions int64 // involuntary ones
	PeakRSS     int64 // bytes, since the start; not a difference
}

// Minus is what was used between an earlier reading and r.
func (r Reading) Minus(before Reading) Reading {
	return Reading{
		CPU:         r.CPU - before.CPU,
		Wakeups:     r.Wakeups - before.Wakeups,
		Preemptions: r.Preemptions - before.Preemptions,
		PeakRSS:     r.PeakRSS,
	}
}

// Limits bound a process. The zero value is no limit.
type Limits struct {
	CPU float64 // CPUs, e.g. 0.5
}

// Meter measures one process, and its children where a cgroup can be made.
type Meter struct {
	leaf    *leaf // nil: the process's clock is used
	why     error // that there is no leaf
	pid     int
	begun   time.Duration         // what the source said when the process was attached
	before  map[int]time.Duration // each process's own clock when it was attached
	adopted []int
}

// Attach begins to measure a process that has just been started. What it did
// before does not count, nor what children do that it already had.
//
// A limit that can't be set is an error, never ignored.
func Attach(pid int, limits Limits) (*Meter, error) {
	m := AttachClock(pid)
	m.leaf, m.why = newLeaf(pid, limits)
	if m.why == nil {
		m.begun = 0
		m.align(pid)
		return m, nil
	}
	if limits != (Limits{}) {
		return nil, m.why
	}
	return m, nil
}

// align finds out what the process's own clock showed when it entered the leaf:
// it went on running while the leaf was made. Both are read several times, and
// the reading counts in which it ran least in between.
func (m *Meter) align(pid int) {
	const tries = 5
	least := time.Duration(math.MaxInt64)
	for range tries {
		before, err := Clock(pid)
		counted, leafErr := m.leaf.cpu()
		after, afterErr := Clock(pid)
		if errors.Join(err, leafErr, afterErr) == nil && after-before < least {
			least = after - before
			m.before[pid] = (before+after)/2 - counted
		}
	}
}

// AttachClock measures with the CPU clock of the process even where a cgroup
// could be made, as a second opinion.
func AttachClock(pid int) *Meter {
	used, _ := Clock(pid) // a process that has gone shows at the first reading
	return &Meter{pid: pid, begun: used, before: map[int]time.Duration{pid: used}}
}

// Adopt counts another process as part of the one that is measured. Only a
// cgroup can do that.
func (m *Meter) Adopt(pid int) error {
	if m.leaf == nil {
		return fmt.Errorf("count a second process: it takes a cgroup, and there is none: %w", m.why)
	}
	used, err := Clock(pid)
	if err != nil {
		return err
	}
	m.before[pid] = used
	m.adopted = append(m.adopted, pid)
	return m.leaf.move(pid)
}

// Source names where CPU figures come from, for reports, and why not from
// something better.
func (m *Meter) Source() string {
	if m.leaf != nil {
		return "cgroup v2 leaf, cpu.stat usage_usec"
	}
	if m.why == nil {
		return "CPU clock of the process (clock_gettime)"
	}
	return fmt.Sprintf("CPU clock of the process (clock_gettime), since there is no cgroup: %v", m.why)
}

// Missing is why the process has no cgroup of its own; nil if it has.
func (m *Meter) Missing() error { return m.why }

// Read reads the counters of the running process.
func (m *Meter) Read() (Reading, error) {
	var r Reading
	var err error
	if r.CPU, err = m.cpu(); err != nil {
		return Reading{}, err
	}
	return r, r.readProc(m.pid)
}

func (m *Meter) cpu() (time.Duration, error) {
	if m.leaf != nil {
		return m.leaf.cpu()
	}
	return Clock(m.pid)
}

// Close removes the cgroup leaf. The process must have gone.
func (m *Meter) Close() error { return m.leaf.remove() }
