// Command traces replays recordings of the genuine Bot API server against this
// module's fake and says which of them it matches.
//
//	traces DIR|FILE ...
//
// It prints one line for each .json file, with the first difference if there is
// one, and then the totals. -v prints all differences. The exit code is 0 when
// every recording matches, 1 when one does not, and 2 when there is nothing to
// replay.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"hookproof/fakes/telegram/traces"
)

// errDiffers ends a run in which a recording did not match.
var errDiffers = errors.New("not every recording matches")

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errDiffers):
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "traces:", err)
		os.Exit(2)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("traces", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprintln(stderr, "usage: traces [-v] DIR|FILE ..."); fs.PrintDefaults() }
	verbose := fs.Bool("v", false, "print all differences")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return errors.New("no recordings: name a directory with trace files, or the files")
	}
	var names []string
	for _, arg := range fs.Args() {
		found, err := find(arg)
		if err != nil {
			return err
		}
		names = append(names, found...)
	}
	if len(names) == 0 {
		return fmt.Errorf("no .json files in %s", strings.Join(fs.Args(), ", "))
	}
	return report(stdout, names, replayAll(names), *verbose)
}

// find returns the trace files below a directory, or the file itself.
func find(root string) ([]string, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{root}, nil
	}
	var names []string
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".json" {
			names = append(names, path)
		}
		return err
	})
	return names, err
}

// replayAll replays several files at a time, because those of the front end wait
// to see that a connection stays open. Its results are in the order of names.
func replayAll(names []string) []error {
	errs := make([]error, len(names))
	slots := make(chan struct{}, 4*runtime.NumCPU())
	var wg sync.WaitGroup
	for i, name := range names {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = replayFile(name)
		})
	}
	wg.Wait()
	return errs
}

func replayFile(name string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return traces.Replay(b)
}

// report prints the results.
func report(w io.Writer, names []string, errs []error, verbose bool) error {
	matched := 0
	for i, name := range names {
		if errs[i] == nil {
			matched++
			fmt.Fprintf(w, "match    %s\n", name)
			continue
		}
		text := errs[i].Error()
		if !verbose {
			text, _, _ = strings.Cut(text, "\n")
		}
		fmt.Fprintf(w, "DIFFERS  %s: %s\n", name, shorten(text, verbose))
	}
	fmt.Fprintf(w, "%d of %d recordings match\n", matched, len(names))
	if matched < len(names) {
		return errDiffers
	}
	return nil
}

// shorten keeps a difference on a line; bodies may be megabytes.
func shorten(text string, verbose bool) string {
	const most = 400
	if verbose || len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
