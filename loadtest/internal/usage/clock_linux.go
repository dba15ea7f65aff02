package usage

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Clock reads the CPU clock of a process: all its threads, dead ones too, in
// nanoseconds, without privileges. Its children are not in it.
//
// The clock's id is MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of the Linux
// kernel (include/linux/posix-timers_types.h).
func Clock(pid int) (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &ts); err != nil {
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}
