package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/bot/internal/telegram"
)

func TestRegistersAfterListening(t *testing.T) {
	api := newFakeAPI(t)
	r := start(t, api, map[string]string{"WEBHOOK_ENABLED": "true"})
	line := r.logs.await(t, "webhook registered")
	assert.Equal(t, testHook, line["url"])
	call := api.called("setWebhook")
	require.Len(t, call, 1)
	assert.Equal(t, map[string]string{"url": testHook, "max_connections": "40", "secret_token": testSecret, "allowed_updates": `["message"]`}, call[0].params)
	listening := r.logs.await(t, "listening")["time"].(string)
	at, err := time.Parse(time.RFC3339Nano, listening)
	require.NoError(t, err)
	assert.True(t, at.Before(call[0].at), "the port accepts before setWebhook is sent")
}

func TestRegistersOnlyWhatDiffers(t *testing.T) {
	api := newFakeAPI(t)
	first := start(t, api, map[string]string{"WEBHOOK_ENABLED": "true"})
	first.logs.await(t, "webhook registered")
	start(t, api, map[string]string{"WEBHOOK_ENABLED": "true"}).logs.await(t, "webhook registered")
	assert.Len(t, api.called("setWebhook"), 1, "the second instance finds it done")
	start(t, api, map[string]string{"WEBHOOK_ENABLED": "true", "WEBHOOK_SECRET_TOKEN": "fresh", "WEBHOOK_SECRET_TOKEN_PREVIOUS": testSecret}).logs.await(t, "webhook registered")
	assert.Len(t, api.called("setWebhook"), 2, "a rotated secret does not show")
	assert.Equal(t, "fresh", api.secret)
}

func TestRegistrationWaitsAsToldTo(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	api.fault = func(w http.ResponseWriter, method string, n int) bool {
		if method != "setWebhook" || n > 1 {
			return false
		}
		w.WriteHeader(429)
		_, _ = w.Write([]byte(`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`))
		return true
	}
	r := start(t, api, map[string]string{"WEBHOOK_ENABLED": "true"})
	r.logs.await(t, "Telegram did not do it, will try again")
	code, _ := r.get("/health")
	assert.Equal(t, 200, code)
	code, ready := r.get("/ready")
	assert.Equal(t, 503, code)
	assert.Contains(t, ready["telegram"], "429")
	r.logs.await(t, "webhook registered")
	calls := api.called("setWebhook")
	require.Len(t, calls, 2)
	assert.GreaterOrEqual(t, calls[1].at.Sub(calls[0].at), time.Second)
}

// Instances that start at once agree: one sets the webhook, the others are told
// to wait (Bot API server source: one setWebhook a second) and find it done.
func TestReplicasRegisterOnce(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	var last time.Time
	took := 0
	api.fault = func(w http.ResponseWriter, method string, _ int) bool {
		api.mu.Lock()
		defer api.mu.Unlock()
		if method != "setWebhook" {
			return false
		}
		if time.Since(last) < time.Second {
			w.WriteHeader(429)
			_, _ = w.Write([]byte(`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`))
			return true
		}
		last = time.Now()
		took++
		return false
	}
	var all []*running
	for range 5 {
		all = append(all, launch(t, api, map[string]string{"WEBHOOK_ENABLED": "true"}))
	}
	for _, r := range all {
		r.logs.await(t, "webhook registered")
	}
	assert.Equal(t, 1, took)
}

func TestRegistrationRefusedEndsTheBot(t *testing.T) {
	api := newFakeAPI(t)
	api.fault = func(w http.ResponseWriter, method string, _ int) bool {
		if method == "setWebhook" {
			answerAPI(w, 400, "Bad Request: bad webhook: IP address 127.0.0.1 is reserved", nil)
		}
		return method == "setWebhook"
	}
	r := launch(t, api, map[string]string{"WEBHOOK_ENABLED": "true"})
	assert.Equal(t, 1, r.wait())
	assert.Contains(t, r.logs.text(), "is reserved")
	assert.NotContains(t, r.logs.text(), "panic")
}

