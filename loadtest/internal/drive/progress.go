package drive

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// report prints one line about a restart, so that nobody waits in the dark.
func (d *Driver) report(cell string, n, of int, run result.Run) {
	arms := slices.Clone(run.Arms)
	slices.SortStableFunc(arms, func(a, b result.Arm) int { return strings.Compare(name(a), name(b)) })
	var parts []string
	for _, a := range arms {
		parts = append(parts, name(a)+" "+brief(a))
	}
	d.printf("%s  restart %d of %d  %s\n", cell, n, of, strings.Join(parts, ", "))
}

func name(a result.Arm) string {
	if a.Control {
		return a.Mode + "'"
	}
	return a.Mode
}

func brief(a result.Arm) string {
	if a.Failure != "" {
		return "FAILED: " + a.Failure
	}
	cpu := 0.0
	for _, s := range a.Slices {
		cpu += float64(s.CPU.Microseconds()) / 1000
	}
	one := result.Cell{Runs: []result.Run{{Arms: []result.Arm{a}}}}
	all, _ := verdict.Latencies(one, a.Mode, a.Control)
	text := fmt.Sprintf("%.1f ms CPU", cpu)
	if half := verdict.Point(all, 0.5); len(all) > 0 && !math.IsInf(half, 0) {
		text += fmt.Sprintf(" %.0f ms p50", half)
	}
	if a.Lost > 0 || a.Doubled > 0 {
		text += fmt.Sprintf(" (%d not answered, %d twice)", a.Lost, a.Doubled)
	}
	return text
}
