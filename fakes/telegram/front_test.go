package telegram_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// bytesOf sends a request as it is and returns the response as it is.
func bytesOf(t *testing.T, s *telegram.Server, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	r, length := bufio.NewReader(conn), 0
	var head strings.Builder
	for !strings.HasSuffix(head.String(), "\r\n\r\n") {
		line, err := r.ReadString('\n')
		require.NoError(t, err, head.String())
		head.WriteString(line)
		_, _ = fmt.Sscanf(line, "Content-Length: %d", &length)
	}
	body := make([]byte, length)
	_, err = io.ReadFull(r, body)
	require.NoError(t, err)
	return head.String() + string(body)
}

// response is a response with all its bytes.
func response(status, header, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(body), body)
}

func failure(code int, description string) string {
	return fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q}`, code, description)
}

const goodSecret = ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// What a path leads to, on a server of one's own and on the cloud; $ is a good
// token, in full with its bytes (observed on the real server).
func TestPaths(t *testing.T) {
	t.Parallel()
	cloud, local := serve(t, telegram.Options{Seed: 7}), serve(t, telegram.Options{Seed: 7, Texts: telegram.Local})
	token := cloud.NewBot("test_bot").Token()
	require.Equal(t, token, local.NewBot("test_bot").Token())
	const yes = `{"ok":true,"result":[]}`
	notFound, unknown := failure(404, "Not Found"), failure(404, "Not Found: method not found")
	invalid, unauthorized := failure(401, "Unauthorized: invalid token specified"), failure(401, "Unauthorized")
	misdirected := failure(421, "Misdirected Request: unallowed token specified")
	for _, c := range []struct{ path, want, onCloud string }{
		{"/bot$/getUpdates", yes, ""},
		{"/bot$/GETUPDATES", yes, ""},
		{"/bot$/?method=getUpdates&offset=1", yes, ""},
		{"/bot$/?method=GetUpdates&method=x&offset=2", yes, ""},
		{"/bot$/", unknown, ""},
		{"/bot$/?method=", unknown, ""},
		{"/bot$/getUpdates?method=getMe&offset=3", yes, ""},
		{"/bot" + strings.Replace(token, ":", "%3a", 1) + "/get%55pdates?offset=4", yes, ""},
		{"/bot$/test/getUpdates", yes, ""},
		{"/bot$/testify", notFound, ""},
		{"/bot$/test", notFound, ""},
		{"/bot$", notFound, ""},
		{"/bot$//getUpdates", unknown, ""},
		{"/bot$/getUpdates/", unknown, ""},
		{"/bot$/noSuchMethod", unknown, ""},
		{"/Bot$/getUpdates", notFound, ""},
		{"/file/bot$/documents/none.txt", notFound, ""},
		{"/", notFound, ""},
		{"/favicon.ico", notFound, ""},
		{"http://x/bot$/getUpdates", failure(404, "Not Found: absolute URI is specified in the Request-Line"), ""},
		{"/bot/getMe", invalid, notFound},
		{"/bot123/getMe", invalid, notFound},
		{"/bot0123" + goodSecret + "/getMe", invalid, notFound},
		{"/bot0" + goodSecret + "/getMe", invalid, notFound},
		{"/bot-5" + goodSecret + "/getMe", invalid, notFound},
		{"/bot18014398509481984" + goodSecret + "/getMe", invalid, notFound},
		{"/bot123:" + strings.Repeat("A", 77) + "/getMe", invalid, notFound},
		{"/botabc" + goodSecret + "/getMe", misdirected, ""},
		{"/bot%2B5" + goodSecret + "/getMe", misdirected, ""},
		{"/bot" + goodSecret + "/getMe", misdirected, ""},
		{"/bot18014398509481983" + goodSecret + "/getMe", unauthorized, ""},
		{"/bot123" + goodSecret + "/noSuchMethod", unauthorized, ""},
		{"/bot123:AAAAAAAAAAAAAAAAAAAAAAA/getMe", unauthorized, ""},
		{"/bot123" + goodSecret[:35] + "9/getMe", unauthorized, ""},
		{"/bot123" + goodSecret[:35] + "!/getMe", unauthorized, ""},
	} {
		for _, s := range []*telegram.Server{cloud, local} {
			want := c.want
			if s == cloud && c.onCloud != "" {
				want = c.onCloud
			}
			status := "200 OK"
			for _, line := range []string{"404 Not Found", "401 Unauthorized", "421 Misdirected Request"} {
				if strings.Contains(want, line[:3]+`,"desc`) {
					status = line
				}
			}
			s.Clock().Advance(10 * time.Second)
			assert.Equal(t, response(status, "", want), bytesOf(t, s, "GET "+strings.ReplaceAll(c.path, "$", token)+" HTTP/1.1\r\n\r\n"), c.path)
		}
	}
}

