package telegram

import "hookproof/fakes/telegram/internal/engine"

// Flood are limits on how fast a bot may send. The zero value is none.
type Flood struct{}

func (f Flood) engine() engine.Flood { return engine.Flood{} }
