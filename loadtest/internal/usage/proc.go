package usage

import (
	"fmt"

	"github.com/prometheus/procfs"
)

// readProc adds what /proc knows. Threads that ended take their switches with
// them, so the counts are a lower bound; Go programs keep their threads.
func (r *Reading) readProc(pid int) error {
	proc, err := procfs.NewProc(pid)
	if err != nil {
		return fmt.Errorf("counters of process %d: %w", pid, err)
	}
	status, err := proc.NewStatus()
	if err != nil {
		return fmt.Errorf("counters of process %d: %w", pid, err)
	}
	r.PeakRSS = int64(status.VmHWM)
	threads, err := procfs.AllThreads(pid)
	if err != nil {
		return fmt.Errorf("threads of process %d: %w", pid, err)
	}
	for _, thread := range threads {
		if status, err := thread.NewStatus(); err == nil { // it may have ended meanwhile
			r.Wakeups += int64(status.VoluntaryCtxtSwitches)
			r.Preemptions += int64(status.NonVoluntaryCtxtSwitches)
		}
	}
	return nil
}
