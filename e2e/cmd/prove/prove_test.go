package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
)

// card is a run with one of every verdict.
func card() *scorecard {
	return &scorecard{
		Target: "mybot", About: "a <bot>", Seed: 7, Started: time.Unix(1e9, 0).UTC(), Took: 90 * time.Second,
		Outcomes: []outcome{
			{ID: "S1", Title: "the first rule", Family: "S", AC: []string{"AC-003"}, Mode: proof.Webhook, Verdict: holds, Took: time.Second},
			{ID: "D6", Title: "the second rule", Family: "D", AC: []string{"AC-002"}, Mode: proof.Webhook, Verdict: holds},
			{ID: "D6", Title: "the second rule", Family: "D", AC: []string{"AC-002"}, Mode: proof.Polling, Verdict: broken,
				Why: "D6 (polling, seed 7): broken: a stop prints no panic\n  sent: SIGTERM\n  got:  \"panic: <x>\""},
			{ID: "L9", Title: "the third rule", Family: "L", AC: []string{"AC-002", "AC-006"}, Mode: proof.Webhook, Verdict: notApplicable, Why: "the bot has no health"},
			{ID: "P1", Title: "the fourth rule", Family: "P", AC: []string{"AC-005"}, Mode: proof.Polling, Verdict: undecided, Why: "set up: no port"},
		},
	}
}

const printed = `
mybot: a <bot>

S1   holds          the first rule
D6   broken         the second rule
     polling: broken: "panic: <x>"
L9   not applicable the third rule
     webhook: not applicable: the bot has no health
P1   undecided      the fourth rule
     polling: undecided: set up: no port

S        authenticity and limits    1 of 1 hold
D        delivery                   0 of 1 hold, 1 broken
L        lifecycle                  0 of 0 hold, 1 not applicable
P        polling hygiene            0 of 1 hold, 1 undecided

AC-002                              0 of 1 hold, 1 broken, 1 not applicable
AC-003                              1 of 1 hold
AC-005                              0 of 1 hold, 1 undecided
AC-006                              0 of 0 hold, 1 not applicable

1 of 3 hold, 1 broken, 1 undecided, 1 not applicable in 1m30s, seed 7
`

func TestPrint(t *testing.T) {
	var b bytes.Buffer
	card().print(&b, false)
	assert.Equal(t, printed, b.String())
	assert.False(t, card().OK())
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	o := order{json: filepath.Join(dir, "a.json"), junit: filepath.Join(dir, "a.xml"), html: filepath.Join(dir, "a.html")}
	require.NoError(t, card().write(o))
	back, err := readCard(o.json)
	require.NoError(t, err)
	assert.Equal(t, card(), back)

	text, err := os.ReadFile(o.junit)
	require.NoError(t, err)
	var suite junitSuite
	require.NoError(t, xml.Unmarshal(text, &suite))
	assert.Equal(t, []int{5, 1, 1, 1}, []int{suite.Tests, suite.Failures, suite.Errors, suite.Skipped})
	assert.Contains(t, suite.Cases[2].Failure.Text, "SIGTERM")

	page, err := os.ReadFile(o.html)
	require.NoError(t, err)
	assert.Contains(t, string(page), "a &lt;bot&gt;")
	assert.Contains(t, string(page), "panic: &lt;x&gt;")
	assert.NotContains(t, string(page), "http://", "the page needs nothing from elsewhere")
	assert.NotContains(t, string(page), "https://")
	assert.NotContains(t, string(page), "<script")
}

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	one, two, page := filepath.Join(dir, "1.json"), filepath.Join(dir, "2.json"), filepath.Join(dir, "board.html")
	require.NoError(t, card().write(order{json: one}))
	other := card()
	other.Target, other.Outcomes = "other", other.Outcomes[:1]
	require.NoError(t, other.write(order{json: two}))
	var b bytes.Buffer
	ok, err := run(t.Context(), []string{"-compare", "-html", page, one, two}, &b, &b)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Contains(t, b.String(), "other")
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(text), `verdict holds"`), "S1 twice; D6 holds in no card as a whole")
}

