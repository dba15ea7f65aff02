package console

import (
	"net/http"

	"hookproof/fakes/telegram"
)

// damages are the kinds of damage by what they do.
var damages = map[telegram.Damage]string{
	telegram.Reset:     "a reset instead of the reply, after the effect",
	telegram.Cut:       "half of the reply, after the effect",
	telegram.Drip:      "the reply in drops; calls only",
	telegram.Stall:     "no reply, after the effect, and the connection stays open",
	telegram.BadGate:   "a proxy's 502 page in HTML, without effect",
	telegram.Duplicate: "the reply to a delivery is lost, so that it comes again; deliveries only",
	telegram.BadTLS:    "the connection ends as if its TLS handshake failed, without effect; deliveries only",
}

func (c *Console) listFaults(*http.Request) (any, error) { return damages, nil }

func (c *Console) clearFaults(*http.Request) (any, error) {
	c.tg.ClearFaults()
	return done, nil
}

func (c *Console) addFault(r *http.Request) (any, error) {
	var in struct {
		Delivery                           bool
		Method, Bot, Chat, Latency, Damage string
		Probability                        float64
		Skip, Times                        int
		FloodWaits                         []int `json:"flood_waits"`
		Error                              *struct {
			Code        int
			Description string
			RetryAfter  int   `json:"retry_after"`
			MigrateTo   int64 `json:"migrate_to_chat_id"`
		}
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	f := telegram.Fault{
		Delivery: in.Delivery, Method: in.Method, Probability: in.Probability, Skip: in.Skip, Times: in.Times,
		FloodWaits: in.FloodWaits, Damage: telegram.Damage(in.Damage),
	}
	if e := in.Error; e != nil {
		f.Error = &telegram.Error{Code: e.Code, Description: e.Description, RetryAfter: e.RetryAfter, MigrateTo: e.MigrateTo}
	}
	if err := c.aim(&f, in.Bot, in.Chat, in.Latency); err != nil {
		return nil, err
	}
	if err := f.Check(); err != nil {
		return nil, err
	}
	c.tg.AddFault(f)
	return done, nil
}

// aim resolves the names in a fault.
func (c *Console) aim(f *telegram.Fault, bot, chat, latency string) (err error) {
	if bot != "" {
		if f.Bot, err = c.bot(bot); err != nil {
			return err
		}
	}
	if chat != "" {
		if f.Chat, err = c.chat(chat); err != nil {
			return err
		}
	}
	f.Latency, err = duration("latency", latency, 0)
	return err
}
