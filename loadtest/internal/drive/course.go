package drive

import (
	"context"
	"errors"
	"sync"
	"time"

	"hookproof/loadtest/internal/pace"
	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/rig"
)

// course is what one bot has to go through, and what it showed.
type course struct {
	entrant
	arm      *rig.Arm
	arrivals []plan.Arrival
	marks    []rig.Reading // at the borders of the slices
	failure  error
	frozen   error // how freezing it went wrong
	unclean  error // how stopping it did
}

// drive sends every course's messages on its schedule, reads the counters at
// every border between slices, and waits for the last answers.
//
// Work that a slice leaves behind is done in the next one. That is no bias: the
// lead-in leaves as much to the first slice, and all slices are equally long.
func drive(ctx context.Context, courses []*course, p plan.Profile) (result.Machine, error) {
	start := time.Now().Add(p.Lead + 20*time.Millisecond)
	var wg sync.WaitGroup
	for _, c := range courses {
		wg.Go(func() { c.send(ctx, start) })
		if c.mode.FreezeFor > 0 {
			wg.Go(func() { c.freeze(ctx, start) })
		}
	}
	watch := &watch{}
	err := mark(ctx, courses, p, start, watch)
	wg.Wait()
	for _, c := range courses {
		c.failure = errors.Join(c.failure, c.frozen, c.drain(ctx, p))
	}
	return watch.machine(), err
}

// send is the injector: it never waits for the bot.
func (c *course) send(ctx context.Context, start time.Time) {
	defer pace.Thread()()
	for _, a := range c.arrivals {
		planned := start.Add(a.At)
		if pace.Until(ctx, planned) != nil {
			return
		}
		c.arm.Send(a, planned)
	}
}

// drain waits for the last answers. A rate that climbs beyond what a bot can do
// leaves more than it can answer in any such time: then they are missing, which
// is no failure of the bot's. A bot that has kept up, and misses some, has failed.
func (c *course) drain(ctx context.Context, p plan.Profile) error {
	if p.Ramp == 0 {
		return c.arm.Drain(ctx, drainLimit)
	}
	err := c.arm.Drain(ctx, rampDrainLimit)
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) && overtaxed(c.lost(), p) {
		return nil
	}
	return err
}

// lost is how many messages are not answered yet.
func (c *course) lost() int {
	_, totals := c.arm.Ledger.Samples()
	return totals.Lost
}

// overtaxed tells whether more is missing than a tenth of the last slice, in which
// the rate was the highest: nine tenths are what a bot that keeps up answers.
func overtaxed(lost int, p plan.Profile) bool {
	return float64(lost) > p.Ramp*p.Slice.Seconds()/10
}

// freeze stops the bot for a while: nothing but the latency counted from the
// planned moments can show how long its messages really waited.
func (c *course) freeze(ctx context.Context, start time.Time) {
	if pace.Until(ctx, start.Add(c.mode.FreezeAt)) == nil {
		c.frozen = c.arm.Freeze(ctx, c.mode.FreezeFor)
	}
}

// mark reads the counters of all bots at the start and after each slice.
func mark(ctx context.Context, courses []*course, p plan.Profile, start time.Time, w *watch) error {
	defer pace.Thread()()
	for i := range p.Slices + 1 {
		if err := pace.Until(ctx, start.Add(p.Slice*time.Duration(i))); err != nil {
			return err
		}
		if i == 0 {
			w.start()
		}
		for _, c := range courses {
			r, err := c.arm.Read()
			if err != nil && c.failure == nil {
				c.failure = err
			}
			c.marks = append(c.marks, r)
		}
	}
	w.stop()
	return nil
}

// result is what the course leaves for the verdict.
func (c *course) result() result.Arm {
	samples, totals := c.arm.Ledger.Samples()
	a := result.Arm{
		Mode: c.mode.Name, Control: c.control, Samples: samples,
		Sent: totals.Sent, Lost: totals.Lost, Doubled: totals.Doubled, Strange: totals.Strange,
		Ready: c.arm.Ready, StartUp: c.arm.StartUp, Wire: c.arm.Wire(),
	}
	if m := c.arm.Meters(); m != nil {
		a.Meters = &result.Meters{Meter: m.Meter, Clock: m.Clock, Life: m.Life, Rusage: m.Rusage}
	}
	for i := 1; i < len(c.marks); i++ {
		a.Slices = append(a.Slices, slice(c.marks[i-1], c.marks[i]))
		a.PeakRSS = max(a.PeakRSS, c.marks[i].PeakRSS)
	}
	for _, m := range c.arrivals {
		if m.Slice >= 0 && m.Slice < len(a.Slices) {
			a.Slices[m.Slice].Sent++
		}
	}
	if c.unclean != nil {
		a.Unclean = c.unclean.Error()
	}
	if c.failure != nil {
		a.Failure = c.failure.Error()
	}
	return a
}

func slice(before, after rig.Reading) result.Slice {
	used := after.Minus(before.Reading)
	return result.Slice{
		Wall: after.At.Sub(before.At), CPU: used.CPU, Wakeups: used.Wakeups, Preemptions: used.Preemptions,
		Requests: after.Requests - before.Requests, Connections: after.Connections - before.Connections,
		BytesIn: after.BytesIn - before.BytesIn, BytesOut: after.BytesOut - before.BytesOut,
		Answered: after.Answers - before.Answers,
	}
}