// The bytes of each kind of answer.
func TestBytesOfAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	get := func(call string) string {
		return bytesOf(t, r.s, "GET /bot"+r.b.Token()+"/"+call+" HTTP/1.0\r\nConnection: close\r\n\r\n")
	}
	assert.Equal(t, response("200 OK", "", `{"ok":true,"result":true,"description":"Webhook is already deleted"}`), get("deleteWebhook"))
	assert.Equal(t, response("400 Bad Request", "", failure(400, "Bad Request: chat_id is empty")), get("sendMessage?text=x"))
	assert.Equal(t, response("200 OK", "", `{"ok":true,"result":{"url":"","has_custom_certificate":false,"pending_update_count":0}}`), get("getWebhookInfo"))
	assert.Equal(t, response("200 OK", "", `{"ok":true,"result":true,"description":"Webhook was set"}`), get("setWebhook?url="+r.hook.URL))
	tooMany := `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}`
	assert.Equal(t, response("429 Too Many Requests", "Retry-After: 1\r\n", tooMany), get("setWebhook?url="+r.hook.URL))
	assert.Equal(t, response("409 Conflict", "", failure(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")), get("getUpdates"))
	assert.Equal(t, response("200 OK", "", fmt.Sprintf(`{"ok":true,"result":{"url":"%s","has_custom_certificate":false,"pending_update_count":0,"max_connections":40,"ip_address":"127.0.0.1"}}`, r.hook.URL)), get("getWebhookInfo"))
	group := r.s.NewGroup("Team", r.ann, r.b)
	super, err := group.Upgrade()
	require.NoError(t, err)
	migrated := fmt.Sprintf(`{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":%d}}`, super.ID())
	assert.Equal(t, response("400 Bad Request", "", migrated), get(fmt.Sprintf("sendMessage?text=x&chat_id=%d", group.ID())))
	require.NoError(t, r.ann.Remove(r.b, super))
	assert.Equal(t, response("403 Forbidden", "", failure(403, "Forbidden: bot was kicked from the supergroup chat")), get(fmt.Sprintf("sendMessage?text=x&chat_id=%d", super.ID())))
	r.ok("logOut")
	assert.Equal(t, response("400 Bad Request", "", failure(400, "Logged out")), get("getMe"))
}

// Where parameters come from, and in which order they count; and what becomes of
// values that are not quite right.
func TestSourcesOfParameters(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.say("/start")
	for _, c := range []struct{ line, headers, body, want string }{
		{"POST /sendMessage?chat_id=$&text=a&text=b", "", "", `"text":"a"`},
		{"POST /sendMessage?chat_id=$&text=q", "application/json", `{"text":"b"}`, `"text":"q"`},
		{"POST /sendMessage?chat_id=$", "application/json", `{"text":"a","text":"b"}`, `"text":"a"`},
		{"GET /sendMessage", "application/json", `{"chat_id":$,"text":"in a GET"}`, `"text":"in a GET"`},
		{"POST /sendMessage", "Application/JSON; charset=utf-8", `{"chat_id":"$","text":"x"}`, `"text":"x"`},
		{"POST /sendMessage", "x-application/x-www-form-urlencoded-y", `chat_id=$&text=a+b%2B%zz`, `"text":"a b+%zz"`},
		{"POST /sendMessage?chat_id=$", "text/plain", `{"text":"x"}`, "message text is empty"},
		{"POST /sendMessage?chat_id=$", "", "text=x", "message text is empty"},
		{"POST /sendMessage?chat_id=$", "application/json", `{"text":1.50}`, `"text":"1.50"`},
		{"POST /sendMessage?chat_id=$", "application/json", `{"text":{"a": [1, 2]}}`, `"text":"{\"a\": [1, 2]}"`},
		{"POST /sendMessage?chat_id=$", "application/json", `{"text":true,"parse_mode":null}`, "unsupported parse_mode"},
		{"POST /sendMessage?chat_id=$", "application/json", `{"text":"x","reply_markup":null}`, "object expected as reply markup"},
		{"POST /sendMessage?chat_id=$", "application/json", `{"text":"x"} trailing`, `"text":"x"`},
		{"POST /sendMessage?chat_id=$", "application/json", `{"text":"x",}`, `"text":"x"`},
		{"POST /sendMessage?chat_id=$", "application/json", `[{"text":"x"}]`, "message text is empty"},
		{"POST /sendMessage?chat_id=$", "application/json", `"x"`, "message text is empty"},
		{"POST /sendMessage?chat_id=$", "application/json", `{"parse_mode":"none","text":"<b>"}`, `"text":"<b>"`},
		{"POST /sendMessage?chat_id=$", "application/json", `{"parse_mode":"hTmL","text":"<b>x</b>"}`, `"type":"bold"`},
		{"POST /sendMessage?chat_id=%20$", "application/json", `{"text":"x"}`, "chat not found"},
		{"POST /sendMessage?chat_id=$abc", "application/json", `{"text":" spaces "}`, `"text":"spaces"`},
		{"POST /getUpdates?limit=1abc", "", "", `"text":"/start"`},
		{"POST /getUpdates?limit=-5&offset=abc", "", "", `"text":"/start"`},
		{"POST /editMessageText?text=x&message_id=-7", "", "", "message identifier is not specified"},
	} {
		r.pass(10)
		method, path, _ := strings.Cut(c.line, " ")
		id := func(s string) string { return strings.ReplaceAll(s, "$", r.chatID()) }
		head := method + " /bot" + r.b.Token() + id(path) + " HTTP/1.1\r\n"
		if c.headers != "" {
			head += "Content-Type: " + c.headers + "\r\n"
		}
		got := bytesOf(t, r.s, fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(id(c.body)), id(c.body)))
		assert.Contains(t, got, c.want, "%s %s", c.line, c.body)
	}
}
