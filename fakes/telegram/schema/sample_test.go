package schema_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/schema"
)

const (
	group   = `{"id":-1001,"title":"G","type":"supergroup"}`
	channel = `{"id":-1002,"title":"C","type":"channel"}`
	ann     = `{"id":7,"is_bot":false,"first_name":"Ann"}`
	robot   = `{"id":9,"is_bot":true,"first_name":"Robot","username":"robot"}`
)

// world knows one person, one group and one channel.
func world() schema.Env {
	next := int64(40)
	return schema.Env{
		Bot: json.RawMessage(robot),
		User: func(id int64) json.RawMessage {
			if id == 7 {
				return json.RawMessage(ann)
			}
			return nil
		},
		Chat: func(id string) json.RawMessage {
			return json.RawMessage(map[string]string{"-1001": group, "@news": channel}[id])
		},
		Now:    1700000000,
		NextID: func() int64 { next++; return next },
	}
}

func TestSampleIsTrueToTheCall(t *testing.T) {
	for _, tt := range []struct {
		method string
		params v
		want   string
	}{
		{"setChatTitle", v{"chat_id": "-1001", "title": "T"}, `true`},
		{"getChatMemberCount", v{"chat_id": "-1001"}, `2`},
		{"getChatMember", v{"chat_id": "-1001", "user_id": "7"}, `{"status":"member","user":` + ann + `}`},
		{"getChatMember", v{"chat_id": "-1001", "user_id": "8"},
			`{"status":"member","user":{"id":8,"is_bot":false,"first_name":"User 8"}}`},
		{"createChatInviteLink", v{"chat_id": "-1001", "name": "N", "member_limit": "5", "creates_join_request": "yes"},
			`{"invite_link":"https://t.me/+AAAAAAAAAAAAAAAA","creator":` + robot +
				`,"creates_join_request":true,"is_primary":false,"is_revoked":false,"name":"N","member_limit":5}`},
		{"revokeChatInviteLink", v{"chat_id": "-1001", "invite_link": "https://t.me/+x"},
			`{"invite_link":"https://t.me/+x","creator":` + robot + `,"creates_join_request":false,"is_primary":false,"is_revoked":true}`},
		{"createForumTopic", v{"chat_id": "-1001", "name": "N"}, `{"message_thread_id":41,"name":"N","icon_color":7322096}`},
		{"sendVenue", v{"chat_id": "-1001", "latitude": "1.5", "longitude": "2", "title": "T", "address": "A", "protect_content": "1"},
			`{"message_id":41,"from":` + robot + `,"chat":` + group + `,"date":1700000000,"location":{"latitude":1.5,"longitude":2},` +
				`"venue":{"location":{"latitude":1.5,"longitude":2},"title":"T","address":"A"},"has_protected_content":true}`},
		{"sendContact", v{"chat_id": "@news", "phone_number": "+1", "first_name": "F"},
			`{"message_id":41,"sender_chat":` + channel + `,"chat":` + channel + `,"date":1700000000,"contact":{"phone_number":"+1","first_name":"F"}}`},
		{"sendDice", v{"chat_id": "-1001"},
			`{"message_id":41,"from":` + robot + `,"chat":` + group + `,"date":1700000000,"dice":{"emoji":"\ud83c\udfb2","value":1}}`},
		{"sendInvoice", v{"chat_id": "-1001", "title": "T", "description": "D", "currency": "EUR", "prices": `[{"label":"a","amount":3},{"label":"b","amount":4}]`},
			`{"message_id":41,"from":` + robot + `,"chat":` + group + `,"date":1700000000,` +
				`"invoice":{"title":"T","description":"D","start_parameter":"","currency":"EUR","total_amount":7}}`},
		{"sendChecklist", v{"chat_id": "-1001", "business_connection_id": "b", "checklist": `{"title":"T","tasks":[{"id":1,"text":"one"}]}`},
			`{"business_connection_id":"b","message_id":41,"from":` + robot + `,"chat":` + group + `,"date":1700000000,` +
				`"checklist":{"title":"T","tasks":[{"id":1,"text":"one"}]}}`},
		{"editMessageCaption", v{"chat_id": "-1001", "message_id": "12", "caption": "C", "reply_markup": `{"inline_keyboard":[[{"text":"x","callback_data":"y"}]]}`},
			`{"message_id":12,"from":` + robot + `,"chat":` + group + `,"date":1700000000,"edit_date":1700000000,"caption":"C",` +
				`"reply_markup":{"inline_keyboard":[[{"text":"x","callback_data":"y"}]]}}`},
		{"editMessageCaption", v{"inline_message_id": "i"}, `true`},
		{"getCustomEmojiStickers", v{"custom_emoji_ids": `["5","6"]`},
			`[` + emoji("5") + `,` + emoji("6") + `]`},
		{"getManagedBotToken", v{"user_id": "77"}, `"77:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"`},
	} {
		t.Run(tt.method, func(t *testing.T) {
			raw, err := schema.Sample(tt.method, schema.Params{Values: tt.params}, world())
			require.NoError(t, err)
			assert.Equal(t, tt.want, string(raw))
			assert.NoError(t, schema.ValidateReturn(tt.method, raw))
		})
	}
}

