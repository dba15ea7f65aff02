package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// survey.yaml is what an earlier survey of the same libraries found, and why
// what is seen here differs.
//
//go:embed survey.yaml
var surveyText []byte

// A survey says which targets broke a rule, and which were said to keep it; of
// the others it says nothing.
type survey struct {
	Rules       map[string]finding `yaml:"rules"`
	Differences []explanation      `yaml:"differences"`
}

type finding struct {
	Fails []string `yaml:"fails"`
	Holds []string `yaml:"holds"`
}

// An explanation is why the verdict on some targets differs from the survey's.
type explanation struct {
	Rules   []string `yaml:"rules"`
	Targets []string `yaml:"targets"` // none is all
	Why     string   `yaml:"why"`
}

func readSurvey() (s survey, err error) {
	d := yaml.NewDecoder(bytes.NewReader(surveyText))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("read survey.yaml: %w", err)
	}
	var errs []error
	for _, e := range s.Differences {
		if e.Why == "" || len(e.Rules) == 0 {
			errs = append(errs, fmt.Errorf("survey.yaml: a difference without rules or a reason: %v", e))
		}
	}
	return s, errors.Join(errs...)
}

// A difference is a verdict that is not the survey's.
type difference struct {
	Rule, Target   string
	Surveyed, Seen verdict
	Why            string // "" is unexplained
}

// differences is the comparison with the survey: how many findings there are on
// the targets at hand, how many were seen again, and the rest.
type differences struct {
	Findings, Again int
	Rows            []difference
}

// surveyed compares cards with the survey.
func surveyed(cards []*scorecard) (all differences, err error) {
	s, err := readSurvey()
	if err != nil {
		return all, err
	}
	for _, c := range cards {
		for _, r := range c.Rules() {
			want, known := s.says(r.ID, c.Target)
			if !known {
				continue
			}
			all.Findings++
			if r.Verdict == want {
				all.Again++
				continue
			}
			all.Rows = append(all.Rows, difference{r.ID, c.Target, want, r.Verdict, s.why(r.ID, c.Target)})
		}
	}
	return all, nil
}

// says is the survey's finding on a target, if it has one.
func (s survey) says(rule, target string) (verdict, bool) {
	f := s.Rules[rule]
	switch {
	case slices.Contains(f.Fails, target):
		return broken, true
	case slices.Contains(f.Holds, target):
		return holds, true
	default:
		return "", false
	}
}

func (s survey) why(rule, target string) string {
	for _, e := range s.Differences {
		if slices.Contains(e.Rules, rule) && (len(e.Targets) == 0 || slices.Contains(e.Targets, target)) {
			return e.Why
		}
	}
	return ""
}

// Groups joins the rows that have one reason.
func (d differences) Groups() (groups [][]difference) {
	for _, row := range d.Rows {
		n := slices.IndexFunc(groups, func(g []difference) bool {
			return g[0].Rule == row.Rule && g[0].Why == row.Why && g[0].Surveyed == row.Surveyed && g[0].Seen == row.Seen
		})
		if n < 0 {
			groups, n = append(groups, nil), len(groups)
		}
		groups[n] = append(groups[n], row)
	}
	return groups
}
