package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// write makes the files that were asked for.
func (s *scorecard) write(o order) error {
	var errs []error
	for _, f := range []struct {
		path string
		to   func(io.Writer) error
	}{{o.json, s.writeJSON}, {o.junit, s.writeJUnit}, {o.html, s.writePage}} {
		if f.path != "" {
			errs = append(errs, toFile(f.path, f.to))
		}
	}
	return errors.Join(errs...)
}

func toFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func (s *scorecard) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(s)
}

// readCard reads what writeJSON wrote.
func readCard(path string) (*scorecard, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := new(scorecard)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("read results in %s: %w", path, err)
	}
	return s, nil
}

// The JUnit types are the part of the format that CI systems read: a suite a
// family would be finer, but many of them show one level only.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Stamp    string      `xml:"timestamp,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	Time    string       `xml:"time,attr"`
	Failure *junitReason `xml:"failure,omitempty"`
	Error   *junitReason `xml:"error,omitempty"`
	Skipped *junitReason `xml:"skipped,omitempty"`
}

type junitReason struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

func (s *scorecard) writeJUnit(w io.Writer) error {
	suite := junitSuite{Name: s.Target, Tests: len(s.Outcomes), Time: seconds(s.Took), Stamp: s.Started.Format(time.RFC3339)}
	for _, o := range s.Outcomes {
		c := junitCase{Name: o.ID + " " + o.Title, Class: s.Target + "." + string(o.Mode), Time: seconds(o.Took)}
		why := &junitReason{Message: o.reason(), Text: o.Why}
		switch o.Verdict {
		case broken:
			c.Failure = why
			suite.Failures++
		case undecided:
			c.Error = why
			suite.Errors++
		case notApplicable:
			c.Skipped = why
			suite.Skipped++
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	return errors.Join(e.Encode(suite), e.Close())
}
