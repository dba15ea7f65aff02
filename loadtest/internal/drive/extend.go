package drive

import (
	"context"
	"slices"
	"time"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// extend measures the cells with an undecided promise once more. Whether a cell
// is one of them is decided when all have been measured, and once: a run that
// goes on until it likes its figures finds what it looks for.
func (d *Driver) extend(ctx context.Context, cells []result.Cell, began time.Time, took map[int]time.Duration) error {
	undecided := d.undecided(cells)
	for _, group := range d.Plan.Groups() {
		length := took[group[0]]
		group = slices.DeleteFunc(slices.Clone(group), func(i int) bool { return !undecided[cells[i].Name] })
		if len(group) == 0 {
			continue
		}
		if d.Plan.Within > 0 && time.Since(began)+length > d.Plan.Within {
			d.printf("%s stays undecided: measuring it again would take the run beyond %s\n", cells[group[0]].Name, d.Plan.Within)
			continue
		}
		d.printf("%s is undecided: measuring %d of its kind again\n", cells[group[0]].Name, len(group))
		d.more(group)
		start := time.Now()
		if err := d.group(ctx, group, cells); err != nil {
			return err
		}
		d.passed(group, time.Since(start))
	}
	return nil
}

// undecided names the cells in which a promise is not decided.
func (d *Driver) undecided(cells []result.Cell) map[string]bool {
	names := map[string]bool{}
	for _, v := range verdict.Judge(result.Result{Cells: cells, Thresholds: d.Plan.Thresholds}) {
		if v.Status == verdict.Inconclusive && v.Gates() {
			names[v.Cell] = true
		}
	}
	return names
}
