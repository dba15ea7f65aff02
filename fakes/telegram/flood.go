package telegram

import "hookproof/fakes/telegram/internal/engine"

// Flood are Telegram's limits on how fast a bot may send (Bots FAQ): about one
// message a second in a chat, twenty a minute in a group, and thirty a second
// in all. The zero value is no limits.
//
// A bot that exceeds a limit is answered late, in the order of its calls to
// the chat; a call whose turn is more than 8 seconds away is refused at once
// with 429 and that wait (TDLib sits short waits out).
type Flood struct {
	PerChat  float64 // messages a second to one chat; 0: no limit
	Burst    int     // how many a chat takes at once; 0 is 1
	PerGroup int     // messages a minute to one group; 0: no limit
	Overall  float64 // messages a second to all chats; 0: no limit
	// Server switches the limits of the Bot API server itself on: 20 new tokens
	// a minute and 600 an hour from one client address, and 1000 open calls of a
	// bot, plus one for each update of the last minute.
	Server bool
}

// PublicLimits are the limits that Telegram names in public.
var PublicLimits = Flood{PerChat: 1, Burst: 3, PerGroup: 20, Overall: 30}

func (f Flood) engine() engine.Flood { return engine.Flood(f) }
