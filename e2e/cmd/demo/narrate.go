package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A narrator prints the story, each line with the time since it began.
type narrator struct {
	out   io.Writer
	start time.Time
}

// chapter begins a part of the story.
func (n narrator) chapter(title string) { fmt.Fprintf(n.out, "\n%s\n", title) }

// line is one thing that happened.
func (n narrator) line(format string, args ...any) {
	fmt.Fprintf(n.out, "  %5.1fs  %s\n", time.Since(n.start).Seconds(), fmt.Sprintf(format, args...))
}

// table prints rows in columns, the last of which is not padded.
func (n narrator) table(rows [][]string) {
	var width [8]int
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			if i == len(row)-1 {
				b.WriteString(cell)
			} else {
				fmt.Fprintf(&b, "%-*s  ", width[i], cell)
			}
		}
		fmt.Fprintf(n.out, "  %s\n", b.String())
	}
}
