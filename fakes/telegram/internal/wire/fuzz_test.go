package wire_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/wire"
	"hookproof/fakes/telegram/internal/wire/wiretrace"
)

// inPieces feeds data in pieces whose lengths cuts gives, and returns what
// came of it.
func inPieces(r *wire.Reader, data, cuts []byte) (messages []*wire.Message, status int) {
	for i := 0; len(data) > 0; i++ {
		n := len(data)
		if len(cuts) > 0 {
			n = min(n, 1+int(cuts[i%len(cuts)]))
		}
		r.Feed(data[:n])
		data = data[n:]
		for {
			m, err := r.Next()
			if e, ok := errors.AsType[*wire.Error](err); ok {
				return messages, e.Status
			}
			if m == nil {
				break
			}
			messages = append(messages, m)
		}
	}
	return messages, 0
}

// checkPieces fails if it matters in which pieces data comes. The limit for
// heads is the exception, as it is in the server.
func checkPieces(t *testing.T, open func() *wire.Reader, data, cuts []byte) {
	if len(data) > 256<<10 {
		return
	}
	whole, wantStatus := inPieces(open(), data, nil)
	pieces, status := inPieces(open(), data, cuts)
	require.Equal(t, wantStatus, status)
	require.Equal(t, whole, pieces)
	for _, m := range whole {
		require.GreaterOrEqual(t, m.RetryAfter, 0)
		require.LessOrEqual(t, len(m.Files), 50)
	}
}

func FuzzRequest(f *testing.F) {
	paths, err := filepath.Glob("testdata/traces/*.json")
	require.NoError(f, err)
	for _, path := range paths {
		trace, err := os.ReadFile(path)
		require.NoError(f, err)
		cases, err := wiretrace.Cases(trace)
		require.NoError(f, err)
		for _, c := range cases {
			if data := c.Bytes(); len(data) < 8<<10 {
				f.Add(data, []byte{0, 1, 2, 30})
			}
		}
	}
	f.Add([]byte(post("multipart/form-data; boundary=XX", field("form-data; name=a; filename=b", "\r\n--X\r\n--")+"--XX--")), []byte{0})
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		checkPieces(t, wire.NewRequestReader, data, cuts)
	})
}

func FuzzResponse(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 503\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"method\":\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.0 302 Found\r\nLocation: /\r\n continued\r\nConnection: Close\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: 65\r\n\r\n" +
			unbase64("H4sIAAAAAAACA6tWyk0tychPUbJSKk7NS/FNLS5OTE9V0lFKzkgsic8EihvqKJWkVpQAFSQq1QIAsU2aZi8AAAA="),
	} {
		f.Add([]byte(s), []byte{0, 1, 2, 30})
	}
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		checkPieces(t, wire.NewResponseReader, data, cuts)
	})
}

// TestRecordingsInPieces feeds every recording byte by byte.
func TestRecordingsInPieces(t *testing.T) {
	paths, err := filepath.Glob("testdata/traces/*.json")
	require.NoError(t, err)
	for _, path := range paths {
		trace, err := os.ReadFile(path)
		require.NoError(t, err)
		cases, err := wiretrace.Cases(trace)
		require.NoError(t, err)
		for _, c := range cases {
			if data := c.Bytes(); len(data) < 64<<10 {
				t.Run(strings.TrimSuffix(filepath.Base(path), ".json")+"/"+c.Name, func(t *testing.T) {
					checkPieces(t, wire.NewRequestReader, data, []byte{0})
				})
			}
		}
	}
}
