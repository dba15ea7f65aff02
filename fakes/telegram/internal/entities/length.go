package entities

import "unicode/utf8"

// Longest texts of a message and of a caption after parsing, in code points as
// Len counts them (Bot API server source), although the entities of the same
// text are measured in UTF-16 code units.
const (
	MaxText    = 4096
	MaxCaption = 1024
)

// MaxRaw is the longest text that is parsed at all, in bytes.
const MaxRaw = 32768

// Len counts code points, the unit of MaxText and MaxCaption.
func Len(text string) int { return utf8.RuneCountInString(text) }

// UTF16Len counts UTF-16 code units, the unit of an entity's offset and length.
func UTF16Len(text string) int {
	n := 0
	for i := 0; i < len(text); i++ {
		n += width(text[i])
	}
	return n
}
