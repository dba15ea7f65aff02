package telegram

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sample = "{\"update_id\":810815571,\n\"message\":{\"message_id\":42,\"from\":{\"id\":77,\"is_bot\":false,\"first_name\":\"A\",\"language_code\":\"en\"},\"chat\":{\"id\":77,\"first_name\":\"A\",\"type\":\"private\"},\"date\":1700000000,\"text\":\"hello there\"}}"

func TestDecode(t *testing.T) {
	deep := func(n int) string {
		return `{"update_id":5,"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	for _, tt := range []struct {
		name, data string
		want       Update
		err        error
	}{
		{"a message", sample, Update{810815571, 77, 1700000000, "hello there"}, nil},
		{"no message", `{"update_id":5,"callback_query":{"id":"1"}}`, Update{ID: 5}, nil},
		{"id comes last", `{"message":{"text":"a","chat":{"id":-100}},"update_id":5}`, Update{ID: 5, Chat: -100, Text: "a"}, nil},
		{"escapes", `{"update_id":5,"message":{"chat":{"id":1},"text":"\u00e9\ud83d\ude00\n\"\ud800"}}`, Update{ID: 5, Chat: 1, Text: "é😀\n\"\ufffd"}, nil},
		{"escaped key", `{"upd\u0061te_id":5}`, Update{ID: 5}, nil},
		{"no text", `{"update_id":5,"message":{"chat":{"id":1},"photo":[{}]}}`, Update{ID: 5, Chat: 1}, nil},
		{"nested text is another", `{"update_id":5,"message":{"chat":{"id":1},"reply_to_message":{"text":"b","chat":{"id":2}}}}`, Update{ID: 5, Chat: 1}, nil},
		{"deep enough", deep(999), Update{ID: 5}, nil},

		{"message is a string", `{"update_id":5,"message":"x"}`, Update{ID: 5}, ErrMismatch},
		{"message is null", `{"update_id":5,"message":null}`, Update{ID: 5}, ErrMismatch},
		{"chat id is a string", `{"update_id":5,"message":{"chat":{"id":"1"}}}`, Update{ID: 5}, ErrMismatch},
		{"chat id too large", `{"update_id":5,"message":{"chat":{"id":9223372036854775808}}}`, Update{ID: 5}, ErrMismatch},
		{"chat id twice", `{"update_id":5,"message":{"chat":{"id":1,"id":2}}}`, Update{ID: 5}, ErrMismatch},
		{"text twice", `{"update_id":5,"message":{"chat":{"id":1},"text":"a","te\u0078t":"b"}}`, Update{ID: 5}, ErrMismatch},
		{"no chat", `{"update_id":5,"message":{"text":"a"}}`, Update{ID: 5}, ErrMismatch},
		{"text is a number", `{"message":{"chat":{"id":1},"text":7},"update_id":5}`, Update{ID: 5}, ErrMismatch},
		{"date is a float", `{"update_id":5,"message":{"chat":{"id":1},"date":1.5}}`, Update{ID: 5}, ErrMismatch},

		{"empty", ``, Update{}, ErrNotUpdate},
		{"null", `null`, Update{}, ErrNotUpdate},
		{"object", `{}`, Update{}, ErrNotUpdate},
		{"array", `[]`, Update{}, ErrNotUpdate},
		{"id twice", `{"update_id":5,"update_id":6}`, Update{}, ErrNotUpdate},
		{"id is a string", `{"update_id":"5"}`, Update{}, ErrNotUpdate},
		{"id too large", `{"update_id":9223372036854775808}`, Update{}, ErrNotUpdate},
		{"id zero", `{"update_id":0}`, Update{}, ErrNotUpdate},
		{"id in an exponent", `{"update_id":5e0}`, Update{}, ErrNotUpdate},
		{"cut", sample[:len(sample)-1], Update{}, ErrNotUpdate},
		{"something behind", sample + "x", Update{}, ErrNotUpdate},
		{"trailing comma", `{"update_id":5,}`, Update{}, ErrNotUpdate},
		{"leading zero", `{"update_id":05}`, Update{}, ErrNotUpdate},
		{"bad escape", `{"update_id":5,"x":"\q"}`, Update{}, ErrNotUpdate},
		{"cut escape", `{"update_id":5,"x":"\u12`, Update{}, ErrNotUpdate},
		{"control character", "{\"update_id\":5,\"x\":\"\n\"}", Update{}, ErrNotUpdate},
		{"too deep", deep(10000), Update{}, ErrNotUpdate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode([]byte(tt.data))
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.err, err)
		})
	}
}