func emoji(id string) string {
	return fmt.Sprintf(`{"file_id":"AgADAQADAAEAAQ","file_unique_id":"AQADAAEAAQ","type":"custom_emoji","width":100,"height":100,`+
		`"is_animated":false,"is_video":false,"custom_emoji_id":%q}`, id)
}

func TestEveryMethodHasASample(t *testing.T) {
	for _, m := range schema.Methods() {
		for name, params := range map[string]v{"bare": nil, "group": {"chat_id": "-1001", "user_id": "7"}, "full": everything(m)} {
			raw, err := schema.Sample(m.Name, schema.Params{Values: params}, world())
			require.NoError(t, err, m.Name)
			assert.NoError(t, schema.ValidateReturn(m.Name, raw), "%s, %s: %s", m.Name, name, raw)
			again, err := schema.Sample(m.Name, schema.Params{Values: params}, world())
			require.NoError(t, err)
			assert.Equal(t, string(raw), string(again), "%s is not the same twice", m.Name)
		}
	}
}

// everything gives each parameter of a method a sample of its own type, except
// the one that makes the answer a mere true.
func everything(m *schema.MethodSpec) v {
	params := v{}
	for _, p := range m.Params {
		raw, err := schema.SampleType(p.Type.String(), schema.Env{})
		if err != nil || p.Name == "inline_message_id" {
			continue
		}
		text := string(raw)
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		params[p.Name] = cmp.Or(text, "x")
	}
	return params
}

func TestEveryMethodAcceptsItsOwnParameters(t *testing.T) {
	for _, m := range schema.Methods() {
		params := everything(m)
		if _, ok := m.Param("format"); ok {
			params["format"] = "static"
		}
		if _, ok := m.Param("sticker_format"); ok {
			params["sticker_format"] = "static"
		}
		if _, ok := params["error_message"]; ok {
			params["ok"] = "true"
		}
		files := map[string]bool{"photo": true, "sticker": true}
		if m.Name == "setMyProfilePhoto" || m.Name == "setBusinessAccountProfilePhoto" {
			files = nil
		}
		if m.Name == "sendGame" {
			delete(params, "reply_markup")
		}
		err := schema.CheckParams(m.Name, schema.Params{Values: params, Files: files})
		assert.NoError(t, err, "%s %v", m.Name, params)
	}
}

func TestEveryTypeHasASample(t *testing.T) {
	for _, typ := range schema.Types() {
		raw, err := schema.SampleType(typ.Name, schema.Env{})
		require.NoError(t, err, "%s: %s", typ.Name, raw)
	}
}
