package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runCommand runs a command as typed and returns its exit code and output.
func runCommand(t testing.TB, api *fakeAPI, line string, env ...string) (int, string) {
	t.Helper()
	out := newLineLog()
	if api != nil {
		env = append(env, "TELEGRAM_API_URL", api.URL, "TELEGRAM_BOT_TOKEN", testToken, "WEBHOOK_SECRET_TOKEN", testSecret, "WEBHOOK_URL", testHook)
	}
	sh := &shell{getenv: getenv(env...), stdout: out, stderr: out}
	code := sh.exitCode(sh.run(context.Background(), strings.Fields(line)))
	assert.NotContains(t, out.text(), testToken[7:])
	if !strings.HasPrefix(line, "secret") {
		assert.NotContains(t, out.text(), testSecret)
	}
	return code, out.text()
}

func TestCommandHelp(t *testing.T) {
	for _, c := range commands() {
		code, out := runCommand(t, nil, c.name+" -h", "TELEGRAM_BOT_TOKEN", testToken, "WEBHOOK_SECRET_TOKEN", testSecret)
		assert.Equal(t, 0, code, c.name)
		assert.Contains(t, out, c.example)
		assert.Contains(t, out, c.about)
		for _, v := range variables() {
			assert.Equal(t, c.needs != needsNothing, strings.Contains(out, v.name) && strings.Contains(out, v.usage), "%s -h: %s", c.name, v.name)
		}
	}
}

// The package comment is the manual: it names every command.
func TestCommandsAreDocumented(t *testing.T) {
	_, out := runCommand(t, nil, "-h")
	for _, c := range commands()[1:] {
		assert.Contains(t, out, "bot "+c.name)
	}
}

func TestCommandMistakes(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"poll", `no command "poll"`},
		{"webhook", `no command "webhook"`},
		{"webhook info", "TELEGRAM_BOT_TOKEN is not set"},
		{"verify -telegram-bot-token=1:a", "WEBHOOK_URL is not set"},
		{"migrate polling -telegram-bot-token=1:a -watch=x", "invalid value"},
		{"secret -telegram-bot-token=1:a", "not defined"},
	} {
		code, out := runCommand(t, nil, tt.line)
		assert.Equal(t, 2, code, tt.line)
		assert.Contains(t, out, tt.want)
	}
}

func TestSecretAndVersion(t *testing.T) {
	code, out := runCommand(t, nil, "secret")
	assert.Equal(t, 0, code)
	assert.Regexp(t, `^[0-9a-f]{64}\n$`, out)
	_, out = runCommand(t, nil, "secret -json")
	assert.Regexp(t, `"secret": "[0-9a-f]{64}"`, out)
	_, out = runCommand(t, nil, "version -json", "RENDER_GIT_COMMIT", "0123456789abcdef")
	assert.JSONEq(t, `{"version":"0123456789ab"}`, out)
}

