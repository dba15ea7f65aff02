package verdict

import (
	"fmt"

	"hookproof/loadtest/internal/plan"
)

// Lowest is the claim that a bot uses less CPU than each of several others, in
// one cell. Every one of its parts must hold.
type Lowest struct {
	Cell, Candidate string
	Others          int
	Closest         string // of the others
	Ratio           Interval
	Status          Status
}

// AgainstAll sums up the claims "less CPU than" of each candidate in each cell
// where there are several.
func AgainstAll(verdicts []Verdict) []Lowest {
	var all []*Lowest
	find := func(v Verdict) *Lowest {
		for _, l := range all {
			if l.Cell == v.Cell && l.Candidate == v.Threshold.Candidate {
				return l
			}
		}
		l := &Lowest{Cell: v.Cell, Candidate: v.Threshold.Candidate, Status: Pass, Ratio: Unknown()}
		all = append(all, l)
		return l
	}
	for _, v := range verdicts {
		if v.Threshold.Metric == plan.CPURatio && v.Threshold.Max == 1 {
			find(v).add(v)
		}
	}
	var several []Lowest
	for _, l := range all {
		if l.Others > 1 {
			several = append(several, *l)
		}
	}
	return several
}

func (l *Lowest) add(v Verdict) {
	l.Others++
	if !l.Ratio.Known() || v.Estimate.Center > l.Ratio.Center {
		l.Closest, l.Ratio = v.Threshold.Baseline, v.Estimate
	}
	switch {
	case v.Status == Fail:
		l.Status = Fail
	case v.Status == Inconclusive && l.Status == Pass:
		l.Status = Inconclusive
	}
}

// String is for people.
func (l Lowest) String() string {
	return fmt.Sprintf("%s: %s uses less CPU a message than all %d others (%s); the closest is %s, ratio %s", l.Status, l.Candidate, l.Others, l.Cell, l.Closest, l.Ratio)
}
