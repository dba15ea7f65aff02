package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/wire"
)

// read feeds s to a reader at once and returns all messages and how it ended:
// "" for ready for more, "unfinished", or the error's text.
func read(s string) (messages []*wire.Message, end string) {
	r := wire.NewRequestReader()
	r.Feed([]byte(s))
	for {
		m, err := r.Next()
		switch {
		case err != nil:
			return messages, err.Error()
		case m != nil:
			messages = append(messages, m)
		case r.Buffered() > 0:
			return messages, "unfinished"
		default:
			return messages, ""
		}
	}
}

func post(contentType, body string, headers ...string) string {
	head := "POST /bot1:a/x HTTP/1.1\r\n"
	if contentType != "" {
		head += "Content-Type: " + contentType + "\r\n"
	}
	for _, h := range headers {
		head += h + "\r\n"
	}
	return head + "Content-Length: " + itoa(len(body)) + "\r\n\r\n" + body
}

func args(pairs ...string) []wire.Arg {
	var list []wire.Arg
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, wire.Arg{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

func TestRequestLine(t *testing.T) {
	for _, tt := range []struct {
		name, line, path, end string
		args                  []wire.Arg
		keepAlive             bool
	}{
		{"plain", "GET /bot1:a/getMe HTTP/1.1", "/bot1:a/getMe", "", nil, true},
		{"1.0", "GET / HTTP/1.0", "/", "", nil, false},
		{"plus in a path", "GET /a+b HTTP/1.1", "/a+b", "", nil, true},
		{"slash escaped", "GET /bot1%2fa/x HTTP/1.1", "/bot1/a/x", "", nil, true},
		{"escape cut short by the query", "GET /a%2?f HTTP/1.1", "/a%2", "", args("f", ""), true},
		{"fragment", "GET /a#b?c=d HTTP/1.1", "/a", "", nil, true},
		{"question marks and fragment in a query", "GET /a?b=c?d#e HTTP/1.1", "/a", "", args("b", "c?d#e"), true},
		{"plus and escapes in a name", "GET /?a+%62%=+ HTTP/1.1", "/", "", args("a b%", " "), true},
		{"trailing separators", "GET /a?b&& HTTP/1.1", "/a", "", args("b", "", "", ""), true},
		{"spaces in the target", "GET /a b c HTTP/1.1", "/a b c", "", nil, true},
		{"two spaces", "GET  /a HTTP/1.1", " /a", "", nil, true},
		{"no target", "GET  HTTP/1.1", "", "", nil, true},
		{"lower-case method", "get / HTTP/1.1", "", "Not Implemented", nil, false},
		{"no version", "GET /a", "", "Bad Request: wrong request line", nil, false},
		{"space after the version", "GET /a HTTP/1.1 ", "", "HTTP Version Not Supported", nil, false},
		{"lower-case version", "GET /a http/1.1", "", "HTTP Version Not Supported", nil, false},
		{"one word", "GET", "", "Not Implemented", nil, false},
		{"empty", "", "", "Not Implemented", nil, false},
		{"too long a query", "GET /?" + strings.Repeat("a", 1<<20+1) + " HTTP/1.1", "",
			"Request Entity Too Large: too many parameters", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			messages, end := read(tt.line + "\r\n\r\n")
			require.Equal(t, tt.end, end)
			if end != "" {
				return
			}
			require.Len(t, messages, 1)
			assert.Equal(t, tt.path, messages[0].Path)
			assert.Equal(t, tt.args, messages[0].Args)
			assert.Equal(t, tt.keepAlive, messages[0].KeepAlive)
		})
	}
}

func TestHeaders(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name, head, end string
		args            []wire.Arg
	}{
		{"folded value", "Content-Type:\r\n " + form + "\r\nContent-Length: 3\r\n", "", args("a", "b")},
		{"space before the colon", "Content-Type : " + form + "\r\ncONTENT-length\t:\t3 \r\n", "", args("a", "b")},
		{"last length counts", "Content-Length: 9\r\nContent-Type: " + form + "\r\nContent-Length: 3\r\n", "", args("a", "b")},
		{"number and more", "Content-Length: 3 bytes\r\nContent-Type: " + form + "\r\n", "", args("a", "b")},
		{"line without a colon joins the next name", "Foo\r\nContent-Length: 3\r\n", "unfinished", nil},
		{"negative length", "Content-Length: -3\r\n", "unfinished", nil},
		{"plus sign", "Content-Length: +3\r\n", "unfinished", nil},
		{"wrapping length", "Content-Type: " + form + "\r\nContent-Length: 18446744073709551619\r\n", "", args("a", "b")},
		{"length of 2^32-2", "Content-Length: 4294967294\r\n", "unfinished", nil},
		{"length of 2^32-1", "Content-Length: 4294967295\r\n", "Request Entity Too Large: content length is 4294967295", nil},
		{"length beyond", "Content-Length: 5000000000\r\n", "Request Entity Too Large: content length is 4294967295", nil},
		{"white space of all kinds", "Content-Type: " + form + "\r\nContent-Length:\v\x00\t 3\r\n", "", args("a", "b")},
		{"form feed is none", "Content-Type: " + form + "\r\nContent-Length: \f3\r\n", "unfinished", nil},
		{"no colon", "Foo\r\n", "Bad Request", nil},
		{"CR inside a value", "Foo: a\rb\r\n", "Bad Request", nil},
		{"CR for a line end", "Foo: a\rbContent-Length: 3\r\n", "Bad Request", nil},
		{"LF inside a value", "Foo: a\nContent-Length: 3\r\n", "unfinished", nil},
		{"empty transfer encoding", "Content-Length: 3\r\nTransfer-Encoding:\r\nContent-Type: " + form + "\r\n", "", args("a", "b")},
		{"chunked goes before length", "Content-Length: 300\r\nTransfer-Encoding: Chunked\r\nContent-Type: " + form + "\r\n\r\n3\r\nx=y\r\n0\r\n", "unfinished", args("x", "y")},
		{"br", "Content-Length: 3\r\nContent-Encoding: br\r\n", "Unsupported Media Type: unsupported content-encoding", nil},
		{"transfer before content encoding", "Content-Encoding: br\r\nTransfer-Encoding: br\r\n", "Unimplemented: unsupported transfer-encoding", nil},
		{"no body, any encoding", "Content-Encoding: br\r\nContent-Length: 0\r\n", "unfinished", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			messages, end := read("POST /x HTTP/1.1\r\n" + tt.head + "\r\na=b")
			require.Equal(t, tt.end, end)
			if len(messages) > 0 {
				assert.Equal(t, tt.args, messages[0].Args)
			}
		})
	}
}

