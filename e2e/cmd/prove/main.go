// Command prove puts a bot, anybody's, through the catalogue of proofs and
// prints a scorecard.
//
//	go run ./e2e/cmd/prove -target hookproof
//	go run ./e2e/cmd/prove -target mybot.yaml -only S,D7 -html report.html
//	go run ./e2e/cmd/prove -list -markdown docs/rules.md
//	go run ./e2e/cmd/prove -scoreboard -markdown docs/scoreboard.md -html scoreboard.html
//	go run ./e2e/cmd/prove -compare -html scoreboard.html one.json two.json
//
// The target is a name in e2e/targets or a YAML file that says how the bot is
// started and told its settings; see package target. Nothing is contacted but
// the bot and the fake Telegram that it is given.
//
// It exits with 0 when every rule that applies holds, 1 when one is broken, and
// 2 when the run itself could not be carried out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills at once
	ok, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(2)
	case !ok:
		os.Exit(1)
	}
}

// An order is what the command line asks for.
type order struct {
	target, only, bin      string
	json, junit            string
	html, markdown         string
	targets, results       string
	parallel               int
	seed                   uint64
	compare, list, verbose bool
	scoreboard, again      bool
	allowMissing           bool
	files                  []string
}

func parse(args []string, stderr io.Writer) (o order, err error) {
	fs := flag.NewFlagSet("prove", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.target, "target", "hookproof", "`name` in e2e/targets, or a YAML file")
	fs.StringVar(&o.only, "only", "", "families or rules to check, such as `S,D7`; empty is all")
	fs.StringVar(&o.bin, "bin", "", "`binary` of the target; empty builds it as its file says")
	fs.StringVar(&o.json, "json", "", "`file` for the results as JSON")
	fs.StringVar(&o.junit, "junit", "", "`file` for the results as JUnit XML")
	fs.StringVar(&o.html, "html", "", "`file` for the results as a page")
	fs.StringVar(&o.markdown, "markdown", "", "`file` for the list, the scoreboard or the comparison as a document")
	fs.IntVar(&o.parallel, "parallel", 12, "checks at a time; most of them wait")
	fs.Uint64Var(&o.seed, "seed", 0, "seed of everything random; 0 takes one from the clock, for -scoreboard a fixed one")
	fs.BoolVar(&o.compare, "compare", false, "compare the JSON results of earlier runs, given as arguments")
	fs.BoolVar(&o.again, "again", false, "run what does not hold a second time, as -scoreboard does")
	fs.BoolVar(&o.scoreboard, "scoreboard", false, "run every target, one after the other, and compare")
	fs.StringVar(&o.targets, "targets", filepath.Join("e2e", "targets"), "`folder` of the targets of -scoreboard")
	fs.StringVar(&o.results, "results", filepath.Join("reports", "proofs"), "`folder` for the results of -scoreboard, as JSON")
	fs.BoolVar(&o.allowMissing, "allow-missing", false, "let -scoreboard leave out targets that can't be built here")
	fs.BoolVar(&o.list, "list", false, "list the rules and stop")
	fs.BoolVar(&o.verbose, "v", false, "print what was sent and what came back for every broken rule")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	o.files = fs.Args()
	if o.seed == 0 && !o.scoreboard {
		o.seed = uint64(time.Now().UnixNano())
	}
	if o.compare != (len(o.files) > 0) {
		return o, errors.New("give JSON files with -compare, and only then")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (ok bool, err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return false, err
	}
	switch {
	case o.compare:
		return compare(o, stdout)
	case o.scoreboard:
		return scoreboard(ctx, o, stdout)
	case o.list:
		return true, list(o.markdown, stdout)
	}
	return prove(ctx, o, stdout)
}

func list(markdown string, w io.Writer) error {
	if markdown != "" {
		return writeRules(markdown)
	}
	for _, c := range proof.Catalogue() {
		if _, err := fmt.Fprintf(w, "%-4s %s [%s]\n", c.ID, c.Title, strings.Join(c.AC, " ")); err != nil {
			return err
		}
	}
	return nil
}

// prove carries the order out.
func prove(ctx context.Context, o order, stdout io.Writer) (ok bool, err error) {
	plan, err := newPlan(o.only)
	if err != nil {
		return false, err
	}
	spec, err := find(o.target)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "prove-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if spec.Bin = o.bin; o.bin == "" {
		fmt.Fprintf(stdout, "building %s\n", spec.Name)
		if err := spec.BuildBinary(ctx, filepath.Join(dir, "target")); err != nil {
			return false, err
		}
	} else if spec.Bin, err = filepath.Abs(o.bin); err != nil {
		return false, err
	}
	runner := &proof.Runner{Spec: spec, Ports: target.NewPorts(os.Getpid()), Seed: o.seed}
	card := carryOut(ctx, runner, plan, o.parallel, stdout)
	if o.again {
		card.repeat(ctx, runner, plan, o.parallel, stdout)
	}
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("stopped before the end: %w", err)
	}
	card.print(stdout, o.verbose)
	return card.OK(), card.write(o)
}

// find loads the target: a file, or a name in e2e/targets.
func find(name string) (*target.Spec, error) {
	if strings.HasSuffix(name, ".yaml") || strings.ContainsRune(name, '/') {
		return target.Load(name)
	}
	spec, err := target.Load(filepath.Join("e2e", "targets", name+".yaml"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no target %q in e2e/targets: run this in the repository's root, or give the path of a YAML file", name)
	}
	return spec, err
}
