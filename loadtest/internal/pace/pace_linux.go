package pace

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

const (
	urgent = -15 // nice value
	// kernelBias undoes what the system call adds, so that no priority looks
	// like an error: it returns 20 for a nice value of 0.
	kernelBias = 20
)

// Thread gives the goroutine an operating system thread of its own with exact
// timers, until done is called.
func Thread() (done func()) {
	runtime.LockOSThread()
	// 1 ns of slack instead of the usual 50 µs. Without it the pace is a
	// little worse, not wrong, so a refusal is no error.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	// The thread is the one that must not wait for a CPU; it takes next to
	// nothing. On Linux a thread has a priority of its own (setpriority(2)).
	usual, prioErr := unix.Getpriority(unix.PRIO_PROCESS, 0)
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, urgent) // takes root
	return func() {
		_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // 0 is the default
		if prioErr == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, 0, kernelBias-usual)
		}
		runtime.UnlockOSThread()
	}
}

// sleep ends early when a signal arrives, which the runtime sends to preempt
// goroutines; Until looks at the clock again.
func sleep(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &ts, nil)
}
