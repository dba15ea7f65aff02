package matrix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// A cell is one thing that a library is to do. Where it has several modes, it
// has to work in all of them.
type cell struct {
	name  string
	modes []string
	run   func(*testing.T, *session)
	about string // what run checks, for the document
}

// cells are the columns of the table, in the order in which they are tried.
var cells = []cell{
	{
		"long poll", []string{polling}, longPoll,
		"`getUpdates` is held by the server, answered when a person writes, and confirmed by the next one.",
	},
	{
		"webhook", []string{webhook}, delivery,
		"`setWebhook` at the start; what a person writes is posted there and answered.",
	},
	{
		"secret", []string{webhook}, secretHeader,
		"An update posted with the webhook's secret is handled; without it, or with another one, it is not.",
	},
	{"getMe", []string{polling, webhook}, getMe, "The bot reads its own name."},
	{
		"send", []string{polling, webhook}, send,
		"A text with what encodings trip over (ampersands, quotes, line ends, emoji) comes back as it was.",
	},
	{
		"keyboard", []string{polling, webhook}, keyboard,
		"A button is sent, a person presses it, the callback query is answered with a text, the message edited.",
	},
	{
		"document", []string{polling, webhook}, document,
		"200 kB that look like multipart syntax are downloaded (`getFile`) and uploaded again: name and bytes are the same.",
	},
	{"edit", []string{polling, webhook}, edit, "A message is sent and then edited, by the id in the answer."},
	{
		"setMyCommands", []string{polling, webhook}, setMyCommands,
		"The commands are set; the server has them.",
	},
	{
		"getWebhookInfo", []string{polling, webhook}, getWebhookInfo,
		"The bot reads the address of its webhook, or that there is none.",
	},
}

func longPoll(t *testing.T, s *session) {
	require.NoError(t, s.bot.WaitPoll(within(t)))
	s.user.Send(s.bot, "/ping")
	_, err := s.chat.WaitText(within(t), "pong")
	require.NoError(t, err)
	_, err = s.server.WaitEvent(within(t), func(e telegram.Event) bool {
		timeout, _ := strconv.Atoi(e.Params["timeout"])
		return e.Method == "getUpdates" && e.Status == http.StatusOK && timeout > 0
	})
	require.NoError(t, err)
	require.NoError(t, s.bot.WaitPoll(within(t)))
	assert.Zero(t, s.bot.Pending(), "updates that no poll confirmed")
}

func delivery(t *testing.T, s *session) {
	s.user.Send(s.bot, "/ping")
	_, err := s.chat.WaitText(within(t), "pong")
	require.NoError(t, err)
	_, err = s.server.WaitEvent(within(t), func(e telegram.Event) bool {
		return e.Kind == telegram.EventDelivery && e.Status == http.StatusOK
	})
	require.NoError(t, err)
	assert.Equal(t, publicHost, hook(t, s).Hostname())
}

// hook is where the bot wants its updates. echotron registers it without a
// scheme, which Telegram takes for https.
func hook(t *testing.T, s *session) *url.URL {
	t.Helper()
	u, err := url.Parse(s.bot.Webhook().URL)
	require.NoError(t, err)
	if u.Host == "" {
		u, err = url.Parse("https://" + s.bot.Webhook().URL)
		require.NoError(t, err)
	}
	return u
}

func getMe(t *testing.T, s *session) {
	from := s.seq()
	s.user.Send(s.bot, "/me")
	_, err := s.chat.WaitText(within(t), "@"+s.bot.Username())
	require.NoError(t, err)
	s.called(t, from, "getMe")
}

func send(t *testing.T, s *session) {
	const text = "Grüße & <b>50%</b> + 1 = \"2\"\n\\n 👋🏽 \u200d\u2066 ٣"
	s.user.Send(s.bot, text)
	_, err := s.chat.WaitText(within(t), text)
	require.NoError(t, err)
}

func keyboard(t *testing.T, s *session) {
	s.user.Send(s.bot, "/keyboard")
	question, err := s.chat.WaitText(within(t), "press it")
	require.NoError(t, err)
	require.Len(t, question.Buttons, 1)
	press, err := s.user.Press(question, "Button")
	require.NoError(t, err)
	answer, err := press.Wait(within(t))
	require.NoError(t, err)
	assert.Equal(t, telegram.Answer{Text: "thank you"}, answer)
	pressed, err := s.chat.WaitText(within(t), "it was pressed")
	require.NoError(t, err)
	assert.Equal(t, question.ID, pressed.ID)
	assert.True(t, pressed.Edited)
	assert.Empty(t, pressed.Buttons, "an edit without a keyboard takes it away")
}

