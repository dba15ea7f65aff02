package report

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// Beside is one bot in the table of a cell in which a bot is compared with
// several others.
type Beside struct {
	Row     Row
	Manner  string           // how it answers, as counted
	Against verdict.Interval // the candidate's CPU to this one's; unknown for itself
	Most    string           // messages a second that it kept up with, where a ramp was measured
}

// Peers is that table for every such cell.
type Peers struct {
	Verdict verdict.Lowest
	Rows    []Beside
}

// SideBySide collects the tables.
func SideBySide(r result.Result, verdicts []verdict.Verdict) []Peers {
	most := map[string]string{}
	for _, s := range Sustain(r) {
		most[s.Mode] = s.most()
	}
	var all []Peers
	for _, l := range verdict.AgainstAll(verdicts) {
		p := Peers{Verdict: l}
		for _, c := range r.Cells {
			if c.Name == l.Cell && slices.Contains(modes(c), identity{mode: l.Candidate}) {
				p.Rows = append(p.Rows, besides(c, l.Candidate, verdicts, most)...)
			}
		}
		all = append(all, p)
	}
	return all
}

// besides is the bots of one cell.
func besides(c result.Cell, candidate string, verdicts []verdict.Verdict, most map[string]string) []Beside {
	var all []Beside
	for _, id := range modes(c) {
		if id.control {
			continue
		}
		b := Beside{Row: row(c, id), Manner: verdict.Manner(c, id.mode), Against: verdict.Unknown(), Most: most[id.mode]}
		for _, v := range verdicts {
			if v.Cell == c.Name && v.Threshold.Candidate == candidate && v.Threshold.Baseline == id.mode {
				b.Against = v.Estimate
			}
		}
		all = append(all, b)
	}
	return all
}

func writePeers(w io.Writer, r result.Result, verdicts []verdict.Verdict) {
	for _, p := range SideBySide(r, verdicts) {
		fmt.Fprintf(w, "\n%s\n\n", p.Verdict)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "bot\tanswers\tCPU ms a message\t%s to it\tp50 ms\tp99 ms\tRSS MB\tmost, messages/s\n", p.Verdict.Candidate)
		for _, b := range p.Rows {
			against := "–"
			if b.Against.Known() {
				against = b.Against.String()
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%.1f\t%s\n", b.Row.Mode, b.Manner, b.Row.perMessage(), against,
				number(b.Row.P50, 1), number(b.Row.P99, 1), float64(b.Row.PeakRSS)/(1<<20), b.Most)
		}
		t.Flush() // to a strings.Builder: it can't fail
	}
}
