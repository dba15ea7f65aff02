package telegram

import (
	"context"
	"net"

	"hookproof/fakes/telegram/internal/engine"
	"hookproof/fakes/telegram/internal/wire"
)

// handler answers the HTTP requests of one connection.
func (s *Server) handler(ctx context.Context, conn net.Conn) wire.Handler {
	return func(c *wire.Conn, m *wire.Message, dst []byte) ([]byte, bool) {
		if data, ok := s.download(m.Path); ok {
			return appendFile(dst, data), false
		}
		reply, err := s.answer(ctx, conn, m)
		if err != nil {
			return dst, true // the server is closing
		}
		if reply.Damage == engine.BadGate {
			return append(dst, engine.BadGateway...), false
		}
		dst = wire.AppendResponse(dst, reply.Status, reply.RetryAfter, reply.Body, true)
		if reply.Damage != "" {
			return s.damage(ctx, conn, reply.Damage, dst)
		}
		return dst, false
	}
}

// answer carries out one request.
func (s *Server) answer(ctx context.Context, conn net.Conn, m *wire.Message) (engine.Reply, error) {
	token, method, test, ok := wire.ParseRoute(m.Path)
	if !ok {
		return engine.NotFound(wire.NotFound(m.Path)), nil
	}
	return s.world.Call(ctx, engine.Request{Token: token, Test: test, Method: method, Client: client(conn), Args: m.Args, Files: m.Files})
}

// client is the address a request comes from, without its port.
func client(conn net.Conn) string {
	host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}
