package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// Text writes the table and the verdicts for a terminal.
func Text(w io.Writer, r result.Result, verdicts []verdict.Verdict) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nMeasured on %s, %d CPUs, %s; CPU by %s; seed %d; %s\n\n", r.Environment.CPU, r.Environment.CPUs,
		r.Environment.Go, r.Environment.Meter, r.Seed, r.Elapsed.Round(time.Second))
	table(&b, Rows(r))
	b.WriteString("\n")
	writeCurves(&b, r)
	writeSustained(&b, r)
	writeHeadroom(&b, verdicts, r)
	b.WriteString("\n")
	for _, v := range verdicts {
		writeVerdict(&b, v)
	}
	writeBrief(&b, r, verdicts)
	writePeers(&b, r, verdicts)
	b.WriteString("\n" + Summary(verdicts) + "\n")
	if !r.Complete {
		b.WriteString("The run is not complete: it ended early, and says what it measured until then.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func table(w io.Writer, rows []Row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "cell\tmode\tmessages\tp50 ms\tp99 ms\tlate\tlost\tdoubled\tCPU ms/msg\tCPU ms/min\trequests\tbytes\twake-ups\tRSS MB\t")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%d\t%d\t%d\t%s\t%.1f\t%.2f\t%.0f\t%.1f\t%.1f\t\n", r.Cell, r.Name(), r.Sent,
			number(r.P50, 1), number(r.P99, 1), r.Late, r.Lost, r.Doubled, r.perMessage(), ms(r.CPUPerMinute),
			r.Requests, r.Bytes, r.Wakeups, float64(r.PeakRSS)/(1<<20))
	}
	t.Flush() // to a strings.Builder: it can't fail
	fmt.Fprintln(w, "requests, bytes and wake-ups: a message, or a minute where nothing was sent; late: over 200 ms;")
	fmt.Fprintln(w, "mode': a second copy of the mode, the A/A control; –: too few messages for that quantile")
}

// Name of a row's mode; the control has a prime.
func (r Row) Name() string {
	if r.Control {
		return r.Mode + "'"
	}
	return r.Mode
}

func (r Row) perMessage() string {
	if r.CPUPerMessage == 0 {
		return "–"
	}
	return fmt.Sprintf("%.3f", ms(r.CPUPerMessage))
}

func writeVerdict(w io.Writer, v verdict.Verdict) {
	label := string(v.Status)
	if !v.Gates() {
		label += " (informs)"
	}
	fmt.Fprintf(w, "%-13s %s\n", label, v.Claim)
	fmt.Fprintf(w, "              %s; limit %s; %s\n", Estimate(v), Figure(v, v.Limit), v.Reason)
	if v.Second != "" {
		fmt.Fprintf(w, "              %s\n", v.Second)
	}
	for _, g := range v.Guards {
		mark := "ok"
		if !g.OK {
			mark = "BROKEN"
		}
		fmt.Fprintf(w, "              %s: %s (%s)\n", g.Name, g.Says, mark)
	}
}

// Estimate is a verdict's estimate in words: "CPU ratio 0.41, 90 % interval
// 0.38 to 0.45, 6 restarts".
func Estimate(v verdict.Verdict) string {
	what, of := "CPU ratio", "restarts"
	switch v.Unit {
	case "ms":
		what, of = fmt.Sprintf("p%g", 100*v.Threshold.Q), "messages"
	case "ms/min":
		what = "CPU difference"
	case "messages/s":
		if !v.Estimate.Known() {
			return "highest rate unknown"
		}
		return fmt.Sprintf("highest rate %s, %d %s", Figure(v, v.Estimate.Center), v.N, of)
	}
	if !v.Estimate.Known() {
		return fmt.Sprintf("%s unknown, %d %s", what, v.N, of)
	}
	return fmt.Sprintf("%s %s, %.0f %% interval %s to %s, %d %s", what, Figure(v, v.Estimate.Center), 100*v.Confidence,
		Figure(v, v.Estimate.Low), Figure(v, v.Estimate.High), v.N, of)
}

// Figure writes a number in the unit of a verdict.
func Figure(v verdict.Verdict, f float64) string {
	switch v.Unit {
	case "":
		return number(f, 3)
	case "messages/s":
		return number(f, 0) + "/s"
	}
	return number(f, 1) + " " + v.Unit
}

// Summary is one line: how many promises hold.
func Summary(verdicts []verdict.Verdict) string {
	count := map[verdict.Status]int{}
	informs := 0
	for _, v := range verdicts {
		if !v.Gates() {
			informs++
			continue
		}
		count[v.Status]++
	}
	line := fmt.Sprintf("%d pass, %d fail, %d inconclusive", count[verdict.Pass], count[verdict.Fail], count[verdict.Inconclusive])
	if informs > 0 {
		line += fmt.Sprintf("; %d more only inform", informs)
	}
	return line
}

func number(f float64, digits int) string {
	switch {
	case math.IsNaN(f):
		return "–"
	case math.IsInf(f, 1):
		return "∞"
	case math.IsInf(f, -1):
		return "-∞"
	}
	return fmt.Sprintf("%.*f", digits, f)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func sortIdentities(all []identity) {
	slices.SortFunc(all, func(a, b identity) int {
		if a.control != b.control {
			if b.control {
				return -1
			}
			return 1
		}
		return -strings.Compare(a.mode, b.mode) // webhook first
	})
}
