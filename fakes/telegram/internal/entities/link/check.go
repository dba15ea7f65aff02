package link

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Rule narrows which addresses pass.
type Rule int

// The rules of the different uses of an address.
const (
	Any   Rule = iota // text links and URL buttons: http, https, tg, ton
	HTTPS             // Web Apps and login URLs
)

// Check normalises an address. The error is the server's, complete:
// "URL 'x' is invalid: why".
func Check(raw string, rule Rule) (string, error) {
	checked, err := check(raw, rule)
	if err == nil {
		return checked, nil
	}
	if !utf8.ValidString(raw) {
		return "", fmt.Errorf("URL is invalid: %w", err)
	}
	return "", fmt.Errorf("URL '%s' is invalid: %w", raw, err)
}

func check(raw string, rule Rule) (string, error) {
	scheme, rest := internalScheme(raw)
	a, err := parse(rest)
	if err != nil {
		return "", err
	}
	switch {
	case rule == HTTPS && (scheme != "" || !a.https):
		return "", errors.New("Only HTTPS links are allowed")
	case scheme != "":
		return internal(scheme, rest, a)
	case !a.ipv6 && !strings.Contains(a.host, "."):
		return "", errors.New("Wrong HTTP URL")
	}
	return a.String(), nil
}

// HTTP normalises the address of a file, which may be at any host. The error says
// what is wrong with it.
func HTTP(raw string) (string, error) {
	a, err := parse(raw)
	if err != nil {
		return "", err
	}
	return a.String(), nil
}

// internalScheme splits off tg:, ton: or tonsite:, which may go on with "//".
func internalScheme(raw string) (scheme, rest string) {
	for _, s := range []string{"tg", "ton", "tonsite"} {
		if after, ok := cutFold(raw, s+":"); ok {
			return s, strings.TrimPrefix(after, "//")
		}
	}
	return "", raw
}

func internal(scheme, rest string, a address) (string, error) {
	_, doubled := cutFold(rest, "http://")
	if doubled || a.https || a.userinfo != "" || a.port != 0 || a.ipv6 {
		if scheme == "tg" {
			return "", errors.New("Wrong tg URL")
		}
		return "", errors.New("Wrong ton URL")
	}
	for i := 0; i < len(a.host); i++ {
		c := a.host[i]
		if !alnum(c) && c != '-' && c != '_' && (c != '.' || scheme != "tonsite") {
			return "", errors.New("Unallowed characters in URL host")
		}
	}
	query := a.query
	if strings.HasPrefix(query, "/?") {
		query = query[1:]
	}
	return scheme + "://" + a.host + query, nil
}

// cutFold cuts a lower-case ASCII prefix off, whatever the case of s.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || lower(s[:len(prefix)]) != prefix {
		return s, false
	}
	return s[len(prefix):], true
}
