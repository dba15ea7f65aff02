package wire

import "strings"

// A Message is one complete request or response.
//
// Strings that came from the peer may hold any bytes: neither names nor values
// are checked to be valid UTF-8.
type Message struct {
	Method string // "GET" or "POST"; empty for a response
	Target string // the request target as sent, with its query
	Path   string // the target's path, percent-decoded; '+' stays '+'

	Status int    // the response's status code; any integer the peer wrote
	Reason string // the response's reason phrase, trailing spaces included

	Args  []Arg  // the query's arguments, then the body's, in order
	Files []File // uploaded files, in order

	KeepAlive     bool   // what the peer asked for; Telegram heeds it in responses only
	RetryAfter    int    // seconds, never negative; 0 if absent or not an integer
	HasRetryAfter bool   // whether a Retry-After header was there at all
	ContentType   string // as sent; "application/octet-stream" if absent
	BodyLen       int    // length of the body in bytes, after decoding

	head string // as it came, up to the last line end
}

// Dump is what the Bot API server says of a request that came where a response
// was due: it records all of it as the webhook's last error (Bot API server
// source).
func (m *Message) Dump() string {
	var b strings.Builder
	b.WriteString(m.Method + ":" + m.Path)
	for _, a := range m.Args {
		b.WriteString(":[" + a.Name + ":" + a.Value + "]")
	}
	if m.KeepAlive {
		b.WriteString(":keep-alive")
	}
	b.WriteString("\n")
	_, rest, _ := cutLine(m.head)
	for rest != "" {
		name, value, next, ok := cutHeader(rest)
		if !ok {
			break
		}
		name, rest = lower(name), next
		switch name {
		case "connection", "content-encoding", "transfer-encoding":
			value = lower(value)
		}
		b.WriteString(name + "=" + value + "\n")
	}
	b.WriteString("BEGIN CONTENT\nEND CONTENT\n")
	return b.String()
}

// An Arg is one argument: a name with its value.
type Arg struct {
	Name, Value string
}

// A File is one uploaded file.
type File struct {
	Field       string // the part's name; "file" if the whole body is the file
	Name        string // the file name as sent; may be empty
	ContentType string
	Data        []byte
}

// Arg returns the value of the first argument with this name, or "". The
// query comes before the body, so it wins (Bot API server source).
func (m *Message) Arg(name string) string {
	for i := range m.Args {
		if m.Args[i].Name == name {
			return m.Args[i].Value
		}
	}
	return ""
}

// HasArg tells whether there is an argument with this name, even an empty one.
func (m *Message) HasArg(name string) bool {
	for i := range m.Args {
		if m.Args[i].Name == name {
			return true
		}
	}
	return false
}
