package telegram_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

var rewrite = flag.Bool("update", false, "write the table of methods in docs/fidelity.md instead of comparing it")

const fidelityPage = "../../docs/fidelity.md"

// TestFidelity holds the table of methods in docs/fidelity.md to what the fake
// does.
func TestFidelity(t *testing.T) {
	t.Parallel()
	old := readPage(t)
	begin := strings.Index(old, "<!-- methods:")
	require.GreaterOrEqual(t, begin, 0, "the page has no marker for methods")
	begin += strings.Index(old[begin:], "\n") + 1
	end := begin + strings.Index(old[begin:], "<!-- end -->")
	text := old[:begin] + methodTable() + old[end:]
	if *rewrite {
		require.NoError(t, os.WriteFile(fidelityPage, []byte(text), 0o644))
		return
	}
	assert.Equal(t, text, old, "run go test ./fakes/telegram -run TestFidelity -update, and look at the difference")
}

func readPage(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(fidelityPage)
	require.NoError(t, err)
	return string(raw)
}

func methodTable() string {
	count := map[string]int{}
	methods := telegram.Methods()
	slices.SortFunc(methods, func(a, b telegram.Method) int { return strings.Compare(a.Name, b.Name) })
	var rows strings.Builder
	for _, m := range methods {
		count[m.Depth]++
		fmt.Fprintf(&rows, "| %s | %s |\n", m.Name, m.Depth)
	}
	return fmt.Sprintf("%d methods: %d modelled, %d typed, %d refused.\n\n| Method | Depth |\n|---|---|\n%s",
		len(methods), count[telegram.Modelled], count[telegram.Typed], count[telegram.Refused], rows.String())
}

var (
	testName   = regexp.MustCompile("`(Test\\w+)(?:/(\\d\\d))?`")
	testFunc   = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	assertions = regexp.MustCompile(`(?m)^\t\t\{"(\d\d) [^"]+", \w+\},$`)
)

// behaviourRows are the rows of the page's tables of behaviours.
func behaviourRows(t *testing.T) [][]string {
	t.Helper()
	var rows [][]string
	in := false
	for line := range strings.Lines(readPage(t)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			in = false
		case cells[0] == "Behaviour":
			in = true
		case in && cells[0] != "---":
			rows = append(rows, cells)
		}
	}
	require.NotEmpty(t, rows)
	return rows
}

// TestFidelityRows holds the tables of behaviours to the tests: each row has a
// source, a status, and tests that exist, and each numbered test has its row.
func TestFidelityRows(t *testing.T) {
	t.Parallel()
	tests := testsOf(t, "..")
	source, err := os.ReadFile("assertions_test.go")
	require.NoError(t, err)
	numbered := map[string]bool{}
	for _, m := range assertions.FindAllStringSubmatch(string(source), -1) {
		numbered[m[1]] = false
	}
	require.NotEmpty(t, numbered)
	for _, row := range behaviourRows(t) {
		require.Len(t, row, 4, "%v", row)
		behaviour, from, held, status := row[0], row[1], row[2], row[3]
		assert.Regexp(t, `^(-|(source|observed|docs|reports)(, (source|observed|docs|reports))?)$`, from, behaviour)
		assert.Regexp(t, `^(modelled|approximated: .+|not modelled)$`, status, behaviour)
		names := testName.FindAllStringSubmatch(held, -1)
		assert.Equal(t, status == "not modelled", len(names) == 0, "%s: %s, but held by %q", behaviour, status, held)
		for _, name := range names {
			assert.True(t, tests[name[1]], "%s: there is no %s", behaviour, name[1])
			if name[2] != "" {
				_, known := numbered[name[2]]
				assert.True(t, known, "%s: there is no subtest %s", behaviour, name[2])
				numbered[name[2]] = true
			}
		}
	}
	for number, listed := range numbered {
		assert.True(t, listed, "TestWhatOtherFakesGetWrong/%s has no row", number)
	}
}

// testsOf are the names of the tests below a folder.
func testsOf(t *testing.T, root string) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, m := range testFunc.FindAllStringSubmatch(string(raw), -1) {
			tests[m[1]] = true
		}
		return err
	}))
	return tests
}
