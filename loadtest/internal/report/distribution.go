package report

import (
	"io"
	"strings"

	"hookproof/loadtest/internal/record"
	"hookproof/loadtest/internal/result"
)

// Distribution is all latencies of a mode in a cell.
type Distribution struct {
	Name    string // fit for a file
	samples []result.Sample
}

// Distributions of every mode that answered anything.
func Distributions(r result.Result) []Distribution {
	var all []Distribution
	for _, c := range r.Cells {
		for _, id := range modes(c) {
			if d := distribution(c, id); len(d.samples) > 0 && !id.control {
				all = append(all, d)
			}
		}
	}
	return all
}

func distribution(c result.Cell, id identity) Distribution {
	name := strings.NewReplacer("@", "-", "/", "-", "±", "-").Replace(c.Name + "-" + id.mode)
	d := Distribution{Name: name}
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			if a.Mode == id.mode && a.Control == id.control {
				d.samples = append(d.samples, a.Samples...)
			}
		}
	}
	return d
}

// Write writes the distribution in HdrHistogram's .hgrm format, in ms.
func (d Distribution) Write(w io.Writer) error {
	const ticks, microsecondsPerUnit = 5, 1000
	_, err := record.Histogram(d.samples).PercentilesPrint(w, ticks, microsecondsPerUnit)
	return err
}