func TestOversizedHead(t *testing.T) {
	r := wire.NewRequestReader()
	r.Feed([]byte("GET / HTTP/1.1\r\nX: " + strings.Repeat("a", 300_000)))
	_, err := r.Next()
	require.EqualError(t, err, "Request Header Fields Too Large: total headers size exceeded")
	refusal, ok := errors.AsType[*wire.Error](err)
	require.True(t, ok)
	assert.Equal(t, 431, refusal.Status)

	messages, end := read("GET / HTTP/1.1\r\nX: " + strings.Repeat("a", 300_000) + "\r\n\r\n")
	assert.Empty(t, end, "a head whose end is there may be of any length")
	assert.Len(t, messages, 1)
}

func TestChunked(t *testing.T) {
	for _, tt := range []struct {
		name, body, end string
		messages        int
		args            []wire.Arg
	}{
		{"extension", "3;x=y\r\na=b\r\n0\r\n\r\n", "", 1, args("a", "b")},
		{"extension of six", "3;xxx=yy\r\na=b\r\n0\r\n\r\n", "", 1, args("a", "b")},
		{"extension too long", "3;xxxx=yy\r\na=b\r\n", "Bad Request: Too long length in chunked 3;xxxx=yy", 0, nil},
		{"size of eight digits", "00000003\r\na=b\r\n0\r\n\r\n", "", 1, args("a", "b")},
		{"size of nine digits", "000000003", "Bad Request: Too long length in chunked 000000003", 0, nil},
		{"size of eight digits and CR", "00000003\r", "unfinished", 0, nil},
		{"space before the size", " 3\r\na=b\r\n0\r\n\r\n", "Not Implemented", 1, nil},
		{"empty size line", "\r\n\r\n", "", 1, nil},
		{"upper-case hex", "A\r\na=23456789\r\n0\r\n\r\n", "", 1, args("a", "23456789")},
		{"no line end after the data", "3\r\na=bXY0\r\nXY", "", 1, args("a", "b")},
		{"trailer", "3\r\na=b\r\n0\r\nX: y\r\n\r\n", "Not Implemented", 1, args("a", "b")},
		{"half of the last line end", "0\r\n\r", "unfinished", 0, nil},
		{"too large", "ffffffff\r\n", "unfinished", 0, nil},
		{"too large behind another", "3\r\na=b\r\nffffffff\r\n", "unfinished", 0, nil},
		{"much too large", "100000000\r\n", "Bad Request: Too long length in chunked 100000000", 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			messages, end := read("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" +
				"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + tt.body)
			require.Equal(t, tt.end, end)
			require.Len(t, messages, tt.messages)
			if tt.messages > 0 && tt.args != nil {
				assert.Equal(t, tt.args, messages[0].Args)
			}
		})
	}
}

