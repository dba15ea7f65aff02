package verdict

import (
	"cmp"
	"fmt"
	"slices"
)

// alpha is the chance of a wrong PASS or a wrong FAIL: of one claim alone, and,
// by Holm's correction, of any claim of a run.
const alpha = 0.05

// confidence of the interval that is shown: wider where the figures may be
// looked at twice, so that both looks together err no more often than one.
func (v *Verdict) confidence() float64 { return 1 - (1-confidence)/float64(max(1, v.Looks)) }

// alpha of one look.
func (v *Verdict) alpha() float64 { return alpha / float64(max(1, v.Looks)) }

// correct takes back verdicts that stand alone, but not as one of many: of
// twenty claims that are at their limit, one would be decided wrongly by
// chance. The family is every claim of the run, those included that could not
// be tested.
func correct(all []Verdict) {
	p := make([]float64, len(all))
	for i, v := range all {
		if p[i] = 1; v.tested {
			p[i] = min(1, v.P*float64(v.Looks))
		}
	}
	for i, adjusted := range Holm(p) {
		v := &all[i]
		v.Family, v.Holm = len(all), adjusted
		if v.tested && v.Status != Inconclusive && adjusted >= alpha {
			v.conclude(Inconclusive, "alone it would be a %s (p=%.3f), but as one of %d claims of this run it may be chance (Holm p=%.2f); %s",
				v.Status, p[i], len(all), adjusted, v.needs(v.alpha()/float64(len(all))))
		}
	}
}

// Holm adjusts p-values so that those below alpha hold together: the chance
// that any of them is wrong is below alpha (Holm 1979, "A simple sequentially
// rejective multiple test procedure"). They are returned in the order given.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted, least := make([]float64, len(p)), 0.0
	for rank, i := range order {
		least = max(least, min(1, p[i]*float64(len(p)-rank)))
		adjusted[i] = least
	}
	return adjusted
}

// Corrected says how the claims of a run were judged together.
func Corrected(all []Verdict) string {
	tested, looks := 0, 1
	for _, v := range all {
		looks = max(looks, v.Looks)
		if v.tested {
			tested++
		}
	}
	says := fmt.Sprintf("%d claims, %d of them tested, hold together at %.0f %% (Holm)", len(all), tested, 100*alpha)
	if looks > 1 {
		says += fmt.Sprintf("; figures may be looked at %d times, each at %.1f %%", looks, 100*alpha/float64(looks))
	}
	return says
}
