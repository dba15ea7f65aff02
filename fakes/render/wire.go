package render

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// A wire is the edge's way to one instance: HTTP/1.1 connections, kept for
// further requests. http.Transport is not used: it opens connections ahead and
// keeps them unused, and repeats requests of its own accord; both would be
// assumptions about the platform.
type wire struct {
	addr string
	keep time.Duration // how long an idle connection is used again; negative: never

	mu   sync.Mutex
	idle []*line // guarded by mu; the latest last
	cut  bool    // guarded by mu; nothing is kept any more
}

// A line is one connection.
type line struct {
	net.Conn
	in   *bufio.Reader
	idle time.Time // since when
}

// sendGrace is how long a request may still be sent when its answer is complete.
const sendGrace = time.Second

var errSending = errors.New("the request is still being sent")

// ask makes a request and returns the answer, whose body must be closed.
func (w *wire) ask(ctx context.Context, req *http.Request) (*http.Response, error) {
	l, err := w.take(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	sent := make(chan error, 1) // beside the answer, which may come before all is sent
	go func() { sent <- req.Write(l) }()
	resp, err := http.ReadResponse(l.in, req)
	if err != nil {
		stop()
		_ = l.Close()
		return nil, why(err, ctx.Err(), outcome(sent))
	}
	resp.Body = &wireBody{ReadCloser: resp.Body, done: func(whole bool) {
		w.give(l, stop() && whole && !resp.Close && outcome(sent) == nil)
	}}
	return resp, nil
}

// outcome is how sending a request ended. One that goes on, as its body does not
// come, ends with the connection or with the client's request.
func outcome(sent <-chan error) error {
	late := time.NewTimer(sendGrace)
	defer late.Stop()
	select {
	case err := <-sent:
		return err
	case <-late.C:
		return errSending
	}
}

// why is the most telling reason for no answer.
func why(read, ended, sent error) error {
	switch {
	case ended != nil:
		return ended
	case sent != nil && !errors.Is(sent, net.ErrClosed):
		return sent
	}
	return read
}

// take returns an idle connection that the instance has not closed, or a new
// one.
func (w *wire) take(ctx context.Context) (*line, error) {
	for {
		w.mu.Lock()
		n := len(w.idle)
		if n == 0 {
			w.mu.Unlock()
			c, err := new(net.Dialer).DialContext(ctx, "tcp", w.addr)
			if err != nil {
				return nil, err
			}
			return &line{Conn: c, in: bufio.NewReader(c)}, nil
		}
		l := w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.mu.Unlock()
		if time.Since(l.idle) < w.keep && l.open() {
			return l, nil
		}
		_ = l.Close() // it is of no more use
	}
}

// open reports whether the other side has neither closed the connection nor
// said anything unasked.
func (l *line) open() bool {
	raw, err := l.Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	err = raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err == nil && quiet && l.in.Buffered() == 0
}

// give takes a connection back, to be used again or not.
func (w *wire) give(l *line, again bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !again || w.cut || w.keep < 0 {
		_ = l.Close() // nothing is under way on it
		return
	}
	l.idle = time.Now()
	w.idle = append(w.idle, l)
}

// close closes idle connections, and the others when they are given back.
func (w *wire) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for _, l := range w.idle {
		_ = l.Close() // it is idle
	}
	w.idle = nil
}

// wireBody is an answer's body that tells when it is closed, and whether it was
// read to its end.
type wireBody struct {
	io.ReadCloser
	done  func(whole bool)
	whole bool
}

func (b *wireBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.whole = b.whole || errors.Is(err, io.EOF)
	return n, err
}

func (b *wireBody) Close() error {
	b.done(b.whole)
	return nil // the connection is what there is to close
}
