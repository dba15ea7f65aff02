package wire

import "strings"

// ParseRoute splits the decoded path of a request into token and lower-cased
// method. ok is false if the path leads nowhere; NotFound then has the words.
//
// The token may be empty or nonsense: it is checked later. An empty method is
// to be taken from the arguments, see [Message.NamedMethod]. Whatever begins
// with "test" after the token selects the test servers or leads nowhere, so no
// method can have such a name (observed on the real server).
func ParseRoute(path string) (token, method string, test, ok bool) {
	rest, ok := strings.CutPrefix(path, "/bot")
	if !ok {
		return "", "", false, false
	}
	slash := strings.IndexByte(rest, '/')
	if slash < 0 {
		return "", "", false, false
	}
	token, rest = rest[:slash], rest[slash:]
	rest, test = strings.CutPrefix(rest, "/test")
	if rest, ok = strings.CutPrefix(rest, "/"); !ok {
		return "", "", false, false
	}
	return token, lower(rest), test, true
}

// NotFound returns the description of the 404 for a path without a route.
func NotFound(path string) string {
	if !strings.HasPrefix(path, "/") {
		return "Not Found: absolute URI is specified in the Request-Line"
	}
	return "Not Found"
}

// AppendNotFound appends the response for a path without a route.
func AppendNotFound(dst []byte, path string) []byte {
	body := append([]byte(nil), `{"ok":false,"error_code":404,"description":`...)
	body = append(AppendString(body, NotFound(path)), '}')
	return AppendResponse(dst, 404, 0, body, true)
}

// NamedMethod returns the method that the arguments name, lower-cased; ""
// if there is none. It lower-cases the argument itself too, as the server
// does.
func (m *Message) NamedMethod() string {
	for i := range m.Args {
		if a := &m.Args[i]; a.Name == "method" {
			a.Value = lower(a.Value)
			return a.Value
		}
	}
	return ""
}

// lower lower-cases ASCII letters and nothing else.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				b[i] = lowerByte(b[i])
			}
			return string(b)
		}
	}
	return s
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
