package report

import (
	"encoding/json"
	"io"

	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// JSON writes the verdicts for programs, with the schema of the result they
// were made from.
func JSON(w io.Writer, verdicts []verdict.Verdict) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string]any{"schema": result.Schema, "verdicts": verdicts})
}
