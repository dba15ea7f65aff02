package link

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// address is a taken-apart http or https address.
type address struct {
	https    bool
	userinfo string
	host     string // lower case
	ipv6     bool   // host is a bracketed IPv6 address
	port     int    // 0: none was given
	query    string // path, query and fragment; begins with a slash
}

func (a address) String() string {
	var b strings.Builder
	b.WriteString("http")
	if a.https {
		b.WriteByte('s')
	}
	b.WriteString("://")
	if a.userinfo != "" {
		b.WriteString(a.userinfo + "@")
	}
	b.WriteString(a.host)
	if a.port != 0 {
		b.WriteString(":" + strconv.Itoa(a.port))
	}
	b.WriteString(a.query)
	return b.String()
}

// parse takes an address apart. Its errors are the "why" of the server's
// "URL '...' is invalid: why".
func parse(raw string) (address, error) {
	var a address
	rest, err := a.scheme(raw)
	if err != nil {
		return a, err
	}
	end := indexAny(rest, "/?#")
	hostport, err := a.splitPort(rest[:end])
	if err != nil {
		return a, err
	}
	host := hostport
	if at := strings.LastIndexByte(hostport, '@'); at >= 0 {
		a.userinfo, host = hostport[:at], hostport[at+1:]
	}
	if err := a.setHost(host); err != nil {
		return a, err
	}
	a.query = escapeQuery(rest[end:])
	return a, nil
}

// scheme reads "http://" or "https://", in any case. Without "://" the whole
// is an http address.
func (a *address) scheme(raw string) (string, error) {
	end := indexAny(raw, ":/?#@[]")
	if !strings.HasPrefix(raw[end:], "://") {
		return raw, nil
	}
	switch lower(raw[:end]) {
	case "http":
	case "https":
		a.https = true
	default:
		return "", errors.New("Unsupported URL protocol")
	}
	return raw[end+3:], nil
}

// splitPort takes the port off the end of "userinfo@host:port".
func (a *address) splitPort(s string) (string, error) {
	i := len(s) - 1
	for i > 0 && s[i] != ':' && s[i] != ']' && s[i] != '@' {
		i--
	}
	if i <= 0 || s[i] != ':' {
		return s, nil
	}
	digits := s[i+1:]
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	port, ok := Number(digits)
	if !ok || port <= 0 || port > 65535 {
		return "", errors.New("Wrong port number specified in the URL")
	}
	a.port = int(port)
	return s[:i], nil
}

func (a *address) setHost(host string) error {
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		ip, err := netip.ParseAddr(host[1 : len(host)-1])
		if err != nil || !ip.Is6() || ip.Zone() != "" {
			return errors.New("Wrong IPv6 address specified in the URL")
		}
		a.host, a.ipv6 = lower(host), true
		return nil
	}
	switch host {
	case "":
		return errors.New("URL host is empty")
	case ".":
		return errors.New("Host is invalid")
	}
	a.host = lower(host)
	if err := checkPart(a.host, "host"); err != nil {
		return err
	}
	return checkPart(a.userinfo, "userinfo")
}

// checkPart refuses what RFC 3986 does not allow in a host or a user name;
// non-ASCII characters pass, and a colon is for user names only.
func checkPart(part, name string) error {
	for i := 0; i < len(part); i++ {
		c := part[i]
		switch {
		case alnum(c), c >= 0x80, strings.IndexByte(".-_!$,~*'();&+=", c) >= 0, c == ':' && name == "userinfo":
		case c == '%':
			if i+2 >= len(part) || !hex(part[i+1]) || !hex(part[i+2]) {
				return errors.New("Wrong percent-encoded symbol in URL " + name)
			}
			i += 2
		default:
			return errors.New("Disallowed character in URL " + name)
		}
	}
	return nil
}

// escapeQuery percent-encodes blanks and control characters, drops trailing
// blanks and gives a path to an address that has none.
func escapeQuery(s string) string {
	for s != "" && space(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	var b strings.Builder
	if s == "" || s[0] != '/' {
		b.WriteByte('/')
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' {
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Number reads a decimal number that is written in the one way it would be
// printed: no plus, no leading zeros, no blanks, within 64 bits.
func Number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != s {
		return 0, false
	}
	return n, true
}

// indexAny is where the first of those bytes is, or the length.
func indexAny(s, bytes string) int {
	if i := strings.IndexAny(s, bytes); i >= 0 {
		return i
	}
	return len(s)
}

// lower lower-cases ASCII and leaves the rest alone, as the server does.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func hex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// space is what the server takes for a blank; a zero byte is one.
func space(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0 || c == '\v'
}
