package render

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// Where a rule is from, as a Mistake's Source says it.
const (
	fromDocs     = "Render docs"         // render.com/docs
	fromSchema   = "Render schema"       // the JSON Schema that Render publishes
	fromServer   = "recorded message"    // what Render's server answered, word for word
	fromYAML     = "YAML"                // the language, or the library whose words the server's are
	fromTelegram = "Bot API docs"        // core.telegram.org/bots/api
	fromBot      = "this bot's settings" // what this bot needs, wherever it runs
	inferred     = "inferred"            // follows from the others, and was not seen
)

// findings collects what is wrong with a file.
type findings struct {
	file     string
	mistakes Mistakes
	notes    Mistakes
}

// say adds a mistake. The format's arguments must not hold a value of the file
// unless it went through quote.
func (f *findings) say(at spot, source, format string, args ...any) {
	f.mistakes = append(f.mistakes, f.mistake(at, source, format, args))
}

// note adds what is accepted and worth a look.
func (f *findings) note(at spot, source, format string, args ...any) {
	f.notes = append(f.notes, f.mistake(at, source, format, args))
}

func (f *findings) mistake(at spot, source, format string, args []any) Mistake {
	return Mistake{File: f.file, Line: at.line(), Path: at.path, Text: fmt.Sprintf(format, args...), Source: source}
}

// sorted puts mistakes in the order of the file.
func sorted(all Mistakes) Mistakes {
	slices.SortStableFunc(all, func(a, b Mistake) int { return cmp.Compare(a.Line, b.Line) })
	return all
}

// secretive finds what may be a token or a password, in a value that was put
// where it does not belong.
var secretive = regexp.MustCompile(`[0-9]+:[A-Za-z0-9_-]{8,}|://[^/@]*@|[A-Za-z0-9_+/=-]{32,}`)

// quote prints a piece of the file in a mistake: short, on one line and without
// what may be a secret.
func quote(text string) string {
	const most = 60
	text = secretive.ReplaceAllString(text, "[hidden]")
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "..."
	}
	if plain.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}

var plain = regexp.MustCompile(`^[\w.\[\]-]+$`)
