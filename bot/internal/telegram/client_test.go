package telegram_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/bot/internal/telegram"
)

const token = "123456:AAtestTokenThatIsNotReal-000000000A"

func newClient(method string, responder httpmock.Responder) *telegram.Client {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("POST", "http://api.test/bot"+token+"/"+method, responder)
	return telegram.New("http://api.test", token, mock)
}

// A body that breaks off.
type cutBody struct{ io.Reader }

func (c cutBody) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
func (cutBody) Close() error { return nil }

func TestClientErrors(t *testing.T) {
	hook := "http://api.test/bot" + token + "/getWebhookInfo"
	for _, tt := range []struct {
		name                string
		respond             httpmock.Responder
		code                int // 0 when no answer arrived
		retryAfter          time.Duration
		fatal, unauthorized bool
	}{
		{"429", httpmock.NewStringResponder(429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}`), 429, 5 * time.Second, false, false},
		{"502 in HTML", httpmock.NewStringResponder(502, "<html>"+hook+"</html>"), 502, 0, false, false},
		{"200 in HTML", httpmock.NewStringResponder(200, "<html>captive portal</html>"), 500, 0, false, false},
		{"401", httpmock.NewStringResponder(401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`), 401, 0, true, true},
		{"404 for a malformed token", httpmock.NewStringResponder(404, `{"ok":false,"error_code":404,"description":"Not Found"}`), 404, 0, true, true},
		{"400", httpmock.NewStringResponder(400, `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`), 400, 0, true, false},
		{"409", httpmock.NewStringResponder(409, `{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}`), 409, 0, false, false},
		{"quotes the token", httpmock.NewStringResponder(400, `{"ok":false,"error_code":400,"description":"what is `+token+`"}`), 400, 0, true, false},
		{"wrong result", httpmock.NewStringResponder(200, `{"ok":true,"result":"text"}`), 500, 0, false, false},
		{"redirect", httpmock.NewStringResponder(302, "").HeaderAdd(http.Header{"Location": {"http://elsewhere.test/"}}), 500, 0, false, false},
		{"refused", httpmock.NewErrorResponder(errors.New("dial tcp: connection refused")), 0, 0, false, false},
		{"quotes the URL", httpmock.NewErrorResponder(&url.Error{Op: "Post", URL: hook, Err: errors.New("malformed answer " + hook)}), 0, 0, false, false},
		{"dropped body", httpmock.ResponderFromResponse(&http.Response{StatusCode: 200, Body: cutBody{strings.NewReader(`{"ok":true`)}}), 0, 0, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient("getWebhookInfo", tt.respond)
			_, err := c.GetWebhookInfo(t.Context())
			require.Error(t, err)
			for _, format := range []string{"%v", "%+v", "%#v"} {
				assert.NotContains(t, fmt.Sprintf(format, err), token[7:])
				assert.NotContains(t, fmt.Sprintf(format, c), token[7:])
			}
			assert.Contains(t, err.Error(), "getWebhookInfo")
			if api, ok := errors.AsType[*telegram.Error](err); assert.Equal(t, tt.code != 0, ok) && ok {
				assert.Equal(t, tt.code, api.Code)
			}
			assert.Equal(t, tt.retryAfter, telegram.RetryAfter(err))
			assert.Equal(t, tt.fatal, telegram.Fatal(err))
			assert.Equal(t, tt.unauthorized, telegram.Unauthorized(err))
		})
	}
}

func TestClientCalls(t *testing.T) {
	var got *http.Request
	var body string
	var calls []string
	answer := `{"ok":true,"result":true}`
	record := func(req *http.Request) (*http.Response, error) {
		raw, err := io.ReadAll(req.Body)
		got, body = req, string(raw)
		return httpmock.NewStringResponse(200, answer), err
	}
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(record)
	c := telegram.New("http://api.test", token, mock)
	c.OnCall = func(method string, code int) { calls = append(calls, fmt.Sprint(method, code)) }

	require.NoError(t, c.Send(t.Context(), telegram.Reply(5, "hi")))
	assert.Equal(t, "/bot"+token+"/sendMessage", got.URL.Path)
	assert.JSONEq(t, `{"method":"sendMessage","chat_id":5,"text":"hi"}`, body)

	require.NoError(t, c.DeleteWebhook(t.Context()))
	assert.JSONEq(t, `{"drop_pending_updates":false}`, body)

	require.NoError(t, c.SetWebhook(t.Context(), telegram.Webhook{URL: "https://a.test/b", MaxConnections: 40, Secret: "s", Certificate: []byte("PEM")}))
	got.Body = io.NopCloser(strings.NewReader(body))
	require.NoError(t, got.ParseMultipartForm(1<<20))
	assert.Equal(t, url.Values{"url": {"https://a.test/b"}, "max_connections": {"40"}, "secret_token": {"s"}, "allowed_updates": {`["message"]`}}, url.Values(got.MultipartForm.Value))
	assert.Equal(t, "certificate.pem", got.MultipartForm.File["certificate"][0].Filename)

	answer = `{"ok":true,"result":[{"update_id":7,"odd":[]}]}`
	updates, err := c.GetUpdates(t.Context(), 7, 100, 50*time.Second)
	require.NoError(t, err)
	assert.JSONEq(t, `{"offset":7,"limit":100,"timeout":50,"allowed_updates":["message"]}`, body)
	require.Len(t, updates, 1)
	assert.JSONEq(t, `{"update_id":7,"odd":[]}`, string(updates[0]))
	assert.Equal(t, []string{"sendMessage200", "deleteWebhook200", "setWebhook200", "getUpdates200"}, calls)
}

func TestWebhookInfoMatches(t *testing.T) {
	hook := telegram.Webhook{URL: "https://a.test/b", MaxConnections: 40, Secret: "s"}
	info := telegram.WebhookInfo{URL: hook.URL, MaxConnections: 40, AllowedUpdates: []string{"message"}}
	assert.True(t, info.Matches(hook))
	for _, change := range []func(*telegram.WebhookInfo){
		func(i *telegram.WebhookInfo) { i.URL += "/" },
		func(i *telegram.WebhookInfo) { i.MaxConnections = 100 },
		func(i *telegram.WebhookInfo) { i.AllowedUpdates = nil },
		func(i *telegram.WebhookInfo) { i.CustomCertificate = true },
	} {
		other := info
		change(&other)
		assert.False(t, other.Matches(hook), other)
	}
	hook.Certificate = []byte("PEM")
	assert.False(t, info.Matches(hook), "which certificate it has does not show")
}
