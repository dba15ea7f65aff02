package pace

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Thread gives the goroutine an operating system thread of its own with exact
// timers, until done is called.
func Thread() (done func()) {
	runtime.LockOSThread()
	// 1 ns of slack instead of the usual 50 µs. Without it the pace is a
	// little worse, not wrong, so a refusal is no error.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	return func() {
		_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // 0 is the default
		runtime.UnlockOSThread()
	}
}

// sleep ends early when a signal arrives, which the runtime sends to preempt
// goroutines; Until looks at the clock again.
func sleep(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &ts, nil)
}
