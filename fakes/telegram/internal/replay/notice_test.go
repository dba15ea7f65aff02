package replay_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/replay"
)

// A forgery changes a recording, at the i-th event; false if it cannot.
type forgery struct {
	name string
	do   func(tr, event map[string]any, events []any, i int) ([]any, bool)
}

var forgeries = []forgery{
	{"missing", func(_, _ map[string]any, events []any, i int) ([]any, bool) {
		return slices.Delete(slices.Clone(events), i, i+1), true
	}},
	{"late", func(tr, e map[string]any, events []any, _ int) ([]any, bool) {
		e["t"] = e["t"].(float64) + 1.2*tr["tolerance"].(map[string]any)["times_s"].(float64) + 0.05
		return events, true
	}},
	{"early", func(tr, e map[string]any, events []any, _ int) ([]any, bool) {
		e["t"] = e["t"].(float64) - 1.2*tr["tolerance"].(map[string]any)["times_s"].(float64) - 0.05
		return events, true
	}},
	{"other text", func(_, e map[string]any, events []any, _ int) ([]any, bool) {
		for _, key := range []string{"message", "reason", "method", "text"} {
			if text, ok := e[key].(string); ok {
				e[key] = text + "x"
				return events, true
			}
		}
		return nil, false
	}},
	{"other connection", func(tr, e map[string]any, events []any, i int) ([]any, bool) {
		if e["ev"] != "request" || e["conn"].(float64) < 2 || tr["omitted_events"] != nil || tr["compact"] == true {
			return nil, false
		}
		if e["t"].(float64)-events[i-1].(map[string]any)["t"].(float64) < 0.1 {
			return nil, false // it may be an accident which connection was used
		}
		e["conn"] = 1.0
		return events, true
	}},
	{"other side closes", func(_, e map[string]any, events []any, _ int) ([]any, bool) {
		if e["ev"] != "close" {
			return nil, false
		}
		e["by"] = map[any]string{"engine": "endpoint", "endpoint": "engine"}[e["by"]]
		return events, true
	}},
}

// TestComparisonNotices forges events of every recording in several ways and
// wants each forgery reported.
func TestComparisonNotices(t *testing.T) {
	files, err := filepath.Glob("testdata/traces/*.json")
	require.NoError(t, err)
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, f := range forgeries {
			t.Run(strings.TrimSuffix(filepath.Base(name), ".json")+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				for i := 0; ; i++ {
					forged, what, ok := forge(t, b, f, i)
					if what == "" {
						break
					}
					if ok {
						assert.Error(t, replay.Delivery(forged), "event %d, %s", i, what)
					}
				}
			})
		}
	}
}

// forge returns the recording with its i-th event forged; what is "" after the last.
func forge(t *testing.T, b []byte, f forgery, i int) (forged []byte, what string, ok bool) {
	t.Helper()
	var tr map[string]any
	require.NoError(t, json.Unmarshal(b, &tr))
	events := tr["events"].([]any)
	most := 10 // events, spread over the recording
	if len(b) > 60<<10 {
		most = 3 // reading a large one takes long
	}
	if i *= len(events)/most + 1; i >= len(events) {
		return nil, "", false
	}
	e := events[i].(map[string]any)
	what = fmt.Sprint(e)
	random := tr["tolerance"].(map[string]any)["random"].([]any)
	if e["ev"] == "replied" || len(random) > 0 && e["ev"] == "request" && e["attempt"].(float64) > 7 {
		return nil, what, false // for information only, or at a random time
	}
	if tr["events"], ok = f.do(tr, e, events, i); !ok {
		return nil, what, false
	}
	forged, err := json.Marshal(tr)
	require.NoError(t, err)
	return forged, what, true
}

// TestComparisonNoticesTheRest forges what is not an event.
func TestComparisonNoticesTheRest(t *testing.T) {
	for _, tt := range []struct{ trace, from, to string }{
		{"happy-one-update", `"POST /hook HTTP/1.1`, `"POST /hooks HTTP/1.1`},
		{"happy-one-update", `Accept-Encoding: gzip, deflate`, `Accept-Encoding: gzip`},
		{"happy-one-update", `@0@,\n\"message`, `@0@,\"message`},
		{"happy-one-update", `"update_id_digits": 9`, `"update_id_digits": 8`},
		{"happy-one-update", `"host_header": "hook.example.test:8443"`, `"host_header": "hook.example.test"`},
		{"happy-one-update", `"open_connections": 1`, `"open_connections": 2`},
		{"happy-one-update", `"webhook_set": true`, `"webhook_set": false`},
		{"happy-one-update", `"last_error_message": null`, `"last_error_message": "x"`},
		{"status-4xx", `"last_error_t": `, `"last_error_t": 1`},
		{"retry-after-capped", `"pending": 1`, `"pending": 2`},
		{"retry-after-capped", `"pending_updates": [0]`, `"pending_updates": [1]`},
		{"retry-after-capped", `"dropped_updates": [1]`, `"dropped_updates": [0]`},
		{"secret-on", `"secret_token": "`, `"secret_token": "x`},
		{"inline-accepted", `["disable_notification", "true"]`, `["disable_notification", "false"]`},
		{"inline-accepted", `"files": []`, `"files": [{"field": "a", "file_name": "b", "content_type": "c", "size": 1}]`},
		{"retry-500-forever-run1", `"unix_fraction_at_0": 0`, `"settings": {"url":"https://"}, "unix_fraction_at_0": 0`},
	} {
		t.Run(tt.trace+" "+tt.to, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata/traces", tt.trace+".json"))
			require.NoError(t, err)
			text := string(b)
			require.NoError(t, replay.Delivery(b))
			require.Contains(t, text, tt.from)
			assert.Error(t, replay.Delivery([]byte(strings.Replace(text, tt.from, tt.to, 1))))
		})
	}
}
