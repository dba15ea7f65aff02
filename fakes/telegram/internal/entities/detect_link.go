package entities

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"hookproof/fakes/telegram/internal/entities/link"
)

// Which characters can be part of what (Bot API server source).

func isURLRune(r rune) bool {
	if r >= 0x2000 && r <= 0x206f { // punctuation: joiners and dashes pass
		return r == 0x200c || r == 0x200d || r >= 0x2010 && r <= 0x2015
	}
	return !unicode.Is(unicode.Z, r)
}

func isPathRune(r rune) bool {
	return !strings.ContainsRune("\n<>\"«»", r) && isURLRune(r)
}

func isDomainRune(r rune) bool {
	if r < 0xc0 {
		return r == '.' || r == '~' || r == '-' || r < 0x80 && isNameByte(byte(r))
	}
	return isURLRune(r)
}

func isUserinfoRune(r rune) bool {
	return !strings.ContainsRune("\n/[]{}()'`<>\"@«»", r) && isURLRune(r)
}

func isSchemeRune(r rune) bool {
	if r < 0x80 {
		return isAlnum(byte(r)) || r == '+' || r == '-'
	}
	return !unicode.Is(unicode.Z, r)
}

// badEnd are characters that end a sentence rather than a path.
const badEnd = ".:;,('?!`"

// back is the beginning of the run of such characters that ends at i, not
// before base.
func (f *finder) back(base, i int, in func(rune) bool) int {
	for i > base {
		r, n := utf8.DecodeLastRuneInString(f.text[base:i])
		if !in(r) {
			break
		}
		i -= n
	}
	return i
}

// on is the end of the run of such characters that begins at i.
func (f *finder) on(i int, in func(rune) bool) int {
	for i < len(f.text) {
		r, n := utf8.DecodeRuneInString(f.text[i:])
		if !in(r) {
			break
		}
		i += n
	}
	return i
}

// path is the end of the path, query or fragment at i, if there is one.
func (f *finder) path(i int) int {
	if c := at(f.text, i); c != '/' && c != '?' && c != '#' {
		return i
	}
	end := f.on(i+1, isPathRune)
	for end > i+1 && strings.IndexByte(badEnd, f.text[end-1]) >= 0 {
		end--
	}
	if f.text[i] == '/' || end > i+1 {
		return end
	}
	return i
}

// internalLinks are tg://, ton:// and tonsite:// addresses.
func (f *finder) internalLinks() {
	f.each(':', func(i int) {
		if !strings.HasPrefix(f.text[i:], "://") {
			return
		}
		scheme := 0
		for _, s := range []string{"tg", "ton", "tonsite"} {
			if i >= len(s) && lowerASCII(f.text[i-len(s):i]) == s {
				scheme = len(s)
			}
		}
		end := i + 3
		for end < len(f.text) && (isNameByte(f.text[end]) || f.text[end] == '-') {
			end++
		}
		end = min(end, i+3+253)
		if scheme > 0 && end > i+3 {
			f.add(URL, i-scheme, f.path(end))
		}
	})
}

// links are addresses of the web and of e-mail: everything around a dot that
// could be a host, and what belongs to it.
func (f *finder) links() {
	for base := 0; base < len(f.text); {
		n := strings.IndexByte(f.text[base:], '.')
		if n < 0 || base+n+1 == len(f.text) {
			return
		}
		base = f.linkAround(base, base+n)
	}
}

// linkAround looks at the dot and returns where to go on. Nothing before base
// belongs to it.
func (f *finder) linkAround(base, dot int) int {
	if f.text[dot+1] == ' ' {
		return dot + 2
	}
	start, userinfo := f.host(base, dot)
	hostEnd := f.on(dot, func(r rune) bool { return r == '@' || isDomainRune(r) })
	end := f.path(f.port(hostEnd))
	for end > dot+1 && f.text[end-1] == '.' {
		end--
	}
	start, ok := f.userinfo(base, start, userinfo)
	if ok {
		start, ok = f.scheme(base, start)
	}
	if !ok {
		// Go on after the last dot of what was refused.
		return max(strings.LastIndexByte(f.text[:end], '.')+1, dot+1)
	}
	if end > dot+1 {
		f.addLink(start, end)
	}
	for end < len(f.text) && f.text[end] == '.' {
		end++
	}
	return max(end, dot+1)
}

// host is where the host around the dot begins. If an @ is behind the dot,
// what is before it is no host but a user's name, which may have more
// characters.
func (f *finder) host(base, dot int) (start int, userinfo bool) {
	start = f.back(base, dot, isDomainRune)
	end := f.on(dot, func(r rune) bool { return r == '@' || isDomainRune(r) })
	if userinfo = strings.IndexByte(f.text[dot:end], '@') >= 0; userinfo {
		start = f.back(base, start, isUserinfoRune)
	}
	return start, userinfo
}

// port is the end of the port behind a host, if there is a valid one.
func (f *finder) port(i int) int {
	if at(f.text, i) != ':' {
		return i
	}
	end := i + 1
	for isDigit(at(f.text, end)) {
		end++
	}
	digits := strings.TrimLeft(f.text[i+1:end], "0")
	if digits == "" || len(digits) > 5 || link.Prefix(digits) > 65535 {
		return i
	}
	return end
}

// userinfo moves the start before a "name@" in front of it.
func (f *finder) userinfo(base, start int, had bool) (int, bool) {
	if start == base || f.text[start-1] != '@' {
		return start, true
	}
	name := f.back(base, start-1, isUserinfoRune)
	return name, !had && name < start-1
}

