package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"hookproof/e2e/target"
	"hookproof/loadtest/internal/drive"
	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/rig"
	"hookproof/loadtest/internal/usage"
	"hookproof/loadtest/internal/verdict"
)

// settings of a measurement.
type settings struct {
	plan, target, bot string
	gomaxprocs        string
	seed              uint64
	outputs
}

func (s *settings) flags(fs *flag.FlagSet) {
	fs.StringVar(&s.target, "target", "e2e/targets/hookproof.yaml", "`file` that says how the bot is built and run")
	fs.StringVar(&s.bot, "bot", "", "`path` of the bot's binary; empty builds it")
	fs.StringVar(&s.gomaxprocs, "gomaxprocs", "", "GOMAXPROCS of every bot; empty leaves it to them")
}

func parse(args []string) (settings, error) {
	var s settings
	fs := flag.NewFlagSet("loadtest", flag.ContinueOnError)
	s.flags(fs)
	fs.StringVar(&s.plan, "plan", "quick", "`plan` to carry out: a built-in name (see loadtest plans) or a YAML file")
	fs.Uint64Var(&s.seed, "seed", 0, "of the arrivals; 0 is the plan's own")
	s.outputs.flags(fs)
	if err := fs.Parse(args); err != nil {
		return s, err
	}
	if fs.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return s, s.check()
}

// measure carries a plan out, judges it and writes the reports. An interrupted
// run is reported too, as incomplete.
func measure(ctx context.Context, args []string) (int, error) {
	s, err := parse(args)
	if err != nil {
		return exitUsage, err
	}
	p, err := plan.Load(s.plan)
	if err != nil {
		return exitUsage, err
	}
	if s.seed != 0 {
		p.Seed = s.seed
	}
	dir, err := os.MkdirTemp("", "loadtest-")
	if err != nil {
		return exitUsage, err
	}
	defer os.RemoveAll(dir)
	d, bot, err := s.driver(ctx, p, dir)
	if err != nil {
		return exitUsage, err
	}
	fmt.Fprintf(os.Stderr, "plan %s: %s\n", p.Name, outlook(p))
	r, runErr := carryOut(ctx, p, d, bot)
	code, err := s.write(r)
	if ctx.Err() != nil {
		code = exitInterrupted
	}
	return code, errors.Join(runErr, err)
}

// outlook is how long a plan takes, in words.
func outlook(p plan.Plan) string {
	var expected time.Duration
	for _, group := range p.Groups() {
		expected += p.Expected(group)
	}
	says := fmt.Sprintf("%d cells, about %.0f minutes", len(p.Cells), math.Ceil(expected.Minutes()))
	if !p.Extend {
		return says
	}
	says += "; what is undecided then is measured once more"
	if p.Within > 0 {
		says += fmt.Sprintf(", as far as %.3g minutes in all allow", p.Within.Minutes())
	}
	return says
}

func carryOut(ctx context.Context, p plan.Plan, d *drive.Driver, bot *target.Spec) (result.Result, error) {
	started := time.Now()
	cells, err := d.Run(ctx)
	r := result.Result{
		Schema: result.Schema, Plan: p.Name, Seed: p.Seed, Started: started, Elapsed: time.Since(started),
		Complete: err == nil, Command: os.Args, Cells: cells, Thresholds: p.Thresholds,
		Environment: environment(bot, d),
	}
	return r, err
}

// driver builds the bots that the plan needs and prepares to run them.
func (s settings) driver(ctx context.Context, p plan.Plan, dir string) (*drive.Driver, *target.Spec, error) {
	bot, err := target.Load(s.target)
	if err != nil {
		return nil, nil, err
	}
	if bot.Bin = s.bot; bot.Bin == "" {
		fmt.Fprintf(os.Stderr, "building %s\n", bot.Name)
		if err := bot.BuildBinary(ctx, filepath.Join(dir, bot.Name)); err != nil {
			return nil, nil, err
		}
	} else if bot.Bin, err = binary(s.bot); err != nil {
		return nil, nil, err
	}
	if err := usage.Sweep(); err != nil {
		fmt.Fprintf(os.Stderr, "cgroups of an earlier run stay behind: %v\n", err)
	}
	d := &drive.Driver{
		Plan: p, Bots: map[string]*target.Spec{}, Ports: target.NewPorts(os.Getpid()),
		GOMAXPROCS: s.gomaxprocs, Progress: os.Stderr,
	}
	built := map[string]*target.Spec{"": bot}
	for _, m := range p.Modes {
		if built[m.Target] == nil {
			if built[m.Target], err = build(ctx, m.Target, dir); err != nil {
				return nil, nil, err
			}
		}
		d.Bots[m.Name] = built[m.Target]
	}
	if p.TLS {
		d.Authority, err = rig.NewAuthority(dir)
	}
	return d, bot, err
}

// binary is the path of a built bot, wherever its process will be started.
func binary(path string) (string, error) {
	if info, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("-bot: %w; build it first, or leave -bot out", err)
	} else if info.IsDir() || info.Mode()&0o111 == 0 {
		return "", fmt.Errorf("-bot: %s is no program", path)
	}
	return filepath.Abs(path)
}

// build loads and builds a peer of the bot under test.
func build(ctx context.Context, path, dir string) (*target.Spec, error) {
	if path == rig.MinimalCommand {
		return rig.MinimalSpec()
	}
	peer, err := target.Load(path)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "building %s\n", peer.Name)
	return peer, peer.BuildBinary(ctx, filepath.Join(dir, "peer-"+peer.Name))
}

// exitCode applies the wish of -inconclusive.
func (o outputs) exitCode(r result.Result, verdicts []verdict.Verdict) int {
	code := verdict.ExitCode(r, verdicts)
	if code == verdict.ExitInconclusive && o.inconclusive == "warn" {
		return verdict.ExitPass
	}
	return code
}
