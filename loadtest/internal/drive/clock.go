package drive

import (
	"fmt"
	"strings"
	"time"
)

// clock says how long a run has taken and will about take. The zero value says
// nothing.
type clock struct {
	began          time.Time
	left           time.Duration // expected of the groups that are not done
	expected, took time.Duration // of those that are
}

// total is how long the run will take, if the rest is as much slower than
// expected as what is done was.
func (c clock) total(now time.Time) time.Duration {
	slower := 1.0
	if c.expected > 0 {
		slower = float64(c.took) / float64(c.expected)
	}
	return max(c.took+time.Duration(slower*float64(c.left)), now.Sub(c.began))
}

// String is what every line of progress begins with.
func (c clock) String() string {
	if c.began.IsZero() {
		return ""
	}
	now := time.Now()
	return fmt.Sprintf("[%s of about %s] ", short(now.Sub(c.began)), short(c.total(now)))
}

// short is a duration for people who wait: seconds at first, then minutes.
func short(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}

// outlook starts the clock.
func (d *Driver) outlook(groups [][]int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clock = clock{began: time.Now()}
	for _, group := range groups {
		d.clock.left += d.Plan.Expected(group)
	}
}

// passed books a group that has been measured.
func (d *Driver) passed(group []int, took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.Plan.Expected(group)
	d.clock.left, d.clock.expected, d.clock.took = d.clock.left-e, d.clock.expected+e, d.clock.took+took
}

// more books a group that is measured once more.
func (d *Driver) more(group []int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clock.left += d.Plan.Expected(group)
}

// announce says which cells come now.
func (d *Driver) announce(at, of int, group []int) {
	var names []string
	for _, i := range group {
		names = append(names, d.Plan.Cells[i].Name())
	}
	d.printf("%d of %d: %s, about %s\n", at+1, of, strings.Join(names, " beside "), short(d.Plan.Expected(group)))
}
