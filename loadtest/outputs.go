package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hookproof/loadtest/internal/report"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// outputs are the places where reports go.
type outputs struct {
	dir          string
	inconclusive string
	compare      string
}

func (o *outputs) flags(fs *flag.FlagSet) {
	fs.StringVar(&o.dir, "o", "", "`directory` for result.json and the other reports; empty writes to the terminal only")
	fs.StringVar(&o.compare, "compare", "", "earlier result.json `file` to find regressions against; one that shows is exit code 1")
	fs.StringVar(&o.inconclusive, "inconclusive", "fail", "what a promise that can't be judged does to the exit code: fail (3) or warn (0)")
}

func (o *outputs) check() error {
	if o.inconclusive != "fail" && o.inconclusive != "warn" {
		return fmt.Errorf("-inconclusive %q: use fail or warn", o.inconclusive)
	}
	return nil
}

// write judges a result and writes every report about it.
func (o outputs) write(r result.Result) (int, error) {
	verdicts := verdict.Judge(r)
	changes, err := o.changes(r)
	errs := []error{err, report.Text(os.Stdout, r, verdicts), report.Changes(os.Stdout, changes)}
	if o.dir != "" {
		errs = append(errs, o.files(r, verdicts))
	}
	code := o.exitCode(r, verdicts)
	if verdict.Regressed(changes) && code != verdict.ExitNoBot {
		code = verdict.ExitFail
	}
	if err != nil {
		code = exitUsage
	}
	return code, errors.Join(errs...)
}

// changes compares with the earlier result, if one was given.
func (o outputs) changes(r result.Result) ([]verdict.Change, error) {
	if o.compare == "" {
		return nil, nil
	}
	older, err := result.ReadFile(o.compare)
	if err != nil {
		return nil, err
	}
	return verdict.Compare(older, r), nil
}

func (o outputs) files(r result.Result, verdicts []verdict.Verdict) error {
	if err := os.MkdirAll(o.dir, 0o750); err != nil {
		return err
	}
	return errors.Join(
		o.file("result.json", r.Write),
		o.file("report.html", func(w io.Writer) error { return report.HTML(w, r, verdicts) }),
		o.file("summary.md", func(w io.Writer) error { return report.Markdown(w, r, verdicts) }),
		o.file("tables.md", func(w io.Writer) error { return report.Tables(w, r, verdicts) }),
		o.file("junit.xml", func(w io.Writer) error { return report.JUnit(w, r, verdicts) }),
		o.file("verdicts.json", func(w io.Writer) error { return report.JSON(w, verdicts) }),
		o.histograms(r),
	)
}

// histograms writes one file a mode and cell, which HdrHistogram's own plotter
// and others read.
func (o outputs) histograms(r result.Result) error {
	var errs []error
	for _, d := range report.Distributions(r) {
		errs = append(errs, o.file(d.Name+".hgrm", d.Write))
	}
	return errors.Join(errs...)
}

func (o outputs) file(name string, write func(io.Writer) error) error {
	path := filepath.Join(o.dir, name)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	fmt.Fprintln(os.Stderr, "wrote", path)
	return nil
}

// rejudge reads an earlier result, and judges and reports it again.
func rejudge(args []string) (int, error) {
	var o outputs
	fs := flag.NewFlagSet("loadtest report", flag.ContinueOnError)
	o.flags(fs)
	if len(args) == 0 {
		return exitUsage, errors.New("report needs the path of a result.json")
	}
	if err := fs.Parse(args[1:]); err != nil {
		return exitUsage, err
	}
	if err := o.check(); err != nil {
		return exitUsage, err
	}
	r, err := result.ReadFile(args[0])
	if err != nil {
		return exitUsage, err
	}
	return o.write(r)
}