func TestReplyIsJSON(t *testing.T) {
	for _, text := range []string{"plain", `quote " and \ slash`, "line\nbreak\x01", "é😀", "<b>&", "\xff", ""} {
		var got struct {
			Method string `json:"method"`
			Chat   int64  `json:"chat_id"`
			Text   string `json:"text"`
		}
		require.NoError(t, json.Unmarshal(Reply(-100, text), &got), text)
		assert.Equal(t, "sendMessage", got.Method)
		assert.Equal(t, int64(-100), got.Chat)
		assert.Equal(t, strings.ToValidUTF8(text, "\ufffd"), got.Text)
	}
}

// Decode has to agree with encoding/json on what is JSON, and on the values.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{sample, `{}`, `null`, `[]`, `{"update_id":5,"message":{"chat":{"id":1},"text":"\ud83d\ude00\u00e9"}}`,
		`{"update_id":5,"message":"x"}`, `{"update_id":1e3}`, `{"update_id":-1}`, "{\"update_id\":1,\"a\":\"\xff\"}", `{"update_id":1,"a":[1,{"b":[]}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		u, err := Decode(data)
		if err != nil && u.ID == 0 {
			return // whether that was right, the other direction can't tell: see below
		}
		require.True(t, json.Valid(data), "accepted what is not JSON")
		var want struct {
			ID      json.Number     `json:"update_id"`
			Message json.RawMessage `json:"message"`
		}
		if json.Unmarshal(data, &want) == nil && bytes.Count(data, []byte(`pdate`)) == 1 && want.ID != "" {
			assert.Equal(t, want.ID.String(), json.Number(itoa(u.ID)).String())
		}
		assert.True(t, utf8.ValidString(u.Text))
		var back struct {
			Text string `json:"text"`
		}
		require.NoError(t, json.Unmarshal(Reply(u.Chat, u.Text), &back))
		assert.Equal(t, u.Text, back.Text)
	})
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

// What encoding/json takes for a plain update, Decode takes as well.
func FuzzDecodeText(f *testing.F) {
	f.Add(int64(5), int64(-100), "hello")
	f.Add(int64(1<<62), int64(1), "é😀\x00\u2028")
	f.Fuzz(func(t *testing.T, id, chat int64, text string) {
		data, err := json.Marshal(map[string]any{"update_id": id, "message": map[string]any{"chat": map[string]any{"id": chat}, "text": text}})
		require.NoError(t, err)
		u, err := Decode(data)
		if id <= 0 {
			assert.Equal(t, ErrNotUpdate, err)
			return
		}
		require.NoError(t, err)
		assert.Equal(t, Update{ID: id, Chat: chat, Text: strings.ToValidUTF8(text, "\ufffd")}, withRunes(u, text))
	})
}

// withRunes levels a difference between two standard functions: ToValidUTF8
// replaces a run of invalid bytes by one U+FFFD, encoding/json each byte.
func withRunes(u Update, text string) Update {
	if !utf8.ValidString(text) {
		u.Text = strings.ToValidUTF8(text, "\ufffd")
	}
	return u
}

func BenchmarkDecode(b *testing.B) {
	data := []byte(sample)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Decode(data)
	}
}

func BenchmarkDecodeEncodingJSON(b *testing.B) {
	data := []byte(sample)
	b.ReportAllocs()
	for b.Loop() {
		var u struct {
			ID      int64 `json:"update_id"`
			Message struct {
				Chat struct {
					ID int64 `json:"id"`
				} `json:"chat"`
				Date int64  `json:"date"`
				Text string `json:"text"`
			} `json:"message"`
		}
		_ = json.Unmarshal(data, &u)
	}
}
