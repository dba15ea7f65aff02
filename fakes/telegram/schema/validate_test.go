package schema_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/schema"
)

const user = `{"id":1,"is_bot":false,"first_name":"A"}`

func TestValidateAccepts(t *testing.T) {
	for _, tt := range []struct{ typ, raw string }{
		{"Integer", "-9007199254740993"},
		{"Float", "1"},
		{"Float", "1e3"},
		{"Array of Array of String", `[["a"],[]]`},
		{"Message or Boolean", "true"},
		{"CallbackGame", "{}"},
		{"InputFile", `"attach://photo"`},
		{"Message", `{"message_id":1,"date":2,"chat":{"id":1,"type":"private"}}`},
		{"MaybeInaccessibleMessage", `{"message_id":1,"date":0,"chat":{"id":1,"type":"private"}}`},
		{"MaybeInaccessibleMessage", `{"message_id":1,"date":7,"chat":{"id":1,"type":"private"},"text":"x"}`},
		{"ChatMember", `{"status":"creator","user":` + user + `,"is_anonymous":false}`},
		{"InlineQueryResult", `{"type":"photo","id":"1","photo_file_id":"x"}`},
		{"InlineQueryResult", `{"type":"photo","id":"1","photo_url":"x","thumbnail_url":"y"}`},
		{"InputMessageContent", `{"latitude":1,"longitude":2}`},
		{"InputMessageContent", `{"latitude":1,"longitude":2,"title":"t","address":"a"}`},
		{"RichText", `"plain"`},
		{"RichText", `["plain",{"type":"bold","text":[{"type":"italic","text":"x"}]}]`},
		{"ReactionType", `{"type":"paid"}`},
		// A message as the server sends it, old duplicates and all.
		{"Message", `{"message_id":1,"from":` + user + `,"chat":{"id":-5,"title":"G","type":"group","all_members_are_administrators":true},` +
			`"date":2,"new_chat_participant":` + user + `,"new_chat_member":` + user + `,"new_chat_members":[` + user + `]}`},
		{"Message", `{"message_id":1,"from":` + user + `,"chat":{"id":1,"type":"private"},"date":2,` +
			`"forward_origin":{"type":"user","sender_user":` + user + `,"date":1},"forward_from":` + user + `,"forward_date":1,"text":"x"}`},
		{"Document", `{"file_id":"a","file_unique_id":"b","thumbnail":` + size + `,"thumb":` + size + `}`},
	} {
		assert.NoError(t, schema.Validate(tt.typ, []byte(tt.raw)), "%s %s", tt.typ, tt.raw)
	}
}

const size = `{"file_id":"c","file_unique_id":"d","width":1,"height":1}`

