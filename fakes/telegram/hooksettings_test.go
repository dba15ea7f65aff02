package telegram_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// A webhook's address is compared as text with the server's own form of it: in
// another form the webhook is set anew each time.
func TestAddressInAnotherFormIsAnotherWebhook(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	set := func(ip string) string {
		r.pass(2)
		return r.ok("setWebhook", "url", r.hook.URL, "ip_address", ip).Description
	}
	assert.Equal(t, "Webhook was set", set("127.1"))
	assert.Equal(t, "127.0.0.1", r.info()["ip_address"])
	assert.Equal(t, "Webhook was set", set("127.1"))
	assert.Equal(t, "Webhook is already set", set("127.0.0.1"))
	assert.Equal(t, "Webhook was set", set(""), "the name is to be looked up now")
	assert.Equal(t, "Webhook was set", set("127.0.0.1"))
}

// Whatever differs makes another webhook, and only then is the last error gone.
func TestWhatMakesAnotherWebhook(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.set("secret_token", "s")
	r.say("hello")
	r.hook.next(t).status(500, "Retry-After", "3600")
	r.tried(1)
	for _, c := range []struct {
		params []string
		want   string
	}{
		{[]string{"url", r.hook.URL, "secret_token", "s"}, "Webhook is already set"},
		{[]string{"url", r.hook.URL, "secret_token", "s", "max_connections", "40"}, "Webhook is already set"},
		{[]string{"url", r.hook.URL, "secret_token", "s", "max_connections", "x", "allowed_updates", `["message"]`}, "Webhook was set"},
		{[]string{"url", r.hook.URL, "secret_token", "s", "allowed_updates", `["poll"]`}, "Webhook was set"},
		{[]string{"url", r.hook.URL, "secret_token", "s", "allowed_updates", `["message"]`}, "Webhook is already set"},
		{[]string{"url", r.hook.URL + "/", "secret_token", "s"}, "Webhook was set"},
		{[]string{"url", r.hook.URL + "/", "secret_token", "t"}, "Webhook was set"},
		{[]string{"url", r.hook.URL + "/", "secret_token", "t", "drop_pending_updates", "true"}, "Webhook was set"},
	} {
		r.pass(2)
		before := r.info()
		assert.Equal(t, c.want, r.ok("setWebhook", c.params...).Description, "%v", c.params)
		if c.want == "Webhook is already set" && before["last_error_message"] != nil {
			assert.Equal(t, before["last_error_message"], r.info()["last_error_message"])
		}
	}
	assert.Equal(t, []any{"message"}, r.info()["allowed_updates"], "applied even if nothing else changes")
	assert.EqualValues(t, 0, r.info()["pending_update_count"])
}

// deleteWebhook without a webhook takes allowed_updates, as a webhook does that
// is not changed; not if it drops updates, for then it is.
func TestDeleteWebhookTakesAllowedUpdates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.say("one")
	assert.Equal(t, "Webhook is already deleted", r.ok("deleteWebhook", "allowed_updates", `["poll"]`).Description)
	assert.Equal(t, []any{"poll"}, r.info()["allowed_updates"])
	assert.Equal(t, "Webhook is already deleted", r.ok("deleteWebhook", "allowed_updates", `["message"]`, "drop_pending_updates", "yes").Description)
	assert.Equal(t, []any{"poll"}, r.info()["allowed_updates"])
	assert.EqualValues(t, 0, r.info()["pending_update_count"])
	r.set()
	assert.Equal(t, "Webhook was deleted", r.ok("deleteWebhook", "allowed_updates", `["message"]`, "url", r.hook.URL).Description, "its url means nothing")
	assert.Equal(t, []any{"poll"}, r.info()["allowed_updates"])
	r.set("allowed_updates", `["MESSAGE","nonsense"]`)
	assert.Equal(t, []any{"message"}, r.info()["allowed_updates"])
	for _, ignored := range []string{"", "null", "[", `{"a":1}`, `["poll",1]`, `"poll"`} {
		r.ok("deleteWebhook")
		r.ok("deleteWebhook", "allowed_updates", ignored)
		assert.Equal(t, []any{"message"}, r.info()["allowed_updates"], ignored)
	}
	r.ok("deleteWebhook", "allowed_updates", `["nonsense"]`)
	assert.NotContains(t, r.info(), "allowed_updates")
}

