package drive

import (
	"os"
	"runtime"
	"time"

	"github.com/prometheus/procfs"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/usage"
)

// watch measures the machine and the harness itself over a stretch of time.
type watch struct {
	begun, ended moment
}

type moment struct {
	at      time.Time
	own     time.Duration
	stolen  float64 // seconds of CPU
	waiting time.Duration
}

func (w *watch) start() { w.begun = now() }
func (w *watch) stop()  { w.ended = now() }

// machine is what happened in between; zero if the stretch was cut short.
func (w *watch) machine() result.Machine {
	m := result.Machine{CPUs: runtime.NumCPU()}
	if w.ended.at.IsZero() {
		return m
	}
	m.Wall = w.ended.at.Sub(w.begun.at)
	m.HarnessCPU = w.ended.own - w.begun.own
	m.Steal = (w.ended.stolen - w.begun.stolen) / (m.Wall.Seconds() * float64(m.CPUs))
	m.Pressure = float64(w.ended.waiting-w.begun.waiting) / float64(m.Wall)
	return m
}

// now reads what there is; a kernel without pressure figures shows none.
func now() moment {
	m := moment{at: time.Now()}
	m.own, _ = usage.Clock(os.Getpid())
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return m
	}
	if stat, err := fs.Stat(); err == nil {
		m.stolen = stat.CPUTotal.Steal
	}
	if psi, err := fs.PSIStatsForResource("cpu"); err == nil && psi.Some != nil {
		m.waiting = time.Duration(psi.Some.Total) * time.Microsecond
	}
	return m
}

// worse sums up two stretches of the same round.
func worse(a, b result.Machine) result.Machine {
	return result.Machine{
		CPUs: b.CPUs, Wall: a.Wall + b.Wall, HarnessCPU: a.HarnessCPU + b.HarnessCPU,
		Steal: max(a.Steal, b.Steal), Pressure: max(a.Pressure, b.Pressure),
	}
}
