package main

import (
	"errors"
	"fmt"
)

// A report is what verify and migrate have to say.
type report struct {
	Command    string   `json:"command"`
	Plan       []string `json:"plan,omitempty"`
	DryRun     bool     `json:"dry_run,omitempty"`
	Steps      []step   `json:"steps,omitempty"`
	OK         bool     `json:"ok"`
	RolledBack bool     `json:"rolled_back,omitempty"`
}

// A step is one line of a report: something that was checked or done.
type step struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// do runs one step and tells how it went, at once if it is for a person.
func (s *session) do(name string, run func() (detail string, err error)) error {
	detail, err := run()
	mark := "ok  "
	if err != nil {
		mark, detail = "FAIL", err.Error()
	}
	s.report.Steps = append(s.report.Steps, step{name, err == nil, detail})
	if !s.json {
		fmt.Fprintf(s.stdout, "%s %s: %s\n", mark, name, detail)
	}
	return err
}

// end prints the report of a command that made one.
func (s *session) end(err error) error {
	if s.report.OK = err == nil; s.json && s.report.Steps != nil {
		return errors.Join(err, s.print(s.report, ""))
	}
	return err
}