func TestValidateRefuses(t *testing.T) {
	for _, tt := range []struct{ typ, raw, want string }{
		{"Message", `{`, "$: not valid JSON: unexpected end of JSON input"},
		{"Message", "{} {}", "$: not valid JSON"},
		{"Message", "\"\xff\"", "$: not valid UTF-8"},
		{"Massage", `{}`, `$: type "Massage" is not in Bot API 10.1`},
		{"Integer", "1.5", "$: want Integer of 64 bits, got Number 1.5"},
		{"Integer", "1e3", "$: want Integer of 64 bits, got Number 1e3"},
		{"Integer", "9223372036854775808", "$: want Integer of 64 bits"},
		{"Integer", `"1"`, `$: want Integer, got String "1"`},
		{"Boolean", "1", "$: want Boolean, got Number 1"},
		{"String", "null", "$: want String, got null"},
		{"Array of Integer", `[1,"2"]`, `$[1]: want Integer, got String "2"`},
		{"Message", `[]`, "$: want Message, got Array"},
		{"User", `{"id":1,"is_bot":false}`, "$.first_name: is required in User"},
		{"User", `{"id":1,"is_bot":false,"first_name":"A","nick":"x"}`, "$.nick: is not a field of User"},
		{"User", `{"id":1,"id":1,"is_bot":false,"first_name":"A"}`, "$.id: is given twice"},
		{"User", `{"id":1,"is_bot":false,"first_name":"A","last_name":null}`, "$.last_name: want String, got null"},
		{"User", `{"id":1,"is_bot":false,"first_name":"A","a.b":1}`, `$["a.b"]: is not a field of User`},
		{"Chat", `{"id":1,"type":"secret"}`, `$.type: must be one of private, group, supergroup, channel, got String "secret"`},
		{"ReactionTypeEmoji", `{"type":"paid","emoji":"x"}`, `$.type: must be "emoji" in ReactionTypeEmoji, got String "paid"`},
		{"ReactionType", `{"type":"smile"}`, `$.type: no kind of ReactionType has String "smile" here`},
		{"ReactionType", `{"emoji":"x"}`, "$.type: is required in ReactionType"},
		{"ReactionType", `7`, "$: want ReactionType, got Number 7"},
		{"ChatMember", `{"status":"kicked","user":` + user + `}`, "$.until_date: is required in ChatMemberBanned"},
		{"RichText", `{"text":"x"}`, "$.type: is required in RichText"},
		{"RichText", `["x",{"type":"bold"}]`, "$[1].text: is required in RichTextBold"},
		{"Message or Boolean", `"x"`, `$: want Message or Boolean, got String "x"`},
		{"Message", `{"message_id":1,"date":2,"chat":{"id":1,"type":"private"},"thumb":` + size + `}`, "$.thumb: is not a field of Message"},
		{"Document", `{"file_id":"a","file_unique_id":"b","thumb":{}}`, "$.thumb.file_id: is required in PhotoSize"},
		{"Update", `{"update_id":1,"message":{"message_id":1,"date":2,"chat":{"id":"1","type":"private"}}}`,
			`$.message.chat.id: want Integer, got String "1"`},
	} {
		assert.ErrorContains(t, schema.Validate(tt.typ, []byte(tt.raw)), tt.want, "%s %s", tt.typ, tt.raw)
	}
}

func TestAllProblemsAreReported(t *testing.T) {
	err := schema.Validate("Message", []byte(`{"message_id":"x","chat":{"type":"private"},"txt":"y"}`))
	var paths []string
	for _, p := range schema.Problems(err) {
		paths = append(paths, p.Path)
	}
	assert.Equal(t, []string{"$.message_id", "$.chat.id", "$.txt", "$.date"}, paths)
}

func TestValidateReturn(t *testing.T) {
	require.NoError(t, schema.ValidateReturn("SETWEBHOOK", []byte("true")))
	require.NoError(t, schema.ValidateReturn("editMessageText", []byte("true")))
	require.Error(t, schema.ValidateReturn("sendMessage", []byte("true")))
	require.NoError(t, schema.ValidateReturn("getUpdates", []byte("[]")))
	require.Error(t, schema.ValidateReturn("getUpdates", []byte(`[{"update_id":1,"massage":{}}]`)))
}

// Each sample of each type is damaged in each way at each of its fields; not one
// damage may pass.
func TestEveryDamageIsFound(t *testing.T) {
	tried := 0
	for _, typ := range schema.Types() {
		raw, err := schema.SampleType(typ.Name, schema.Env{})
		require.NoError(t, err)
		var sample map[string]json.RawMessage
		if json.Unmarshal(raw, &sample) != nil {
			continue // a union that is a plain string
		}
		for _, d := range damages(typ, sample) {
			tried++
			assert.Error(t, schema.Validate(typ.Name, d.raw), "%s: %s: %s", typ.Name, d.what, d.raw)
		}
	}
	assert.Greater(t, tried, 3000)
}

type damage struct {
	what string
	raw  []byte
}

