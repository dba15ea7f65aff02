package telegram_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// as answers with anything: "Name: value" lines, and a body.
func (h hit) as(code int, headers, body string) {
	h.answer <- func(w http.ResponseWriter) {
		for line := range strings.SplitSeq(headers, "\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				w.Header().Set(name, value)
			}
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func packed[W io.WriteCloser](s string, open func(io.Writer) W) string {
	var b bytes.Buffer
	w := open(&b)
	_, _ = io.WriteString(w, s)
	w.Close()
	return b.String()
}

// Which replies run the method they name, and which only count as delivered.
// Either way nothing of it is seen, and the update is not tried again.
func TestMethodsInReplies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set()
	id := r.chatID()
	json := `{"method":"sendMessage","chat_id":` + id + `,"text":"@"}`
	form := "text=@&chat_id=" + id + "&method="
	part := func(head, value string) string {
		return "--XX\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + value + "\r\n"
	}
	parts := part(`name="chat_id"`, id) + part(`name="text"`, "@") + part(`name="method"`, "sendMessage") + "--XX--\r\n"
	const isJSON, isForm, isParts = "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded", "Content-Type: multipart/form-data; boundary=XX"
	for n, c := range []struct {
		name          string
		status        int
		headers, body string
		runs          bool
	}{
		{"JSON", 200, isJSON, json, true},
		{"JSON and 201", 201, isJSON, json, true},
		{"JSON and 299", 299, isJSON, json, true},
		{"any case", 200, "Content-Type: Application/JSON; charset=UTF-8", strings.Replace(json, "sendMessage", "SENDMESSAGE", 1), true},
		{"a string for a number", 200, isJSON, `{"text":"@","chat_id":"` + id + `","method":"sendMessage"}`, true},
		{"cut off", 200, isJSON, json[:len(json)-1] + `,"parse_mode":"HT`, true},
		{"rubbish behind", 200, isJSON, json + "rubbish", true},
		{"a keyboard as an object", 200, isJSON, strings.Replace(json, "{", `{"reply_markup":{"inline_keyboard":[[{"text":"a","url":"https://example.com"}]]},`, 1), true},
		{"a keyboard as a string", 200, isJSON, strings.Replace(json, "{", `{"reply_markup":"{\"inline_keyboard\":[[{\"text\":\"a\",\"url\":\"https://example.com\"}]]}",`, 1), true},
		{"gzip", 200, isJSON + "\nContent-Encoding: gzip", packed(json, gzip.NewWriter), true},
		{"deflate", 200, isJSON + "\nContent-Encoding: deflate", packed(json, zlib.NewWriter), true},
		{"form", 200, isForm, form + "sendMessage", true},
		{"form in gzip", 200, isForm + "\nContent-Encoding: gzip", packed(form+"sendMessage", gzip.NewWriter), true},
		{"parts", 200, isParts, parts, true},
		{"first of two methods", 200, isForm, "method=sendMessage&" + form + "getMe", true},

		{"text", 200, "Content-Type: text/plain", json, false},
		{"no type", 200, "Content-Type: ", json, false},
		{"JSON by another name", 200, "Content-Type: text/json", json, false},
		{"no method", 200, isForm, form, false},
		{"an array", 200, isJSON, "[" + json + "]", false},
		{"unknown method", 200, isForm, form + "sendNothing", false},
		{"null", 200, isJSON, strings.Replace(json, `"sendMessage"`, "null", 1), false},
		{"a method that fails", 200, isForm, "method=sendMessage&text=@&chat_id=1", false},
		{"a method without its parameters", 200, isForm, form + "setMyCommands", false},
		{"getMe", 200, isForm, form + "getMe", false},
		{"getter of any name", 200, isForm, form + "GetNothingAtAll", false},
		{"setWebhook", 200, isForm, "method=setWebhook&url=", false},
		{"deleteWebhook", 200, isForm, "method=DELETEWEBHOOK&drop_pending_updates=1", false},
		{"close", 200, isForm, "method=close", false},
		{"logOut", 200, isForm, "method=logOut", false},
	} {
		text := fmt.Sprintf("reply %d.", n)
		r.say("hello")
		body := strings.ReplaceAll(c.body, "@", text)
		if strings.Contains(c.headers, "gzip") || strings.Contains(c.headers, "deflate") {
			body, text = c.body, "@" // packed already
		}
		before := len(r.ann.Chat(r.b).Messages())
		r.hook.next(t).as(c.status, c.headers, body)
		e := r.tried(n + 1)
		assert.Equal(t, 1, e.Attempt, c.name)
		assert.Equal(t, c.status, e.Status, c.name)
		if c.runs {
			_, err := r.ann.Chat(r.b).WaitText(soon(t), text)
			require.NoError(t, err, c.name)
		} else {
			r.ok("getMe") // what a reply calls is run before the next call
			assert.Len(t, r.ann.Chat(r.b).Messages(), before, c.name)
		}
	}
	info := r.info()
	assert.Equal(t, r.hook.URL, info["url"])
	assert.NotContains(t, info, "last_error_message")
	assert.EqualValues(t, 0, info["pending_update_count"])
}

// A file may come with the method in a reply.
func TestFilesInReplies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set()
	r.say("hello")
	part := func(head, value string) string {
		return "--XX\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + value + "\r\n"
	}
	r.hook.next(t).body("multipart/form-data; boundary=XX", part(`name="method"`, "sendDocument")+part(`name="chat_id"`, r.chatID())+
		part(`name="caption"`, "here it is")+part(`name="document"; filename="a.txt"`, "contents")+"--XX--\r\n")
	m, err := r.ann.Chat(r.b).WaitText(soon(t), "here it is")
	require.NoError(t, err)
	data, err := m.Data()
	require.NoError(t, err)
	assert.Equal(t, "contents", string(data))
}

