package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// Curve is what a mode uses and how late it is over the rate, on one network.
type Curve struct {
	RTT    time.Duration
	Points []CurvePoint // by rate, then mode
}

// CurvePoint is one mode at one rate.
type CurvePoint struct {
	Rate float64
	Row  Row
	// Against is the CPU of the candidate to this mode's; unknown for the
	// candidate itself.
	Against verdict.Interval
}

// Crossover says up to which rate the candidate uses less CPU than a baseline.
type Crossover struct {
	RTT      time.Duration
	Baseline string
	Says     string
}

// Curves collects the cells with a steady rate, without a limit on the CPU, for
// a candidate.
func Curves(r result.Result, candidate string) []Curve {
	byRTT := map[time.Duration]*Curve{}
	for _, c := range r.Cells {
		if c.Rate == 0 || c.CPU > 0 {
			continue
		}
		curve := byRTT[c.RTT]
		if curve == nil {
			curve = &Curve{RTT: c.RTT}
			byRTT[c.RTT] = curve
		}
		for _, id := range modes(c) {
			if id.control {
				continue
			}
			p := CurvePoint{Rate: c.Rate, Row: row(c, id), Against: verdict.Unknown()}
			if id.mode != candidate {
				p.Against = verdict.Mean(verdict.LogRatios(c, candidate, id.mode), 0.90).Exp()
			}
			curve.Points = append(curve.Points, p)
		}
	}
	var all []Curve
	for _, c := range byRTT {
		slices.SortStableFunc(c.Points, func(a, b CurvePoint) int { return int(a.Rate*1000 - b.Rate*1000) })
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Curve) int { return int(a.RTT - b.RTT) })
	return all
}

// Crossovers says for each network and baseline where webhooks stop paying.
func Crossovers(curves []Curve) []Crossover {
	var all []Crossover
	for _, c := range curves {
		for _, baseline := range baselines(c) {
			all = append(all, Crossover{c.RTT, baseline, crossover(c, baseline)})
		}
	}
	return all
}

func baselines(c Curve) []string {
	var all []string
	for _, p := range c.Points {
		if p.Against.Known() && !slices.Contains(all, p.Row.Mode) {
			all = append(all, p.Row.Mode)
		}
	}
	return all
}

// crossover reads the points of one baseline in the order of rates.
func crossover(c Curve, baseline string) string {
	var cheaper, dearer []float64
	last := ""
	for _, p := range c.Points {
		if p.Row.Mode != baseline || !p.Against.Known() {
			continue
		}
		if p.Against.Center < 1 {
			cheaper = append(cheaper, p.Rate)
		} else {
			dearer = append(dearer, p.Rate)
		}
		last = fmt.Sprintf("%.2f times as much at %g/s", p.Against.Center, p.Rate)
	}
	switch {
	case len(cheaper)+len(dearer) < 2:
		return "one rate was measured: no curve"
	case len(dearer) == 0:
		return fmt.Sprintf("less CPU at every rate measured, %g to %g/s; %s", cheaper[0], cheaper[len(cheaper)-1], last)
	case len(cheaper) == 0:
		return fmt.Sprintf("more CPU at every rate measured, %g to %g/s; %s", dearer[0], dearer[len(dearer)-1], last)
	}
	return fmt.Sprintf("less CPU at %s, more at %s; %s", rates(cheaper), rates(dearer), last)
}

func rates(all []float64) string {
	var words []string
	for _, r := range all {
		words = append(words, fmt.Sprintf("%g/s", r))
	}
	return strings.Join(words, ", ")
}

// Plan is a hosting plan's share of a CPU. Render's, with monthly prices.
type Plan struct {
	Name   string
	CPU    float64
	Dollar int
}

// Plans of Render below two CPUs (Render docs: instance types). A saving
// changes the bill only where it lets a bot do with the next smaller one.
func Plans() []Plan {
	return []Plan{{"Free", 0.1, 0}, {"Starter", 0.5, 7}, {"Standard", 1, 25}}
}

// Most is how many messages a second a plan's CPU is enough for.
func (p Plan) Most(perMessage time.Duration) float64 {
	if perMessage <= 0 {
		return 0
	}
	return p.CPU * float64(time.Second) / float64(perMessage)
}

// writeCurves is the curve's part of the text report.
func writeCurves(w io.Writer, r result.Result) {
	curves := Curves(r, candidate(r))
	for _, c := range Crossovers(curves) {
		fmt.Fprintf(w, "Webhook against %s over RTT %s: %s\n", c.Baseline, c.RTT, c.Says)
	}
	for _, c := range curves {
		for _, p := range c.Points {
			var fits []string
			for _, plan := range Plans() {
				fits = append(fits, fmt.Sprintf("%s %.0f/s", plan.Name, plan.Most(p.Row.CPUPerMessage)))
			}
			fmt.Fprintf(w, "%s at %g/s, RTT %s: %s ms a message; CPU is enough for %s\n", p.Row.Mode, p.Rate, c.RTT, p.Row.perMessage(), strings.Join(fits, ", "))
		}
	}
}

// candidate is what the thresholds are about: the first one's.
func candidate(r result.Result) string {
	if len(r.Thresholds) == 0 {
		return ""
	}
	return r.Thresholds[0].Candidate
}
