package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"time"

	"hookproof/loadtest/internal/drive"
	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/report"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// A calibration is whole measurements of bots that differ by known amounts.
type calibration struct {
	settings
	runs, noisy, neighbours int
	record                  string
}

// calibrate measures the harness itself: how often it tells twins apart, and
// how often it finds a bot that was made worse by a known amount, as the
// machine is and beside neighbours that make noise.
func calibrate(ctx context.Context, args []string) (int, error) {
	var c calibration
	set := flag.NewFlagSet("loadtest calibrate", flag.ContinueOnError)
	c.flags(set)
	set.IntVar(&c.runs, "runs", 20, "`number` of whole measurements, about a minute each")
	set.IntVar(&c.noisy, "noisy", 10, "`number` of more, beside noisy neighbours")
	set.IntVar(&c.neighbours, "noise", 2, "`number` of noisy neighbours: processes that use CPU and memory in bursts")
	set.StringVar(&c.record, "record", "", "`file` that keeps the findings; those in it count, so that a calibration can be done in parts")
	if err := set.Parse(args); err != nil {
		return exitUsage, err
	}
	findings, err := c.read()
	if err != nil {
		return exitUsage, err
	}
	p, err := plan.Load("calibrate")
	if err != nil {
		return exitUsage, err
	}
	dir, err := os.MkdirTemp("", "loadtest-")
	if err != nil {
		return exitUsage, err
	}
	defer os.RemoveAll(dir)
	d, _, err := c.driver(ctx, p, dir)
	if err != nil {
		return exitUsage, err
	}
	findings, err = c.all(ctx, d, p, findings)
	err = errors.Join(err, report.Calibration(os.Stdout, findings))
	switch {
	case ctx.Err() != nil:
		return exitInterrupted, err
	case !verdict.Calibrated(findings):
		return verdict.ExitFail, err
	}
	return verdict.ExitPass, err
}

// all does what is asked for, quiet first, and keeps each finding at once.
func (c calibration) all(ctx context.Context, d *drive.Driver, p plan.Plan, findings []verdict.Finding) ([]verdict.Finding, error) {
	for _, part := range []struct{ runs, neighbours int }{{c.runs, 0}, {c.noisy, c.neighbours}} {
		if part.runs == 0 {
			continue
		}
		stop, err := neighbours(ctx, part.neighbours)
		if err != nil {
			return findings, err
		}
		findings, err = c.repeat(ctx, d, p, part.runs, part.neighbours, findings)
		if err = errors.Join(err, stop()); err != nil {
			return findings, err
		}
	}
	return findings, nil
}

// read is what earlier parts found.
func (c calibration) read() ([]verdict.Finding, error) {
	if c.record == "" {
		return nil, nil
	}
	data, err := os.ReadFile(c.record)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var findings []verdict.Finding
	if err := json.Unmarshal(data, &findings); err != nil {
		return nil, fmt.Errorf("read the findings in %s: %w", c.record, err)
	}
	return findings, nil
}

func (c calibration) keep(findings []verdict.Finding) error {
	if c.record == "" {
		return nil
	}
	data, err := json.Marshal(findings)
	if err != nil {
		return err
	}
	return os.WriteFile(c.record, data, 0o600)
}

// mishaps is how many runs may break, with a bot that did not start, before the
// calibration gives up.
const mishaps = 3

// repeat carries the plan out with one seed after the other. The burden of ten
// percent is ten percent of what a pilot run found.
func (c calibration) repeat(ctx context.Context, d *drive.Driver, p plan.Plan, runs, beside int, findings []verdict.Finding) ([]verdict.Finding, error) {
	each, err := pilot(ctx, d, p)
	if err != nil {
		return findings, err
	}
	fmt.Fprintf(d.Progress, "a message costs %s; the heavier bot burns %s more\n", each, each/10)
	for done, broken := 0, 0; done < runs; {
		d.Plan = heavier(p, each/10)
		d.Plan.Seed = p.Seed + uint64(len(findings)+broken)*100_000
		cells, err := d.Run(ctx)
		if err != nil {
			if broken++; broken > mishaps || ctx.Err() != nil {
				return findings, err
			}
			fmt.Fprintf(d.Progress, "a run broke and is done again: %v\n", err)
			continue
		}
		done++
		f := verdict.Calibrate(cells[0])
		f.Neighbours = beside
		findings = append(findings, f)
		fmt.Fprintf(d.Progress, "run %d of %d beside %d neighbours: %s\n", done, runs, beside, f)
		if err := c.keep(findings); err != nil {
			return findings, err
		}
	}
	return findings, nil
}

// pilot is how much CPU a message costs the bot under test.
func pilot(ctx context.Context, d *drive.Driver, p plan.Plan) (time.Duration, error) {
	d.Plan = p
	d.Plan.Cells = []plan.Cell{{Profile: "pilot", Modes: p.Cells[0].Modes[:1], Control: p.Cells[0].Control}}
	cells, err := d.Run(ctx)
	if err != nil {
		return 0, err
	}
	return report.Rows(result.Result{Cells: cells})[0].CPUPerMessage, nil
}

func heavier(p plan.Plan, burn time.Duration) plan.Plan {
	modes := make([]plan.Mode, len(p.Modes))
	for i, m := range p.Modes {
		if m.Name == verdict.Heavier {
			m.Burn = burn
		}
		modes[i] = m
	}
	p.Modes = modes
	return p
}

// noiseCommand is the hidden command that makes noise until its input ends.
const noiseCommand = "noise"

// neighbours starts noisy processes and returns how to stop them.
func neighbours(ctx context.Context, n int) (stop func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var stops []func() error
	for i := range n {
		cmd := exec.CommandContext(ctx, self, noiseCommand, strconv.Itoa(i))
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("start a noisy neighbour: %w", err)
		}
		stops = append(stops, func() error { return errors.Join(in.Close(), cmd.Wait()) })
	}
	return func() error {
		var errs []error
		for _, stop := range stops {
			errs = append(errs, stop())
		}
		return errors.Join(errs...)
	}, nil
}

// noise walks through more memory than a cache holds, in bursts, until its
// input ends.
func noise(in io.Reader) (int, error) {
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, in)
		close(ended)
	}()
	memory := make([]byte, 64<<20)
	for burst := time.NewTicker(300 * time.Millisecond); ; {
		for until := time.Now().Add(150 * time.Millisecond); time.Now().Before(until); {
			for i := 0; i < len(memory); i += 64 {
				memory[i]++
			}
		}
		select {
		case <-ended:
			return 0, nil
		case <-burst.C:
		}
	}
}
