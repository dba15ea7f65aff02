package link

import "strings"

// maxUser is the largest user id there can be.
const maxUser = 1<<40 - 1

// ValidUser says whether an id can be a user's.
func ValidUser(id int64) bool { return id > 0 && id <= maxUser }

// User is the user that a tg://user?id=N link names. Everything else, a link
// with a malformed id among it, names nobody.
func User(raw string) (int64, bool) {
	query, ok := tgQuery(raw, "user")
	if !ok {
		return 0, false
	}
	id, ok := Number(lower(param(query, "id")))
	return id, ok && ValidUser(id)
}

// CustomEmoji is the emoji that a tg://emoji?id=N link names.
func CustomEmoji(raw string) (int64, bool) {
	query, ok := tgQuery(raw, "emoji")
	if !ok {
		return 0, false
	}
	id, ok := Number(param(query, "id"))
	return id, ok && id != 0
}

// Time is the moment, in Unix seconds, and the format of a
// tg://time?unix=N&format=F link. The format is not checked.
func Time(raw string) (unix int64, format string, ok bool) {
	query, ok := tgQuery(raw, "time")
	if !ok {
		return 0, "", false
	}
	unix = Prefix(param(query, "unix"))
	return unix, param(query, "format"), unix > 0
}

// Prefix reads the number a string begins with as the server's lenient reader
// does for 32 bits: digits until something else, out of range wraps.
func Prefix(s string) int64 {
	negative := strings.HasPrefix(s, "-")
	if negative {
		s = s[1:]
	}
	var n uint32
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		n = n*10 + uint32(s[i]-'0')
	}
	if negative {
		n = -n
	}
	return int64(int32(n))
}

// tgQuery is the query of a tg: link with that host.
func tgQuery(raw, host string) (string, bool) {
	rest, ok := cutFold(raw, "tg:")
	if !ok {
		return "", false
	}
	rest, ok = cutFold(strings.TrimPrefix(rest, "//"), host)
	if !ok {
		return "", false
	}
	rest, ok = strings.CutPrefix(strings.TrimPrefix(rest, "/"), "?")
	query, _, _ := strings.Cut(rest, "#")
	return query, ok
}

// param is the first parameter of that name, which is written in any case.
func param(query, name string) string {
	for query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		if key, value, _ := strings.Cut(part, "="); lower(key) == name {
			return value
		}
	}
	return ""
}
