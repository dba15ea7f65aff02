package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
)

// ownBot is the target that must keep every rule.
const ownBot = "hookproof"

// boardSeed makes the random parts of a scoreboard the same every time.
const boardSeed = 1

// A contest is a run of every target in turn.
type contest struct {
	folder  string // of the targets
	results string // folder for each target's results as JSON
	plan    []trial
	order   order
	out     io.Writer
}

// scoreboard runs every target of a folder and publishes what came of it. A
// target that can't be run is an error, and nothing is run, unless the order
// allows it; then it is named in the result.
func scoreboard(ctx context.Context, o order, stdout io.Writer) (ok bool, err error) {
	plan, err := newPlan(o.only)
	if err != nil {
		return false, err
	}
	c := contest{folder: o.targets, results: o.results, plan: plan, order: o, out: stdout}
	if err := os.MkdirAll(c.results, 0o750); err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "prove-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	specs, missing, err := c.build(ctx, dir)
	if err != nil {
		return false, err
	}
	cards, err := c.run(ctx, specs)
	if err != nil {
		return false, err
	}
	return publish(cards, missing, o, stdout)
}

// build builds all targets, our own first, and says which can't be.
func (c contest) build(ctx context.Context, dir string) (specs []*target.Spec, missing []string, err error) {
	files, err := filepath.Glob(filepath.Join(c.folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, nil, fmt.Errorf("no targets in %s: run this in the repository's root (%w)", c.folder, err)
	}
	for _, f := range files {
		s, err := target.Load(f)
		if err != nil {
			return nil, nil, err
		}
		fmt.Fprintf(c.out, "building %s\n", s.Name)
		if err := s.BuildBinary(ctx, filepath.Join(dir, s.Name)); err != nil {
			missing = append(missing, fmt.Sprintf("%s: %v", s.Name, err))
			continue
		}
		specs = append(specs, s)
	}
	if len(missing) > 0 && !c.order.allowMissing {
		return nil, nil, fmt.Errorf("%d targets can't be run (-allow-missing leaves them out):\n%s", len(missing), strings.Join(missing, "\n"))
	}
	slices.SortFunc(specs, func(a, b *target.Spec) int {
		return cmp.Or(cmp.Compare(rank(a.Name), rank(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return specs, missing, nil
}

// rank puts our own bot first.
func rank(name string) int {
	if name == ownBot {
		return 0
	}
	return 1
}

// run puts one target after the other through the plan, so that they do not
// disturb each other, and keeps each result in a file.
func (c contest) run(ctx context.Context, specs []*target.Spec) (cards []*scorecard, err error) {
	for n, s := range specs {
		fmt.Fprintf(c.out, "\n%s, %d of %d\n", s.Name, n+1, len(specs))
		r := &proof.Runner{Spec: s, Ports: target.NewPorts(os.Getpid()), Seed: cmp.Or(c.order.seed, boardSeed)}
		card := carryOut(ctx, r, c.plan, c.order.parallel, c.out)
		card.repeat(ctx, r, c.plan, c.order.parallel, c.out)
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("stopped before the end: %w", err)
		}
		fmt.Fprintf(c.out, "%s: %s in %v\n", s.Name, card.Total(), card.Took)
		if err := toFile(filepath.Join(c.results, s.Name+".json"), card.writeJSON); err != nil {
			return nil, err
		}
		cards = append(cards, card)
	}
	return cards, nil
}

// publish writes the comparison of cards as it was ordered, and reports whether
// it is as it should be: our own bot keeps every rule, and whatever differs from
// the survey is explained.
func publish(cards []*scorecard, missing []string, o order, stdout io.Writer) (ok bool, err error) {
	b := newBoard(cards)
	b.Missing = missing
	for _, c := range cards {
		fmt.Fprintf(stdout, "%-24s %s\n", c.Target, c.Total())
	}
	if b.Differences, err = surveyed(cards); err != nil {
		return false, err
	}
	if o.html != "" {
		if err := b.writePage(o.html); err != nil {
			return false, err
		}
	}
	if o.markdown != "" {
		if err := toFile(o.markdown, b.writeMarkdown); err != nil {
			return false, err
		}
	}
	return b.sound(stdout), nil
}

// sound says what is not as it should be.
func (b board) sound(w io.Writer) bool {
	ok := true
	for _, c := range b.Cards {
		if c.Target == ownBot && !c.OK() {
			fmt.Fprintf(w, "%s breaks a rule\n", c.Target)
			ok = false
		}
	}
	for _, d := range b.Differences.Rows {
		if d.Why == "" {
			fmt.Fprintf(w, "%s %s: surveyed %s, seen %s, and survey.yaml does not say why\n", d.Rule, d.Target, d.Surveyed, d.Seen)
			ok = false
		}
	}
	return ok
}
