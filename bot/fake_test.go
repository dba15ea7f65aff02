package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	testToken  = "123456:AAtestTokenThatIsNotReal-000000000A"
	testSecret = "test_secret-0123456789"
	testHook   = "https://bot.example.com/webhook"
)

// A fakeAPI is as much of a Bot API server as the bot's own tests need: one
// bot, a queue, and a place to put faults.
type fakeAPI struct {
	*httptest.Server
	// fault, if set, may answer a call instead of the fake; then it returns true.
	fault func(w http.ResponseWriter, method string, n int) bool // n counts the calls of method

	mu      sync.Mutex
	queue   []fakeUpdate
	info    map[string]any
	secret  string
	calls   []fakeCall
	changed chan struct{} // closed and replaced when anything happens
}

type fakeUpdate struct {
	id   int64
	text string
}

type fakeCall struct {
	method string
	at     time.Time
	params map[string]string
}

func newFakeAPI(t testing.TB) *fakeAPI {
	f := &fakeAPI{info: map[string]any{"url": "", "pending_update_count": 0}, changed: make(chan struct{})}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.CloseClientConnections)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeAPI) notify() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// push queues raw updates.
func (f *fakeAPI) push(raw ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range raw {
		var u struct {
			ID int64 `json:"update_id"`
		}
		_ = json.Unmarshal([]byte(r), &u)
		f.queue = append(f.queue, fakeUpdate{u.ID, r})
	}
	f.notify()
}

func message(id, chat int64, text string) string {
	quoted, _ := json.Marshal(text)
	return fmt.Sprintf("{\"update_id\":%d,\n\"message\":{\"message_id\":7,\"from\":{\"id\":%d,\"is_bot\":false},\"chat\":{\"id\":%d,\"type\":\"private\"},\"date\":%d,\"text\":%s}}",
		id, chat, chat, time.Now().Unix(), quoted)
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if !strings.HasPrefix(r.URL.Path, "/bot"+testToken+"/") {
		answerAPI(w, 401, "Unauthorized", nil)
		return
	}
	params := fakeParams(r)
	f.mu.Lock()
	f.calls = append(f.calls, fakeCall{method, time.Now(), params})
	n := 0
	for _, c := range f.calls {
		if c.method == method {
			n++
		}
	}
	f.notify()
	fault := f.fault
	f.mu.Unlock()
	if fault != nil && fault(w, method, n) {
		return
	}
	f.answer(w, r, method, params)
}

func fakeParams(r *http.Request) map[string]string {
	params := map[string]string{}
	if r.ParseMultipartForm(1<<20) == nil {
		for k := range r.MultipartForm.Value {
			params[k] = r.FormValue(k)
		}
		for k := range r.MultipartForm.File {
			params[k] = "file"
		}
		return params
	}
	var raw map[string]any
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &raw)
	for k, v := range raw {
		if n, ok := v.(float64); ok {
			v = strconv.FormatFloat(n, 'f', -1, 64)
		}
		params[k] = fmt.Sprint(v)
	}
	return params
}

func (f *fakeAPI) answer(w http.ResponseWriter, r *http.Request, method string, params map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch method {
	case "getUpdates":
		if f.info["url"] != "" {
			answerAPI(w, 409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first", nil)
			return
		}
		f.getUpdates(w, r, params)
	case "getWebhookInfo":
		f.info["pending_update_count"] = len(f.queue)
		answerAPI(w, 200, "", f.info)
	case "setWebhook":
		n, _ := strconv.Atoi(params["max_connections"])
		f.info = map[string]any{"url": params["url"], "max_connections": n, "allowed_updates": []string{"message"},
			"has_custom_certificate": params["certificate"] != ""}
		f.secret = params["secret_token"]
		answerAPI(w, 200, "", true)
	case "deleteWebhook":
		f.info = map[string]any{"url": ""}
		answerAPI(w, 200, "", true)
	case "getMe":
		answerAPI(w, 200, "", map[string]any{"id": 123456, "is_bot": true, "username": "Ours_bot"})
	case "sendMessage":
		answerAPI(w, 200, "", map[string]any{"message_id": 1})
	default:
		answerAPI(w, 404, "Not Found: method not found", nil)
	}
	f.notify()
}

func (f *fakeAPI) getUpdates(w http.ResponseWriter, r *http.Request, params map[string]string) {
	offset, _ := strconv.ParseInt(params["offset"], 10, 64)
	limit, _ := strconv.Atoi(params["limit"])
	wait, _ := strconv.Atoi(params["timeout"])
	if offset == 0 && limit == 1 {
		wait = 0 // a new instance looks for pollers, and need not wait in every test
	}
	for len(f.queue) > 0 && f.queue[0].id < offset {
		f.queue = f.queue[1:]
	}
	f.notify()
	timeout := time.After(time.Duration(wait) * time.Second)
	for waiting := wait > 0; waiting && len(f.queue) == 0; {
		changed := f.changed
		f.mu.Unlock()
		select {
		case <-changed:
		case <-timeout:
			waiting = false
		case <-r.Context().Done():
			waiting = false
		}
		f.mu.Lock()
	}
	updates := []json.RawMessage{}
	for _, u := range f.queue[:min(limit, len(f.queue))] {
		updates = append(updates, json.RawMessage(u.text))
	}
	answerAPI(w, 200, "", updates)
}

func answerAPI(w http.ResponseWriter, code int, description string, result any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"ok": code == 200, "error_code": code, "description": description, "result": result})
}

// await returns when ok, called with the fake locked, is true.
func (f *fakeAPI) await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		f.mu.Lock()
		done, changed := ok(), f.changed
		f.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-limit:
			require.FailNow(t, "never happened: "+what)
		}
	}
}

// called returns the calls of method so far.
func (f *fakeAPI) called(method string) []fakeCall {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calledLocked(method)
}

func (f *fakeAPI) calledLocked(method string) (calls []fakeCall) {
	for _, c := range f.calls {
		if c.method == method {
			calls = append(calls, c)
		}
	}
	return calls
}

// sent returns the texts of sendMessage so far; the fake must be locked.
func (f *fakeAPI) sentLocked() (texts []string) {
	for _, c := range f.calledLocked("sendMessage") {
		texts = append(texts, c.params["text"])
	}
	return texts
}
