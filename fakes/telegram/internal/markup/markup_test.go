package markup_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/markup"
)

func parse(t *testing.T, s string) *markup.Markup {
	t.Helper()
	m, err := markup.Parse(s)
	require.NoError(t, err, s)
	return m
}

// button is an inline keyboard of one button with those fields besides a text.
func button(fields string) string {
	return `{"inline_keyboard":[[{"text":"a",` + fields + `}]]}`
}

// key is a reply keyboard of one such button.
func key(fields string) string {
	return `{"keyboard":[[{"text":"a",` + fields + `}]]}`
}

func TestParseNothing(t *testing.T) {
	for _, s := range []string{
		"", "{}", `{"inline_keyboard":[]}`, `{"keyboard":[]}`, `{"remove_keyboard":false}`, `{"force_reply":false}`,
		`{"selective":true}`, `{"other":1}`,
	} {
		require.Nil(t, parse(t, s), s)
	}
}

func TestParseKinds(t *testing.T) {
	type kind struct{ inline, reply, removes, forces bool }
	for s, want := range map[string]kind{
		"":                              {},
		button(`"url":"a.b"`):           {inline: true},
		`{"keyboard":[["a"]]}`:          {reply: true},
		`{"remove_keyboard":true}`:      {reply: true, removes: true},
		`{"hide_keyboard":true}`:        {reply: true, removes: true},
		`{"force_reply":true}`:          {reply: true, forces: true},
		`{"force_reply_keyboard":true}`: {reply: true, forces: true},
		`{"keyboard":[["a"]],"inline_keyboard":[[{"text":"b","url":"c"}]]}`:     {reply: true},
		`{"inline_keyboard":[[{"text":"b","url":"c"}]],"remove_keyboard":true}`: {inline: true},
		`{"remove_keyboard":true,"force_reply":true}`:                           {reply: true, removes: true},
	} {
		m := parse(t, s)
		require.Equal(t, want, kind{m.Inline(), m.Reply(), m.Removes(), m.Forces()}, s)
	}
}

func TestParseReplyKeyboard(t *testing.T) {
	m := parse(t, `{"keyboard":[["a",{"text":"b","request_contact":true}],[]],"resize_keyboard":true,
		"one_time_keyboard":true,"is_persistent":true,"selective":true,"input_field_placeholder":"say"}`)
	require.True(t, m.Resize && m.OneTime && m.Persistent && m.Selective)
	require.Equal(t, "say", m.Placeholder)
	require.Nil(t, m.Rows())
	require.Equal(t, [][]markup.Button{{{Text: "a"}, {Text: "b", Action: markup.RequestContact}}, {}}, m.Keyboard())

	m = parse(t, `{"force_reply":true,"personal_keyboard":true,"input_field_placeholder":"say"}`)
	require.True(t, m.Selective)
	require.Equal(t, "say", m.Placeholder)
}

