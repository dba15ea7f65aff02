package telegram

import (
	"context"

	"hookproof/fakes/telegram/internal/engine"
	"hookproof/fakes/telegram/internal/wire"
)

// notFound is the answer to a path that is no call of a method.
var notFound = engine.Reply{Status: 404, Body: []byte(`{"ok":false,"error_code":404,"description":"Not Found"}`)}

// answer carries out one HTTP request.
func (s *Server) answer(ctx context.Context, m *wire.Message) (engine.Reply, error) {
	token, method, test, ok := wire.ParseRoute(m.Path)
	if !ok {
		return notFound, nil
	}
	return s.world.Call(ctx, engine.Request{Token: token, Test: test, Method: method, Args: m.Args, Files: m.Files})
}