// What a reply that can't be read leaves behind, while the update is tried again.
func TestRepliesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set()
	const isJSON = "Content-Type: application/json"
	mark := int64(0) // of the journal
	for _, c := range []struct {
		status              int
		headers, body, want string
	}{
		{200, isJSON, `{"text":"` + strings.Repeat("a", 1<<20) + `"}`, "Request Entity Too Large: too many parameters"},
		{200, isJSON + "\nContent-Encoding: br", "{}", "Unsupported Media Type: unsupported content-encoding"},
		{200, isJSON + "\nContent-Encoding: identity", "{}", "Unsupported Media Type: unsupported content-encoding"},
		{200, isJSON + "\nContent-Encoding: gzip", "{}", "Bad Request: zlib error -3"},
		{200, "Content-Type: multipart/form-data", "x", "Bad Request: boundary not found"},
		{200, "Content-Type: multipart/form-data; boundary=XX", "--XX--", "Bad Request: unexpected end of request content"},
		{404, isJSON, `{"method":"sendMessage"}`, "Wrong response from the webhook: 404 Not Found"},
		{503, "", "", "Wrong response from the webhook: 503 Service Unavailable"},
	} {
		r.ok("deleteWebhook", "drop_pending_updates", "true")
		r.set()
		r.say("hello")
		r.hook.next(t).as(c.status, c.headers, c.body)
		_, err := r.s.WaitEventSince(soon(t), mark, func(e telegram.Event) bool { return e.Kind == telegram.EventError })
		require.NoError(t, err)
		assert.Equal(t, c.want, r.info()["last_error_message"])
		r.pass(2.1)
		h := r.hook.next(t)
		assert.Equal(t, "hello", h.Text, "tried again")
		h.status(200)
		_, err = r.s.WaitEventSince(soon(t), mark, func(e telegram.Event) bool { return e.Kind == telegram.EventDelivery && e.Status == 200 })
		require.NoError(t, err)
		assert.Equal(t, c.want, r.info()["last_error_message"], "success clears nothing")
		mark = r.s.Journal()[len(r.s.Journal())-1].Seq
	}
}
