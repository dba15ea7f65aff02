package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hookproof/e2e/proof"
)

// A verdict on one rule.
type verdict string

const (
	holds         verdict = "holds"
	broken        verdict = "broken"
	undecided     verdict = "undecided" // the check could not be carried out
	notApplicable verdict = "not applicable"
)

// An outcome is the verdict of one trial.
type outcome struct {
	ID      string        `json:"id"`
	Title   string        `json:"title"`
	Family  string        `json:"family"`
	AC      []string      `json:"ac"`
	Mode    proof.Mode    `json:"mode"`
	Verdict verdict       `json:"verdict"`
	Why     string        `json:"why,omitempty"`
	Once    bool          `json:"once,omitempty"` // does not hold in one of two runs
	Leak    string        `json:"leak,omitempty"` // what the bot printed meanwhile; S12 counts it
	Took    time.Duration `json:"took_ns"`
}

// line is the outcome in one line.
func (o outcome) line() string {
	switch o.Verdict {
	case holds:
		return "holds"
	case notApplicable:
		return "not applicable: " + o.Why
	default:
		times := ""
		if o.Once {
			times = " in one of two runs"
		}
		return string(o.Verdict) + times + ": " + o.reason()
	}
}

// reason is the heart of a long reason: what came back, or its first line.
func (o outcome) reason() string {
	first, _, _ := strings.Cut(o.Why, "\n")
	for line := range strings.Lines(o.Why) {
		if got, ok := strings.CutPrefix(strings.TrimSpace(line), "got:"); ok {
			first = strings.TrimSpace(got)
			break
		}
	}
	if r := []rune(first); len(r) > 160 {
		first = string(r[:160]) + "..."
	}
	return first
}

// A scorecard is the outcome of a run.
type scorecard struct {
	Target   string        `json:"target"`
	About    string        `json:"about"`
	Seed     uint64        `json:"seed"`
	Started  time.Time     `json:"started"`
	Took     time.Duration `json:"took_ns"`
	Outcomes []outcome     `json:"outcomes"`
}

// OK reports whether every rule that applies holds.
func (s *scorecard) OK() bool {
	return !slices.ContainsFunc(s.Outcomes, outcome.red)
}

// A rule is a check's outcomes in all modes.
type rule struct {
	outcome // the worst
	Modes   []outcome
}

// worse orders verdicts, the most telling last.
func worse(v verdict) int {
	return slices.Index([]verdict{notApplicable, holds, undecided, broken}, v)
}

// Rules joins the modes of each rule; the worst verdict counts.
func (s *scorecard) Rules() []rule {
	var rules []rule
	for _, o := range s.Outcomes {
		n := len(rules) - 1
		if n < 0 || rules[n].ID != o.ID {
			rules = append(rules, rule{outcome: o})
			n++
		}
		rules[n].Modes = append(rules[n].Modes, o)
		if worse(o.Verdict) > worse(rules[n].Verdict) {
			rules[n].outcome = o
		}
	}
	return rules
}

// A total counts the verdicts of a group of rules.
type total struct {
	Name  string
	Count map[verdict]int
}

func (t total) String() string {
	parts := []string{fmt.Sprintf("%d of %d hold", t.Count[holds], t.Count[holds]+t.Count[broken]+t.Count[undecided])}
	for _, v := range []verdict{broken, undecided, notApplicable} {
		if t.Count[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", t.Count[v], v))
		}
	}
	return strings.Join(parts, ", ")
}

// totals counts rules by the names that of gives each.
func (s *scorecard) totals(names []string, of func(rule) []string) []total {
	var all []total
	for _, name := range names {
		t := total{Name: name, Count: map[verdict]int{}}
		for _, r := range s.Rules() {
			if slices.Contains(of(r), name) {
				t.Count[r.Verdict]++
			}
		}
		if len(t.Count) > 0 {
			all = append(all, t)
		}
	}
	return all
}

// Families counts by family, Criteria by the story's acceptance criteria.
func (s *scorecard) Families() []total {
	return s.totals(strings.Split("SDLPFM", ""), func(r rule) []string { return []string{r.Family} })
}

// Criteria counts by the story's acceptance criteria.
func (s *scorecard) Criteria() []total {
	names := []string{"AC-001", "AC-002", "AC-003", "AC-004", "AC-005", "AC-006"}
	return s.totals(names, func(r rule) []string { return r.AC })
}

// Total counts all rules.
func (s *scorecard) Total() total {
	return s.totals([]string{""}, func(rule) []string { return []string{""} })[0]
}

// print writes the card for people.
func (s *scorecard) print(w io.Writer, verbose bool) {
	fmt.Fprintf(w, "\n%s: %s\n\n", s.Target, s.About)
	for _, r := range s.Rules() {
		fmt.Fprintf(w, "%-4s %-14s %s\n", r.ID, r.Verdict, r.Title)
		for _, m := range r.Modes {
			if m.Verdict == holds || m.Verdict == notApplicable && r.Verdict == holds {
				continue
			}
			fmt.Fprintf(w, "     %s: %s\n", m.Mode, m.line())
			if verbose && m.Verdict != notApplicable {
				fmt.Fprintf(w, "       %s\n", strings.ReplaceAll(m.Why, "\n", "\n       "))
			}
		}
	}
	fmt.Fprintln(w)
	names := proof.Families()
	for _, t := range s.Families() {
		fmt.Fprintf(w, "%-8s %-26s %s\n", t.Name, names[t.Name], t)
	}
	fmt.Fprintln(w)
	for _, t := range s.Criteria() {
		fmt.Fprintf(w, "%-35s %s\n", t.Name, t)
	}
	fmt.Fprintf(w, "\n%s in %v, seed %d\n", s.Total(), s.Took.Round(time.Second), s.Seed)
}
