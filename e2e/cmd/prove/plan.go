package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"hookproof/e2e/proof"
)

// A trial is one check in one mode.
type trial struct {
	check proof.Check
	mode  proof.Mode
}

// newPlan picks the checks that only names: families and IDs, with commas.
func newPlan(only string) ([]trial, error) {
	wanted := strings.FieldsFunc(strings.ToUpper(only), func(r rune) bool { return r == ',' || r == ' ' })
	used := map[string]bool{}
	var plan []trial
	for _, c := range proof.Catalogue() {
		for _, w := range wanted {
			if w == c.ID || w == c.Family() {
				used[w] = true
			}
		}
		if len(wanted) > 0 && !slices.Contains(wanted, c.ID) && !slices.Contains(wanted, c.Family()) {
			continue
		}
		for _, m := range c.Modes {
			plan = append(plan, trial{c, m})
		}
	}
	for _, w := range wanted {
		if !used[w] {
			return nil, fmt.Errorf("no rule or family %q: -list names them", w)
		}
	}
	return plan, nil
}

// carryOut runs the plan, some trials at a time, and reports each as it ends.
func carryOut(ctx context.Context, r *proof.Runner, plan []trial, parallel int, progress io.Writer) *scorecard {
	card := &scorecard{Target: r.Spec.Name, About: r.Spec.About, Seed: r.Seed, Started: time.Now().UTC().Truncate(time.Second)}
	began := time.Now()
	var mu sync.Mutex // guards card and progress
	var all sync.WaitGroup
	places := make(chan struct{}, max(1, parallel))
	for _, t := range plan {
		places <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-places }()
			o := try(ctx, r, t)
			mu.Lock()
			defer mu.Unlock()
			card.Outcomes = append(card.Outcomes, o)
			fmt.Fprintf(progress, "%3d/%d  %-4s %-8s %s\n", len(card.Outcomes), len(plan), o.ID, o.Mode, o.line())
		})
	}
	all.Wait()
	card.Took = time.Since(began).Round(time.Millisecond)
	order := map[string]int{}
	for n, t := range plan {
		order[t.check.ID] = n
	}
	slices.SortStableFunc(card.Outcomes, func(a, b outcome) int {
		return cmp.Or(cmp.Compare(order[a.ID], order[b.ID]), cmp.Compare(b.Mode, a.Mode))
	})
	card.countLeaks()
	return card
}

// repeat carries out once more what does not hold, and notes what does then: a
// red that depends on chance, or on what else the machine does.
func (s *scorecard) repeat(ctx context.Context, r *proof.Runner, plan []trial, parallel int, progress io.Writer) {
	reds := slices.DeleteFunc(slices.Clone(plan), func(t trial) bool {
		return !slices.ContainsFunc(s.Outcomes, func(o outcome) bool { return t.is(o) && o.red() })
	})
	if len(reds) == 0 {
		return
	}
	fmt.Fprintf(progress, "once more, what does not hold\n")
	again := carryOut(ctx, r, reds, parallel, progress)
	for n, o := range s.Outcomes {
		for _, second := range again.Outcomes {
			switch {
			case o.ID != second.ID || o.Mode != second.Mode:
			case o.Verdict == undecided:
				s.Outcomes[n] = second
			default:
				s.Outcomes[n].Once = !second.red()
			}
		}
	}
	s.Took += again.Took
}

func (t trial) is(o outcome) bool { return t.check.ID == o.ID && t.mode == o.Mode }

// red is what does not hold.
func (o outcome) red() bool { return o.Verdict == broken || o.Verdict == undecided }

// try runs one trial.
func try(ctx context.Context, r *proof.Runner, t trial) outcome {
	o := outcome{ID: t.check.ID, Title: t.check.Title, Family: t.check.Family(), AC: t.check.AC, Mode: t.mode, Verdict: holds}
	began := time.Now()
	err := r.Run(ctx, t.check, t.mode)
	o.Took = time.Since(began).Round(time.Millisecond)
	if na, ok := errors.AsType[*proof.NotApplicable](err); ok {
		o.Verdict, o.Why = notApplicable, na.Why
		return o
	}
	if err == nil {
		return o
	}
	if leak, ok := errors.AsType[*proof.Leak](err); ok {
		o.Leak = err.Error()
		if leak.Beside && o.ID != "S12" {
			return o
		}
	}
	o.Verdict, o.Why = undecided, err.Error()
	if proof.Broken(err) {
		o.Verdict = broken
	}
	return o
}

// countLeaks breaks S12 for what other checks saw the bot print.
func (s *scorecard) countLeaks() {
	for n, o := range s.Outcomes {
		if o.ID != "S12" || o.Verdict != holds {
			continue
		}
		seen := slices.IndexFunc(s.Outcomes, func(other outcome) bool { return other.Mode == o.Mode && other.Leak != "" })
		if seen >= 0 {
			s.Outcomes[n].Verdict, s.Outcomes[n].Why = broken, s.Outcomes[seen].Leak
		}
	}
}