// The whole of the refusals of malformed JSON; those marked "observed" are
// answers of the real server.
func TestParseRefuses(t *testing.T) {
	const (
		inline = "Can't parse inline keyboard button: "
		reply  = "Can't parse keyboard button: "
		text   = inline + "Text buttons are unallowed in the inline keyboard"
	)
	for _, tt := range []struct{ name, in, err string }{
		{"bad JSON", `{`, "Can't parse reply keyboard markup JSON object"},
		{"null", `null`, "Object expected as reply markup"},
		{"array", `[]`, "Object expected as reply markup"},
		{"keyboard, observed", `{"keyboard":"bad"}`, `Field "keyboard" must be of type Array`},
		{"inline keyboard, observed", `{"inline_keyboard":"bad"}`, `Field "inline_keyboard" must be of type Array`},
		{"null keyboard", `{"keyboard":null}`, `Field "keyboard" must be of type Array`},
		{"row", `{"keyboard":["a"]}`, `Field "keyboard" must be an Array of Arrays`},
		{"inline row", `{"inline_keyboard":[{}]}`, `Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`},
		{"remove, observed", `{"remove_keyboard":"yes"}`, `Field "remove_keyboard" must be of type Boolean`},
		{"force, observed", `{"force_reply":"yes"}`, `Field "force_reply" must be of type Boolean`},
		{"selective, observed", `{"keyboard":[["A"]],"selective":"yes"}`, `Field "selective" must be of type Boolean`},
		{"resize, observed", `{"keyboard":[["A"]],"resize_keyboard":"yes"}`, `Field "resize_keyboard" must be of type Boolean`},
		{"one time, observed", `{"keyboard":[["A"]],"one_time_keyboard":"yes"}`, `Field "one_time_keyboard" must be of type Boolean`},
		{"persistent, observed", `{"keyboard":[["A"]],"is_persistent":"yes"}`, `Field "is_persistent" must be of type Boolean`},
		{"placeholder", `{"force_reply":true,"input_field_placeholder":[]}`, `Field "input_field_placeholder" must be of type String`},

		{"inline button", `{"inline_keyboard":[["a"]]}`, inline + "InlineKeyboardButton must be an Object"},
		{"no text, observed", `{"inline_keyboard":[[{"callback_data":"x"}]]}`, inline + `Can't find field "text"`},
		{"text", `{"inline_keyboard":[[{"text":null}]]}`, inline + `Field "text" must be of type String`},
		{"no action", `{"inline_keyboard":[[{"text":"a"}]]}`, text},
		{"empty data, observed", button(`"callback_data":""`), text},
		{"empty url", button(`"url":""`), text},
		{"null url, observed", button(`"url":null`), inline + `Field "url" must be of type String`},
		{"switch", button(`"switch_inline_query":{}`), inline + `Field "switch_inline_query" must be of type String`},
		{"chosen chat", button(`"switch_inline_query_chosen_chat":"x"`),
			inline + `Field "switch_inline_query_chosen_chat" must be of type Object`},
		{"chosen kind, observed", button(`"switch_inline_query_chosen_chat":{"allow_user_chats":"yes"}`),
			inline + `Field "allow_user_chats" must be of type Boolean`},
		{"login", button(`"login_url":{}`), inline + `Can't find field "url"`},
		{"login access, observed", button(`"login_url":{"url":"https://a.b","request_write_access":"yes"}`),
			inline + `Field "request_write_access" must be of type Boolean`},
		{"login bot", button(`"login_url":{"url":"https://a.b","bot_username":"@"}`), inline + "LoginUrl bot username is invalid"},
		{"login bot name", button(`"login_url":{"url":"https://a.b","bot_username":"a-b"}`), inline + "LoginUrl bot username is invalid"},
		{"web app", button(`"web_app":{}`), inline + `Can't find field "url"`},
		{"copy", button(`"copy_text":{}`), inline + `Can't find field "text"`},
		{"style", button(`"style":"loud","url":"a.b"`), inline + "Invalid button style specified"},
		{"icon", button(`"icon_custom_emoji_id":"x","url":"a.b"`), inline + `Field "icon_custom_emoji_id" must be a valid Number`},

		{"button", `{"keyboard":[[1]]}`, reply + "KeyboardButton must be a String or an Object"},
		{"button without text", `{"keyboard":[[{}]]}`, reply + `Can't find field "text"`},
		{"contact", key(`"request_contact":1`), reply + `Field "request_contact" must be of type Boolean`},
		{"location", key(`"request_location":1`), reply + `Field "request_location" must be of type Boolean`},
		{"poll", key(`"request_poll":true`), reply + `Field "request_poll" must be of type Object`},
		{"poll type", key(`"request_poll":{"type":[]}`), reply + `Field "type" must be of type String`},
		{"reply web app", key(`"web_app":{}`), reply + `Can't find field "url"`},
		{"users", key(`"request_users":{}`), reply + `Can't find field "request_id"`},
		{"chat, observed", key(`"request_chat":{"chat_is_channel":true}`), reply + `Can't find field "request_id"`},
		{"chat kind, observed", key(`"request_chat":{"request_id":1,"chat_is_forum":"yes"}`),
			reply + `Field "chat_is_forum" must be of type Boolean`},
		{"chat rights", key(`"request_chat":{"request_id":1,"bot_administrator_rights":1}`),
			reply + "ChatAdministratorRights must be an Object"},
		{"chat right", key(`"request_chat":{"request_id":1,"user_administrator_rights":{"can_pin_messages":1}}`),
			reply + `Field "can_pin_messages" must be of type Boolean`},
		{"managed bot", key(`"request_managed_bot":{}`), reply + `Can't find field "request_id"`},
		{"the keyboard first", `{"inline_keyboard":[["a"]],"keyboard":[[1]],"selective":1}`,
			reply + "KeyboardButton must be a String or an Object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := markup.Parse(tt.in)
			require.EqualError(t, err, tt.err)
			require.Nil(t, m)
		})
	}
}

