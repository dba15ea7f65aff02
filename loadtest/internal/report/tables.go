package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// Tables writes what a document about a run shows, in Markdown: every claim
// about CPU in a table and those that do not pass with their reasons, the
// claims about latency, the bots side by side, and how far the harness itself
// is to be trusted. What a run has nothing of is left out.
func Tables(w io.Writer, r result.Result, verdicts []verdict.Verdict) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d CPUs, %s, kernel %s; CPU by %s; plan %s, seed %d, %.0f minutes. %s.\n", r.Environment.CPU, r.Environment.CPUs,
		r.Environment.Go, r.Environment.Kernel, r.Environment.Meter, r.Plan, r.Seed, r.Elapsed.Minutes(), verdict.Corrected(verdicts))
	if !r.Complete {
		b.WriteString("\n**The run is not complete.**\n")
	}
	if len(SideBySide(r, verdicts)) == 0 { // else the tables below say the same
		tableOfCPU(&b, r, verdicts)
	}
	listOfLatency(&b, verdicts)
	tablesOfPeers(&b, r, verdicts)
	listOfSustained(&b, r)
	tableOfHeadroom(&b, r, verdicts)
	_, err := io.WriteString(w, b.String())
	return err
}

func tableOfCPU(b *strings.Builder, r result.Result, verdicts []verdict.Verdict) {
	cells, rows := map[string]result.Cell{}, Rows(r)
	for _, c := range r.Cells {
		cells[c.Name] = c
	}
	var lines, reasons []string
	passed, all, confidence := 0, 0, 0.0
	for _, v := range verdicts {
		if v.Threshold.Metric != plan.CPURatio {
			continue
		}
		all++
		if c, measured := cells[v.Cell]; measured {
			lines, confidence = append(lines, lineOfCPU(c, rows, v)), v.Confidence
		}
		if v.Status == verdict.Pass {
			passed++
			continue
		}
		reasons = append(reasons, fmt.Sprintf("- %s: %s; %s.\n", status(v), v.Claim, v.Reason))
	}
	if all == 0 {
		return
	}
	fmt.Fprintf(b, "\n| messages | RTT | against | CPU a message, ms | ratio [%.0f %% interval] | median of restarts | p50, ms | p99, ms | verdict |\n", 100*confidence)
	b.WriteString("|---|--:|---|--:|---|---|--:|--:|---|\n" + strings.Join(lines, ""))
	fmt.Fprintf(b, "\n%d of %d claims about CPU pass.", passed, all)
	if len(reasons) > 0 {
		b.WriteString(" The others, each with its reason:\n\n" + strings.Join(reasons, ""))
		return
	}
	b.WriteString("\n")
}

// lineOfCPU is one claim. Where nobody writes, what is compared is a minute,
// and by a difference.
func lineOfCPU(c result.Cell, rows []Row, v verdict.Verdict) string {
	candidate, baseline := find(rows, c.Name, v.Threshold.Candidate), find(rows, c.Name, v.Threshold.Baseline)
	cost := candidate.perMessage() + " / " + baseline.perMessage()
	ratio, median := v.Estimate.String(), middle(v.Median)
	if c.Idle {
		cost = fmt.Sprintf("%.1f / %.1f a minute", ms(candidate.CPUPerMinute), ms(baseline.CPUPerMinute))
		ratio = fmt.Sprintf("difference to %g: %s ms a minute", v.Threshold.Max, ratio)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s / %s | %s / %s | %s |\n", messages(c), network(c), v.Threshold.Baseline, cost,
		ratio, median, number(candidate.P50, 1), number(baseline.P50, 1), number(candidate.P99, 1), number(baseline.P99, 1), status(v))
}

// middle is a median; its interval only where there are restarts enough for one.
func middle(m verdict.Interval) string {
	if m.Low > 0 && !math.IsInf(m.High, 0) || m.Low < 0 && !math.IsInf(m.Low, 0) {
		return m.String()
	}
	return number(m.Center, 3)
}

// find is the row of a mode, not of its twin.
func find(rows []Row, cell, mode string) Row {
	for _, r := range rows {
		if r.Cell == cell && r.Mode == mode && !r.Control {
			return r
		}
	}
	return Row{}
}

// messages is what is sent in a cell, in a word or two.
func messages(c result.Cell) string {
	switch {
	case c.Idle:
		return "idle"
	case c.Rate > 0:
		return fmt.Sprintf("%g/s", c.Rate)
	}
	words, _, _ := strings.Cut(c.Words, ", ")
	return words
}

func network(c result.Cell) string {
	says := fmt.Sprintf("%d ms", c.RTT/time.Millisecond)
	if c.CPU > 0 {
		says += fmt.Sprintf(", %g CPU", c.CPU)
	}
	return says
}

func status(v verdict.Verdict) string {
	says := string(v.Status)
	if v.Status == verdict.Pass {
		says = "**" + says + "**"
	}
	if !v.Gates() {
		says += " (informs)"
	}
	return says
}

func listOfLatency(b *strings.Builder, verdicts []verdict.Verdict) {
	first := true
	for _, v := range verdicts {
		if v.Threshold.Metric != plan.Latency {
			continue
		}
		if first {
			b.WriteString("\n")
			first = false
		}
		why := ""
		if v.Status != verdict.Pass {
			why = "; " + v.Reason
		}
		fmt.Fprintf(b, "- %s: %s, p%g %s ms [%s, %s], %d messages%s.\n", v.Claim, status(v), 100*v.Threshold.Q, number(v.Estimate.Center, 0),
			number(v.Estimate.Low, 0), number(v.Estimate.High, 0), v.N, why)
	}
}

func tablesOfPeers(b *strings.Builder, r result.Result, verdicts []verdict.Verdict) {
	for _, p := range SideBySide(r, verdicts) {
		fmt.Fprintf(b, "\n**%s**\n\n", p.Verdict)
		fmt.Fprintf(b, "| bot | answers | CPU ms a message | %s to it | p50 ms | p99 ms | RSS MB | most, messages/s |\n", p.Verdict.Candidate)
		b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|\n")
		for _, row := range p.Rows {
			against, most := "–", row.Most
			if row.Against.Known() {
				against = row.Against.String()
			}
			if most == "" {
				most = "–"
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %.1f | %s |\n", row.Row.Mode, row.Manner, row.Row.perMessage(), against,
				number(row.Row.P50, 1), number(row.Row.P99, 1), float64(row.Row.PeakRSS)/(1<<20), most)
		}
	}
}

// listOfSustained is how far bots kept up with a climbing rate.
func listOfSustained(b *strings.Builder, r result.Result) {
	for i, s := range Sustain(r) {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "- %s.\n", s)
	}
}

func tableOfHeadroom(b *strings.Builder, r result.Result, verdicts []verdict.Verdict) {
	for _, v := range verdicts {
		for _, c := range r.Cells {
			if v.Threshold.Metric != plan.Headroom || c.Name != v.Cell {
				continue
			}
			fmt.Fprintf(b, "\n%s: %s, medians of %d restarts.\n\n", v.Claim, status(v), len(c.Runs))
			b.WriteString("| messages a second | sent late, p99, ms | answered, p50 / p99, ms | trusted |\n|--:|--:|--:|---|\n")
			for _, s := range verdict.Headroom(c) {
				trusted := "no"
				if s.Trusted {
					trusted = "yes"
				}
				fmt.Fprintf(b, "| %.0f | %s | %s / %s | %s |\n", s.Rate, number(s.Late, 1), number(s.P50, 1), number(s.P99, 1), trusted)
			}
		}
	}
}
