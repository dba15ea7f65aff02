package main

import (
	"cmp"
	"embed"
	"html/template"
	"io"
	"slices"

	"hookproof/e2e/proof"
)

//go:embed card.html board.html style.css
var pages embed.FS

// pageTemplate parses a page; the style is put into it, so that the file needs
// nothing else.
func pageTemplate(name string) (*template.Template, error) {
	style, err := pages.ReadFile("style.css")
	if err != nil {
		return nil, err
	}
	return template.New(name).Funcs(template.FuncMap{
		"style":  func() template.CSS { return template.CSS(style) }, //nolint:gosec // it is our own file
		"family": func(letter string) string { return proof.Families()[letter] },
		"class":  class,
	}).ParseFS(pages, name)
}

// class is a verdict as a CSS class.
func class(v verdict) string {
	if v == notApplicable {
		return "na"
	}
	return string(v)
}

func (s *scorecard) writePage(w io.Writer) error {
	t, err := pageTemplate("card.html")
	if err != nil {
		return err
	}
	return t.Execute(w, s)
}

// A board compares several targets, rule by rule.
type board struct {
	Cards       []*scorecard
	Rows        []boardRow
	Missing     []string // targets that could not be run, and why
	Differences differences
}

type boardRow struct {
	ID, Title string
	Cells     []rule // one a card; no verdict where it has no such rule
}

// newBoard takes the rules in the order in which the cards have them.
func newBoard(cards []*scorecard) board {
	b := board{Cards: cards}
	at := map[string]int{}
	for n, c := range cards {
		for _, r := range c.Rules() {
			row, known := at[r.ID]
			if !known {
				row = len(b.Rows)
				at[r.ID] = row
				b.Rows = append(b.Rows, boardRow{ID: r.ID, Title: r.Title, Cells: make([]rule, len(cards))})
			}
			b.Rows[row].Cells[n] = r
		}
	}
	return b
}

// compare publishes the board of earlier results.
func compare(o order, stdout io.Writer) (ok bool, err error) {
	var cards []*scorecard
	for _, f := range o.files {
		c, err := readCard(f)
		if err != nil {
			return false, err
		}
		cards = append(cards, c)
	}
	slices.SortStableFunc(cards, func(a, b *scorecard) int { return cmp.Compare(rank(a.Target), rank(b.Target)) })
	return publish(cards, nil, o, stdout)
}

func (b board) writePage(path string) error {
	t, err := pageTemplate("board.html")
	if err != nil {
		return err
	}
	return toFile(path, func(w io.Writer) error { return t.Execute(w, b) })
}
