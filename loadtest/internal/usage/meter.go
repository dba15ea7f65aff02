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
	leaf *leaf // nil: the process's clock is used
	pid  int
}

// Attach begins to measure a process that has just been started. What it did
// before does not count, nor what children do that it already had.
//
// A limit that can't be set is an error, never ignored.
func Attach(pid int, limits Limits) (*Meter, error) {
	l, err := newLeaf(pid, limits)
	if err != nil && limits != (Limits{}) {
		return nil, err
	}
	return &Meter{leaf: l, pid: pid}, nil
}

// Adopt counts another process as part of the one that is measured. Only a
// cgroup can do that.
func (m *Meter) Adopt(pid int) error {
	if m.leaf == nil {
		return errors.New("count a second process: it takes a cgroup, and none could be made here (are you root?)")
	}
	return m.leaf.move(pid)
}

// AttachClock measures with the CPU clock of the process even where a cgroup
// could be made, as a second opinion.
func AttachClock(pid int) *Meter { return &Meter{pid: pid} }

// Source names where CPU figures come from, for reports.
func (m *Meter) Source() string {
	if m.leaf != nil {
		return "cgroup v2 leaf, cpu.stat usage_usec"
	}
	return "CPU clock of the process (clock_gettime)"
}

// Read reads the counters of the running process.
func (m *Meter) Read() (Reading, error) {
	var r Reading
	var err error
	if m.leaf != nil {
		r.CPU, err = m.leaf.cpu()
	} else {
		r.CPU, err = Clock(m.pid)
	}
	if err != nil {
		return Reading{}, err
	}
	return r, r.readProc(m.pid)
}

// Close removes the cgroup leaf. The process must have gone.
func (m *Meter) Close() error { return m.leaf.remove() }