func TestParseKeyboardButtons(t *testing.T) {
	for fields, want := range map[string]markup.Button{
		`"style":"danger","icon_custom_emoji_id":"5"`: {Style: "danger", Icon: 5},
		`"request_phone_number":true`:                 {Action: markup.RequestContact},
		`"request_location":true`:                     {Action: markup.RequestLocation},
		`"request_contact":false`:                     {},
		`"request_poll":{"type":"quiz"}`:              {Action: markup.RequestPoll, Poll: "quiz"},
		`"request_poll":{"type":"other"}`:             {Action: markup.RequestPoll},
		`"web_app":{"url":"https://a.b"}`:             {Action: markup.WebApp, URL: "https://a.b"},
		`"request_users":{"request_id":3,"max_quantity":2,"user_is_bot":false}`: {
			Action: markup.RequestUsers, Request: 3, Quantity: 2},
		`"request_user":{"request_id":"3"}`: {Action: markup.RequestUsers, Request: 3, Quantity: 1},
		`"request_chat":{"request_id":-4,"chat_is_channel":true,"bot_administrator_rights":{"is_anonymous":true}}`: {
			Action: markup.RequestChat, Request: -4},
		`"request_managed_bot":{"request_id":5,"suggested_name":"x"}`: {Action: markup.RequestManagedBot, Request: 5},
	} {
		want.Text = "a"
		require.Equal(t, want, parse(t, key(fields)).Keyboard()[0][0], fields)
	}
}

// What goes in as an inline keyboard comes back as the server shows it.
func TestInlineButtons(t *testing.T) {
	for _, tt := range []struct{ in, out string }{
		{`"callback_data":"é\n"`, `"callback_data":"\u00e9\n"`},
		{`"callback_data":5`, `"callback_data":"5"`},
		{`"url":"HTTPS://A.b"`, `"url":"https://a.b/"`},
		{`"url":"a.b/x y"`, `"url":"http://a.b/x%20y"`},
		{`"url":"tg://resolve?domain=x"`, `"url":"tg://resolve?domain=x"`},
		{`"url":"tg://user?id=7"`, `"url":"tg://user?id=7"`},
		{`"url":"a.b","callback_data":"x"`, `"url":"http://a.b/"`},
		{`"url":"","callback_data":"x"`, `"callback_data":"x"`},
		{`"switch_inline_query":""`, `"switch_inline_query":""`},
		{`"switch_inline_query_current_chat":"q"`, `"switch_inline_query_current_chat":"q"`},
		{`"switch_inline_query_chosen_chat":{"query":"q","allow_group_chats":true}`,
			`"switch_inline_query_chosen_chat":{"query":"q","allow_user_chats":false,"allow_bot_chats":false,` +
				`"allow_group_chats":true,"allow_channel_chats":false}`},
		{`"switch_inline_query_chosen_chat":{"allow_user_chats":true,"allow_bot_chats":true,` +
			`"allow_group_chats":true,"allow_channel_chats":true}`, `"switch_inline_query":""`},
		{`"login_url":{"url":"https://a.b/x","bot_username":"@some_bot","forward_text":"f"}`, `"url":"https://a.b/x"`},
		{`"web_app":{"url":"https://a.b"}`, `"web_app":{"url":"https://a.b/"}`},
		{`"copy_text":{"text":"c"}`, `"copy_text":{"text":"c"}`},
		{`"callback_game":{}`, `"callback_game":{}`},
		{`"pay":true`, `"pay":true`},
		{`"pay":false`, `"pay":true`}, // that it is there counts
		{`"callback_data":"x","style":"primary","icon_custom_emoji_id":"5368324170671202286"`,
			`"icon_custom_emoji_id":"5368324170671202286","style":"primary","callback_data":"x"`},
	} {
		t.Run(tt.in, func(t *testing.T) {
			place := markup.Place{Private: true, Game: strings.Contains(tt.in, "game"), Invoice: strings.Contains(tt.in, "pay")}
			m, err := parse(t, button(tt.in)).Check(place)
			require.NoError(t, err)
			require.Equal(t, button(tt.out), string(m.AppendJSON(nil)))
		})
	}
}

