package report

import (
	"fmt"
	"io"
	"strings"

	"hookproof/loadtest/internal/verdict"
)

// Changes writes what an earlier run is compared with.
func Changes(w io.Writer, changes []verdict.Change) error {
	if len(changes) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("\nAgainst the earlier run:\n")
	for _, c := range changes {
		label := map[verdict.Status]string{verdict.Pass: "ok", verdict.Fail: "REGRESSION", verdict.Inconclusive: "unknown"}[c.Status]
		fmt.Fprintf(&b, "%-13s %s: %s -> %s; %s\n", label, c.What, c.Old, c.New, c.Reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
