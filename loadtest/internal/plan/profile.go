package plan

import (
	"errors"
	"fmt"
	"time"
)

// Profile is a pattern of arrivals. The measured part is Slices slices of
// length Slice, the bot is restarted Restarts times. Every slice of a profile
// without Ramp holds the same number of messages, in every mode: the count is
// no source of noise.
type Profile struct {
	Name     string        `yaml:"name"`
	Rate     float64       `yaml:"rate"`     // messages a second; 0 with no burst is idle
	Ramp     float64       `yaml:"ramp"`     // rate of the last slice: the slices climb evenly from Rate to Ramp
	Burst    int           `yaml:"burst"`    // messages at once, every Every; replaces Rate
	Every    time.Duration `yaml:"every"`    // of Burst
	Arrivals string        `yaml:"arrivals"` // "poisson" (default) or "constant"
	Chats    int           `yaml:"chats"`    // default 20; Telegram keeps order within a chat
	Slice    time.Duration `yaml:"slice"`
	Slices   int           `yaml:"slices"`
	Restarts int           `yaml:"restarts"`
	Lead     time.Duration `yaml:"lead"` // of arrivals before the measured part, default 2 s: Telegram opens connections slowly
	Mix      []Message     `yaml:"mix"`  // default: one short text
}

// Message is a kind of message that people send.
type Message struct {
	Text   string `yaml:"text"`   // "{n}" becomes the message's number, which the answer must repeat
	Size   int    `yaml:"size"`   // padded to this many characters
	Weight int    `yaml:"weight"` // share of the mix; 0 is 1
}

// Length of the measured part between two restarts.
func (p Profile) Length() time.Duration { return p.Slice * time.Duration(p.Slices) }

// Idle reports whether nobody says anything.
func (p Profile) Idle() bool { return p.Rate == 0 && p.Ramp == 0 && p.Burst == 0 }

// Steady is the profile's one rate a second, 0 if it has several or none.
func (p Profile) Steady() float64 {
	if p.Burst > 0 || p.Ramp > 0 {
		return 0
	}
	return p.Rate
}

// Describe is the profile in words, e.g. "50/s poisson, 20 chats".
func (p Profile) Describe() string {
	chats := fmt.Sprintf(", %d chats", p.Chats)
	switch {
	case p.Idle():
		return "no messages"
	case p.Burst > 0:
		return fmt.Sprintf("%d at once every %s%s", p.Burst, p.Every, chats)
	case p.Ramp > 0:
		return fmt.Sprintf("%g/s to %g/s %s%s", p.Rate, p.Ramp, p.Arrivals, chats)
	default:
		return fmt.Sprintf("%g/s %s%s", p.Rate, p.Arrivals, chats)
	}
}

func (p *Profile) fill() {
	if p.Arrivals == "" {
		p.Arrivals = "poisson"
	}
	if p.Chats == 0 {
		p.Chats = 20
	}
	if p.Restarts == 0 {
		p.Restarts = 1
	}
	if p.Slices == 0 {
		p.Slices = 1
	}
	if p.Lead == 0 {
		p.Lead = 2 * time.Second
	}
	if len(p.Mix) == 0 {
		p.Mix = []Message{{Text: "message {n}"}}
	}
	for i := range p.Mix {
		p.Mix[i].Weight = max(1, p.Mix[i].Weight)
	}
}

func (p Profile) check() error {
	var errs []error
	wrong := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("profile %q: %w", p.Name, fmt.Errorf(format, args...)))
		}
	}
	wrong(p.Name != "", "it needs a name")
	wrong(p.Slice > 0, "slice must be a length of time, e.g. 1s")
	wrong(p.Slices > 0 && p.Restarts > 0 && p.Chats > 0, "slices, restarts and chats must be above 0")
	wrong(p.Lead >= 0, "lead can't be negative")
	wrong(p.Rate >= 0 && p.Ramp >= 0 && p.Burst >= 0, "rate, ramp and burst can't be negative")
	wrong(p.Arrivals == "poisson" || p.Arrivals == "constant", "arrivals %q: use poisson or constant", p.Arrivals)
	wrong(p.Burst == 0 || p.Every > 0 && p.Every <= p.Slice, "a burst needs every, at most one slice long")
	wrong(p.Burst == 0 || p.Every == 0 || p.Slice%p.Every == 0, "slice must be a multiple of every, or the slices differ")
	for _, m := range p.Mix {
		wrong(countNumber(m.Text) == 1, "text %q must have {n} once: answers are matched by it", m.Text)
	}
	return errors.Join(errs...)
}