func TestAppendJSON(t *testing.T) {
	m := parse(t, `{"inline_keyboard":[[{"text":"a","callback_data":"1"},{"text":"b","callback_data":"2"}],
		[{"text":"c","callback_data":"3"}]]}`)
	require.Equal(t, `x{"inline_keyboard":[[{"text":"a","callback_data":"1"},{"text":"b","callback_data":"2"}],`+
		`[{"text":"c","callback_data":"3"}]]}`, string(m.AppendJSON([]byte("x"))))
	require.Equal(t, "null", string(parse(t, "").AppendJSON(nil)))
	require.Equal(t, "null", string(parse(t, `{"force_reply":true}`).AppendJSON(nil)))
}

func TestCheckRefuses(t *testing.T) {
	private := markup.Place{Private: true}
	game, invoice := markup.Place{Private: true, Game: true}, markup.Place{Private: true, Invoice: true}
	second := func(fields string) string {
		return `{"inline_keyboard":[[{"text":"a","callback_data":"x"},{"text":"b",` + fields + `}]]}`
	}
	const channel = " button in a channel chat, because users will not be able to use the button without knowing bot's username"
	for _, tt := range []struct {
		name, in string
		place    markup.Place
		err      string
	}{
		{"empty text", `{"inline_keyboard":[[{"text":"","url":"a.b"}]]}`, private, "Inline keyboard button text must be non-empty"},
		{"nothing but carriage returns", `{"inline_keyboard":[[{"text":"\r","url":"a.b"}]]}`, private, "Inline keyboard button text must be non-empty"},
		{"empty key", `{"keyboard":[[""]]}`, private, "Keyboard button text must be non-empty"},
		{"url, observed", button(`"url":"not-a-url"`), private, "Inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL"},
		{"localhost", button(`"url":"http://localhost:8080/"`), private,
			"Inline keyboard button URL 'http://localhost:8080/' is invalid: Wrong HTTP URL"},
		{"ftp, observed", button(`"url":"ftp://example.com"`), private,
			"Inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol"},
		{"web app, observed", button(`"web_app":{"url":"http://example.com"}`), private,
			"Inline keyboard button Web App URL 'http://example.com' is invalid: Only HTTPS links are allowed"},
		{"web app not a URL, observed", button(`"web_app":{"url":"bad"}`), private,
			"Inline keyboard button Web App URL 'bad' is invalid: Only HTTPS links are allowed"},
		{"web app of a user", button(`"web_app":{"url":"tg://user?id=5"}`), private, "Link to a user can't be used in Web App URL buttons"},
		{"login", button(`"login_url":{"url":"a.b"}`), private, "Inline keyboard button login URL 'a.b' is invalid: Only HTTPS links are allowed"},
		{"login of a user", button(`"login_url":{"url":"tg://user?id=5"}`), private, "Link to a user can't be used in login URL buttons"},
		{"key web app, observed", key(`"web_app":{"url":"http://example.com"}`), private,
			"Keyboard button Web App URL 'http://example.com' is invalid: Only HTTPS links are allowed"},
		{"no kind of chat", button(`"switch_inline_query_chosen_chat":{}`), private, "At least one chat type must be allowed"},

		{"data, observed", button(`"callback_data":"` + strings.Repeat("x", 65) + `"`), private, "BUTTON_DATA_INVALID"},
		{"data in bytes", button(`"callback_data":"` + strings.Repeat("é", 33) + `"`), private, "BUTTON_DATA_INVALID"},
		{"empty copy, observed", button(`"copy_text":{"text":""}`), private, "BUTTON_COPY_TEXT_INVALID"},
		{"long copy, observed", button(`"copy_text":{"text":"` + strings.Repeat("é", 257) + `"}`), private, "BUTTON_COPY_TEXT_INVALID"},
		{"users, observed", key(`"request_users":{"request_id":1,"max_quantity":999}`), private, "BUTTON_QUANTITY_MAX_INVALID"},
		{"no users", key(`"request_users":{"request_id":1,"max_quantity":0}`), private, "BUTTON_QUANTITY_MAX_INVALID"},
		{"game, observed", button(`"callback_game":{}`), private, "BUTTON_TYPE_INVALID"},
		{"pay, observed", button(`"pay":true`), private, "BUTTON_TYPE_INVALID"},
		{"web app in a group", button(`"web_app":{"url":"https://a.b"}`), markup.Place{}, "BUTTON_TYPE_INVALID"},
		{"game in second place", second(`"callback_game":{}`), game, "BUTTON_POS_INVALID"},
		{"pay in second place", second(`"pay":true`), invoice, "BUTTON_POS_INVALID"},
		{"too many", rows(101, 1), private, "REPLY_MARKUP_TOO_LONG"},

		{"switch in a channel", button(`"switch_inline_query":"q"`), markup.Place{Channel: true}, "Can't use switch_inline_query" + channel},
		{"switch here in a channel", button(`"switch_inline_query_current_chat":"q"`), markup.Place{Channel: true},
			"Can't use switch_inline_query_current_chat" + channel},
		{"keyboard in a channel", `{"keyboard":[["a"]]}`, markup.Place{Channel: true}, "Inline keyboard expected"},
		{"force reply in an edit", `{"force_reply":true}`, markup.Place{Edit: true}, "Inline keyboard expected"},
		{"contact in a group", key(`"request_contact":true`), markup.Place{}, "Phone number can be requested in private chats only"},
		{"location in a group", key(`"request_location":true`), markup.Place{}, "Location can be requested in private chats only"},
		{"poll in a group", key(`"request_poll":{}`), markup.Place{}, "Poll can be requested in private chats only"},
		{"key web app in a group", key(`"web_app":{"url":"https://a.b"}`), markup.Place{}, "Web App buttons can be used in private chats only"},
		{"users in a group", key(`"request_users":{"request_id":1}`), markup.Place{}, "Users can be requested in private chats only"},
		{"chat in a group", key(`"request_chat":{"request_id":1}`), markup.Place{}, "Chats can be requested in private chats only"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := parse(t, tt.in).Check(tt.place)
			require.EqualError(t, err, tt.err)
			require.Nil(t, m)
		})
	}
}

