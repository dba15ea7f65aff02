// Package report writes a result and its verdicts for people and machines:
// text for a terminal, Markdown for a CI summary, JUnit for a test view, and
// one self-contained HTML page. Every writer is a pure function of its input.
package report

import (
	"math"
	"time"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// Row sums up one mode in one cell over all restarts.
type Row struct {
	Cell, Mode     string
	Control        bool
	Sent           int
	Lost, Doubled  int
	Late           int           // answered after more than usualLimit
	CPUPerMessage  time.Duration // 0 when nothing was sent
	CPUPerMinute   time.Duration
	P50, P99       float64 // ms; NaN when the sample can't support it
	PeakRSS        int64
	Requests       float64 // a message, or a minute when nothing was sent
	Bytes, Wakeups float64 // the same
	Ready          time.Duration
	StartUp        time.Duration
}

const usualLimit = 200 * time.Millisecond

// Rows sums up everything, in the order of cells and of first appearance.
func Rows(r result.Result) []Row {
	var rows []Row
	for _, c := range r.Cells {
		for _, id := range modes(c) {
			rows = append(rows, row(c, id))
		}
	}
	return rows
}

type identity struct {
	mode    string
	control bool
}

// modes of a cell: as thresholds name them is the plan's business; here they
// come in the order of names, the control last.
func modes(c result.Cell) []identity {
	seen := map[identity]bool{}
	var all []identity
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			if id := (identity{a.Mode, a.Control}); !seen[id] {
				seen[id] = true
				all = append(all, id)
			}
		}
	}
	sortIdentities(all)
	return all
}

func row(c result.Cell, id identity) Row {
	r := Row{Cell: c.Name, Mode: id.mode, Control: id.control}
	var cpu, wall time.Duration
	var sent, answered int
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			if a.Mode != id.mode || a.Control != id.control {
				continue
			}
			r.Sent, r.Lost, r.Doubled = r.Sent+a.Sent, r.Lost+a.Lost, r.Doubled+a.Doubled
			r.PeakRSS, r.Ready, r.StartUp = max(r.PeakRSS, a.PeakRSS), max(r.Ready, a.Ready), max(r.StartUp, a.StartUp)
			for _, s := range a.Slices {
				cpu, wall, sent, answered = cpu+s.CPU, wall+s.Wall, sent+s.Sent, answered+s.Answered
				r.Requests += float64(s.Requests)
				r.Bytes += float64(s.BytesIn + s.BytesOut)
				r.Wakeups += float64(s.Wakeups)
			}
		}
	}
	if verdict.Behind(sent, answered) {
		sent = answered // it did as much in that time
	}
	r.perUnit(cpu, wall, sent)
	r.latencies(c, id)
	return r
}

// perUnit divides the sums by messages, or by minutes where there are none.
func (r *Row) perUnit(cpu, wall time.Duration, sent int) {
	units := float64(sent)
	if sent == 0 {
		units = wall.Minutes()
	} else {
		r.CPUPerMessage = cpu / time.Duration(sent)
	}
	if wall > 0 {
		r.CPUPerMinute = time.Duration(float64(cpu) / wall.Minutes())
		r.Requests, r.Bytes, r.Wakeups = r.Requests/units, r.Bytes/units, r.Wakeups/units
	}
}

func (r *Row) latencies(c result.Cell, id identity) {
	all, _ := verdict.Latencies(c, id.mode, id.control)
	r.P50, r.P99 = math.NaN(), math.NaN()
	if len(all) >= verdict.MinSamples(0.5) {
		r.P50 = verdict.Point(all, 0.5)
	}
	if len(all) >= verdict.MinSamples(0.99) {
		r.P99 = verdict.Point(all, 0.99)
	}
	for _, l := range all {
		if l > usualLimit.Seconds()*1000 && !math.IsInf(l, 1) {
			r.Late++
		}
	}
}
