package report

import (
	"fmt"
	"io"
	"strings"

	"hookproof/loadtest/internal/verdict"
)

// Calibration writes the table of a calibration, as Markdown.
func Calibration(w io.Writer, findings []verdict.Finding) error {
	var b strings.Builder
	quiet, noisy := verdict.Apart(findings)
	q, n := verdict.Count(quiet), verdict.Count(noisy)
	fmt.Fprintf(&b, "| found in so many runs | as the machine was | beside noisy neighbours | wanted |\n|---|--:|--:|---|\n")
	for _, line := range []struct {
		what         string
		quiet, noisy int
		wanted       string
	}{
		{"two equal bots called different", q.FalseAlarms, n.FalseAlarms, "at most 1 in 20"},
		{"10 % more CPU a message", q.Heavier, n.Heavier, "9 of 10"},
		{"5 ms later", q.Slower, n.Slower, "9 of 10"},
		{"stopped for 2 s, p99 above 1 s", q.Frozen, n.Frozen, "all"},
	} {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", line.what, of(line.quiet, q.Runs), of(line.noisy, n.Runs), line.wanted)
	}
	b.WriteString("\n| run | neighbours | equal bots | 10 % more CPU | 5 ms later, ms | frozen p99, ms |\n|--:|--:|---|---|---|--:|\n")
	for i, f := range findings {
		fmt.Fprintf(&b, "| %d | %d | %s | %s | %s | %.0f |\n", i+1, f.Neighbours, f.Twins, f.Heavier, f.Slower, f.Frozen)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func of(n, runs int) string {
	if runs == 0 {
		return "–"
	}
	return fmt.Sprintf("%d of %d", n, runs)
}
