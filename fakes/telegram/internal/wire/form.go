package wire

import "strings"

// appendForm appends the arguments of a query or an urlencoded body.
// Pairs may be empty, names may be too, and there is no such thing as a fault.
func appendForm(args []Arg, s string) []Arg {
	if args == nil {
		args = make([]Arg, 0, strings.Count(s, "&")+1)
	}
	for s != "" {
		var pair string
		pair, s, _ = strings.Cut(s, "&")
		name, value, _ := strings.Cut(pair, "=")
		args = append(args, Arg{unescapeURL(name, true), unescapeURL(value, true)})
	}
	return args
}

// unescapeURL decodes percent escapes, and '+' if plus is set. What only looks
// like an escape stays as it is.
func unescapeURL(s string, plus bool) string {
	if strings.IndexByte(s, '%') < 0 && (!plus || strings.IndexByte(s, '+') < 0) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			high, low := hexDigit(s[i+1]), hexDigit(s[i+2])
			if high >= 0 && low >= 0 {
				b.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		if c == '+' && plus {
			c = ' '
		}
		b.WriteByte(c)
	}
	return b.String()
}