// rows is an inline keyboard of n rows of m buttons.
func rows(n, m int) string {
	row := "[" + strings.TrimSuffix(strings.Repeat(`{"text":"a","callback_data":"x"},`, m), ",") + "]"
	return `{"inline_keyboard":[` + strings.TrimSuffix(strings.Repeat(row+",", n), ",") + `]}`
}

func TestCheckAccepts(t *testing.T) {
	private := markup.Place{Private: true}
	for _, in := range []string{
		button(`"callback_data":"` + strings.Repeat("x", 64) + `"`),
		button(`"copy_text":{"text":"` + strings.Repeat("é", 256) + `"}`),
		key(`"request_users":{"request_id":1,"max_quantity":10}`), key(`"request_users":{"request_id":1,"max_quantity":1}`),
		key(`"request_contact":true`), key(`"web_app":{"url":"https://a.b"}`), key(`"request_chat":{"request_id":1}`),
		rows(100, 1), rows(8, 12),
		`{"remove_keyboard":true}`, `{"force_reply":true}`,
	} {
		m, err := parse(t, in).Check(private)
		require.NoError(t, err, in)
		require.NotNil(t, m, in)
	}
}

func TestCheckCuts(t *testing.T) {
	m, err := parse(t, rows(2, 13)).Check(markup.Place{})
	require.NoError(t, err)
	require.Len(t, m.Rows(), 2)
	require.Len(t, m.Rows()[1], 12)

	for _, s := range []string{"", `{"inline_keyboard":[[]]}`, `{"keyboard":[[],[]]}`} {
		m, err := parse(t, s).Check(markup.Place{})
		require.NoError(t, err)
		require.Nil(t, m, s)
	}
}

