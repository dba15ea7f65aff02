package schema

import (
	"strconv"
	"strings"
)

// Params are the parameters of a call as the server received them.
type Params struct {
	// Values holds the text of each parameter: a string as it is, any other
	// value as its JSON text. Of duplicates the first counts.
	Values map[string]string
	// Files names the parts that were uploaded as files.
	Files map[string]bool
}

// leadingInt reads an integer as the server does: an optional minus sign, then
// digits up to the first other character; what begins otherwise is 0, and what
// does not fit wraps around (Bot API server source).
func leadingInt(s string) int64 {
	digits, negative := strings.CutPrefix(s, "-")
	var n int64
	for i := 0; i < len(digits) && digits[i] >= '0' && digits[i] <= '9'; i++ {
		n = n*10 + int64(digits[i]-'0')
	}
	if negative {
		return -n
	}
	return n
}

// truth reads a Boolean parameter as the server does: anything but these three
// words is false, never an error (Bot API server source).
func truth(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "1":
		return true
	}
	return false
}

// leadingFloat reads a Float parameter; what is no number is 0.
func leadingFloat(s string) string {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || f-f != 0 {
		return "0"
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
