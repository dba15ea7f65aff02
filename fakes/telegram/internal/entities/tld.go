package entities

import (
	_ "embed"
	"strings"
	"unicode/utf8"
)

// tlds has every top-level domain of the Public Suffix List on a line of its
// own, in lower case and as Unicode, and onion and ton, which Telegram knows
// too. It begins and ends with a line break.
//
//go:embed tlds.txt
var tlds string

// isTLD says whether a name without a scheme that ends so is an address. Any
// case will do, except a capital letter in the first place alone: "end.Of" is
// the end of a sentence rather than a domain.
func isTLD(s string) bool {
	low := strings.ToLower(s)
	if low != s {
		_, a := utf8.DecodeRuneInString(s)
		_, b := utf8.DecodeRuneInString(low)
		if s[a:] == low[b:] {
			return false
		}
	}
	return !strings.Contains(low, "\n") && strings.Contains(tlds, "\n"+low+"\n")
}