func TestCheckCleans(t *testing.T) {
	m, err := parse(t, `{"keyboard":[["a\tb\r"]],"selective":true}`).Check(markup.Place{Private: true})
	require.NoError(t, err)
	require.Equal(t, "a b", m.Keyboard()[0][0].Text)
	require.False(t, m.Selective, "means nothing in a private chat")

	original := parse(t, `{"inline_keyboard":[[{"text":"a\r","url":"A.b"}]],"selective":true}`)
	_, err = original.Check(markup.Place{})
	require.NoError(t, err)
	require.Equal(t, markup.Button{Text: "a\r", URL: "A.b", Action: markup.URL}, original.Rows()[0][0], "left alone")
}

func TestFind(t *testing.T) {
	m := parse(t, `{"inline_keyboard":[[{"text":"no","callback_data":"yes"}],[{"text":"yes","callback_data":"1"},{"text":"link","url":"a.b"}]]}`)
	for name, want := range map[string]string{"yes": "yes", "1": "yes", "no": "no", "link": "link"} {
		b, ok := m.Find(name)
		require.True(t, ok, name)
		require.Equal(t, want, b.Text)
	}
	for _, name := range []string{"", "a.b", "maybe"} {
		_, ok := m.Find(name)
		require.False(t, ok, name)
	}
	_, ok := parse(t, "").Find("yes")
	require.False(t, ok)
	_, ok = parse(t, `{"keyboard":[["yes"]]}`).Find("yes")
	require.False(t, ok, "not of a reply keyboard")
}

func TestGame(t *testing.T) {
	require.True(t, parse(t, button(`"callback_game":{}`)).Rows()[0][0].Game())
	require.False(t, parse(t, button(`"pay":true`)).Rows()[0][0].Game())
}

func TestLoginBots(t *testing.T) {
	login := `{"text":"a","login_url":{"url":"https://a.b","bot_username":"%s"}}`
	m := parse(t, fmt.Sprintf(`{"inline_keyboard":[[`+login+`,`+login+`],[`+login+`,`+login+`]]}`, "one_bot", "", "@two_bot", "one_bot"))
	require.Equal(t, []string{"one_bot", "two_bot"}, m.LoginBots())
	require.Empty(t, parse(t, "").LoginBots())
}

// Whatever is accepted renders as JSON that is accepted again and renders the
// same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "{}", "null", button(`"url":"a.b"`), button(`"callback_data":"x","style":"danger"`), button(`"pay":true`),
		button(`"switch_inline_query_chosen_chat":{"query":"q","allow_bot_chats":true}`), button(`"web_app":{"url":"https://a.b"}`),
		button(`"copy_text":{"text":"c"}`), key(`"request_chat":{"request_id":1}`), `{"keyboard":[["a"]],"selective":true}`,
		`{"force_reply":true,"input_field_placeholder":"x"}`, `{"remove_keyboard":true}`, button(`"url":"tg://user?id=5"`),
	} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, private bool) {
		place := markup.Place{Private: private, Game: !private, Invoice: private}
		m, err := markup.Parse(s)
		if err != nil {
			require.Nil(t, m)
			return
		}
		m, err = m.Check(place)
		if err != nil || !m.Inline() {
			return
		}
		out := m.AppendJSON(nil)
		require.True(t, json.Valid(out), "%s", out)
		again, err := markup.Parse(string(out))
		require.NoError(t, err)
		again, err = again.Check(place)
		require.NoError(t, err)
		require.Equal(t, string(out), string(again.AppendJSON(nil)))
	})
}

func BenchmarkParse(b *testing.B) {
	s := rows(3, 2)
	b.ReportAllocs()
	for b.Loop() {
		m, err := markup.Parse(s)
		if err != nil {
			b.Fatal(err)
		}
		if _, err = m.Check(markup.Place{Private: true}); err != nil {
			b.Fatal(err)
		}
	}
}
