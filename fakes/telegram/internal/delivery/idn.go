package delivery

import (
	"strings"
	"unicode/utf8"
)

// Parameters of Punycode (RFC 3492, section 5).
const (
	punyBase = 36
	punyMin  = 1
	punyMax  = 26
	punySkew = 38
	punyDamp = 700
	punyBias = 72
)

// maxUnicodeHost is the first length of a host, in bytes, that is too long to be
// written in ASCII (Bot API server source).
const maxUnicodeHost = 4 * 255

// asciiHost writes the labels of a host that are not ASCII in Punycode. Like the
// server it folds no letters beyond ASCII, and leaves alone what it can't convert.
func asciiHost(host string) string {
	if isASCII(host) || !utf8.ValidString(host) || len(host) >= maxUnicodeHost {
		return host
	}
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if !isASCII(label) {
			labels[i] = "xn--" + punycode([]rune(label))
		}
	}
	return strings.Join(labels, ".")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// punycode encodes one label (RFC 3492, section 6.3).
func punycode(label []rune) string {
	var out []byte
	for _, r := range label {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(utf8.RuneSelf), 0, punyBias
	for done := basic; done < len(label); n++ {
		m := lowestFrom(label, n)
		delta += int(m-n) * (done + 1)
		n = m
		for _, r := range label {
			if r < n {
				delta++
			}
			if r == n {
				out = appendVariable(out, delta, bias)
				bias = adapt(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
	}
	return string(out)
}

func lowestFrom(label []rune, n rune) rune {
	low := rune(utf8.MaxRune)
	for _, r := range label {
		if r >= n && r < low {
			low = r
		}
	}
	return low
}

// appendVariable appends a number with digits of variable weight.
func appendVariable(out []byte, n, bias int) []byte {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyMin), punyMax)
		if n < t {
			return append(out, digits[n])
		}
		out = append(out, digits[t+(n-t)%(punyBase-t)])
		n = (n - t) / (punyBase - t)
	}
}

// adapt is the bias after an encoded number (RFC 3492, section 6.1).
func adapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyMin)*punyMax/2; k += punyBase {
		delta /= punyBase - punyMin
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}
