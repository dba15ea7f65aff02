package telegram_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

var writeTables = flag.Bool("update", false, "write the tables of docs/fidelity.md instead of comparing them")

// TestFidelity holds the tables of docs/fidelity.md to the tests and to the
// fake: a behaviour is listed when a test has its number, a method at the depth
// at which it is carried out.
func TestFidelity(t *testing.T) {
	t.Parallel()
	const page = "../../docs/fidelity.md"
	old, err := os.ReadFile(page)
	require.NoError(t, err)
	text := fill(t, string(old), "behaviours", behaviours(t))
	text = fill(t, text, "methods", methodTable())
	if *writeTables {
		require.NoError(t, os.WriteFile(page, []byte(text), 0o644))
		return
	}
	assert.Equal(t, text, string(old), "run go test ./fakes/telegram -run TestFidelity -update, and look at the difference")
}

// fill puts a table between the page's markers.
func fill(t *testing.T, page, name, table string) string {
	t.Helper()
	begin := strings.Index(page, "<!-- "+name+":")
	require.GreaterOrEqual(t, begin, 0, "docs/fidelity.md has no marker for %s", name)
	begin += strings.Index(page[begin:], "\n") + 1
	end := strings.Index(page[begin:], "<!-- end -->")
	require.GreaterOrEqual(t, end, 0, "the table of %s has no end", name)
	return page[:begin] + table + page[begin+end:]
}

var assertion = regexp.MustCompile(`(?m)^\t\t\{"(\d\d) ([^"]+)", \w+\},$`)

// behaviours are the names of the subtests of TestWhatOtherFakesGetWrong.
func behaviours(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("assertions_test.go")
	require.NoError(t, err)
	rows := assertion.FindAllStringSubmatch(string(source), -1)
	require.NotEmpty(t, rows)
	b := &strings.Builder{}
	b.WriteString("| No. | On Telegram, and here |\n|---|---|\n")
	for i, row := range rows {
		require.Equal(t, fmt.Sprintf("%02d", i+1), row[1], "numbers are never used again")
		fmt.Fprintf(b, "| %s | %s |\n", row[1], row[2])
	}
	return b.String()
}

func methodTable() string {
	at := map[string][]string{}
	for _, m := range telegram.Methods() {
		at[m.Depth] = append(at[m.Depth], "`"+m.Name+"`")
	}
	b := &strings.Builder{}
	b.WriteString("| Depth | How many | Methods |\n|---|---|---|\n")
	for _, depth := range []string{telegram.Modelled, telegram.Typed, telegram.Refused} {
		fmt.Fprintf(b, "| %s | %d | %s |\n", depth, len(at[depth]), strings.Join(at[depth], ", "))
	}
	return b.String()
}