// A refused setWebhook applies nothing but what it comes to before the refusal:
// the old webhook is gone, and the updates are, and allowed_updates stay.
func TestRefusedSetWebhookLeavesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	file := func(size int) string {
		return "--X\r\nContent-Disposition: form-data; name=\"certificate\"; filename=\"c.pem\"\r\n\r\n" + strings.Repeat("x", size) + "\r\n--X--\r\n"
	}
	form := func(url string, params ...string) string {
		return "/setWebhook?url=" + url + strings.Join(params, "")
	}
	for _, c := range []struct{ path, body, want string }{
		{form("ftp://a.example"), "", "Bad Request: invalid webhook URL specified"},
		{form("https://a.example", "&secret_token=", strings.Repeat("a", 257)), "", "Bad Request: secret token is too long"},
		{form("https://a.example", "&secret_token=", strings.Repeat("!", 257)), "", "Bad Request: secret token is too long"},
		{form("ftp://a.example", "&secret_token=!"), "", "Bad Request: invalid webhook URL specified"},
		{form("https://a.example", "&secret_token=a.b"), file(3<<20 + 1), "Bad Request: secret token contains unallowed characters"},
		{form("https://a.example"), file(3<<20 + 1), "Bad Request: certificate size is too big (3145729 bytes)"},
		{form("https://a.example", "&ip_address=1.2.3.4.5"), "", "Bad Request: bad webhook: Invalid IP address specified"},
		{form("https://a.example", "&ip_address=1.2.3.4"), file(3 << 20), "Bad Request: bad webhook: Failed to set custom certificate file{error:05800088:x509 certificate routines::no certificate or crl found}"},
	} {
		r.set("allowed_updates", `["message"]`)
		r.pass(2)
		raw := r.raw("POST", c.path+"&allowed_updates=%5B%22poll%22%5D", "multipart/form-data; boundary=X", orEmptyPart(c.body))
		assert.Contains(t, raw, `"description":"`+c.want+`"`, c.path)
		info := r.info()
		assert.Empty(t, info["url"])
		assert.NotContains(t, info, "max_connections")
		if !strings.Contains(c.want, "bad webhook") {
			assert.Equal(t, []any{"message"}, info["allowed_updates"], c.want)
		}
	}
}

// orEmptyPart is a multipart body with a part of no meaning if there is none.
func orEmptyPart(body string) string {
	if body != "" {
		return body
	}
	return "--X\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n--X--\r\n"
}

// What Telegram's own servers accept, and how they say no.
func TestCloudRulesForWebhooks(t *testing.T) {
	t.Parallel()
	hook := newEndpoint(t)
	s := serve(t, telegram.Options{Rules: telegram.Cloud, Hosts: map[string]string{"mapped.example": "http://" + hook.Listener.Addr().String()}})
	t.Cleanup(s.Close) // before the endpoint
	b := s.NewBot("test_bot")
	for _, c := range []struct{ url, ip, want string }{
		{"http://a.example/", "1.2.3.4", "An HTTPS URL must be provided for webhook"},
		{"http://a.example:81/", "1.2.3.4", "An HTTPS URL must be provided for webhook"},
		{"https://a.example:81/", "1.2.3.4", "Webhook can be set up only on ports 80, 88, 443 or 8443"},
		{"https://a.example/", "127.0.0.1", "IP address 127.0.0.1 is reserved"},
		{"https://a.example/", "10.9", "IP address 10.0.0.9 is reserved"},
		{"https://a.example/", "2001:db8::1", "IPv6-only addresses are not allowed"},
		{"https://a.example/", "::ffff:8.8.8.8", "IPv6-only addresses are not allowed"},
		{"https://192.168.1.1/", "", "IP address 192.168.1.1 is reserved"},
		{"https://0x7f.1/", "", "IP address 127.0.0.1 is reserved"},
		{"https://[::1]/", "", "IPv6-only addresses are not allowed"},
		{"https://a.example/", "x", "Invalid IP address specified"},
	} {
		s.Clock().Advance(seconds2(2))
		a := call(t, b, s, "setWebhook", "url", c.url, "ip_address", c.ip)
		assert.Equal(t, 400, a.Status)
		assert.Equal(t, "Bad Request: bad webhook: "+c.want, a.Description, "%s %s", c.url, c.ip)
	}
	for _, port := range []string{"", ":80", ":88", ":8443"} {
		s.Clock().Advance(seconds2(2))
		a := call(t, b, s, "setWebhook", "url", "https://mapped.example"+port, "ip_address", "1.2.3.4")
		require.Equal(t, "Webhook was set", a.Description, a.raw)
		call(t, b, s, "deleteWebhook")
	}
}

// The fields of getWebhookInfo in their order, and all kinds of update in theirs.
func TestFieldsOfWebhookInfo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	all := []string{
		"message", "edited_message", "channel_post", "edited_channel_post", "inline_query", "chosen_inline_result", "callback_query",
		"shipping_query", "pre_checkout_query", "poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request", "chat_boost",
		"removed_chat_boost", "message_reaction", "message_reaction_count", "business_connection", "business_message",
		"edited_business_message", "deleted_business_messages", "purchased_paid_media", "managed_bot", "guest_message",
	}
	listed := `"` + strings.Join(all, `","`) + `"`
	shuffled := slices.Clone(all)
	slices.Reverse(shuffled)
	r.set("allowed_updates", `["`+strings.Join(shuffled, `","`)+`"]`, "max_connections", "7")
	r.say("hello")
	r.hook.next(t).status(500, "Retry-After", "3600")
	r.tried(1)
	want := fmt.Sprintf(`^\{"url":"%s","has_custom_certificate":false,"pending_update_count":1,"last_error_date":\d+,`+
		`"last_error_message":"Wrong response from the webhook: 500 Internal Server Error","max_connections":7,"ip_address":"127.0.0.1",`+
		`"allowed_updates":\[%s\]\}$`, regexp.QuoteMeta(r.hook.URL), listed)
	assert.Regexp(t, want, string(r.ok("getWebhookInfo").Result))
	r.ok("deleteWebhook")
	assert.Equal(t, `{"url":"","has_custom_certificate":false,"pending_update_count":1,"allowed_updates":[`+listed+`]}`, string(r.ok("getWebhookInfo").Result))
}
