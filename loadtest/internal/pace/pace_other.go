//go:build !linux

package pace

import "time"

// Thread does nothing here: timers are the runtime's own.
func Thread() (done func()) { return func() {} }

func sleep(d time.Duration) { time.Sleep(d) }
