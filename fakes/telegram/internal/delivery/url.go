package delivery

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A URL is a webhook's URL, taken apart as the Bot API server does it.
type URL struct {
	TLS      bool
	UserInfo string // "user:password", as written; "" if none
	Host     string // lower-cased ASCII; an IPv6 address keeps its brackets
	Port     int    // given or the scheme's own
	Target   string // path, query and fragment as sent; begins with "/"
}

// ErrURL is what setWebhook says to a URL it cannot use, without its prefix
// "Bad Request: ".
var ErrURL = errors.New("invalid webhook URL specified")

// ParseURL takes a webhook URL apart. The scheme may be missing and is then
// https. All errors are ErrURL.
func ParseURL(raw string) (URL, error) {
	u := URL{TLS: true}
	rest := raw
	if i := strings.IndexAny(raw, ":/?#@[]"); i >= 0 && strings.HasPrefix(raw[i:], "://") {
		switch lower(raw[:i]) {
		case "http":
			u.TLS = false
		case "https":
		default:
			return URL{}, ErrURL
		}
		rest = raw[i+len("://"):]
	}
	authority, target := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, target = rest[:i], rest[i:]
	}
	u.Target = encodeTarget(target)
	hostInfo, port, ok := cutPort(authority)
	if !ok {
		return URL{}, ErrURL
	}
	u.Port = port
	if port == 0 {
		u.Port = u.defaultPort()
	}
	if i := strings.LastIndexByte(hostInfo, '@'); i >= 0 {
		u.UserInfo, hostInfo = hostInfo[:i], hostInfo[i+1:]
	}
	u.Host = lower(hostInfo)
	if !u.validHost() {
		return URL{}, ErrURL
	}
	u.Host = asciiHost(u.Host)
	return u, nil
}

// cutPort splits a port off; 0 if there is none. A port that is no number from 1
// to 65535 is not ok.
func cutPort(authority string) (hostInfo string, port int, ok bool) {
	i := strings.LastIndexAny(authority, ":]@")
	if i <= 0 || authority[i] != ':' {
		return authority, 0, true
	}
	port, err := strconv.Atoi(authority[i+1:])
	if err != nil || authority[i+1] == '+' || port < 1 || port > 65535 {
		return "", 0, false
	}
	return authority[:i], port, true
}

// encodeTarget makes path, query and fragment fit for a request line.
func encodeTarget(s string) string {
	s = strings.TrimRight(s, " \t\r\n\x00\v")
	if s == "" || s[0] != '/' {
		s = "/" + s
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' {
			b.WriteString(string([]byte{'%', hex[c>>4], hex[c&15]}))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (u *URL) validHost() bool {
	if u.Host == "" || u.Host == "." {
		return false
	}
	if len(u.Host) > 1 && u.Host[0] == '[' && u.Host[len(u.Host)-1] == ']' {
		ip, err := netip.ParseAddr(u.Host[1 : len(u.Host)-1])
		return err == nil && ip.Is6() && ip.Zone() == ""
	}
	return validPart(u.Host, "") && validPart(u.UserInfo, ":")
}

// validPart checks the characters of host and user info: those of RFC 3986,
// whole percent escapes, and any byte above ASCII.
func validPart(s, also string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 0x80, isAlnum(c), strings.IndexByte(".-_!$,~*'();&+=", c) >= 0, strings.IndexByte(also, c) >= 0:
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// lower changes ASCII letters only, as the server does.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func (u *URL) defaultPort() int {
	if u.TLS {
		return 443
	}
	return 80
}

// HostHeader returns the Host header's value: without the scheme's own port even
// if the URL gives it (observed on the real server).
func (u *URL) HostHeader() string {
	if u.Port == u.defaultPort() {
		return u.Host
	}
	return u.Host + ":" + strconv.Itoa(u.Port)
}

// checkPublic refuses what Telegram's own servers do not deliver to.
func (u *URL) checkPublic() error {
	switch {
	case !u.TLS:
		return errors.New("An HTTPS URL must be provided for webhook")
	case !slices.Contains([]int{80, 88, 443, 8443}, u.Port):
		return errors.New("Webhook can be set up only on ports 80, 88, 443 or 8443")
	}
	return nil
}
