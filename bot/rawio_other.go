//go:build !linux

package main

import (
	"io"
	"net"
)

func newRawIO(conn net.Conn) io.ReadWriter { return conn }
