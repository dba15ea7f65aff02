package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
)

func TestWrongUse(t *testing.T) {
	for _, tt := range []struct {
		name    string
		args    []string
		wantErr string
	}{
		{"command", []string{"measure"}, `unknown command "measure"`},
		{"flag", []string{"-speed", "9"}, "not defined"},
		{"argument", []string{"run", "now"}, `unexpected argument "now"`},
		{"plan", []string{"-plan", "no-such"}, `plan "no-such"`},
		{"target", []string{"-target", "no-such.yaml"}, "no-such.yaml"},
		{"inconclusive", []string{"-inconclusive", "pass"}, "use fail or warn"},
		{"bot that is not there", []string{"-target", "../e2e/targets/hookproof.yaml", "-bot", "no-such-bot"}, "build it first, or leave -bot out"},
		{"bot that is no program", []string{"-target", "../e2e/targets/hookproof.yaml", "-bot", "main.go"}, "main.go is no program"},
		{"report without a file", []string{"report"}, "needs the path"},
		{"report of nothing", []string{"report", "no-such.json"}, "no-such.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, err := run(t.Context(), tt.args)
			assert.Equal(t, exitUsage, code)
			assert.ErrorContains(t, err, tt.wantErr)
		})
	}
}

// saved writes a result with one promise that nothing was measured for.
func saved(t *testing.T, schema int) string {
	t.Helper()
	r := result.Result{Schema: schema, Complete: true, Thresholds: []plan.Threshold{{Metric: plan.Latency, Candidate: "webhook", Q: 0.99, Limit: 1}}}
	var b bytes.Buffer
	require.NoError(t, r.Write(&b))
	path := filepath.Join(t.TempDir(), "result.json")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

func TestReportJudgesAgain(t *testing.T) {
	path, out := saved(t, result.Schema), filepath.Join(t.TempDir(), "out")
	code, err := run(t.Context(), []string{"report", path, "-o", out})
	require.NoError(t, err)
	assert.Equal(t, 3, code, "nothing measured is inconclusive")
	for _, name := range []string{"result.json", "report.html", "summary.md", "tables.md", "junit.xml", "verdicts.json"} {
		assert.FileExists(t, filepath.Join(out, name))
	}
	code, err = run(t.Context(), []string{"report", path, "-inconclusive", "warn", "-compare", path})
	require.NoError(t, err)
	assert.Equal(t, 0, code)
}

func TestReportRefusesAnotherSchema(t *testing.T) {
	code, err := run(t.Context(), []string{"report", saved(t, result.Schema+1)})
	assert.Equal(t, exitUsage, code)
	assert.ErrorContains(t, err, "its schema is 2")
}

// A bot's process starts in the directory of its target's file: a relative path
// would be looked for there.
func TestBotsPathMayBeRelative(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bot"), nil, 0o700))
	t.Chdir(dir)
	got, err := binary("./bot")
	require.NoError(t, err)
	assert.True(t, filepath.IsAbs(got))
	assert.FileExists(t, got)
}
