package main

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"

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
	Cards []*scorecard
	Rows  []boardRow
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

// compare prints the board of earlier results, and writes its page.
func compare(files []string, html string, stdout io.Writer) error {
	var cards []*scorecard
	for _, f := range files {
		c, err := readCard(f)
		if err != nil {
			return err
		}
		cards = append(cards, c)
	}
	b := newBoard(cards)
	for _, c := range cards {
		fmt.Fprintf(stdout, "%-24s %s\n", c.Target, c.Total())
	}
	if html == "" {
		return nil
	}
	t, err := pageTemplate("board.html")
	if err != nil {
		return err
	}
	return errors.Join(toFile(html, func(w io.Writer) error { return t.Execute(w, b) }))
}
