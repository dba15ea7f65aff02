package usage

import "time"

// Check is one process's CPU as three meters saw it: the one whose figures are
// used, the CPU clocks of the processes themselves, and what the kernel told
// their parent when they had ended (rusage). The first two span the time from
// Attach to just before the process was told to stop, Life and Rusage the
// time from Attach to its end.
type Check struct {
	Meter  time.Duration
	Clock  time.Duration
	Life   time.Duration // by the meter; 0: a clock ends with its process
	Rusage time.Duration // 0: not known, it has not ended
}

// Check compares the meters while the process runs. Call AtExit when it has
// ended.
func (m *Meter) Check() (Check, error) {
	r, err := m.cpu()
	if err != nil {
		return Check{}, err
	}
	clock, err := m.clocks()
	return Check{Meter: r - m.begun, Clock: clock}, err
}

// AtExit completes a check with the CPU of the whole life of the process that
// was measured, as its parent learned it.
func (m *Meter) AtExit(c Check, life time.Duration) (Check, error) {
	c.Rusage = life - m.before[m.pid]
	if m.leaf == nil {
		return c, nil
	}
	total, err := m.leaf.cpu()
	c.Life = total - m.begun
	for _, pid := range m.adopted { // they live on, and are in the leaf but not in the life
		if used, err := Clock(pid); err == nil {
			c.Life -= used - m.before[pid]
		}
	}
	return c, err
}

// clocks is what the CPU clocks of all processes that are measured have
// counted since each became so. A child that has ended is not in it.
func (m *Meter) clocks() (time.Duration, error) {
	pids := []int{m.pid}
	if m.leaf != nil {
		var err error
		if pids, err = m.leaf.processes(); err != nil {
			return 0, err
		}
	}
	var sum time.Duration
	for _, pid := range pids {
		used, err := Clock(pid)
		if err != nil {
			return 0, err
		}
		sum += used - m.before[pid]
	}
	return sum, nil
}