func TestPlan(t *testing.T) {
	for _, tt := range []struct {
		only string
		want int
		err  string
	}{
		{"S1", 1, ""},
		{"s1, d6", 3, ""},
		{"X", 0, `"X"`},
		{"S99", 0, `"S99"`},
	} {
		plan, err := newPlan(tt.only)
		if tt.err != "" {
			assert.ErrorContains(t, err, tt.err)
			continue
		}
		require.NoError(t, err)
		assert.Len(t, plan, tt.want, tt.only)
	}
	all, err := newPlan("")
	require.NoError(t, err)
	assert.Greater(t, len(all), 50)
}

// TestRulesAreGenerated holds docs/rules.md to the catalogue and the defects.
func TestRulesAreGenerated(t *testing.T) {
	defects, err := readDefects("../../proof/testdata/defects.yaml")
	require.NoError(t, err)
	var want bytes.Buffer
	rulesTo(&want, proof.Catalogue(), defects)
	got, err := os.ReadFile("../../../docs/rules.md")
	require.NoError(t, err)
	assert.Equal(t, want.String(), string(got), "run: go run ./e2e/cmd/prove -list -markdown docs/rules.md")
}

// survey1 compares one target's outcomes with the survey.
func survey1(t *testing.T, outcomes ...outcome) differences {
	t.Helper()
	d, err := surveyed([]*scorecard{{Target: "telebot", Outcomes: outcomes}})
	require.NoError(t, err)
	return d
}

// TestSurvey: what differs from the survey is told, with a reason or without.
func TestSurvey(t *testing.T) {
	again := survey1(t, outcome{ID: "S1", Verdict: broken})
	assert.Equal(t, differences{Findings: 1, Again: 1}, again)
	explained := survey1(t, outcome{ID: "S13", Verdict: notApplicable})
	require.Len(t, explained.Rows, 1)
	assert.NotEmpty(t, explained.Rows[0].Why)
	unexplained := survey1(t, outcome{ID: "S1", Verdict: holds})
	require.Len(t, unexplained.Rows, 1)
	var b bytes.Buffer
	assert.False(t, board{Differences: unexplained}.sound(&b))
	assert.Contains(t, b.String(), "S1 telebot")
	assert.Empty(t, survey1(t, outcome{ID: "S8", Verdict: holds}), "the survey names nobody")
}

// TestSurveyNamesTargets: a name that is misspelt would be compared with nobody.
func TestSurveyNamesTargets(t *testing.T) {
	s, err := readSurvey()
	require.NoError(t, err)
	known := func(names ...string) {
		for _, name := range names {
			assert.FileExists(t, "../../targets/"+name+".yaml")
		}
	}
	for id, f := range s.Rules {
		_, err := proof.Find(id)
		require.NoError(t, err)
		known(f.Fails...)
		known(f.Holds...)
	}
	for _, e := range s.Differences {
		for _, id := range e.Rules {
			assert.Contains(t, s.Rules, id)
		}
		known(e.Targets...)
	}
}

// TestLeaksAreCounted: what another check saw printed breaks S12.
func TestLeaksAreCounted(t *testing.T) {
	s := &scorecard{Outcomes: []outcome{
		{ID: "D6", Mode: proof.Polling, Verdict: holds, Leak: "the token"},
		{ID: "S12", Mode: proof.Polling, Verdict: holds},
		{ID: "S12", Mode: proof.Webhook, Verdict: holds},
	}}
	s.countLeaks()
	assert.Equal(t, []verdict{holds, broken, holds}, []verdict{s.Outcomes[0].Verdict, s.Outcomes[1].Verdict, s.Outcomes[2].Verdict})
}

