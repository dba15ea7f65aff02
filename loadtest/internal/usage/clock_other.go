//go:build !linux

package usage

import (
	"errors"
	"time"
)

// Clock needs Linux.
func Clock(int) (time.Duration, error) {
	return 0, errors.New("CPU of a process is measured on Linux only: run the harness there, or in a container")
}
