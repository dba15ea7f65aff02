package verdict

import (
	"fmt"
	"math"

	"hookproof/loadtest/internal/result"
)

// The bots of a calibration.
const (
	Plain   = "webhook"
	Heavier = "heavier"
	Slower  = "slower"
	Frozen  = "frozen"
)

// Finding is what one calibration run told about each bot.
type Finding struct {
	Twins   Interval // ratio of two equal bots, 95 %: it must contain 1
	Heavier Interval // ratio of the bot with 10 % more CPU: it must be above 1
	Slower  Interval // ms by which the slower bot's medians are later: above 0
	Frozen  float64  // ms, p99 of the bot that was stopped for 2 s
	// Neighbours is how many processes made noise meanwhile.
	Neighbours int
}

// Calibrate reads a cell with the bots of a calibration.
func Calibrate(c result.Cell) Finding {
	plain, slower := medians(c, Plain), medians(c, Slower)
	var later []float64
	for i := range min(len(plain), len(slower)) {
		later = append(later, slower[i]-plain[i])
	}
	frozen, _ := Latencies(c, Frozen, false)
	return Finding{
		Twins:   Mean(ControlRatios(c), 0.95).Exp(),
		Heavier: Mean(LogRatios(c, Heavier, Plain), 0.95).Exp(),
		Slower:  Mean(later, 0.95),
		Frozen:  Point(frozen, 0.99),
	}
}

// FalseAlarm reports whether equal bots looked different.
func (f Finding) FalseAlarm() bool { return f.Twins.Low > 1 || f.Twins.High < 1 }

// FoundHeavier reports whether the bot that takes more CPU was found.
func (f Finding) FoundHeavier() bool { return f.Heavier.Low > 1 }

// FoundSlower reports whether the bot that answers 5 ms later was found.
func (f Finding) FoundSlower() bool { return f.Slower.Low > 0 }

// FoundFrozen reports whether two seconds of standing still showed.
func (f Finding) FoundFrozen() bool { return f.Frozen > 1000 && !math.IsInf(f.Frozen, 1) }

func (f Finding) String() string {
	return fmt.Sprintf("twins %s, 10 %% more CPU %s, 5 ms later %s ms, frozen p99 %.0f ms", f.Twins, f.Heavier, f.Slower, f.Frozen)
}

// Tally counts over several runs.
type Tally struct{ Runs, FalseAlarms, Heavier, Slower, Frozen int }

// Apart separates the runs beside noisy neighbours from the others.
func Apart(all []Finding) (quiet, noisy []Finding) {
	for _, f := range all {
		if f.Neighbours > 0 {
			noisy = append(noisy, f)
		} else {
			quiet = append(quiet, f)
		}
	}
	return quiet, noisy
}

// Count sums findings up.
func Count(all []Finding) Tally {
	t := Tally{Runs: len(all)}
	for _, f := range all {
		t.FalseAlarms += one(f.FalseAlarm())
		t.Heavier += one(f.FoundHeavier())
		t.Slower += one(f.FoundSlower())
		t.Frozen += one(f.FoundFrozen())
	}
	return t
}

// Calibrated reports whether the harness is good enough, with and without
// neighbours, as far as both were tried: at most one false alarm in twenty
// runs, nine of ten handicaps found, and every freeze.
func Calibrated(all []Finding) bool {
	quiet, noisy := Apart(all)
	return len(all) > 0 && goodEnough(quiet) && goodEnough(noisy)
}

func goodEnough(all []Finding) bool {
	t := Count(all)
	return t.Runs == 0 || t.FalseAlarms <= max(1, t.Runs/20) &&
		10*t.Heavier >= 9*t.Runs && 10*t.Slower >= 9*t.Runs && t.Frozen == t.Runs
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
