package network

import (
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"
)

// chunk is a piece of a stream on its way.
type chunk struct {
	data []byte
	due  time.Time
}

// inFlight bounds the chunks between the two ends of a connection: far more
// than a bot's conversation holds, so the link itself never blocks a sender.
const inFlight = 4096

// carry copies one direction of a connection, each chunk half a round trip
// late and the first one later by what the handshake costs. When one end stops
// sending, the other is told, after the same delay.
func (l *Link) carry(dst, src net.Conn, count *atomic.Int64, handshake time.Duration, r *rand.Rand) {
	if l.cond.RTT == 0 && l.cond.Jitter == 0 {
		l.copy(dst, src, count)
		return
	}
	pipe := make(chan chunk, inFlight)
	l.wg.Go(func() {
		defer close(pipe)
		l.read(pipe, src, handshake, r)
	})
	defer finish(dst)
	for c := range pipe {
		time.Sleep(time.Until(c.due)) //nolint:forbidigo // the delay is the product here
		if c.data == nil {
			return
		}
		if _, err := dst.Write(c.data); err != nil {
			src.Close() // nobody listens any more; read ends, and closes the pipe
			for range pipe {
			}
			return
		}
		count.Add(int64(len(c.data)))
	}
}

// read stamps each chunk with the moment it must reach the other end: never
// before the chunk ahead of it.
func (l *Link) read(pipe chan<- chunk, src net.Conn, handshake time.Duration, r *rand.Rand) {
	last := time.Now().Add(handshake)
	for {
		buf := make([]byte, 16<<10)
		n, err := src.Read(buf)
		due := time.Now().Add(l.cond.RTT/2 + l.jitter(r))
		if due.Before(last) {
			due = last
		}
		last = due
		if n > 0 {
			pipe <- chunk{buf[:n], due}
		}
		if err != nil {
			pipe <- chunk{nil, due}
			return
		}
	}
}

func (l *Link) jitter(r *rand.Rand) time.Duration {
	if l.cond.Jitter <= 0 {
		return 0
	}
	return time.Duration(r.Int64N(int64(l.cond.Jitter)))
}

// copy is carry without delay.
func (l *Link) copy(dst, src net.Conn, count *atomic.Int64) {
	defer finish(dst)
	buf := make([]byte, 16<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			if _, err := dst.Write(buf[:n]); err != nil {
				return
			}
			count.Add(int64(n))
		}
		if err != nil {
			return
		}
	}
}

// finish passes the end of a stream on.
func finish(dst net.Conn) {
	if tcp, ok := dst.(*net.TCPConn); ok {
		_ = tcp.CloseWrite() // the other end may have gone already
	}
}
