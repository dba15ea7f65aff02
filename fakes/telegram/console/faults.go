package console

import (
	"fmt"
	"net/http"
	"time"

	"hookproof/fakes/telegram"
)

// damages are the kinds of damage by what they do.
var damages = map[telegram.Damage]string{
	telegram.Reset:     "a reset instead of a reply, after the effect",
	telegram.Cut:       "half of the reply, after the effect",
	telegram.Drip:      "the reply in drops",
	telegram.Stall:     "no reply, and the connection stays open",
	telegram.BadGate:   "a proxy's 502 page in HTML, without effect",
	telegram.Duplicate: "a delivery that succeeded comes again",
	telegram.BadTLS:    "a delivery's TLS handshake fails",
}

func (c *Console) listFaults(*http.Request) (any, error) { return damages, nil }

func (c *Console) clearFaults(*http.Request) (any, error) {
	c.tg.ClearFaults()
	return map[string]bool{"ok": true}, nil
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
	if damages[f.Damage] == "" && f.Damage != "" {
		return nil, fmt.Errorf("there is no damage %q: GET /faults lists the kinds", in.Damage)
	}
	if err := c.aim(&f, in.Bot, in.Chat, in.Latency); err != nil {
		return nil, err
	}
	c.tg.AddFault(f)
	return map[string]bool{"ok": true}, nil
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
	if latency != "" {
		if f.Latency, err = time.ParseDuration(latency); err != nil {
			return fmt.Errorf("latency %q: give a Go duration, such as 250ms", latency)
		}
	}
	return nil
}
