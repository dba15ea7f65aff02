package telegram

import (
	"context"
	"net"
	"strconv"
	"time"

	"hookproof/fakes/telegram/internal/engine"
)

// dripEvery is the time between two drops of a dripping reply.
const dripEvery = 100 * time.Millisecond

const badGatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// badGateway is what a proxy in front of a dead server says.
var badGateway = []byte("HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: " +
	strconv.Itoa(len(badGatewayPage)) + "\r\nConnection: keep-alive\r\n\r\n" + badGatewayPage)

// damage ruins a reply that is ready to be sent.
func (s *Server) damage(ctx context.Context, conn net.Conn, d engine.Damage, reply []byte) (rest []byte, end bool) {
	switch d {
	case engine.Reset:
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // makes Close send a reset
		}
		return nil, true
	case engine.Cut:
		return reply[:len(reply)/2], true
	case engine.Stall:
		<-ctx.Done()
		return nil, true
	case engine.Drip:
		return nil, !s.drip(ctx, conn, reply)
	}
	return reply, false
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
