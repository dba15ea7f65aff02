package report

import (
	"fmt"
	"io"
	"strings"

	"hookproof/loadtest/internal/verdict"
)

// Calibration writes the table of a calibration, as Markdown.
func Calibration(w io.Writer, findings []verdict.Finding, neighbours int) error {
	var b strings.Builder
	t := verdict.Count(findings)
	where := "as the machine was"
	if neighbours > 0 {
		where = fmt.Sprintf("beside %d noisy neighbours", neighbours)
	}
	fmt.Fprintf(&b, "| %d runs, %s | found | wanted |\n|---|--:|---|\n", t.Runs, where)
	fmt.Fprintf(&b, "| two equal bots called different | %d | at most 1 in 20 |\n", t.FalseAlarms)
	fmt.Fprintf(&b, "| 10 %% more CPU a message | %d | 9 of 10 |\n", t.Heavier)
	fmt.Fprintf(&b, "| 5 ms later | %d | 9 of 10 |\n", t.Slower)
	fmt.Fprintf(&b, "| stopped for 2 s, p99 above 1 s | %d | all |\n\n", t.Frozen)
	b.WriteString("| run | equal bots | 10 % more CPU | 5 ms later, ms | frozen p99, ms |\n|--:|---|---|---|--:|\n")
	for i, f := range findings {
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %.0f |\n", i+1, f.Twins, f.Heavier, f.Slower, f.Frozen)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
