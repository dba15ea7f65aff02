// Command blueprint says what is wrong with a Render Blueprint, without an
// account, a key or a connection.
//
//	blueprint [-notes] render.yaml
//
// It prints every mistake as file:line: path: text, one a line. -notes adds the
// source of each rule, and what Render accepts and somebody should look at all
// the same. The exit code is 0 when the file is valid, 1 when it is not or can't
// be read, and 2 when the command line is wrong.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"hookproof/fakes/render"
)

// errUsage is a command line that makes no sense. It was explained already.
var errUsage = errors.New("wrong command line")

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	if _, printed := errors.AsType[render.Mistakes](err); !printed {
		fmt.Fprintln(os.Stderr, "blueprint:", err)
	}
	os.Exit(1)
}

func run(args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("blueprint", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprintln(stderr, "usage: blueprint [-notes] render.yaml"); fs.PrintDefaults() }
	notes := fs.Bool("notes", false, "print each rule's source, and what is accepted but worth a look")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return errUsage
	}
	if fs.NArg() != 1 {
		fs.Usage()
		return errUsage
	}
	b, err := render.Load(fs.Arg(0))
	if mistakes, wrong := errors.AsType[render.Mistakes](err); wrong {
		printAll(stdout, "", mistakes, *notes)
	}
	if err != nil {
		return err
	}
	if *notes {
		printAll(stdout, "note: ", b.Notes, true)
	}
	fmt.Fprintf(stdout, "%s: valid: %s\n", fs.Arg(0), summary(b))
	return nil
}

func printAll(w io.Writer, before string, all render.Mistakes, sources bool) {
	for _, m := range all {
		source := ""
		if sources {
			source = " (" + m.Source + ")"
		}
		fmt.Fprintf(w, "%s%s%s\n", before, m, source)
	}
}

// summary is what the file asks for, in one line.
func summary(b *render.Blueprint) string {
	var parts []string
	for _, s := range b.Services {
		part := s.Type + " " + s.Name
		if s.Type == "web" || s.Type == "worker" || s.Type == "pserv" {
			part += fmt.Sprintf(" (%s, plan %s, SIGKILL %s after SIGTERM)", s.Runtime, planName(s), s.ShutdownDelay())
		}
		parts = append(parts, part)
	}
	for _, d := range b.Databases {
		parts = append(parts, "database "+d.Name)
	}
	for _, g := range b.EnvVarGroups {
		parts = append(parts, "group "+g.Name)
	}
	return strings.Join(parts, ", ")
}

func planName(s render.Service) string {
	if s.Plan == "" {
		return "left out"
	}
	return s.Plan
}