// scheme moves the start before a scheme in front of it. Another scheme than
// http, https, ftp and tonsite makes it no link, and so does a character that
// it would be the rest of.
func (f *finder) scheme(base, start int) (int, bool) {
	if start == base {
		return start, true
	}
	prefix := f.text[base:start]
	if len(prefix) < 6 || !strings.HasSuffix(prefix, "://") {
		r := f.before(start)
		return start, !isWord(r) && r != '/' && r != '#' && r != '@'
	}
	name := lowerASCII(f.text[f.back(base, start-3, isSchemeRune) : start-3])
	for _, scheme := range []string{"http", "https", "ftp", "tonsite"} {
		if !strings.HasSuffix(name, scheme) {
			continue
		}
		if name == "shttp" || name == "tftp" || name == "sftp" {
			return start, false
		}
		return start - 3 - len(scheme), true
	}
	return start, false
}

// addLink adds what is there as an e-mail address or a link, or not at all.
func (f *finder) addLink(start, end int) {
	s := f.text[start:end]
	if rest, ok := strings.CutPrefix(s, "mailto:"); ok && isEmail(rest) {
		f.add(Email, end-len(rest), end)
		return
	}
	if isEmail(s) {
		f.add(Email, start, end)
		return
	}
	if n := linkLen(s); n > 0 {
		f.add(URL, start, start+n)
	}
}

// isEmail is the server's rule: up to eleven parts of a name, then a domain of
// up to six labels and a top-level domain of two to eight letters.
func isEmail(s string) bool {
	name, domain, ok := strings.Cut(s, "@")
	if !ok || !isEmailName(name) {
		return false
	}
	labels := strings.Split(domain, ".")
	last := len(labels) - 1
	if last < 1 || last > 6 || len(labels[last]) < 2 || len(labels[last]) > 8 {
		return false
	}
	for i := 0; i < len(labels[last]); i++ {
		if !isAlpha(labels[last][i]) {
			return false
		}
	}
	for _, label := range labels[:last] {
		n := len(label)
		if n == 0 || n > 30 || !isAlnum(label[0]) || !isAlnum(label[n-1]) || !isName(label) {
			return false
		}
	}
	return true
}

// isEmailName is for what is before the @: parts of up to 26 characters, each
// ended by a dot or a plus, and one of 1 to 35.
func isEmailName(name string) bool {
	for parts := 0; ; parts++ {
		i := strings.IndexAny(name, ".+")
		if i < 0 {
			return parts <= 10 && name != "" && len(name) <= 35 && isName(name)
		}
		if i > 26 || !isName(name[:i]) {
			return false
		}
		name = name[i+1:]
	}
}

// isName says whether there are but letters, digits, underscores and hyphens.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isNameByte(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

// linkLen is how much of s is a link; 0 if it is none.
func linkLen(s string) int {
	rest, scheme := cutScheme(s)
	hostEnd := strings.IndexAny(rest, "/?#")
	if hostEnd < 0 {
		hostEnd = len(rest)
	}
	host, path := rest[:hostEnd], rest[hostEnd:]
	if i := strings.IndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	if !isHost(host, scheme) {
		return 0
	}
	return len(s) - len(path) + balanced(path)
}

func cutScheme(s string) (rest string, ok bool) {
	for _, scheme := range []string{"http://", "https://", "ftp://", "tonsite://"} {
		if len(s) >= len(scheme) && lowerASCII(s[:len(scheme)]) == scheme {
			return s[len(scheme):], true
		}
	}
	return s, false
}

// balanced is how much of a path there is before a bracket that was not
// opened in it, without what ends a sentence.
func balanced(path string) int {
	var depth [3]int
	n := 0
scan:
	for ; n < len(path); n++ {
		for i, pair := range []string{"()", "[]", "{}"} {
			switch path[n] {
			case pair[0]:
				depth[i]++
			case pair[1]:
				depth[i]--
				if depth[i] < 0 {
					break scan
				}
			}
		}
	}
	for n > 0 && strings.IndexByte(badEnd, path[n-1]) >= 0 {
		n--
	}
	return n
}

// isHost says whether a host can be one: an IPv4 address, or labels that end
// in a top-level domain, which must be known if there is no scheme.
func isHost(host string, scheme bool) bool {
	labels := strings.Split(host, ".")
	if len(labels) == 1 || lowerASCII(host) == "teiegram.org" {
		return false
	}
	ipv4 := len(labels) == 4
	digits := true
	for _, label := range labels {
		n := len(label)
		if n == 0 || n >= 64 || label[n-1] == '-' {
			return false
		}
		numeric := strings.Trim(label, "0123456789") == ""
		digits = digits && numeric
		ipv4 = ipv4 && numeric && isOctet(label)
	}
	if ipv4 || digits {
		return ipv4
	}
	last := len(labels) - 1
	return isTopLabel(labels[last], scheme) && strings.IndexByte(labels[last-1], '_') < 0
}

func isOctet(digits string) bool {
	return len(digits) <= 3 && (len(digits) < 2 || digits[0] != '0') && link.Prefix(digits) <= 255
}

func isTopLabel(label string, scheme bool) bool {
	if utf8.RuneCountInString(label) < 2 {
		return false
	}
	if code, ok := strings.CutPrefix(label, "xn--"); ok {
		return len(code) > 1 && strings.IndexByte(code, '-') < 0 && strings.IndexByte(code, '_') < 0 && isName(code)
	}
	return !strings.ContainsAny(label, "_-") && (scheme || isTLD(label))
}
