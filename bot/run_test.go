package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A running bot, started from its environment as the program would be.
type running struct {
	t    testing.TB
	api  *fakeAPI
	addr string
	logs *lineLog
	stop context.CancelFunc
	code chan int
}

// start runs the bot in this process against api and waits until it listens.
func start(t testing.TB, api *fakeAPI, env map[string]string) *running {
	t.Helper()
	r := launch(t, api, env)
	line := r.logs.await(t, "listening")
	r.addr = strings.Replace(line["addr"].(string), "[::]", "127.0.0.1", 1)
	return r
}

func launch(t testing.TB, api *fakeAPI, env map[string]string) *running {
	t.Helper()
	all := map[string]string{"TELEGRAM_BOT_TOKEN": testToken, "TELEGRAM_API_URL": api.URL, "WEBHOOK_PORT": "0",
		"WEBHOOK_SECRET_TOKEN": testSecret, "WEBHOOK_URL": testHook, "WEBHOOK_IP_ALLOWLIST": "127.0.0.0/8", "LOG_LEVEL": "debug"}
	maps.Copy(all, env)
	ctx, stop := context.WithCancel(context.Background())
	r := &running{t: t, api: api, logs: newLineLog(), stop: stop, code: make(chan int, 1)}
	sh := &shell{getenv: func(k string) string { return all[k] }, stdout: r.logs, stderr: r.logs}
	go func() { r.code <- sh.exitCode(sh.run(ctx, nil)) }()
	t.Cleanup(func() {
		stop()
		r.wait()
		assert.NotContains(t, r.logs.text(), testToken[7:], "the token is in the log")
		assert.NotContains(t, r.logs.text(), testSecret, "the secret is in the log")
	})
	return r
}

func (r *running) wait() int {
	r.t.Helper()
	select {
	case code := <-r.code:
		r.code <- code
		return code
	case <-time.After(70 * time.Second):
		require.FailNow(r.t, "the bot does not stop", r.logs.text())
		return -1
	}
}

func (r *running) url(path string) string { return "http://" + r.addr + path }

// post delivers an update as Telegram does, and returns status and body.
func (r *running) post(body string) (int, string) {
	r.t.Helper()
	res, err := r.deliver(body)
	require.NoError(r.t, err)
	return res.StatusCode, readAll(r.t, res)
}

func (r *running) deliver(body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.url("/webhook"), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Telegram-Bot-Api-Secret-Token", testSecret)
	req.Header.Set("Content-Type", "application/json")
	return http.DefaultClient.Do(req)
}

func readAll(t testing.TB, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(body)
}

func (r *running) get(path string) (int, map[string]any) {
	r.t.Helper()
	res, err := http.Get(r.url(path))
	require.NoError(r.t, err)
	var v map[string]any
	require.NoError(r.t, json.Unmarshal([]byte(readAll(r.t, res)), &v))
	return res.StatusCode, v
}

// A lineLog collects output and lets tests wait for a line of it.
type lineLog struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{}
}

func newLineLog() *lineLog { return &lineLog{changed: make(chan struct{})} }

func (l *lineLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
	return l.buf.Write(b)
}

func (l *lineLog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// find returns the JSON log lines with this message.
func (l *lineLog) find(msg string) (lines []map[string]any) {
	scan := bufio.NewScanner(strings.NewReader(l.text()))
	for scan.Scan() {
		var line map[string]any
		if json.Unmarshal(scan.Bytes(), &line) == nil && line["msg"] == msg {
			lines = append(lines, line)
		}
	}
	return lines
}

func (l *lineLog) await(t testing.TB, msg string) map[string]any {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		if lines := l.find(msg); len(lines) > 0 {
			return lines[0]
		}
		select {
		case <-changed:
		case <-limit:
			require.FailNow(t, fmt.Sprintf("never logged: %q", msg), l.text())
		}
	}
}

func TestWebhookConversation(t *testing.T) {
	api := newFakeAPI(t)
	r := start(t, api, map[string]string{"WEBHOOK_ENABLED": "true"})
	api.await(t, "setWebhook", func() bool { return api.info["url"] == testHook && api.secret == testSecret })
	r.logs.await(t, "webhook registered")
	status, body := r.post(message(1, 5, "/ping"))
	assert.Equal(t, 200, status)
	assert.JSONEq(t, `{"method":"sendMessage","chat_id":5,"text":"pong"}`, body)
	_, again := r.post(message(1, 5, "/ping"))
	assert.Equal(t, body, again, "a redelivery gets the same bytes")
	_, body = r.post(message(2, -100123, "hé \"x\"\n"))
	assert.JSONEq(t, `{"method":"sendMessage","chat_id":-100123,"text":"hé \"x\"\n"}`, body)
	code, health := r.get("/health")
	assert.Equal(t, 200, code)
	assert.Equal(t, "webhook", health["mode"])
	code, ready := r.get("/ready")
	assert.Equal(t, 200, code, ready)
	r.stop()
	assert.Equal(t, 0, r.wait(), r.logs.text())
	assert.Empty(t, api.called("deleteWebhook"))
}

func TestPollingConversation(t *testing.T) {
	api := newFakeAPI(t)
	r := start(t, api, nil)
	api.push(message(10, 5, "/ping"), message(11, 5, "hello"), message(12, 6, "/start"))
	api.await(t, "three replies", func() bool { return len(api.sentLocked()) == 3 })
	api.await(t, "confirmation", func() bool { return len(api.queue) == 0 })
	r.stop()
	assert.Equal(t, 0, r.wait(), r.logs.text())
	assert.ElementsMatch(t, []string{"pong", "hello", "Hello! I echo what you send. Try /help."}, api.sentLocked())
}

// A command that names another bot is not this bot's to answer. Its own name is
// asked for once, and not before it is needed.
func TestCommandsOfAGroup(t *testing.T) {
	r := start(t, newFakeAPI(t), map[string]string{"WEBHOOK_ENABLED": "true", "DRILLS_ENABLED": "true"})
	r.logs.await(t, "webhook registered")
	say := func(id int64, text string) string {
		_, body := r.post(message(id, -100123, text))
		return body
	}
	assert.Contains(t, say(1, "/ping"), "pong")
	assert.Empty(t, r.api.called("getMe"))
	assert.Contains(t, say(3, "/ping@ours_BOT"), "pong")
	for i, other := range []string{"/ping@other_bot", "/sleep@other_bot 1h x", "/unknown@other_bot", "/ping@"} {
		assert.Empty(t, say(int64(10+i), other), other)
	}
	assert.Contains(t, say(20, "/sleep@ours_bot 1ms tag"), "slept 1ms tag")
	assert.Contains(t, say(21, "/sleep 1ms tag"), "slept 1ms tag")
	assert.Contains(t, say(22, "/sleep@ours_bot soon"), "use /sleep")
	assert.Contains(t, say(23, "/unknown@ours_bot"), "/unknown@ours_bot")
	assert.Contains(t, say(24, "me@other_bot"), "me@other_bot", "no command")
	assert.Len(t, r.api.called("getMe"), 1)
}
