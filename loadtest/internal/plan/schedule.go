package plan

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Arrival is one message that is sent at one moment.
type Arrival struct {
	At    time.Duration // from the start of the measured part; negative: lead-in, not measured
	Slice int           // -1 in the lead-in
	Chat  int
	Text  string // with {n} still in it
}

// Number puts the message's number into a text.
func Number(text, number string) string { return strings.Replace(text, "{n}", number, 1) }

func countNumber(text string) int { return strings.Count(text, "{n}") }

// Schedule is every arrival between two restarts, in order of time. It begins
// with a lead-in as long as lead, so that the first measured slice finds the
// bot as busy as the others do and leaves as much to the next as it got.
//
// phase (0 to 1) rotates the arrivals within each slice: two bots that are
// compared get the same gaps and the same counts at different moments, since
// with one phase the second bot always meets a machine the first one has just
// warmed up, and looks slower than its twin.
func (p Profile) Schedule(seed uint64, phase float64, lead time.Duration) []Arrival {
	r := rand.New(rand.NewPCG(seed, 0x100d))
	all := p.leadIn(r, phase, lead)
	for slice := range p.Slices {
		start := p.Slice * time.Duration(slice)
		for _, a := range p.slice(r, slice, phase) {
			a.At += start
			all = append(all, a)
		}
	}
	return all
}

// leadIn repeats a slice like the first one backwards from zero.
func (p Profile) leadIn(r *rand.Rand, phase float64, lead time.Duration) []Arrival {
	var before []Arrival
	one := p.slice(r, 0, phase)
	for back := p.Slice; back < lead+p.Slice; back += p.Slice {
		for _, a := range one {
			a.At, a.Slice = a.At-back, -1
			if a.At >= -lead {
				before = append(before, a)
			}
		}
	}
	slices.SortStableFunc(before, func(a, b Arrival) int { return int(a.At - b.At) })
	return before
}

func (p Profile) slice(r *rand.Rand, slice int, phase float64) []Arrival {
	var times []time.Duration
	switch {
	case p.Burst > 0:
		times = p.bursts()
	case p.Arrivals == "constant":
		times = p.constant(p.count(slice))
	default:
		times = p.poisson(r, p.count(slice))
	}
	arrivals := make([]Arrival, len(times))
	for i, at := range times {
		arrivals[i] = Arrival{At: p.rotate(at, phase), Slice: slice, Chat: r.IntN(p.Chats), Text: p.text(r)}
		if p.Burst > 0 && p.Chats >= p.Burst {
			arrivals[i].Chat = i % p.Chats // at once means to as many chats as there are
		}
	}
	slices.SortStableFunc(arrivals, func(a, b Arrival) int { return int(a.At - b.At) })
	return arrivals
}

// count is the number of messages in a slice: fixed, whatever the seed.
func (p Profile) count(slice int) int {
	rate := p.Rate
	if p.Ramp > 0 && p.Slices > 1 {
		rate += (p.Ramp - p.Rate) * float64(slice) / float64(p.Slices-1)
	}
	return int(math.Round(rate * p.Slice.Seconds()))
}

func (p Profile) bursts() []time.Duration {
	var times []time.Duration
	for at := p.Every / 2; at < p.Slice; at += p.Every {
		times = append(times, slices.Repeat([]time.Duration{at}, p.Burst)...)
	}
	return times
}

func (p Profile) constant(n int) []time.Duration {
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = time.Duration((float64(i) + 0.5) / float64(n) * float64(p.Slice))
	}
	return times
}

// poisson places n arrivals evenly at random: what a Poisson process looks
// like once its count is known to be n (conditional Poisson).
func (p Profile) poisson(r *rand.Rand, n int) []time.Duration {
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = time.Duration(r.Int64N(int64(p.Slice)))
	}
	return times
}

func (p Profile) rotate(at time.Duration, phase float64) time.Duration {
	return (at + time.Duration(phase*float64(p.Slice))) % p.Slice
}

func (p Profile) text(r *rand.Rand) string {
	total := 0
	for _, m := range p.Mix {
		total += m.Weight
	}
	pick := r.IntN(total)
	for _, m := range p.Mix {
		if pick -= m.Weight; pick < 0 {
			return m.Text + strings.Repeat("x", max(0, m.Size-len(m.Text)))
		}
	}
	return ""
}
