// Package drive carries a plan out. All modes of a cell run at the same time,
// each bot with a fake Telegram of its own, on one schedule whose phase is
// different for each: what the machine does to one it does to all, and no bot
// always comes second. Then everything is started anew, since two processes of
// one program differ by more than two slices of one process.
package drive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"hookproof/e2e/target"
	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/rig"
	"hookproof/loadtest/internal/verdict"
)

const (
	lead       = 2 * time.Second  // of arrivals before the measured part
	drainLimit = 30 * time.Second // for the last answers
	// A restart during which the harness itself could not keep its plan says
	// nothing about any bot. It is repeated, whatever it showed, once in a cell,
	// and the report says so.
	spoiling = 20 * time.Millisecond
	spares   = 1
)

// Driver carries out one plan.
type Driver struct {
	Plan       plan.Plan
	Bots       map[string]*target.Spec // by the name of the mode that runs it
	Authority  *rig.Authority          // nil: plain HTTP
	Ports      *target.Ports
	GOMAXPROCS string
	Progress   io.Writer // one line for each restart

	meter string
}

// Run measures every cell. What has been measured is returned even when ctx
// ends or a bot fails; the error says which.
func (d *Driver) Run(ctx context.Context) ([]result.Cell, error) {
	var cells []result.Cell
	for i, c := range d.Plan.Cells {
		cell, err := d.cell(ctx, c, d.Plan.Seed+uint64(i)*1000)
		if len(cell.Runs) > 0 {
			cells = append(cells, cell)
		}
		if err != nil {
			return cells, fmt.Errorf("%s: %w", cell.Name, err)
		}
	}
	return cells, nil
}

// Meter names where the CPU figures came from.
func (d *Driver) Meter() string { return d.meter }

func (d *Driver) cell(ctx context.Context, c plan.Cell, seed uint64) (result.Cell, error) {
	profile, _ := d.Plan.Profile(c.Profile)
	cell := result.Cell{
		Name: c.Name(), Profile: c.Profile, Words: profile.Describe(), Rate: profile.Steady(), RTT: c.RTT, Jitter: c.Jitter,
		TLS: d.Authority != nil, CPU: c.CPU, Slice: profile.Slice, Alone: c.Alone, Idle: profile.Idle(),
	}
	for i, spare := 0, spares; len(cell.Runs) < profile.Restarts; i++ {
		round := &round{driver: d, cell: c, profile: profile, seed: seed + uint64(i)}
		run, err := round.measure(ctx)
		if late := verdict.Lateness(run); err == nil && late > spoiling && spare > 0 {
			spare--
			cell.Spoiled = append(cell.Spoiled, late)
			fmt.Fprintf(d.Progress, "%s  repeated: the harness itself was %s late\n", cell.Name, late.Round(time.Millisecond))
			continue
		}
		if len(run.Arms) > 0 {
			cell.Runs = append(cell.Runs, run)
			d.report(cell.Name, len(cell.Runs), profile.Restarts, run)
		}
		if err != nil {
			return cell, err
		}
	}
	return cell, nil
}

// entrant is a mode that takes part in a cell; the control mode does so twice.
type entrant struct {
	mode    plan.Mode
	control bool
	phase   float64
}

// entrants in random order, with random phases.
func (d *Driver) entrants(c plan.Cell, r *rand.Rand) []entrant {
	var all []entrant
	for _, name := range c.Modes {
		m, _ := d.Plan.Mode(name)
		all = append(all, entrant{mode: m, phase: r.Float64()})
	}
	m, _ := d.Plan.Mode(c.Control)
	all = append(all, entrant{mode: m, control: true, phase: r.Float64()})
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// round is the time between two restarts.
type round struct {
	driver  *Driver
	cell    plan.Cell
	profile plan.Profile
	seed    uint64
}

func (r *round) measure(ctx context.Context) (result.Run, error) {
	entrants := r.driver.entrants(r.cell, rand.New(rand.NewPCG(r.seed, 0xd0e7)))
	if !r.cell.Alone {
		return r.together(ctx, entrants)
	}
	var all result.Run
	for _, e := range entrants {
		run, err := r.together(ctx, []entrant{e})
		all.Arms = append(all.Arms, run.Arms...)
		all.Machine = worse(all.Machine, run.Machine)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// together starts all entrants, drives them at the same time, and stops them.
func (r *round) together(ctx context.Context, entrants []entrant) (result.Run, error) {
	courses, stillborn, err := r.start(ctx, entrants)
	defer func() {
		for _, c := range courses {
			if err := c.arm.Close(); err != nil {
				fmt.Fprintf(r.driver.Progress, "left behind: %v\n", err)
			}
		}
	}()
	if ctx.Err() != nil {
		return result.Run{}, context.Cause(ctx)
	}
	if len(courses) == 0 {
		return result.Run{Arms: stillborn}, err
	}
	machine, err := drive(ctx, courses, r.profile)
	stop(ctx, courses)
	run := result.Run{Machine: machine, Arms: stillborn}
	for _, c := range courses {
		run.Arms = append(run.Arms, c.result())
		r.driver.meter = c.arm.Meter()
	}
	return run, err
}

// start starts all bots at once. Those that don't start are reported, and the
// others take part without them.
func (r *round) start(ctx context.Context, entrants []entrant) ([]*course, []result.Arm, error) {
	courses, errs := make([]*course, len(entrants)), make([]error, len(entrants))
	var wg sync.WaitGroup
	for i, e := range entrants {
		wg.Go(func() {
			var arm *rig.Arm
			arm, errs[i] = rig.Start(ctx, r.options(e, i))
			courses[i] = &course{entrant: e, arm: arm, arrivals: r.profile.Schedule(r.seed, e.phase, lead)}
		})
	}
	wg.Wait()
	var stillborn []result.Arm
	for i, e := range entrants {
		if errs[i] != nil {
			stillborn = append(stillborn, result.Arm{Mode: e.mode.Name, Control: e.control, Failure: errs[i].Error()})
		}
	}
	return slices.DeleteFunc(courses, func(c *course) bool { return c.arm == nil }), stillborn, errors.Join(errs...)
}

func (r *round) options(e entrant, i int) rig.Options {
	return rig.Options{
		Bot: r.driver.Bots[e.mode.Name], Mode: e.mode, Cell: r.cell, Chats: r.profile.Chats,
		Authority: r.driver.Authority, Ports: r.driver.Ports, GOMAXPROCS: r.driver.GOMAXPROCS,
		Seed: r.seed*16 + uint64(i) + 1,
	}
}

// stop stops all bots at once. How they take it is no business of a load test;
// it is only reported.
func stop(ctx context.Context, courses []*course) {
	var wg sync.WaitGroup
	for _, c := range courses {
		wg.Go(func() { c.unclean = c.arm.Stop(ctx) })
	}
	wg.Wait()
}