func TestArgumentLimit(t *testing.T) {
	const tooMany = "Request Entity Too Large: too many parameters"
	big := func(n int) string { return strings.Repeat("a", n) }
	with := func(query, contentType, body string) string {
		return strings.Replace(post(contentType, body), "/bot1:a/x ", "/x?"+query+" ", 1)
	}
	for _, tt := range []struct{ name, in, end string }{
		{"query and form at the limit", with(big(100), "application/x-www-form-urlencoded", big(1<<20-100)), ""},
		{"query and form beyond", with(big(100), "application/x-www-form-urlencoded", big(1<<20-99)), tooMany},
		{"query and JSON beyond", with(big(100), "application/json", big(1<<20-99)), tooMany},
		{"before the body is complete", strings.TrimSuffix(with("", "application/json", big(3<<20)), big(1<<20)), tooMany},
		{"a file is not counted", with(big(100), "text/plain", big(2<<20)), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, end := read(tt.in)
			assert.Equal(t, tt.end, end)
		})
	}
}

func TestEmptyFile(t *testing.T) {
	messages, end := read("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + post("", "a"))
	require.Empty(t, end)
	require.Len(t, messages, 2)
	assert.Empty(t, messages[0].Files, "a body of no bytes is no file")
	assert.Equal(t, []wire.File{{Field: "file", ContentType: "application/octet-stream", Data: []byte("a")}}, messages[1].Files)
	assert.Equal(t, 1, messages[1].BodyLen)
}

func TestResponseAsRequest(t *testing.T) {
	messages, end := read("HTTP/1.1 200 OK\r\n\r\n")
	require.Empty(t, end)
	require.Len(t, messages, 1)
	assert.Empty(t, messages[0].Method)
	assert.Equal(t, "Not Found: absolute URI is specified in the Request-Line", wire.NotFound(messages[0].Path))
}

func TestReaderStaysBroken(t *testing.T) {
	r := wire.NewRequestReader()
	r.Feed([]byte("hello\r\n\r\n"))
	for range 2 {
		_, err := r.Next()
		require.EqualError(t, err, "Not Implemented")
		r.Feed([]byte("GET / HTTP/1.1\r\n\r\n"))
	}
}
