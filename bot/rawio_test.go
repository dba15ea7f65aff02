package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pair is the two ends of a TCP connection, the first as a hotline reads it.
func pair(t testing.TB) (net.Conn, io.ReadWriter, *net.TCPConn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	far, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	near, err := ln.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, newRawIO(near), far.(*net.TCPConn)
}

// A write larger than the socket's buffers is cut by the kernel again and again,
// and resumed when the other side has read.
func TestRawWritesAll(t *testing.T) {
	near, raw, far := pair(t)
	require.NoError(t, near.(*net.TCPConn).SetWriteBuffer(64<<10))
	sent := make([]byte, 16<<20)
	_, _ = rand.Read(sent)
	wrote := make(chan error, 1)
	go func() {
		n, err := raw.Write(sent)
		if n != len(sent) && err == nil {
			err = io.ErrShortWrite
		}
		near.Close()
		wrote <- err
	}()
	got, err := io.ReadAll(far)
	require.NoError(t, err)
	require.NoError(t, <-wrote)
	assert.True(t, bytes.Equal(sent, got))
}

func TestRawReadsInOrder(t *testing.T) {
	_, raw, far := pair(t)
	sent := make([]byte, 1<<20)
	_, _ = rand.Read(sent)
	go func() {
		for rest := sent; len(rest) > 0; {
			n := min(len(rest), 1+int(rest[0])*37)
			if _, err := far.Write(rest[:n]); err != nil {
				return
			}
			rest = rest[n:]
		}
		_ = far.CloseWrite()
	}()
	got, err := io.ReadAll(raw)
	require.NoError(t, err, "the end of the stream is io.EOF")
	assert.True(t, bytes.Equal(sent, got))
}

// What waits is ended by what ends package net's own reads and writes.
func TestRawEnds(t *testing.T) {
	read := func(raw io.ReadWriter) error { _, err := raw.Read(make([]byte, 1)); return err }
	write := func(raw io.ReadWriter) error {
		for {
			if _, err := raw.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
		}
	}
	for _, tt := range []struct {
		name string
		wait func(io.ReadWriter) error
		end  func(near net.Conn, far *net.TCPConn) error
		want error
	}{
		{"read, past deadline", read, func(near net.Conn, _ *net.TCPConn) error { return near.SetReadDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
		{"read, deadline", read, func(near net.Conn, _ *net.TCPConn) error {
			return near.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		}, os.ErrDeadlineExceeded},
		{"write, deadline", write, func(near net.Conn, _ *net.TCPConn) error {
			return near.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
		}, os.ErrDeadlineExceeded},
		{"read, closed here", read, func(near net.Conn, _ *net.TCPConn) error { return near.Close() }, net.ErrClosed},
		{"write, closed here", write, func(near net.Conn, _ *net.TCPConn) error { return near.Close() }, net.ErrClosed},
		{"read, closed there", read, func(_ net.Conn, far *net.TCPConn) error { return far.Close() }, io.EOF},
		{"read, reset", read, func(_ net.Conn, far *net.TCPConn) error { _ = far.SetLinger(0); return far.Close() }, syscall.ECONNRESET},
		{"write, reset", write, func(_ net.Conn, far *net.TCPConn) error { _ = far.SetLinger(0); return far.Close() }, syscall.ECONNRESET},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, first := range []bool{true, false} { // the end comes first, or meets one that waits already
				near, raw, far := pair(t)
				ended := make(chan error, 1)
				if first {
					require.NoError(t, tt.end(near, far))
				}
				go func() { ended <- tt.wait(raw) }()
				if !first {
					require.NoError(t, tt.end(near, far))
				}
				select {
				case err := <-ended:
					if tt.name == "write, reset" && errors.Is(err, syscall.EPIPE) {
						continue // it came to know by the write before
					}
					assert.ErrorIs(t, err, tt.want)
				case <-time.After(60 * time.Second):
					require.FailNow(t, "never ended")
				}
			}
		})
	}
	t.Run("a deadline that is lifted", func(t *testing.T) {
		near, raw, far := pair(t)
		require.NoError(t, near.SetDeadline(time.Unix(1, 0)))
		require.ErrorIs(t, read(raw), os.ErrDeadlineExceeded)
		require.NoError(t, near.SetDeadline(time.Time{}))
		_, err := far.Write([]byte("x"))
		require.NoError(t, err)
		assert.NoError(t, read(raw))
	})
}

// Many goroutines ping and pong, so that a wake-up that is lost shows as one
// that hangs.
func TestRawLosesNoWakeUp(t *testing.T) {
	var all sync.WaitGroup
	for range 64 {
		near, raw, far := pair(t)
		require.NoError(t, near.SetDeadline(time.Now().Add(60*time.Second)))
		require.NoError(t, far.SetDeadline(time.Now().Add(60*time.Second)))
		all.Go(func() {
			buf := make([]byte, 8)
			for range 500 {
				n, err := raw.Read(buf)
				if !assert.NoError(t, err) {
					return
				}
				_, err = raw.Write(buf[:n])
				if !assert.NoError(t, err) {
					return
				}
			}
		})
		all.Go(func() {
			buf := make([]byte, 1)
			for range 500 {
				if _, err := far.Write(buf); !assert.NoError(t, err) {
					return
				}
				if _, err := far.Read(buf); !assert.NoError(t, err) {
					return
				}
			}
		})
	}
	all.Wait()
}
