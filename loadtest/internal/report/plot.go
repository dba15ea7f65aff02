package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// Size of a plot; the page scales it to its width.
const (
	plotWidth  = 7.5 * vg.Inch
	plotHeight = 3.6 * vg.Inch
	maxPoints  = 1500 // of one line; more would only make the page large
)

// palette has colours that differ in print and to colour-blind eyes (Okabe and
// Ito, 2008).
func palette(i int) color.Color {
	colors := []color.RGBA{
		{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {230, 159, 0, 255}, {86, 180, 233, 255}, {0, 0, 0, 255},
	}
	return colors[i%len(colors)]
}

// svg draws a plot as an SVG element for a page.
func svg(p *plot.Plot, height vg.Length, label string) (template.HTML, error) {
	canvas := vgsvg.NewWith(vgsvg.UseWH(plotWidth, height), vgsvg.EmbedFonts(false))
	p.Draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", fmt.Errorf("draw %s: %w", label, err)
	}
	_, element, _ := strings.Cut(b.String(), "<svg ")
	head := fmt.Sprintf(`<svg role="img" aria-label=%q `, template.HTMLEscapeString(label))
	return template.HTML(head + element), nil //nolint:gosec // drawn above from numbers and escaped names
}

func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	return p
}

// percentiles draws latency over 1/(1-p): each nine is a step to the right, so
// the tail has as much room as the middle.
func percentiles(c result.Cell) (*plot.Plot, error) {
	p := newPlot("Latency by percentile", "percentile", "ms")
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = plot.ConstantTicks(nines())
	for i, id := range modes(c) {
		all, _ := verdict.Latencies(c, id.mode, id.control)
		points := percentilePoints(all)
		if len(points) == 0 || id.control {
			continue
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width = palette(i), vg.Points(1.6)
		p.Add(line)
		p.Legend.Add(id.mode, line)
	}
	p.Add(horizontal(usualLimit.Seconds()*1000, "200 ms", p))
	p.X.Min, p.Y.Min = 1, 0
	p.X.Max, p.Y.Max = max(p.X.Max, 100), max(p.Y.Max, 210)
	return p, nil
}

func nines() []plot.Tick {
	return []plot.Tick{{Value: 1, Label: "0"}, {Value: 2, Label: "50"}, {Value: 4, Label: "75"}, {Value: 10, Label: "90"},
		{Value: 20, Label: "95"}, {Value: 100, Label: "99"}, {Value: 1000, Label: "99.9"}, {Value: 10000, Label: "99.99"}}
}

// percentilePoints leaves out what was never answered, at the right end.
func percentilePoints(sorted []float64) plotter.XYs {
	var points plotter.XYs
	step := max(1, len(sorted)/maxPoints)
	n := float64(len(sorted))
	for i, v := range sorted {
		tail := len(sorted)-i <= 100
		if math.IsInf(v, 1) || (i%step != 0 && !tail) {
			continue
		}
		points = append(points, plotter.XY{X: n / (n - float64(i)), Y: v})
	}
	return points
}

// horizontal is a dashed line across the plot with a name in the legend.
func horizontal(y float64, name string, p *plot.Plot) plot.Plotter {
	f := plotter.NewFunction(func(float64) float64 { return y })
	f.Color, f.Dashes, f.Width = color.Gray{90}, []vg.Length{vg.Points(4), vg.Points(3)}, vg.Points(1.2)
	f.Samples = 2
	p.Legend.Add(name, f)
	return f
}

// ratioBars draws the CPU ratio of every CPU verdict with its interval, and the
// line at the limit.
func ratioBars(verdicts []verdict.Verdict) (*plot.Plot, int, error) {
	p := newPlot("CPU against polling", "", "CPU ratio")
	var names []string
	var limit float64
	for _, v := range verdicts {
		if v.Unit != "" || !v.Estimate.Known() {
			continue
		}
		limit = v.Limit
		if err := addBar(p, len(names), v); err != nil {
			return nil, 0, err
		}
		names = append(names, v.Cell+"\n"+v.Threshold.Candidate+" / "+v.Threshold.Baseline)
	}
	if len(names) == 0 {
		return nil, 0, nil
	}
	p.NominalX(names...)
	p.Add(horizontal(limit, fmt.Sprintf("limit %.2f", limit), p))
	p.X.Min, p.X.Max = -0.6, float64(len(names))-0.4
	p.Y.Min, p.Y.Max = 0, max(1.2, min(p.Y.Max, 8))
	return p, len(names), nil
}

func addBar(p *plot.Plot, at int, v verdict.Verdict) error {
	bars, err := plotter.NewBarChart(plotter.Values{v.Estimate.Center}, vg.Points(28))
	if err != nil {
		return err
	}
	bars.XMin, bars.Color, bars.LineStyle.Width = float64(at), statusColor(v.Status), 0
	p.Add(bars)
	if math.IsInf(v.Estimate.Low, 0) || math.IsInf(v.Estimate.High, 0) {
		return nil
	}
	errs, err := plotter.NewYErrorBars(errorPoint{x: float64(at), v: v})
	if err != nil {
		return err
	}
	errs.Width, errs.CapWidth = vg.Points(1.4), vg.Points(10)
	p.Add(errs)
	return nil
}

// errorPoint is one point with its interval, as the plotter wants it.
type errorPoint struct {
	x float64
	v verdict.Verdict
}

func (e errorPoint) Len() int                  { return 1 }
func (e errorPoint) XY(int) (float64, float64) { return e.x, e.v.Estimate.Center }
func (e errorPoint) YError(int) (float64, float64) {
	return e.v.Estimate.Center - e.v.Estimate.Low, e.v.Estimate.High - e.v.Estimate.Center
}

func statusColor(s verdict.Status) color.Color {
	switch s {
	case verdict.Pass:
		return color.RGBA{0, 158, 115, 255}
	case verdict.Fail:
		return color.RGBA{213, 94, 0, 255}
	}
	return color.RGBA{150, 150, 150, 255}
}