func TestWebhookCommands(t *testing.T) {
	api := newFakeAPI(t)
	code, out := runCommand(t, api, "webhook set")
	assert.Equal(t, 0, code, out)
	assert.Contains(t, out, testHook)
	assert.Equal(t, testSecret, api.secret)
	api.push(message(1, 5, "waits"))
	_, out = runCommand(t, api, "webhook info -json")
	var info struct {
		URL     string `json:"url"`
		Pending int    `json:"pending_update_count"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &info))
	assert.Equal(t, testHook, info.URL)
	assert.Equal(t, 1, info.Pending)
	code, out = runCommand(t, api, "webhook delete")
	assert.Equal(t, 0, code)
	assert.Contains(t, out, "the bot is polled")
	assert.Equal(t, "false", api.called("deleteWebhook")[0].params["drop_pending_updates"])
	before := len(api.called("getWebhookInfo"))
	api.fault = func(w http.ResponseWriter, _ string, n int) bool {
		if n > before+1 {
			return false
		}
		w.WriteHeader(429)
		_, _ = w.Write([]byte(`{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`))
		return true
	}
	code, out = runCommand(t, api, "webhook info")
	assert.Equal(t, 0, code)
	assert.Contains(t, out, "will try again", "it says why it waits")
	api.fault = func(w http.ResponseWriter, _ string, _ int) bool { answerAPI(w, 401, "Unauthorized", nil); return true }
	code, out = runCommand(t, api, "webhook info")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "check TELEGRAM_BOT_TOKEN")
}

// A movable bot is one that a site leads to, and what migrations need to know.
func newMovable(t testing.TB, webhook string) (*fakeAPI, *publicSite, string) {
	site, api := newPublicSite(t), newFakeAPI(t)
	r := start(t, api, map[string]string{"WEBHOOK_ENABLED": webhook, "WEBHOOK_URL": site.URL + "/webhook", "IS_PULL_REQUEST": "true"})
	site.leadTo(r)
	return api, site, " -watch=300ms -timeout=1500ms -webhook-url=" + site.URL + "/webhook"
}

func TestMigrateWebhook(t *testing.T) {
	api, site, options := newMovable(t, "true")
	code, out := runCommand(t, api, "migrate webhook -dry-run"+options)
	assert.Equal(t, 0, code, out)
	assert.Contains(t, out, "set the webhook to "+site.URL)
	for _, c := range api.calls {
		assert.True(t, strings.HasPrefix(c.method, "get"), c.method)
	}
	for range 2 { // and again, as after an interruption
		code, out = runCommand(t, api, "migrate webhook"+options)
		assert.Equal(t, 0, code, out)
		assert.Contains(t, out, "refuses strangers")
		assert.Equal(t, site.URL+"/webhook", api.info["url"])
	}
	code, out = runCommand(t, api, "verify -json"+options)
	assert.Equal(t, 0, code, out)
	var r report
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	assert.True(t, r.OK)
	assert.Len(t, r.Steps, 3)
	assert.Empty(t, api.called("deleteWebhook"))
}

// A change may have been made although its answer was lost: what this run moved,
// or may have moved, goes back. What it found as it should be stays.
func TestMigrateGoesBackWhenTheAnswerIsLost(t *testing.T) {
	for _, tt := range []struct {
		name, before, command, lost string
		interrupt, moves            bool
	}{
		{"set, but 502", "", "migrate webhook", "setWebhook", false, true},
		{"set, but interrupted", "", "migrate webhook", "setWebhook", true, true},
		{"removed, but 502", testHook, "migrate polling", "deleteWebhook", false, true},
		{"removed, but interrupted", testHook, "migrate polling", "deleteWebhook", true, true},
		{"nothing was moved", testHook, "migrate webhook", "setWebhook", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			api, out := newFakeAPI(t), newLineLog()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			api.info = map[string]any{"url": tt.before}
			api.fault = func(w http.ResponseWriter, method string, _ int) bool {
				if method != tt.lost {
					return false
				}
				api.mu.Lock()
				api.info = map[string]any{"url": map[string]string{"setWebhook": testHook}[method]}
				api.mu.Unlock()
				if tt.interrupt {
					cancel()
				}
				w.WriteHeader(502)
				return true
			}
			sh := &shell{stdout: out, stderr: out, getenv: getenv("TELEGRAM_API_URL", api.URL, "TELEGRAM_BOT_TOKEN", testToken,
				"WEBHOOK_SECRET_TOKEN", testSecret, "WEBHOOK_URL", testHook)}
			err := sh.run(ctx, strings.Fields(tt.command+" -timeout=700ms"))
			require.Error(t, err)
			assert.Equal(t, tt.moves, strings.Contains(out.text(), "ok   roll back"), out.text())
			api.mu.Lock()
			defer api.mu.Unlock()
			assert.Equal(t, tt.before, api.info["url"])
		})
	}
}

func TestMigratePolling(t *testing.T) {
	t.Run("with a poller up", func(t *testing.T) {
		api, site, options := newMovable(t, "false")
		api.mu.Lock()
		api.info = map[string]any{"url": site.URL + "/webhook"}
		api.mu.Unlock()
		api.push(message(1, 5, "waits"))
		code, out := runCommand(t, api, "migrate polling"+strings.Replace(options, "1500ms", "20s", 1))
		assert.Equal(t, 0, code, out)
		assert.Empty(t, api.info["url"])
		api.await(t, "the message that waited", func() bool { return len(api.sentLocked()) == 1 })
		assert.Contains(t, out, "is in polling mode")
		code, out = runCommand(t, api, "migrate polling"+options)
		assert.Equal(t, 0, code, out)
		assert.NotContains(t, out, "NOT verified")
	})
	t.Run("with nobody to be seen", func(t *testing.T) {
		code, out := runCommand(t, newFakeAPI(t), "migrate polling -watch=10ms -webhook-url=https://127.0.0.1:1/webhook")
		assert.Equal(t, 0, code, out)
		assert.Contains(t, out, "NOT verified: that anybody polls")
	})
	t.Run("without one it goes back", func(t *testing.T) {
		api, site, options := newMovable(t, "true")
		api.info = map[string]any{"url": site.URL + "/webhook"}
		code, out := runCommand(t, api, "migrate polling -json"+options)
		assert.Equal(t, 1, code)
		var r report
		require.NoError(t, json.NewDecoder(io.LimitReader(strings.NewReader(out[strings.Index(out, "{"):]), 1<<20)).Decode(&r), out)
		assert.True(t, r.RolledBack)
		assert.Equal(t, site.URL+"/webhook", api.info["url"])
	})
	t.Run("somebody else's webhook", func(t *testing.T) {
		api, _, options := newMovable(t, "true")
		api.info = map[string]any{"url": "https://other.example.com/"}
		code, out := runCommand(t, api, "migrate polling"+options)
		assert.Equal(t, 1, code)
		assert.Contains(t, out, "is not this bot's")
		assert.Empty(t, api.called("deleteWebhook"))
	})
}

// A failure that is not long ago may last: Telegram has not tried again yet. An
// older one is over, and is told.
func TestVerifyTellsOfErrors(t *testing.T) {
	api, site, options := newMovable(t, "true")
	for _, tt := range []struct {
		age  time.Duration
		code int
		want string
	}{
		{time.Minute, 1, `deliveries fail: Connection refused, 1m[0-9]+s ago`},
		{time.Hour, 0, `no error in [01]s, 0 updates wait; the last error is 1h0m[0-9]+s old: Connection refused`},
		{-1, 0, `no error in [01]s, 0 updates wait\n`},
	} {
		api.mu.Lock()
		api.info = map[string]any{"url": site.URL + "/webhook"}
		if tt.age >= 0 {
			api.info["last_error_date"], api.info["last_error_message"] = time.Now().Add(-tt.age).Unix(), "Connection refused"
		}
		api.mu.Unlock()
		code, out := runCommand(t, api, "verify"+options)
		assert.Equal(t, tt.code, code, out)
		assert.Regexp(t, tt.want, out)
	}
}
