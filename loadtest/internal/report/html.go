package report

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

//go:embed page.html
var pageText string

// page is what the template shows.
type page struct {
	Result   result.Result
	Summary  string
	Verdicts []verdict.Verdict
	Rows     []Row
	Ratios   template.HTML
	Cells    []cellPlots
	Curves   []Curve
	Cross    []Crossover
	Plans    []Plan
	Ramps    []Sustained
	Peers    []Peers
	Together string // how the claims were judged together
	Command  string
}

type cellPlots struct {
	Cell                         result.Cell
	Percentiles, Timeline, Usage template.HTML
}

// HTML writes one page that needs nothing else: no script, no network, plots
// inside.
func HTML(w io.Writer, r result.Result, verdicts []verdict.Verdict) error {
	p := page{Result: r, Summary: Summary(verdicts), Verdicts: verdicts, Rows: Rows(r), Command: reproduce(r), Plans: Plans(), Ramps: Sustain(r),
		Peers: SideBySide(r, verdicts), Together: verdict.Corrected(verdicts)}
	p.Curves = Curves(r, candidate(r))
	p.Cross = Crossovers(p.Curves)
	bars, n, err := ratioBars(verdicts)
	if err != nil {
		return err
	}
	if n > 0 {
		if p.Ratios, err = svg(bars, plotHeight, "CPU ratios with intervals"); err != nil {
			return err
		}
	}
	for _, c := range r.Cells {
		plots, err := plotCell(c)
		if err != nil {
			return err
		}
		p.Cells = append(p.Cells, plots)
	}
	t, err := template.New("page").Funcs(functions()).Parse(pageText)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

func plotCell(c result.Cell) (cellPlots, error) {
	out := cellPlots{Cell: c}
	for _, one := range []struct {
		to     *template.HTML
		draw   func(result.Cell) (*plot.Plot, error)
		height vg.Length
		label  string
		skip   bool
	}{
		{&out.Percentiles, percentiles, plotHeight, "latency percentiles of " + c.Name, c.Idle},
		{&out.Timeline, timeline, plotHeight * 3 / 4, "latency over time of " + c.Name, c.Idle},
		{&out.Usage, usageLine, plotHeight * 3 / 4, "CPU over time of " + c.Name, false},
	} {
		if one.skip {
			continue
		}
		p, err := one.draw(c)
		if err != nil {
			return out, err
		}
		if *one.to, err = svg(p, one.height, one.label); err != nil {
			return out, err
		}
	}
	return out, nil
}

// reproduce is the command that measures the same arrivals again.
func reproduce(r result.Result) string {
	args := append([]string{"go", "run", "./loadtest"}, r.Command[min(1, len(r.Command)):]...)
	return strings.Join(args, " ")
}

func functions() template.FuncMap {
	return template.FuncMap{
		"estimate": Estimate,
		"figure":   Figure,
		"limit":    func(v verdict.Verdict) string { return Figure(v, v.Limit) },
		"number":   number,
		"ms":       func(d time.Duration) string { return number(ms(d), 1) },
		"perMsg":   Row.perMessage,
		"mb":       func(n int64) string { return number(float64(n)/(1<<20), 1) },
		"class":    func(s verdict.Status) string { return strings.ToLower(string(s)) },
		"round":    func(d time.Duration) time.Duration { return d.Round(time.Second) },
	}
}
