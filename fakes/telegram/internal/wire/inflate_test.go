package wire_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func unbase64(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func pack[W io.WriteCloser](s string, open func(io.Writer) W) string {
	var b bytes.Buffer
	w := open(&b)
	_, _ = io.WriteString(w, s)
	w.Close()
	return b.String()
}

func TestPacked(t *testing.T) {
	zipped := pack(`{"a":1}`, gzip.NewWriter)
	zlibbed := pack(`{"a":1}`, zlib.NewWriter)
	raw := pack(`{"a":1}`, func(w io.Writer) *flate.Writer { f, _ := flate.NewWriter(w, 1); return f })
	badSum := zipped[:len(zipped)-8] + "\x00" + zipped[len(zipped)-7:]
	for _, tt := range []struct{ name, encoding, body, end string }{
		{"gzip", "gzip", zipped, ""},
		{"zlib as deflate", "Deflate", zlibbed, ""},
		{"zlib as gzip", "gzip", zlibbed, ""},
		{"gzip as deflate", "deflate", zipped, ""},
		{"raw deflate", "deflate", raw, "Bad Request: zlib error -3"},
		{"not packed", "gzip", `{"a":1}`, "Bad Request: zlib error -3"},
		{"bad checksum", "gzip", badSum, "Bad Request: zlib error -3"},
		{"truncated", "gzip", zipped[:len(zipped)-1], "Bad Request: zlib error -5"},
		{"truncated header", "gzip", zipped[:5], "Bad Request: zlib error -5"},
		{"one byte", "gzip", "\x1f", "Bad Request: zlib error -5"},
		{"zlib with a dictionary", "deflate", "\x78\x20\x00\x00\x00\x00", "Bad Request: zlib error 2"},
		{"something after it", "gzip", zipped + "xyz", ""},
		{"a second stream is ignored", "gzip", zipped + zipped, ""},
		{"too many arguments", "gzip", pack(strings.Repeat(" ", 1<<20+1), gzip.NewWriter), "Request Entity Too Large: too many parameters"},
		{"arguments at the limit", "gzip", pack(`{"a":1`+strings.Repeat(" ", 1<<20-7)+"}", gzip.NewWriter), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			messages, end := read(post("application/json", tt.body, "Content-Encoding: "+tt.encoding))
			require.Equal(t, tt.end, end)
			if end == "" {
				assert.Equal(t, args("a", "1"), messages[0].Args)
			}
		})
	}
}

func TestPackedInChunks(t *testing.T) {
	zipped := pack(`{"a":1}`, gzip.NewWriter)
	messages, end := read("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n" +
		"Content-Type: application/json\r\n\r\n5\r\n" + zipped[:5] + "\r\n14\r\n" + zipped[5:25] + "\r\n" +
		itoa16(len(zipped)-25) + "\r\n" + zipped[25:] + "\r\n0\r\n\r\n")
	require.Empty(t, end)
	assert.Equal(t, args("a", "1"), messages[0].Args)
	assert.Equal(t, 7, messages[0].BodyLen)
}

func itoa16(n int) string {
	return strings.TrimLeft(string("0123456789abcdef"[n>>4])+string("0123456789abcdef"[n&15]), "0")
}

// A body that is not packed is refused as soon as that shows, and one that is,
// not before it has ended.
func TestPackedIsReadAsItComes(t *testing.T) {
	const head = "POST /x HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
	zipped := pack(`{"a":1}`, gzip.NewWriter)
	for _, tt := range []struct{ body, end string }{
		{"{", "unfinished"}, {`{"a":1}`, "Bad Request: zlib error -3"}, {"\x1f", "unfinished"}, {"\x1f\x8b\x09", "unfinished"},
		{zipped[:9], "unfinished"}, {zipped[:12], "unfinished"}, {zipped[:10] + "\xff\xff", "Bad Request: zlib error -3"},
		{strings.Repeat("x", 5<<10), "unfinished"},
	} {
		_, end := read(head + tt.body)
		assert.Equal(t, tt.end, end, "%q", tt.body)
	}
}
