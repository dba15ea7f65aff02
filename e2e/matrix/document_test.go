package matrix_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/target"
)

const documentPath = "../../docs/compatibility.md"

// publish shows the matrix, and compares it with the document or writes it.
func (m *matrix) publish(t *testing.T) {
	t.Helper()
	old, err := os.ReadFile(documentPath)
	if !*update {
		require.NoError(t, err)
	}
	text := m.document(t, string(old))
	t.Logf("what works:\n%s", text)
	if *update {
		require.NoError(t, os.WriteFile(documentPath, []byte(text), 0o644))
		return
	}
	assert.Equal(t, string(old), text, "run go test ./e2e/matrix -update, and look at the difference")
}

// document writes the document. The row of a peer that did not run, because
// its tools are missing here, is taken over from the old document.
func (m *matrix) document(t *testing.T, old string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Client libraries

Real, unmodified client libraries against the fake. Behind each row is a small bot in ` + "`e2e/peers`" + `, written as the
library's own examples are and started as a process; behind each column a conversation, held while the bot polls and
again while it has a webhook. This page is written by the test that holds it (` + "`go test ./e2e/matrix -update`" + `).

`)
	m.table(t, &b, old)
	b.WriteString("\n## What a column means\n\n")
	for _, c := range cells {
		fmt.Fprintf(&b, "- **%s**: %s\n", c.name, c.about)
	}
	b.WriteString("\n## How a library is pointed at the fake\n\n| library | `url` is the server's `URL()` |\n|---|---|\n")
	for _, p := range peers {
		name, version := library(p.spec(t))
		fmt.Fprintf(&b, "| %s %s | %s |\n", name, version, p.knob)
	}
	return b.String()
}

func (m *matrix) table(t *testing.T, b *strings.Builder, old string) {
	t.Helper()
	b.WriteString("| library | version |")
	for _, c := range cells {
		fmt.Fprintf(b, " %s |", c.name)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(cells)) + "\n")
	var notes []string
	for _, p := range peers {
		b.WriteString(m.row(p, p.spec(t), old, &notes))
	}
	b.WriteString("\n")
	for i, note := range notes {
		fmt.Fprintf(b, "%d. %s\n", i+1, note)
	}
}

// row is a line of the table. What a library cannot do gets a note with the
// reason; the cell has made sure that it is so.
func (m *matrix) row(p peer, spec *target.Spec, old string, notes *[]string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	name, version := library(spec)
	head := fmt.Sprintf("| %s | %s |", name, version)
	row := head
	for _, c := range cells {
		word := "yes"
		if reason, cannot := p.cannot[c.name]; cannot {
			*notes = append(*notes, reason)
			word = fmt.Sprintf("no (%d)", len(*notes))
		}
		if m.passed[p.name][c.name] < len(c.modes) {
			word = "**fails**"
		}
		row += " " + word + " |"
	}
	if _, ran := m.passed[p.name]; ran {
		return row + "\n"
	}
	for line := range strings.Lines(old) {
		if strings.HasPrefix(line, head) {
			return line
		}
	}
	return head + " not tried\n"
}
