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
	drainLimit     = 30 * time.Second // for the last answers
	rampDrainLimit = 5 * time.Second  // where the rate climbs until there are too many
	// A restart during which the harness itself could not keep its plan says
	// nothing about any bot. It is repeated, whatever it showed, once in a cell,
	// and the report says so. A rate that climbs is not: where the harness is late
	// on it is part of what it shows.
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

	mu    sync.Mutex // held while Progress is written and what is below changed
	meter string
	clock clock
}

// Run measures every cell, and those with undecided promises again if the plan
// says so. What has been measured is returned even when ctx ends or a bot
// fails; the error says which.
func (d *Driver) Run(ctx context.Context) ([]result.Cell, error) {
	cells := make([]result.Cell, len(d.Plan.Cells))
	began := time.Now()
	took := map[int]time.Duration{} // by the first cell of a group
	groups := d.Plan.Groups()
	d.outlook(groups)
	var err error
	for at, group := range groups {
		d.announce(at, len(groups), group)
		start := time.Now()
		if err = d.group(ctx, group, cells); err != nil {
			break
		}
		took[group[0]] = time.Since(start)
		d.passed(group, took[group[0]])
	}
	if d.Plan.Extend && err == nil {
		err = d.extend(ctx, cells, began, took)
	}
	return slices.DeleteFunc(cells, func(c result.Cell) bool { return len(c.Runs) == 0 }), err
}

// group measures cells at the same time.
func (d *Driver) group(ctx context.Context, group []int, cells []result.Cell) error {
	errs := make([]error, len(group))
	var wg sync.WaitGroup
	for at, i := range group {
		wg.Go(func() {
			if err := d.cell(ctx, i, &cells[i]); err != nil {
				errs[at] = fmt.Errorf("%s: %w", cells[i].Name, err)
			}
		})
	}
	wg.Wait()
	var all float64
	for _, i := range group {
		all += verdict.Share(cells[i])
	}
	for _, i := range group {
		cells[i].Beside = all - verdict.Share(cells[i])
	}
	return errors.Join(errs...)
}

// Meter names where the CPU figures came from.
func (d *Driver) Meter() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.meter
}

func (d *Driver) note(meter string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.meter = meter
}

func (d *Driver) printf(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(d.Progress, d.clock.String()+format, args...)
}

// blank is a cell before it is measured.
func (d *Driver) blank(c plan.Cell) result.Cell {
	profile, _ := d.Plan.Profile(c.Profile)
	cell := result.Cell{
		Name: c.Name(), Profile: c.Profile, Words: profile.Describe(), Rate: profile.Steady(), RTT: c.RTT, Jitter: c.Jitter,
		TLS: d.Authority != nil, CPU: c.CPU, Slice: profile.Slice, Alone: c.Alone, Idle: profile.Idle(), Burst: profile.Burst,
		Looks: 1,
	}
	if d.Plan.Extend {
		cell.Looks = 2
	}
	return cell
}

// cell measures a cell of the plan, with as many restarts as its profile has,
// on top of those it has.
func (d *Driver) cell(ctx context.Context, index int, cell *result.Cell) error {
	c := d.Plan.Cells[index]
	profile, _ := d.Plan.Profile(c.Profile)
	if len(cell.Runs) == 0 {
		*cell = d.blank(c)
	}
	seed := d.Plan.Seed + uint64(index)*1000 + uint64(len(cell.Runs)+len(cell.Spoiled))
	want := len(cell.Runs) + profile.Restarts
	spare := spares
	if profile.Ramp > 0 {
		spare = 0
	}
	for i := 0; len(cell.Runs) < want; i++ {
		round := &round{driver: d, cell: c, profile: profile, seed: seed + uint64(i)}
		run, err := round.measure(ctx)
		if late := verdict.Lateness(run); err == nil && late > spoiling && spare > 0 {
			spare--
			cell.Spoiled = append(cell.Spoiled, late)
			d.printf("%s  repeated: the harness itself was %s late\n", cell.Name, late.Round(time.Millisecond))
			continue
		}
		if len(run.Arms) > 0 {
			cell.Runs = append(cell.Runs, run)
			d.report(cell.Name, len(cell.Runs), want, run)
		}
		if err != nil {
			return err
		}
	}
	return nil
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
	if m, ok := d.Plan.Mode(c.Control); ok {
		all = append(all, entrant{mode: m, control: true, phase: r.Float64()})
	}
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
	var errs []error
	for _, e := range entrants {
		run, err := r.together(ctx, []entrant{e})
		for _, a := range run.Arms {
			r.driver.printf("%s  alone  %s %s\n", r.cell.Name(), name(a), brief(a))
		}
		all.Arms = append(all.Arms, run.Arms...)
		all.Machine = worse(all.Machine, run.Machine)
		if err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if len(errs) < len(entrants) && ctx.Err() == nil {
		return all, nil // those that could not start are reported, as they are side by side
	}
	return all, errors.Join(errs...)
}

// together starts all entrants, drives them at the same time, and stops them. An
// interruption leaves nothing of it.
func (r *round) together(ctx context.Context, entrants []entrant) (result.Run, error) {
	courses, stillborn, err := r.start(ctx, entrants)
	defer func() {
		for _, c := range courses {
			if err := c.arm.Close(); err != nil {
				r.driver.printf("left behind: %v\n", err)
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
	if ctx.Err() != nil {
		return result.Run{}, context.Cause(ctx) // what was cut short is no sample, and no bot's failure
	}
	stop(ctx, courses)
	run := result.Run{Machine: machine, Arms: stillborn}
	for _, c := range courses {
		run.Arms = append(run.Arms, c.result())
		r.driver.note(c.arm.Meter())
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
			courses[i] = &course{entrant: e, arm: arm, arrivals: r.profile.Schedule(r.seed, e.phase, r.profile.Lead)}
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
