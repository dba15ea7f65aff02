package telegram_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"hookproof/fakes/telegram"
	"hookproof/fakes/telegram/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server that ends with the test.
func serve(t *testing.T, o telegram.Options) *telegram.Server {
	t.Helper()
	s := telegram.NewServer(o)
	t.Cleanup(s.Close)
	return s
}

// soon is a context that fails a wait long before the test itself times out.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// An answer is a Bot API response.
type answer struct {
	Status      int
	OK          bool
	Result      json.RawMessage
	ErrorCode   int `json:"error_code"`
	Description string
	Parameters  map[string]int64
	raw         string
	header      http.Header
}

// call calls a method over HTTP, form-encoded. Whatever comes back must be
// valid for the Bot API's schema.
func call(t *testing.T, b *telegram.Bot, s *telegram.Server, method string, params ...string) answer {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(params); i += 2 {
		form.Add(params[i], params[i+1])
	}
	tr := &http.Transport{DisableKeepAlives: true}
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL()+"/bot"+b.Token()+"/"+method, nil)
	require.NoError(t, err)
	req.URL.RawQuery = form.Encode()
	resp, err := tr.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	a := answer{Status: resp.StatusCode, raw: string(body), header: resp.Header}
	require.NoError(t, json.Unmarshal(body, &a), "body: %s", body)
	if a.OK {
		require.NoError(t, schema.ValidateReturn(method, a.Result), "%s answered %s", method, a.Result)
	}
	return a
}
