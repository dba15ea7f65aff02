package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// The JUnit XML that test views read: a promise is a test case, INCONCLUSIVE is
// skipped with its reason, and so is a failure that only informs.
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"` // seconds
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name       string          `xml:"name,attr"`
	Class      string          `xml:"classname,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Failure    *junitMessage   `xml:"failure"`
	Skipped    *junitMessage   `xml:"skipped"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the verdicts as a JUnit test suite.
func JUnit(w io.Writer, r result.Result, verdicts []verdict.Verdict) error {
	suite := junitSuite{Name: "loadtest " + r.Plan, Tests: len(verdicts), Time: fmt.Sprintf("%.3f", r.Elapsed.Seconds())}
	for _, v := range verdicts {
		c := newCase(v)
		if c.Failure != nil {
			suite.Failures++
		}
		if c.Skipped != nil {
			suite.Skipped++
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func newCase(v verdict.Verdict) junitCase {
	c := junitCase{Name: v.Claim, Class: "loadtest." + v.Threshold.Metric, Properties: []junitProperty{
		{"cell", v.Cell},
		{"estimate", Figure(v, v.Estimate.Center)},
		{"low", Figure(v, v.Estimate.Low)},
		{"high", Figure(v, v.Estimate.High)},
		{"limit", Figure(v, v.Limit)},
		{"n", fmt.Sprint(v.N)},
	}}
	message := &junitMessage{Message: fmt.Sprintf("%s: %s", v.Status, v.Reason), Text: Estimate(v) + "\n" + guardText(v)}
	switch {
	case v.Status == verdict.Pass:
	case v.Status == verdict.Fail && v.Gates():
		c.Failure = message
	default:
		c.Skipped = message
	}
	return c
}

func guardText(v verdict.Verdict) string {
	var b strings.Builder
	for _, g := range v.Guards {
		fmt.Fprintf(&b, "%s: %s (ok: %t)\n", g.Name, g.Says, g.OK)
	}
	return b.String()
}
