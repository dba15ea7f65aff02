package wire

import "strings"

// A header holds what the head says about the body.
type header struct {
	length   int64  // -1: no Content-Length
	encoding string // of the content, lower-cased
	transfer string // transfer encoding, lower-cased
	argBytes int    // length of the query
}

// parseHead parses a head, which ends with one line end. The oddities are the
// server's: it looks for separators without regard to lines, so a status line
// without a reason swallows the header after it.
func parseHead(head string, m *Message, h *header) *Error {
	kind, rest, ok := strings.Cut(head, " ")
	var err *Error
	switch {
	case ok && (kind == "GET" || kind == "POST"):
		m.Method = kind
		rest, err = parseRequestLine(rest, m, h)
	case ok && strings.HasPrefix(kind, "HTTP"):
		if m.KeepAlive, ok = parseVersion(kind); !ok {
			return wrongVersion()
		}
		rest, err = parseStatusLine(rest, m)
	default:
		return notImplemented()
	}
	if err != nil {
		return err
	}
	for rest != "" {
		var name, value string
		if name, value, rest, ok = cutHeader(rest); !ok {
			return malformed()
		}
		h.set(m, name, value)
	}
	return nil
}

func parseRequestLine(s string, m *Message, h *header) (rest string, err *Error) {
	line, rest, ok := cutLine(s)
	space := strings.LastIndexByte(line, ' ')
	if space < 0 {
		return "", badRequest("wrong request line")
	}
	m.Target = line[:space]
	end := strings.IndexAny(m.Target, "?#")
	if end < 0 {
		end = len(m.Target)
	}
	m.Path = unescapeURL(m.Target[:end], false)
	if end < len(m.Target) && m.Target[end] == '?' {
		query := m.Target[end+1:]
		if h.argBytes = len(query); h.argBytes > maxArgs {
			return "", tooManyArgs()
		}
		m.Args = appendForm(m.Args, query)
	}
	if _, ok := parseVersion(line[space+1:]); !ok {
		return "", wrongVersion()
	}
	m.KeepAlive = line[space+1:] == "HTTP/1.1"
	if !ok {
		return "", malformed()
	}
	return rest, nil
}

func parseStatusLine(s string, m *Message) (rest string, err *Error) {
	code, rest, ok := strings.Cut(s, " ")
	if !ok {
		return "", malformed()
	}
	m.Status = int(leadingInt32(code))
	if m.Reason, rest, ok = cutLine(rest); !ok {
		return "", malformed()
	}
	return rest, nil
}

func parseVersion(s string) (keepAlive, ok bool) {
	return s == "HTTP/1.1", s == "HTTP/1.1" || s == "HTTP/1.0"
}

// cutLine cuts s at its first CR, which an LF must follow.
func cutLine(s string) (line, rest string, ok bool) {
	line, rest, ok = strings.Cut(s, "\r")
	if !ok || !strings.HasPrefix(rest, "\n") {
		return line, "", false
	}
	return line, rest[1:], true
}

// cutHeader cuts the first header off s. Lines that begin with white space
// continue it; a line without a colon becomes part of the next one's name.
func cutHeader(s string) (name, value, rest string, ok bool) {
	name, s, ok = strings.Cut(s, ":")
	if !ok {
		return "", "", "", false
	}
	end := 0
	for {
		line, rest, ok := cutLine(s[end:])
		if !ok {
			return "", "", "", false
		}
		end += len(line)
		if !strings.HasPrefix(rest, " ") && !strings.HasPrefix(rest, "\t") {
			return trim(name), trim(s[:end]), rest, true
		}
		end += 2
	}
}

// set notes one header. Of repeated headers the last counts, but for
// Retry-After, of which it is the first (Bot API server source).
func (h *header) set(m *Message, name, value string) {
	switch {
	case isFold(name, "content-length"):
		h.length = parseLength(value)
	case isFold(name, "connection"):
		m.KeepAlive = !isFold(value, "close")
	case isFold(name, "content-type"):
		m.ContentType = value
	case isFold(name, "content-encoding"):
		h.encoding = lower(value)
	case isFold(name, "transfer-encoding"):
		h.transfer = lower(value)
	case isFold(name, "retry-after") && !m.HasRetryAfter:
		m.HasRetryAfter = true
		if n, ok := canonical(value); ok && n > 0 && n < 1<<31 {
			m.RetryAfter = int(n)
		}
	}
}

// parseLength parses the digits that a Content-Length begins with. There need
// not be any: the length is 0 then. It wraps around at 2^64.
func parseLength(s string) int64 {
	var n uint64
	for i := 0; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		n = n*10 + uint64(s[i]-'0')
	}
	return int64(min(n, maxBody))
}

// leadingInt32 parses the integer that s begins with, 0 if there is none. It
// wraps around.
func leadingInt32(s string) int32 {
	digits, negative := strings.CutPrefix(s, "-")
	var n uint32
	for i := 0; i < len(digits) && '0' <= digits[i] && digits[i] <= '9'; i++ {
		n = n*10 + uint32(digits[i]-'0')
	}
	if negative {
		n = -n
	}
	return int32(n)
}

func isSpace(c byte) bool {
	return c == ' ' || '\t' <= c && c <= '\v' || c == '\r' || c == 0
}

// trim cuts white space off both ends. A zero byte counts as white space, a
// form feed does not.
func trim(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// isFold tells whether s is low but for the case of ASCII letters.
func isFold(s, low string) bool {
	if len(s) != len(low) {
		return false
	}
	for i := range len(s) {
		if lowerByte(s[i]) != low[i] {
			return false
		}
	}
	return true
}

// indexFold finds low in s but for the case of ASCII letters, or returns -1.
func indexFold(s, low string) int {
	for i := 0; i+len(low) <= len(s); i++ {
		if isFold(s[i:i+len(low)], low) {
			return i
		}
	}
	return -1
}
