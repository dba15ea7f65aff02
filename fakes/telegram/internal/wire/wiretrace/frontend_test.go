package wiretrace_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"hookproof/fakes/telegram/internal/wire/wiretrace"
)

const good = `{"kind":"frontend","success_head":"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nContent-Length: @LEN@\r\n\r\n",
"cases":[{"name":"one","send":[{"text":"GET /bot1:a/x?a=b HTTP/1.1\r\n"},{"wait":0.01},{"b64":"DQo="},{"await":1,"text":"hello\r\n\r\n"}],
"responses":[{"status":200,"parsed":{"token":"1:a","test":false,"method":"x","args":[["a","b"]],"files":[]}},
{"status":501,"raw":"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n"}],
"connection_after":"closed by server"}]}`

// TestFrontendReports falsifies a recording in every respect.
func TestFrontendReports(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"good", "", "", ""},
		{"good bytes", `"method":"x"`, `"method":{"b64":"eA=="}`, ""},
		{"good run", `["a","b"]`, `["a",{"prefix":"","repeat":"b","count":1,"suffix":""}]`, ""},
		{"token", `"token":"1:a"`, `"token":"2:a"`, "request 1 was understood as"},
		{"test", `"test":false`, `"test":true`, "request 1 was understood as"},
		{"method", `"method":"x"`, `"method":"y"`, "request 1 was understood as"},
		{"argument", `["a","b"]`, `["a","c"]`, "request 1 was understood as"},
		{"file", `"files":[]`, `"files":[{"field":"f"}]`, "request 1 was understood as"},
		{"head", `keep-alive`, `close`, "response 1 was"},
		{"raw", "501 Not Impl", "502 Not Impl", "response 2 was"},
		{"afterwards", "closed by server", "kept open", "connection afterwards was closed by server, not kept open"},
		{"reset", "closed by server", "reset by server", ""},
		{"more came", `,"text":"hello`, `,"text":"GET /bot1:a/y HTTP/1.1\r\n\r\nhello`, `request 2 ("y") was not expected`},
		{"kind", `"kind":"frontend"`, `"kind":"x"`, "kind is"},
		{"no trace", "", "{", "read trace"},
		{"step", `{"wait":0.01}`, `{"sleep":0.01}`, `unknown field "sleep"`},
		{"end", "closed by server", "melted", `case "one": connection_after "melted" is not known`},
		{"empty response", `"raw":"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n"`, `"raw":""`, "response 2 is not either raw or parsed"},
		{"patience", `"await":1`, `"await":3`, "step 4 waits for 3 responses, of 2"},
		{"head of its own", `{"status":200,"parsed"`, `{"status":200,"head":"HTTP/1.1 200 OK\r\nX: @LEN@\r\n\r\n","parsed"`, "response 1 was"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trace := strings.Replace(good, tt.old, tt.new, 1)
			err := wiretrace.Frontend([]byte(trace))
			if tt.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tt.want)
		})
	}
}
