package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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

// calibrate measures the harness itself: how often it tells twins apart, and
// how often it finds a bot that was made worse by a known amount.
func calibrate(ctx context.Context, args []string) (int, error) {
	var s settings
	fs := flag.NewFlagSet("loadtest calibrate", flag.ContinueOnError)
	s.flags(fs)
	runs := fs.Int("runs", 20, "`number` of whole measurements")
	noise := fs.Int("noise", 0, "`number` of noisy neighbours: processes that use CPU and memory in bursts")
	if err := fs.Parse(args); err != nil {
		return exitUsage, err
	}
	s.plan = "calibrate"
	p, err := plan.Load(s.plan)
	if err != nil {
		return exitUsage, err
	}
	dir, err := os.MkdirTemp("", "loadtest-")
	if err != nil {
		return exitUsage, err
	}
	defer os.RemoveAll(dir)
	d, _, err := s.driver(ctx, p, dir)
	if err != nil {
		return exitUsage, err
	}
	stop, err := neighbours(ctx, *noise)
	if err != nil {
		return exitUsage, err
	}
	findings, err := repeat(ctx, d, p, *runs)
	err = errors.Join(err, stop(), report.Calibration(os.Stdout, findings, *noise))
	if !verdict.Calibrated(findings) {
		return verdict.ExitFail, err
	}
	return verdict.ExitPass, err
}

// repeat carries the plan out with one seed after the other. The burden of ten
// percent is ten percent of what a pilot run found.
func repeat(ctx context.Context, d *drive.Driver, p plan.Plan, runs int) ([]verdict.Finding, error) {
	each, err := pilot(ctx, d, p)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(d.Progress, "a message costs %s; the heavier bot burns %s more\n", each, each/10)
	var findings []verdict.Finding
	for i := range runs {
		d.Plan = heavier(p, each/10)
		d.Plan.Seed = p.Seed + uint64(i)*100_000
		cells, err := d.Run(ctx)
		if err != nil {
			return findings, err
		}
		f := verdict.Calibrate(cells[0])
		findings = append(findings, f)
		fmt.Fprintf(d.Progress, "run %d of %d: %s\n", i+1, runs, f)
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
