package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// Brief is one claim about CPU in one line of a table.
type Brief struct {
	Cell                string
	Candidate, Baseline string // with the way they answer
	Costs               string // of both: ms a message, or a minute where nobody writes
	Ratio, Median       string // candidate to baseline
	Status              string
	Why                 string // for everything but PASS
}

// Briefs is the table of all claims about CPU.
func Briefs(r result.Result, verdicts []verdict.Verdict) []Brief {
	rows := Rows(r)
	var all []Brief
	for _, v := range verdicts {
		if v.Threshold.Metric != plan.CPURatio {
			continue
		}
		b := Brief{Cell: v.Cell, Candidate: manner(v.Threshold.Candidate, v.CandidateManner), Baseline: manner(v.Threshold.Baseline, v.BaselineManner),
			Ratio: v.Estimate.String(), Median: v.Median.String(), Status: string(v.Status)}
		b.Costs = cost(rows, v.Cell, v.Threshold.Candidate) + " / " + cost(rows, v.Cell, v.Threshold.Baseline)
		if v.Unit != "" {
			b.Ratio += " " + v.Unit
		}
		if !v.Gates() {
			b.Status += " (informs)"
		}
		if v.Status != verdict.Pass || strings.Contains(v.Reason, ";") {
			b.Why = v.Reason
		}
		all = append(all, b)
	}
	return all
}

func manner(mode, how string) string {
	if how == "" {
		return mode
	}
	return mode + " [" + how + "]"
}

// cost of a mode in a cell, in ms of CPU.
func cost(rows []Row, cell, mode string) string {
	for _, r := range rows {
		switch {
		case r.Cell != cell || r.Mode != mode || r.Control:
		case r.CPUPerMessage > 0:
			return r.perMessage()
		default:
			return fmt.Sprintf("%.2f a min", ms(r.CPUPerMinute))
		}
	}
	return "–"
}

// writeBrief is the table for a terminal, the reasons below it.
func writeBrief(w io.Writer, r result.Result, verdicts []verdict.Verdict) {
	all := Briefs(r, verdicts)
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\nCPU in short; %s\n\n", verdict.Corrected(verdicts))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "cell\tcandidate / baseline\tCPU ms a message\tratio [interval]\tmedian of restarts\tverdict")
	for _, b := range all {
		fmt.Fprintf(t, "%s\t%s / %s\t%s\t%s\t%s\t%s\n", b.Cell, b.Candidate, b.Baseline, b.Costs, b.Ratio, b.Median, b.Status)
	}
	t.Flush() // to a strings.Builder: it can't fail
	for _, b := range all {
		if b.Why != "" {
			fmt.Fprintf(w, "%s, %s: %s: %s\n", b.Cell, b.Baseline, b.Status, b.Why)
		}
	}
}