func TestPreviewLeavesTheWebhookAlone(t *testing.T) {
	api := newFakeAPI(t)
	r := start(t, api, map[string]string{"WEBHOOK_ENABLED": "true", "IS_PULL_REQUEST": "true"})
	r.logs.await(t, "this is a preview of a pull request: the webhook is left alone")
	assert.Empty(t, api.called("setWebhook"))
	code, _ := r.get("/ready")
	assert.Equal(t, 200, code)
}

// A publicSite is the platform's edge: TLS in front of whichever bot has the
// traffic.
type publicSite struct {
	*httptest.Server
	to atomic.Pointer[url.URL]
}

func newPublicSite(t testing.TB) *publicSite {
	p := &publicSite{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(p.to.Load()) }}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.to.Load() == nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	return p
}

func (p *publicSite) leadTo(r *running) { p.to.Store(&url.URL{Scheme: "http", Host: r.addr}) }

func TestRegistrationFollowsTraffic(t *testing.T) {
	t.Parallel()
	site, api := newPublicSite(t), newFakeAPI(t)
	env := map[string]string{"WEBHOOK_ENABLED": "true", "WEBHOOK_URL": site.URL + "/webhook", "RENDER": "true"}
	old := start(t, api, env)
	site.leadTo(old)
	old.logs.await(t, "webhook registered")
	api.mu.Lock()
	api.info["url"] = "https://changed.example.com/"
	api.mu.Unlock()
	fresh := start(t, api, env)
	_, health := fresh.get("/health")
	assert.Equal(t, "ok", health["status"], "health does not wait for the registration")
	assert.Len(t, api.called("setWebhook"), 1, "the traffic is still the old one's")
	site.leadTo(fresh)
	fresh.logs.await(t, "webhook registered")
	assert.Len(t, api.called("setWebhook"), 2)
}

func TestStopsWhileWaitingForTraffic(t *testing.T) {
	site := newPublicSite(t)
	r := start(t, newFakeAPI(t), map[string]string{"WEBHOOK_ENABLED": "true", "WEBHOOK_URL": site.URL + "/webhook", "RENDER": "true"})
	begin := time.Now()
	r.stop()
	assert.Equal(t, 0, r.wait())
	assert.Less(t, time.Since(begin), 30*time.Second)
	assert.Empty(t, r.api.calls)
	assert.NotContains(t, r.logs.text(), "registering anyway")
}

func TestWatchTellsTrouble(t *testing.T) {
	const other = "https://elsewhere.example.com/" + testToken
	hook, err := url.Parse(testHook)
	require.NoError(t, err)
	fine := func(pending int) telegram.WebhookInfo { return telegram.WebhookInfo{URL: testHook, Pending: pending} }
	for _, tt := range []struct {
		name string
		seen []telegram.WebhookInfo
		want string
	}{
		{"nothing", []telegram.WebhookInfo{fine(0), fine(3), fine(1), fine(2)}, ""},
		{"an old error", []telegram.WebhookInfo{{URL: testHook, LastErrorDate: 9, LastError: "x"}, {URL: testHook, LastErrorDate: 9, LastError: "x"}}, ""},
		{"a new error", []telegram.WebhookInfo{fine(0), {URL: testHook, Pending: 1, LastErrorDate: 9, LastError: "Connection refused"}}, "deliveries fail: Connection refused"},
		{"a new error, cured", []telegram.WebhookInfo{fine(0), {URL: testHook, LastErrorDate: 9, LastError: "Connection refused"}}, ""},
		{"moved", []telegram.WebhookInfo{fine(0), {URL: other}}, "somebody else"},
		{"removed", []telegram.WebhookInfo{fine(0), {}}, "somebody else"},
		{"stuck", []telegram.WebhookInfo{fine(1), fine(1), fine(2), fine(2)}, "2 updates wait"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, got := &sightings{first: true}, ""
			for _, info := range tt.seen {
				got, _ = s.add(info, &settings{hookURL: hook})
			}
			if tt.want == "" {
				assert.Empty(t, got)
			}
			assert.Contains(t, got, tt.want)
			assert.NotContains(t, got, testToken, "/ready is public")
		})
	}
}

