package telegram_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
	"hookproof/fakes/telegram/schema"
)

// An endpoint is a webhook whose answers the test decides, one by one.
type endpoint struct {
	*httptest.Server
	hits     chan hit
	invalid  chan error
	anything bool // raw updates are part of the test
}

// A hit is one delivery, waiting for its answer.
type hit struct {
	UpdateID int64
	Kind     string // such as "message"
	Text     string
	Header   http.Header
	Body     string
	answer   chan func(http.ResponseWriter)
	gone     <-chan struct{} // closed when the server hung up
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{hits: make(chan hit, 1000), invalid: make(chan error, 1000)}
	e.Server = httptest.NewServer(e)
	t.Cleanup(func() {
		e.Close()
		select {
		case err := <-e.invalid:
			assert.NoError(t, err, "an update that is not valid was delivered")
		default:
		}
	})
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if err := schema.Validate("Update", body); err != nil && !e.anything {
		e.invalid <- fmt.Errorf("%w: %s", err, body)
	}
	h := hit{Header: r.Header, Body: string(body), answer: make(chan func(http.ResponseWriter), 1), gone: r.Context().Done()}
	var update map[string]json.RawMessage
	if json.Unmarshal(body, &update) == nil {
		for kind, raw := range update {
			if kind == "update_id" {
				_ = json.Unmarshal(raw, &h.UpdateID)
				continue
			}
			h.Kind = kind
			var m struct{ Text string }
			_ = json.Unmarshal(raw, &m)
			h.Text = m.Text
		}
	}
	e.hits <- h
	select {
	case answer := <-h.answer:
		answer(w)
	case <-r.Context().Done():
	}
}

// next waits for a delivery.
func (e *endpoint) next(t *testing.T) hit {
	t.Helper()
	select {
	case h := <-e.hits:
		return h
	case <-soon(t).Done():
		require.Fail(t, "no delivery came")
		return hit{}
	}
}

// none checks that no delivery is waiting.
func (e *endpoint) none(t *testing.T) {
	t.Helper()
	select {
	case h := <-e.hits:
		require.Fail(t, "a delivery came", "%+v", h.Body)
	default:
	}
}

// status answers with a status, header pairs and no body.
func (h hit) status(code int, header ...string) {
	h.answer <- func(w http.ResponseWriter) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// body answers 200 with a body.
func (h hit) body(contentType, body string) {
	h.answer <- func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprint(w, body)
	}
}

// A rig is a server with one bot and one person.
type rig struct {
	t    *testing.T
	s    *telegram.Server
	b    *telegram.Bot
	ann  *telegram.User
	hook *endpoint
	next int64           // offset of news
	last json.RawMessage // payload of the last update in news
}

func newRig(t *testing.T) *rig {
	t.Helper()
	s := serve(t, telegram.Options{})
	r := &rig{t: t, s: s, b: s.NewBot("test_bot"), ann: s.NewUser("Ann"), hook: newEndpoint(t)}
	t.Cleanup(s.Close) // before the endpoint, which waits for its requests
	return r
}

func (r *rig) call(method string, params ...string) answer {
	r.t.Helper()
	return call(r.t, r.b, r.s, method, params...)
}

// ok calls a method that must succeed.
func (r *rig) ok(method string, params ...string) answer {
	r.t.Helper()
	a := r.call(method, params...)
	require.True(r.t, a.OK, "%s: %s", method, a.raw)
	return a
}

// refused calls a method that must fail, and returns its description.
func (r *rig) refused(status int, method string, params ...string) string {
	r.t.Helper()
	a := r.call(method, params...)
	require.Equal(r.t, status, a.Status, "%s: %s", method, a.raw)
	require.Equal(r.t, a.Status, a.ErrorCode, "HTTP status and error_code")
	return a.Description
}

// set sets the webhook to the rig's endpoint.
func (r *rig) set(params ...string) {
	r.t.Helper()
	r.pass(2)
	a := r.ok("setWebhook", append([]string{"url", r.hook.URL}, params...)...)
	require.Equal(r.t, "Webhook was set", a.Description)
}

// pass lets seconds pass on the server's clock.
func (r *rig) pass(seconds float64) { r.s.Clock().Advance(seconds2(seconds)) }

// say lets Ann write numbered texts.
func (r *rig) say(texts ...string) {
	for _, text := range texts {
		r.ann.Send(r.b, text)
	}
}

// updates calls getUpdates.
func (r *rig) updates(params ...string) []update {
	r.t.Helper()
	var out []update
	require.NoError(r.t, json.Unmarshal(r.ok("getUpdates", params...).Result, &out))
	return out
}

type update struct {
	ID      int64 `json:"update_id"`
	Message struct{ Text string }
}

// info is getWebhookInfo as a map.
func (r *rig) info() map[string]any {
	r.t.Helper()
	var out map[string]any
	require.NoError(r.t, json.Unmarshal(r.ok("getWebhookInfo").Result, &out))
	return out
}

// lastError waits for last_error_message.
func (r *rig) lastError() string {
	r.t.Helper()
	_, err := r.s.WaitEvent(soon(r.t), func(e telegram.Event) bool { return e.Kind == telegram.EventError })
	require.NoError(r.t, err)
	return r.info()["last_error_message"].(string)
}

// delivered waits until an update was delivered, or tried, n times.
func (r *rig) tried(n int) telegram.Event {
	r.t.Helper()
	count := 0
	e, err := r.s.WaitEvent(soon(r.t), func(e telegram.Event) bool {
		if e.Kind == telegram.EventDelivery {
			count++
		}
		return count == n
	})
	require.NoError(r.t, err)
	return e
}

// later calls a method in the background.
func (r *rig) later(method string, params ...string) <-chan answer {
	r.t.Helper()
	done := make(chan answer, 1)
	go func() { done <- call(r.t, r.b, r.s, method, params...) }()
	return done
}

// held waits until the bot's poll is being held by the server.
func (r *rig) wait(ctx context.Context, match func(telegram.Event) bool) telegram.Event {
	r.t.Helper()
	e, err := r.s.WaitEvent(ctx, match)
	require.NoError(r.t, err)
	return e
}

// cut closes the connection without an answer.
func (h hit) cut() {
	h.answer <- func(w http.ResponseWriter) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			conn.Close()
		}
	}
}

// raw makes any request and returns the body of its answer.
func (r *rig) raw(method, path, contentType, body string) string {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.s.URL()+"/bot"+r.b.Token()+path, strings.NewReader(body))
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", contentType)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(r.t, err)
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return string(out)
}