func document(t *testing.T, s *session) {
	from, data := s.seq(), noise(200_000)
	sent, err := s.user.SendDocument(s.bot, "some data.bin", data, "")
	require.NoError(t, err)
	back, err := s.chat.Wait(within(t), func(m *telegram.Message) bool { return m.FromBot && m.Kind == "document" })
	require.NoError(t, err)
	got, err := back.Data()
	require.NoError(t, err)
	assert.True(t, bytes.Equal(data, got), "%d bytes went down, %d other bytes came up", len(data), len(got))
	assert.Equal(t, "some data.bin", back.Files[0].Name)
	assert.Equal(t, "your file again", back.Text)
	s.called(t, from, "getFile")
	s.called(t, from, "sendDocument")
	assert.NotEqual(t, sent.Files[0].UniqueID, back.Files[0].UniqueID, "sent by its id, not uploaded")
}

// noise is random bytes with pieces of multipart syntax among them.
func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"\r\n--", "--\r\n", "\r\n\r\n", "\x00", "\xff\xfe", "Content-Disposition: form-data; name=\"chat_id\"\r\n", "\r\n0\r\n\r\n"}
	var b bytes.Buffer
	for b.Len() < n {
		b.WriteString(pieces[r.IntN(len(pieces))])
		for range r.IntN(300) {
			b.WriteByte(byte(r.Uint32()))
		}
	}
	return b.Bytes()
}

func edit(t *testing.T, s *session) {
	s.user.Send(s.bot, "/edit")
	final, err := s.chat.WaitText(within(t), "second version")
	require.NoError(t, err)
	assert.True(t, final.Edited)
	for _, m := range s.chat.Messages() {
		assert.NotEqual(t, "first version", m.Text)
	}
}

func setMyCommands(t *testing.T, s *session) {
	s.user.Send(s.bot, "/commands")
	_, err := s.chat.WaitText(within(t), "commands set")
	require.NoError(t, err)
	list, err := s.bot.Call(within(t), "getMyCommands", nil)
	require.NoError(t, err)
	assert.JSONEq(t, `[{"command":"ping","description":"answers pong"}]`, string(list))
}

func getWebhookInfo(t *testing.T, s *session) {
	want := "no webhook"
	if s.mode == webhook {
		want = s.bot.Webhook().URL
	}
	from := s.seq()
	s.user.Send(s.bot, "/info")
	_, err := s.chat.WaitText(within(t), want)
	require.NoError(t, err)
	s.called(t, from, "getWebhookInfo")
}

// secretHeader posts as others could. Where the library cannot check, the
// update is handled: that is what "cannot" means.
func secretHeader(t *testing.T, s *session) {
	_, cannot := s.peer.cannot["secret"]
	forge(t, s, secret, "forged with the secret")
	_, err := s.chat.WaitText(within(t), "forged with the secret")
	require.NoError(t, err)
	for _, wrong := range []string{"", "another", secret + "1", secret[1:]} {
		text := fmt.Sprintf("forged with %q", wrong)
		status := forge(t, s, wrong, text)
		if cannot {
			_, err := s.chat.WaitText(within(t), text)
			require.NoError(t, err)
			continue
		}
		assert.Contains(t, []int{http.StatusOK, http.StatusUnauthorized, http.StatusForbidden}, status)
		s.user.Send(s.bot, "after "+text) // an effect would be there before the next one's
		_, err := s.chat.WaitText(within(t), "after "+text)
		require.NoError(t, err)
		assert.NotContains(t, s.chat.Transcript(), ": "+text, "an update with a wrong secret was handled")
	}
}

// forge posts an update to the bot as if it came from Telegram.
func forge(t *testing.T, s *session, token, text string) (status int) {
	t.Helper()
	const id = 900_000_000
	body, err := json.Marshal(map[string]any{
		"update_id": id,
		"message": map[string]any{
			"message_id": id, "date": 1_700_000_000, "text": text,
			"from": map[string]any{"id": s.user.ID(), "is_bot": false, "first_name": "Ann"},
			"chat": map[string]any{"id": s.user.ID(), "type": "private", "first_name": "Ann"},
		},
	})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(within(t), http.MethodPost, "http://"+s.addr+hook(t, s).Path, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", token)
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	return resp.StatusCode
}
