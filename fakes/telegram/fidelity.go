package telegram

import (
	"hookproof/fakes/telegram/internal/engine"
	"hookproof/fakes/telegram/schema"
)

// Depths at which a method is carried out.
const (
	Modelled = engine.Modelled // its effects are those on Telegram
	Typed    = engine.Typed    // its parameters are checked and a valid result is made up
	Refused  = engine.Refused  // 404, as on the server this fake follows
)

// A Method is a documented method of the Bot API and the depth at which the
// fake carries it out.
type Method struct{ Name, Depth string }

// Methods lists all documented methods, by name.
func Methods() []Method {
	depths := engine.Depths()
	var out []Method
	for _, m := range schema.Methods() {
		out = append(out, Method{m.Name, depths(m.Name)})
	}
	return out
}
