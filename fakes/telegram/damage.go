package telegram

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"time"

	"hookproof/fakes/telegram/internal/engine"
)

// dripEvery is the time between two drops of a dripping reply.
const dripEvery = 100 * time.Millisecond

// damage ruins a reply that is ready to be sent.
func (s *Server) damage(ctx context.Context, conn net.Conn, d engine.Damage, reply []byte) (rest []byte, end bool) {
	switch d {
	case engine.Reset:
		reset(conn)
		return nil, true
	case engine.Cut:
		return reply[:len(reply)/2], true
	case engine.Stall:
		_, _ = io.Copy(io.Discard, conn) // until the bot, or the server, closes
		return nil, true
	case engine.Drip:
		return nil, !s.drip(ctx, conn, reply)
	}
	return reply, false
}

// reset closes a connection with a reset, below TLS.
func reset(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // makes Close send a reset
	}
	conn.Close()
}

// drip writes a reply in sixteen drops and tells whether it came to its end.
func (s *Server) drip(ctx context.Context, conn net.Conn, reply []byte) bool {
	size := len(reply)/16 + 1
	for len(reply) > 0 {
		n := min(size, len(reply))
		if _, err := conn.Write(reply[:n]); err != nil {
			return false
		}
		reply = reply[n:]
		wait, cancel := s.clock.WithTimeout(ctx, dripEvery)
		<-wait.Done()
		cancel()
		if ctx.Err() != nil {
			return false
		}
	}
	return true
}
