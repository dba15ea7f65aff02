package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/bot/internal/telegram"
)

// inProcess are servers by host, reached without a network, so that fake time
// goes on while they are asked.
type inProcess map[string]http.Handler

func (p inProcess) RoundTrip(req *http.Request) (res *http.Response, err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			err = io.ErrUnexpectedEOF
		default:
			panic(p)
		}
	}()
	if req.Body == nil {
		req.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	p[req.URL.Host].ServeHTTP(w, req)
	return w.Result(), nil
}

// A rehearsal is a bot at its public URL, in fake time, that can be migrated.
type rehearsal struct {
	*bareHook
	api  *fakeAPI
	site http.HandlerFunc // the platform's edge, in front of the bot; nil for none
}

func newRehearsal(t *testing.T, mode string) *rehearsal {
	r := &rehearsal{bareHook: startBare(t), api: &fakeAPI{info: map[string]any{"url": ""}, changed: make(chan struct{})}}
	r.health.mode = mode
	t.Cleanup(r.abandon)
	return r
}

// command runs a command, and returns its exit code, what it says and how long it
// takes.
func (r *rehearsal) command(t *testing.T, name string, args ...string) (code int, said string, took time.Duration) {
	t.Helper()
	out, start := newLineLog(), time.Now()
	sh := &shell{stdout: out, stderr: out, getenv: getenv("TELEGRAM_API_URL", "http://api.test", "TELEGRAM_BOT_TOKEN", testToken,
		"WEBHOOK_SECRET_TOKEN", testSecret, "WEBHOOK_URL", testHook)}
	c := commands()[slices.IndexFunc(commands(), func(c command) bool { return c.name == name })]
	s, err := sh.parse(c, args)
	require.NoError(t, err)
	site := r.srv.Handler
	if r.site != nil {
		site = r.site
	}
	there := inProcess{"api.test": r.api, "bot.example.com": site}
	s.api = telegram.New("http://api.test", testToken, there)
	s.probe = &prober{&http.Client{Transport: there}}
	code = sh.exitCode(s.end(c.run(s, t.Context())))
	assert.NotContains(t, out.text(), testSecret)
	assert.NotContains(t, out.text(), testToken[7:])
	return code, out.text(), time.Since(start)
}

// first is an edge that answers the first requests with status, and then lets the
// bot answer.
func (r *rehearsal) first(requests, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		if requests--; requests >= 0 {
			w.WriteHeader(status)
			return
		}
		r.srv.Handler.ServeHTTP(w, req)
	}
}

// A proxy's 502, as while an instance wakes up, does not turn a migration back.
func TestMigrateBearsWithTheProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRehearsal(t, modeWebhook)
		r.site = r.first(30, http.StatusBadGateway)
		code, out, took := r.command(t, "migrate webhook")
		assert.Equal(t, 0, code, out)
		assert.Equal(t, testHook, r.api.info["url"])
		assert.Greater(t, took, 30*time.Second)
	})
}