// A secret that was changed without keeping the old one is found out by the 401
// that Telegram reports, and set again.
func TestWatchSetsALostSecretAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook, err := url.Parse(testHook)
		require.NoError(t, err)
		looks, sets := 0, 0
		mock := httpmock.NewMockTransport()
		mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
			if strings.HasSuffix(req.URL.Path, "/setWebhook") {
				sets++
				return httpmock.NewStringResponse(200, `{"ok":true,"result":true}`), nil
			}
			info := map[string]any{"url": testHook, "max_connections": 40, "allowed_updates": []string{"message"}}
			if looks++; looks > 3 && sets == 0 {
				info["last_error_date"], info["last_error_message"] = 9, "Wrong response from the webhook: 401 Unauthorized"
			}
			return httpmock.NewJsonResponse(200, map[string]any{"ok": true, "result": info})
		})
		r := &registrar{api: telegram.New("http://api.test", testToken, mock), set: &settings{hookURL: hook, maxConnections: 40},
			log: slog.New(slog.DiscardHandler), link: newLink(slog.New(slog.DiscardHandler)), metrics: newMetrics()}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		require.ErrorIs(t, r.run(ctx), context.DeadlineExceeded)
		assert.Equal(t, 1, sets)
	})
}

// /ready says within three minutes that deliveries fail, and keeps to it until
// they work again. While they do, few looks are taken.
func TestWatchTellsOfFailuresInTime(t *testing.T) {
	for _, idle := range []time.Duration{time.Minute, 10*time.Minute + time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			hook, err := url.Parse(testHook)
			require.NoError(t, err)
			var mu sync.Mutex
			var failed time.Time // guarded by mu; since when deliveries fail; Telegram tries every two minutes
			looks := 0           // guarded by mu
			fail := func(since time.Time) {
				mu.Lock()
				failed = since
				mu.Unlock()
			}
			mock := httpmock.NewMockTransport()
			mock.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				looks++
				info := telegram.WebhookInfo{URL: testHook, MaxConnections: 40, AllowedUpdates: []string{"message"}}
				if !failed.IsZero() {
					tries := time.Since(failed) / (2 * time.Minute)
					info.Pending, info.LastError = 5-int(tries)%2, "Connection refused" // some updates come through
					info.LastErrorDate = failed.Add(tries * 2 * time.Minute).Unix()
				}
				return httpmock.NewJsonResponse(200, map[string]any{"ok": true, "result": info})
			})
			r := &registrar{api: telegram.New("http://api.test", testToken, mock), set: &settings{hookURL: hook, maxConnections: 40},
				log: slog.New(slog.DiscardHandler), link: newLink(slog.New(slog.DiscardHandler)), metrics: newMetrics()}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- r.watch(ctx) }()
			time.Sleep(idle)
			synctest.Wait()
			assert.Empty(t, r.link.trouble())
			mu.Lock()
			assert.LessOrEqual(t, looks, 4+int(idle/watchMost))
			mu.Unlock()
			fail(time.Now())
			time.Sleep(3*time.Minute + time.Second)
			for range 20 {
				synctest.Wait()
				assert.Equal(t, "deliveries fail: Connection refused", r.link.trouble())
				time.Sleep(17 * time.Second)
			}
			fail(time.Time{})
			time.Sleep(time.Minute)
			synctest.Wait()
			assert.Empty(t, r.link.trouble())
			cancel()
			<-done
		})
	}
}
