package wire_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/wire"
)

func itoa(n int) string { return strconv.Itoa(n) }

// TestStatusLine has what the real server made of these status lines, each
// before "Content-Length: 0".
func TestStatusLine(t *testing.T) {
	for _, tt := range []struct {
		line   string
		status int
		reason string
		end    string
	}{
		{"HTTP/1.1 503 ", 503, "", ""},
		{"HTTP/1.1 503", 503, "0", ""},
		{"HTTP/1.1  503 Two", 0, "503 Two", ""},
		{"HTTP/1.1 503 Trail  ", 503, "Trail  ", ""},
		{"HTTP/1.1 99 Small", 99, "Small", ""},
		{"HTTP/1.1 600 Big", 600, "Big", ""},
		{"HTTP/1.1 1000 Huge", 1000, "Huge", ""},
		{"HTTP/1.1 -7 Minus", -7, "Minus", ""},
		{"HTTP/1.1 4294967496 Wraps", 200, "Wraps", ""},
		{"HTTP/1.1 20x OK", 20, "OK", ""},
		{"http/1.1 503 Low", 0, "", "Not Implemented"},
		{"HTTP/1.2 200 OK", 0, "", "HTTP Version Not Supported"},
		{"HTTP/2 200 OK", 0, "", "HTTP Version Not Supported"},
		{"HTTPS 200 OK", 0, "", "HTTP Version Not Supported"},
		{"<b>ok</b>", 0, "", "Not Implemented"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			messages, end := read(tt.line + "\r\nContent-Length: 0\r\n\r\n")
			require.Equal(t, tt.end, end)
			if end != "" {
				return
			}
			require.Len(t, messages, 1)
			assert.Equal(t, tt.status, messages[0].Status)
			assert.Equal(t, tt.reason, messages[0].Reason)
			assert.Empty(t, messages[0].Method)
		})
	}
	_, end := read("HTTP/1.1 503\r\n\r\n")
	assert.Equal(t, "Bad Request", end, "no header to borrow a reason from")
}

// TestReplies has replies as webhooks of the recordings sent them.
func TestReplies(t *testing.T) {
	const call = `{"method":"sendMessage","chat_id":1,"text":"a"}`
	callArgs := args("method", "sendMessage", "chat_id", "1", "text", "a")
	for _, tt := range []struct {
		name, in, end string
		args          []wire.Arg
	}{
		{"chunked", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
			"a\r\n{\"method\":\r\n25\r\n\"sendMessage\",\"chat_id\":1,\"text\":\"a\"}\r\n0\r\n\r\n", "", callArgs},
		{"chunked bad", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", "Not Implemented", nil},
		{"gzip", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 65\r\n\r\n" +
			unbase64("H4sIAAAAAAACA6tWyk0tychPUbJSKk7NS/FNLS5OTE9V0lFKzkgsic8EihvqKJWkVpQAFSQq1QIAsU2aZi8AAAA="), "", callArgs},
		{"bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "unfinished", nil},
		{"no length", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + call, "unfinished", nil},
		{"no length, then a reply", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + call +
			"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "Not Implemented", nil},
		{"204", "HTTP/1.1 204 No Content\r\n\r\n", "", nil},
		{"identity with a body", "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",
			"Unsupported Media Type: unsupported content-encoding", nil},
		{"identity without", "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 0\r\n\r\n", "", nil},
		{"transfer identity", "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nab",
			"Unimplemented: unsupported transfer-encoding", nil},
		{"oversized arguments", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1048610\r\n\r\n" +
			`{"method":"sendMessage","text":"` + strings.Repeat("a", 1<<20) + `"}`,
			"Request Entity Too Large: too many parameters", nil},
		{"oversized text", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2000000\r\n\r\n" +
			strings.Repeat("a", 2_000_000), "", nil},
		{"array", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]", "", nil},
		{"multipart", "HTTP/1.1 200 OK\r\nContent-Type: multipart/form-data; boundary=XX\r\nContent-Length: 193\r\n\r\n" +
			"--XX\r\nContent-Disposition: form-data; name=\"method\"\r\n\r\nsendMessage\r\n--XX\r\n" +
			"Content-Disposition: form-data; name=\"chat_id\"\r\n\r\n1\r\n--XX\r\n" +
			"Content-Disposition: form-data; name=\"text\"\r\n\r\na  \r\n--XX--\r\n", "",
			args("method", "sendMessage", "chat_id", "1", "text", "a  ")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			messages, end := read(tt.in)
			require.Equal(t, tt.end, end)
			if tt.args != nil {
				require.Len(t, messages, 1)
				assert.Equal(t, tt.args, messages[0].Args)
			}
		})
	}
}

func TestKeepAlive(t *testing.T) {
	for in, want := range map[string]bool{
		"HTTP/1.1 200 OK\r\n":                                             true,
		"HTTP/1.0 200 OK\r\n":                                             false,
		"HTTP/1.0 200 OK\r\nConnection: anything\r\n":                     true,
		"HTTP/1.1 200 OK\r\nConnection: CLOSE\r\n":                        false,
		"HTTP/1.1 200 OK\r\nConnection: close, x\r\n":                     true,
		"HTTP/1.1 200 OK\r\nConnection: close\r\nconnection: upgrade\r\n": true,
	} {
		messages, end := read(in + "\r\n")
		require.Empty(t, end)
		assert.Equal(t, want, messages[0].KeepAlive, in)
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]int{
		"7": 7, " 7 ": 7, "0": 0, "-5": 0, "2.5": 0, "abc": 0, "07": 0, "+7": 0, "": 0,
		"2147483647": 2147483647, "2147483648": 0, "99999999999999999999": 0,
		"Wed, 21 Oct 2026 07:28:00 GMT": 0, "3\r\nRetry-After: 4": 3, "x\r\nRetry-After: 4": 0,
	} {
		messages, end := read("HTTP/1.1 503 S\r\nRetry-After: " + value + "\r\n\r\n")
		require.Empty(t, end)
		assert.Equal(t, want, messages[0].RetryAfter, value)
		assert.True(t, messages[0].HasRetryAfter)
	}
	messages, _ := read("HTTP/1.1 503 S\r\n\r\n")
	assert.False(t, messages[0].HasRetryAfter)
}

func TestAppendResponse(t *testing.T) {
	body := []byte(`{}`)
	assert.Equal(t, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
		string(wire.AppendResponse(nil, 200, 0, body, true)))
	assert.Equal(t, "xHTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Type: application/json\r\n"+
		"Retry-After: 7\r\nContent-Length: 2\r\n\r\n{}", string(wire.AppendResponse([]byte("x"), 429, 7, body, false)))
	assert.Equal(t, "HTTP/1.1 599 Internal Server Error\r\nContent-Length: 0\r\n\r\n", string(wire.AppendTransportError(nil, 599)))
}

func TestStatusText(t *testing.T) {
	for status, want := range map[int]string{
		200: "OK", 204: "No Content", 302: "Found", 308: "Permanent Redirect", 400: "Bad Request",
		401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 410: "Gone",
		413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type",
		416: "Range Not Satisfiable", 418: "I'm a teapot", 421: "Misdirected Request", 429: "Too Many Requests",
		431: "Request Header Fields Too Large", 480: "Temporarily Unavailable", 500: "Internal Server Error",
		501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 505: "HTTP Version Not Supported",
		100: "Internal Server Error", 402: "Internal Server Error", 422: "Internal Server Error", 504: "Internal Server Error",
	} {
		assert.Equal(t, want, wire.StatusText(status), status)
	}
}