// What is seen through the public URL decides, and how soon: waiting does not
// cure a bot in the other mode, nor a hook that anybody may post to. A deploy's
// old instance that still answers once is no such thing.
func TestMigrateJudgesTheRoundTrip(t *testing.T) {
	for _, tt := range []struct {
		name, command, mode string
		site                func(*rehearsal) http.HandlerFunc // nil for the bot itself
		code                int
		want                string
		within              time.Duration // of the step
	}{
		{"polling, not webhook", "migrate webhook", modePolling, nil, 1, "runs in polling mode: restart it with WEBHOOK_ENABLED=true", time.Second},
		{"webhook, not polling", "migrate polling", modeWebhook, nil, 1, "runs in webhook mode: restart it with WEBHOOK_ENABLED=false", time.Second},
		{"the old one polls, the new one does not", "migrate webhook", modeWebhook, oldInstance(modePolling), 0, "refuses strangers", time.Second},
		{"the old one is hooked, the new one is not", "migrate polling", modePolling, oldInstance(modeWebhook), 0, "is in polling mode", time.Second},
		{"unguarded", "migrate webhook", modeWebhook, func(r *rehearsal) http.HandlerFunc { return r.posts(http.StatusOK) }, 1, "gets 200: anybody can post there, turn back at once", time.Second},
		{"a proxy that is broken", "migrate webhook", modeWebhook, func(r *rehearsal) http.HandlerFunc { return r.posts(http.StatusBadGateway) }, 1, "gets 502, not 401 or 403", time.Minute},
		{"another path", "migrate webhook", modeWebhook, func(r *rehearsal) http.HandlerFunc { return r.posts(http.StatusNotFound) }, 1, "gets 404, not 401 or 403", time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, before := newRehearsal(t, tt.mode), ""
				if tt.command == "migrate polling" {
					before = testHook
				}
				r.api.info["url"] = before
				if tt.site != nil {
					r.site = tt.site(r)
				}
				code, out, took := r.command(t, tt.command, "-watch=0s")
				assert.Equal(t, tt.code, code, out)
				assert.Contains(t, out, tt.want)
				assert.Equal(t, tt.within, took, out)
				assert.Equal(t, tt.code == 1, r.api.info["url"] == before, "it goes back exactly if it fails")
			})
		})
	}
}

// posts is an edge that answers every POST with status.
func (r *rehearsal) posts(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost {
			w.WriteHeader(status)
			return
		}
		r.srv.Handler.ServeHTTP(w, req)
	}
}

// oldInstance is an edge that leads the first request to an instance in mode.
func oldInstance(mode string) func(*rehearsal) http.HandlerFunc {
	return func(r *rehearsal) http.HandlerFunc {
		var asked atomic.Int32
		return func(w http.ResponseWriter, req *http.Request) {
			if asked.Add(1) == 1 {
				fmt.Fprintf(w, `{"status":"ok","mode":%q,"webhook_mode":%v}`, mode, mode == modeWebhook)
				return
			}
			r.srv.Handler.ServeHTTP(w, req)
		}
	}
}

// Anything that fails after the webhook was set removes it again.
func TestMigrateWebhookRollsBack(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault func(*fakeAPI)
		want  string
	}{
		{"deliveries fail", func(api *fakeAPI) {
			api.fault = func(http.ResponseWriter, string, int) bool {
				if api.info["url"] != "" {
					api.info["last_error_date"], api.info["last_error_message"] = time.Now().Unix(), "Connection refused"
				}
				return false
			}
		}, "deliveries fail: Connection refused"},
		{"the queue does not fall", func(api *fakeAPI) { api.push(message(1, 5, "stuck")) }, "1 updates wait"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRehearsal(t, modeWebhook)
				tt.fault(r.api)
				code, out, _ := r.command(t, "migrate webhook")
				assert.Equal(t, 1, code)
				assert.Contains(t, out, tt.want)
				assert.Contains(t, out, "roll back")
				assert.Empty(t, r.api.info["url"])
				for _, c := range r.api.calls {
					assert.NotEqual(t, "true", c.params["drop_pending_updates"])
				}
			})
		})
	}
}

// A migration bears with a Telegram that is away for a moment, at each of its
// calls, and does not turn back for that.
func TestMigrateBearsWithTelegram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRehearsal(t, modeWebhook)
		r.api.fault = func(w http.ResponseWriter, _ string, n int) bool { // n counts a method's calls
			switch n % 4 {
			case 1:
				w.WriteHeader(502)
			case 2:
				w.WriteHeader(429)
				_, _ = w.Write([]byte(`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`))
			case 3:
				panic(http.ErrAbortHandler)
			default:
				return false
			}
			return true
		}
		code, out, _ := r.command(t, "migrate webhook")
		assert.Equal(t, 0, code, out)
		assert.Equal(t, testHook, r.api.info["url"])
		assert.Empty(t, r.api.called("deleteWebhook"))
		code, out, took := r.command(t, "webhook info")
		assert.Equal(t, 1, code, "a look by itself does not wait")
		assert.Zero(t, took)
		assert.Contains(t, out, "502")
	})
}
