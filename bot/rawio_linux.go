package main

import (
	"errors"
	"io"
	"net"
	"syscall"
	"unsafe"
)

// A rawIO reads and writes a TCP connection without telling the scheduler about
// the system calls. The socket does not block, so that each ends at once; telling
// would wake the runtime's monitor thread for each, which costs more than the
// message. Waiting, deadlines and closing are package net's as ever.
type rawIO struct{ syscall.RawConn }

// newRawIO returns conn itself where it is no plain socket.
func newRawIO(conn net.Conn) io.ReadWriter {
	if socket, ok := conn.(syscall.Conn); ok {
		if raw, err := socket.SyscallConn(); err == nil {
			return rawIO{raw}
		}
	}
	return conn
}

func (r rawIO) Read(p []byte) (n int, err error) {
	waited := r.RawConn.Read(func(fd uintptr) bool {
		n, err = transfer(syscall.SYS_READ, fd, p)
		return !errors.Is(err, syscall.EAGAIN)
	})
	switch {
	case waited != nil: // closed, or out of time
		return 0, waited
	case n == 0 && err == nil && len(p) > 0:
		return 0, io.EOF
	}
	return n, err
}

// Write writes all of p, or fails.
func (r rawIO) Write(p []byte) (n int, err error) {
	waited := r.RawConn.Write(func(fd uintptr) bool {
		for err = nil; n < len(p) && err == nil; {
			var m int
			m, err = transfer(syscall.SYS_WRITE, fd, p[n:])
			n += m
		}
		return !errors.Is(err, syscall.EAGAIN)
	})
	if waited != nil {
		return n, waited
	}
	return n, err
}

// transfer is one system call, repeated when a signal interrupts it. The pointer
// becomes a number in the call's own arguments, as package unsafe requires.
func transfer(call, fd uintptr, p []byte) (int, error) {
	for {
		n, _, errno := syscall.RawSyscall(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p))) //nolint:gosec // G103: there is no safe call that the scheduler is not told of
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}
