package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// Markdown writes a summary for a CI job's page: the verdicts first, the
// figures and the guard rails folded away.
func Markdown(w io.Writer, r result.Result, verdicts []verdict.Verdict) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Load test: %s\n\n", Summary(verdicts))
	if !r.Complete {
		b.WriteString("**The run is not complete.**\n\n")
	}
	b.WriteString("| verdict | promise | measured | limit | why |\n|---|---|---|---|---|\n")
	for _, v := range verdicts {
		status := "**" + string(v.Status) + "**"
		if !v.Gates() {
			status = string(v.Status) + " (informs)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", status, cellText(v.Claim), cellText(Estimate(v)), Figure(v, v.Limit), cellText(v.Reason))
	}
	fmt.Fprintf(&b, "\n%s.\n", verdict.Corrected(verdicts))
	for _, p := range SideBySide(r, verdicts) {
		fmt.Fprintf(&b, "\n%s.\n", p.Verdict)
	}
	markdownRows(&b, r)
	markdownGuards(&b, verdicts)
	fmt.Fprintf(&b, "\n%s, %d CPUs, %s, kernel %s; CPU by %s; plan %s, seed %d, %s.\n", r.Environment.CPU, r.Environment.CPUs,
		r.Environment.Go, r.Environment.Kernel, r.Environment.Meter, r.Plan, r.Seed, r.Elapsed.Round(time.Second))
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownRows(b *strings.Builder, r result.Result) {
	b.WriteString("\n<details><summary>Figures</summary>\n\n")
	b.WriteString("| cell | mode | messages | p50 ms | p99 ms | late | lost | doubled | CPU ms a message | CPU ms a minute | |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|\n")
	rows := Rows(r)
	most := map[string]time.Duration{}
	for _, row := range rows {
		most[row.Cell] = max(most[row.Cell], row.CPUPerMinute)
	}
	for _, row := range rows {
		fmt.Fprintf(b, "| %s | %s | %d | %s | %s | %d | %d | %d | %s | %.1f | %s |\n", row.Cell, row.Name(), row.Sent, number(row.P50, 1),
			number(row.P99, 1), row.Late, row.Lost, row.Doubled, row.perMessage(), ms(row.CPUPerMinute), bar(row.CPUPerMinute, most[row.Cell]))
	}
	b.WriteString("\n</details>\n")
}

func markdownGuards(b *strings.Builder, verdicts []verdict.Verdict) {
	b.WriteString("\n<details><summary>Guard rails</summary>\n\n")
	for _, v := range verdicts {
		fmt.Fprintf(b, "- %s\n", v.Claim)
		for _, g := range v.Guards {
			mark := "ok"
			if !g.OK {
				mark = "**broken**"
			}
			fmt.Fprintf(b, "  - %s: %s (%s)\n", g.Name, g.Says, mark)
		}
	}
	b.WriteString("\n</details>\n")
}

// bar is a text bar of up to ten blocks.
func bar(d, most time.Duration) string {
	if most == 0 {
		return ""
	}
	return strings.Repeat("█", int(10*d/most))
}

// cellText keeps a text inside its table cell.
func cellText(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s)
}
