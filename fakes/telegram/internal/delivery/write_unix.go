//go:build unix

package delivery

import "syscall"

// writeNow writes what the kernel takes without waiting and returns how much that
// was. An error is left to the next, waiting write.
func writeNow(c syscall.RawConn, p []byte) int {
	n := 0
	err := c.Write(func(fd uintptr) bool {
		n, _ = syscall.Write(int(fd), p) // -1 with an error
		return true
	})
	if err != nil {
		return 0
	}
	return max(n, 0)
}