// TestScoreboard runs a folder of targets, one of which can't be built.
func TestScoreboard(t *testing.T) {
	folder, results := t.TempDir(), t.TempDir()
	source, err := filepath.Abs("../../proof/testdata")
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(source, "badbot.yaml"))
	require.NoError(t, err)
	good := strings.Replace(string(text), "build: [go, build,", "build: [go, build, -C, "+source+",", 1)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "good.yaml"), []byte(good), 0o600))
	lost := "name: lost\nabout: lost 1.0, as nobody uses it\nbuild: [/no/such/tool]\ncommand: [x]\nmodes: [webhook]\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "lost.yaml"), []byte(lost), 0o600))

	document := filepath.Join(results, "board.md")
	args := []string{"-scoreboard", "-targets", folder, "-results", results, "-markdown", document, "-only", "S14,L1"}
	var b bytes.Buffer
	_, err = run(t.Context(), args, &b, &b)
	require.ErrorContains(t, err, "lost: build target", "what is missing is named")
	require.NoFileExists(t, document)

	ok, err := run(t.Context(), append(args, "-allow-missing"), &b, &b)
	require.NoError(t, err, b.String())
	assert.True(t, ok, b.String())
	written, err := os.ReadFile(document)
	require.NoError(t, err)
	for _, want := range []string{"**Not run:**", "- lost: ", "| badbot | keeps every rule", "| **L1** the port accepts before setWebhook is sent | ✓ |"} {
		assert.Contains(t, string(written), want)
	}
	assert.FileExists(t, filepath.Join(results, "badbot.json"))
}

// TestSteady: what differs from run to run is not written down.
func TestSteady(t *testing.T) {
	for text, want := range map[string]string{
		"process 7722 still runs: context deadline exceeded; it said last:": "the process still runs",
		"dial tcp 127.0.0.1:22414: connect: connection refused":             "dial tcp the port: connect: connection refused",
		`answer 0 is "slept 3ms order2EMrLiUe-8"`:                           `answer 0 is "slept 3ms order…-8"`,
		`200, and not printed: "900000002": context deadline exceeded`:      `200, and not printed: its id`,
		"exit code 1 after 457.072187ms":                                    "exit code 1 after 457ms",
		"a `tick` and \x00":                                                 "a 'tick' and",
	} {
		assert.Equal(t, want, steady(text))
	}
}

// TestProve runs the command against the defective bot of package proof.
func TestProve(t *testing.T) {
	const spec = "../../proof/testdata/badbot.yaml"
	text, err := os.ReadFile(spec)
	require.NoError(t, err)
	leaky := strings.Replace(string(text), `command: ["{bin}"]`, `command: ["{bin}", -defect, S14]`, 1)
	source, err := filepath.Abs("../../proof/testdata/badbot")
	require.NoError(t, err)
	leaky = strings.Replace(leaky, "./badbot]", source+"]", 1)
	path := filepath.Join(t.TempDir(), "leaky.yaml")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(leaky, "build: [go, build,", "build: [go, -C, "+source+", build,", 1)), 0o644))

	var b bytes.Buffer
	ok, err := run(t.Context(), []string{"-target", spec, "-only", "S14,L1"}, &b, &b)
	require.NoError(t, err, b.String())
	assert.True(t, ok, b.String())
	b.Reset()
	ok, err = run(t.Context(), []string{"-target", path, "-only", "S14", "-v"}, &b, &b)
	require.NoError(t, err, b.String())
	assert.False(t, ok)
	assert.Contains(t, b.String(), "S14  broken")
}

func TestMistakes(t *testing.T) {
	for args, want := range map[string]string{
		"-only Q":              "no rule",
		"-target nobody":       "no target",
		"-target no/such.yaml": "no such file",
		"-compare":             "JSON files",
		"stray":                "JSON files",
	} {
		_, err := run(t.Context(), strings.Fields(args), &bytes.Buffer{}, &bytes.Buffer{})
		assert.ErrorContains(t, err, want, args)
	}
}

// TestUsage keeps the package comment and the flags in step.
func TestUsage(t *testing.T) {
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	comment, _, _ := strings.Cut(string(source), "package main")
	for _, flag := range []string{"-target", "-only", "-html", "-compare"} {
		assert.Contains(t, comment, flag)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := prove(ctx, order{target: "../../targets/hookproof.yaml", bin: "/bin/true", only: "S1", parallel: 1}, &bytes.Buffer{})
	assert.ErrorIs(t, err, context.Canceled)
}