func damages(typ *schema.TypeSpec, sample map[string]json.RawMessage) []damage {
	with := func(what, field string, value json.RawMessage) damage {
		changed := map[string]json.RawMessage{}
		maps.Copy(changed, sample)
		changed[field] = value
		if value == nil {
			delete(changed, field)
		}
		raw, _ := json.Marshal(changed)
		return damage{what + " " + field, raw}
	}
	all := []damage{with("unknown field", "no_such_field", json.RawMessage("1")), {"array", []byte("[]")}, {"null", []byte("null")}}
	for _, f := range typ.Fields {
		if f.Required {
			all = append(all, with("lack of", f.Name, nil))
		}
		all = append(all, with("null", f.Name, json.RawMessage("null")), with("wrong type of", f.Name, wrong(f.Type)))
		if f.Type.Elem != nil {
			all = append(all, with("wrong item of", f.Name, json.RawMessage("[null]")))
		}
	}
	return all
}

// wrong returns JSON that no value of the type is.
func wrong(e schema.Expr) json.RawMessage {
	if e.Name == "Boolean" {
		return json.RawMessage(`"true"`)
	}
	return json.RawMessage("true")
}

func TestLegacyFieldsAreOfKnownTypes(t *testing.T) {
	found := 0
	for _, typ := range schema.Types() {
		for _, f := range schema.LegacyFields(typ.Name) {
			found++
			_, documented := typ.Field(f.Name)
			assert.False(t, documented, "%s.%s is documented", typ.Name, f.Name)
			_, err := schema.SampleType(f.Type.String(), schema.Env{})
			assert.NoError(t, err, "%s.%s", typ.Name, f.Name)
		}
	}
	assert.Equal(t, 29, found)
	assert.Empty(t, schema.LegacyFields("NoSuchType"))
}

func TestMembersOfUnionsAreToldApart(t *testing.T) {
	for _, typ := range schema.Types() {
		for _, member := range typ.Subtypes {
			raw, err := schema.SampleType(member.String(), schema.Env{})
			require.NoError(t, err, member)
			assert.NoError(t, schema.Validate(typ.Name, raw), "%s as %s: %s", member, typ.Name, raw)
		}
	}
}

// A long chain of what might be a member of a union that contains itself must
// not take exponential time.
func TestDeepNestingIsCheap(t *testing.T) {
	deep := strings.Repeat(`{"text":`, 5000) + `"x"` + strings.Repeat("}", 5000)
	require.Error(t, schema.Validate("RichText", []byte(deep)))
	deep = strings.Repeat(`{"type":"bold","text":`, 5000) + `"x"` + strings.Repeat("}", 5000)
	require.NoError(t, schema.Validate("RichText", []byte(deep)))
}

func FuzzValidate(f *testing.F) {
	names := []string{"Update", "Message", "RichText", "InlineQueryResult", "ChatMember", "InputMessageContent", "Message or Boolean"}
	for _, kind := range schema.UpdateKinds() {
		raw, _ := schema.UpdateExample(kind, 1)
		f.Add(uint8(0), append(append([]byte(`{"update_id":1,"`+kind+`":`), raw...), '}'))
	}
	f.Add(uint8(2), []byte(`["a",{"type":"bold","text":{"text":1}}]`))
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		name := names[int(which)%len(names)]
		err := schema.Validate(name, raw)
		if err == nil && !json.Valid(raw) {
			t.Fatalf("%q is not JSON, but a %s", raw, name)
		}
		if err != nil && len(schema.Problems(err)) == 0 {
			t.Fatalf("an error without a problem: %v", err)
		}
	})
}

func FuzzCheckParams(f *testing.F) {
	for i, m := range schema.Methods() {
		for _, p := range m.Params {
			f.Add(i, p.Name, `[{"type":"article","id":"1","keyboard":[["x"]]}]`)
		}
	}
	f.Fuzz(func(t *testing.T, index int, param, value string) {
		all := schema.Methods()
		method := all[uint(index)%uint(len(all))].Name
		p := schema.Params{Values: v{param: value, "chat_id": "1", "user_id": "1"}}
		_ = schema.CheckParams(method, p)
		raw, err := schema.Sample(method, p, schema.Env{})
		if err != nil {
			return
		}
		if err := schema.ValidateReturn(method, raw); err != nil {
			t.Fatalf("%s %s=%q: %s: %v", method, param, value, bytes.TrimSpace(raw), err)
		}
	})
}
