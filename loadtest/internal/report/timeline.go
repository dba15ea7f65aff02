package report

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hookproof/loadtest/internal/result"
)

// timeline draws every message of the cell at its planned moment, one restart
// after the other: a stall shows as a slope.
func timeline(c result.Cell) (*plot.Plot, error) {
	p := newPlot("Latency over time, restart after restart", "s", "ms")
	for i, id := range modes(c) {
		if id.control {
			continue
		}
		points := moments(c, id)
		if len(points) == 0 {
			continue
		}
		dots, err := plotter.NewScatter(points)
		if err != nil {
			return nil, err
		}
		dots.Color, dots.Radius, dots.Shape = palette(i), vg.Points(1.3), draw.CircleGlyph{}
		p.Add(dots)
		p.Legend.Add(id.mode, dots)
	}
	p.Y.Min = 0
	return p, nil
}

func moments(c result.Cell, id identity) plotter.XYs {
	var points plotter.XYs
	offset := 0.0
	for _, run := range c.Runs {
		length := 0.0
		for _, a := range run.Arms {
			length = max(length, float64(len(a.Slices))*c.Slice.Seconds())
			if a.Mode != id.mode || a.Control != id.control {
				continue
			}
			for _, s := range a.Samples {
				if s.Answered() {
					points = append(points, plotter.XY{X: offset + float64(s.At)/1e6, Y: float64(s.Latency) / 1000})
				}
			}
		}
		offset += length
	}
	return thin(points)
}

// thin keeps every n-th point, and the slowest one of those between: a plot of
// an outage must not lose the outage.
func thin(points plotter.XYs) plotter.XYs {
	step := max(1, len(points)/maxPoints)
	var kept plotter.XYs
	for i := 0; i < len(points); i += step {
		worst := points[i]
		for _, p := range points[i:min(i+step, len(points))] {
			if p.Y > worst.Y {
				worst = p
			}
		}
		kept = append(kept, worst)
	}
	return kept
}

// usageLine draws the CPU of each slice, as a share of one CPU.
func usageLine(c result.Cell) (*plot.Plot, error) {
	p := newPlot("CPU over time, restart after restart", "s", "ms a second")
	for i, id := range modes(c) {
		if id.control {
			continue
		}
		points := slicesOf(c, id)
		if len(points) == 0 {
			continue
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.StepStyle, line.Width = palette(i), plotter.PostStep, vg.Points(1.2)
		p.Add(line)
		p.Legend.Add(id.mode, line)
	}
	p.Y.Min = 0
	return p, nil
}

func slicesOf(c result.Cell, id identity) plotter.XYs {
	var points plotter.XYs
	at := 0.0
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			if a.Mode != id.mode || a.Control != id.control {
				continue
			}
			for _, s := range a.Slices {
				if s.Wall > 0 {
					points = append(points, plotter.XY{X: at, Y: ms(s.CPU) / s.Wall.Seconds()})
				}
				at += c.Slice.Seconds()
			}
		}
	}
	return points
}
