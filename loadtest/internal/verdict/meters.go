package verdict

import (
	"fmt"
	"slices"
	"time"

	"hookproof/loadtest/internal/result"
)

// Agreement of meters: they may differ by so large a part, and by what
// attaching, reading one after the other and, where there is only a clock,
// stopping costs.
const (
	agreement    = 0.05
	readingSlack = 2 * time.Millisecond
	stopSlack    = 25 * time.Millisecond
)

// meterGuard compares the figures that are used with two others of the same
// processes: a meter that misses a child, or counts a stranger, must not judge.
func meterGuard(c result.Cell, modes ...string) Guard {
	const name = "CPU meter"
	var worst float64
	n, to := 0, "the process's own clock"
	for _, run := range c.Runs {
		for _, a := range run.Arms {
			if a.Meters == nil || len(modes) > 0 && !slices.Contains(modes, a.Mode) {
				continue
			}
			if ok, says := agree(*a.Meters); !ok {
				return Guard{Name: name, Says: fmt.Sprintf("the meters of %s disagree by more than %.0f %% and 2 ms: %s", a.Mode, 100*agreement, says), OK: false}
			}
			n++
			if a.Meters.Rusage > 0 {
				to = "the process's own clock and rusage at its end"
			}
			worst = max(worst, off(a.Meters.Meter, a.Meters.Clock), off(a.Meters.Life, a.Meters.Rusage))
		}
	}
	if n == 0 {
		return Guard{Name: name, Says: "not compared with another in this run", OK: true}
	}
	return Guard{Name: name, Says: fmt.Sprintf("%d times within %.1f %% of %s (limit %.0f %%, or 2 ms)", n, 100*worst, to, 100*agreement), OK: true}
}

// off is how far two figures are apart, as a share; 0 where one is unknown, or
// where the slack for reading them is all there is between them.
func off(a, b time.Duration) float64 {
	if a == 0 || b == 0 || max(a-b, b-a) <= readingSlack {
		return 0
	}
	return float64(max(a-b, b-a)) / float64(max(a, b))
}

// agree reports whether the meters of one process agree, and what they say.
func agree(c result.Meters) (ok bool, says string) {
	ok = near(c.Meter, c.Clock, readingSlack)
	says = fmt.Sprintf("meter %s, the process's own clock %s", brief(c.Meter), brief(c.Clock))
	if c.Rusage == 0 {
		return ok, says + ", no rusage"
	}
	life, slack := c.Life, readingSlack
	if life == 0 {
		life, slack = c.Clock, stopSlack
	}
	return ok && near(life, c.Rusage, slack), says + fmt.Sprintf("; to the end %s, rusage %s", brief(life), brief(c.Rusage))
}

func near(a, b, slack time.Duration) bool {
	bound := time.Duration(agreement*float64(max(a, b))) + slack
	return a-b <= bound && b-a <= bound
}

func brief(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
