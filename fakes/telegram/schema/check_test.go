package schema_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/schema"
)

func TestCheckParams(t *testing.T) {
	for _, tt := range []struct {
		name, method string
		params       map[string]string
		files        map[string]bool
		want         string // "": accepted
	}{
		{"nothing to say", "getMe", nil, nil, ""},
		{"title", "setChatTitle", v{"chat_id": "1", "title": "T"}, nil, ""},
		{"no title", "setChatTitle", v{"chat_id": "1"}, nil, `Bad Request: parameter "title" is required`},
		{"no chat", "setChatTitle", v{"title": "T"}, nil, "Bad Request: chat_id is empty"},
		{"neither: chat last", "setChatTitle", nil, nil, `Bad Request: parameter "title" is required`},
		{"no user", "banChatMember", v{"chat_id": "1"}, nil, "Bad Request: invalid user_id specified"},
		{"user first", "banChatMember", nil, nil, "Bad Request: invalid user_id specified"},
		{"user zero", "banChatMember", v{"chat_id": "1", "user_id": "x"}, nil, "Bad Request: invalid user_id specified"},
		{"user with tail", "banChatMember", v{"chat_id": "1", "user_id": "12x"}, nil, ""},
		{"integer of any text", "banChatMember", v{"chat_id": "1", "user_id": "12", "until_date": "soon"}, nil, ""},
		{"Boolean of any text", "leaveChat", v{"chat_id": "1", "x": "maybe"}, nil, ""},
		{"no message", "pinChatMessage", v{"chat_id": "1"}, nil, "Bad Request: message identifier is not specified"},
		{"no place", "sendVenue", v{"chat_id": "1", "longitude": "1", "title": "t", "address": "a"}, nil, "Bad Request: latitude is empty"},

		{"no photo", "setChatPhoto", v{"chat_id": "1"}, nil, "Bad Request: there is no photo in the request"},
		{"photo as text", "setChatPhoto", v{"chat_id": "1", "photo": "id"}, nil, "Bad Request: photo must be uploaded as an InputFile"},
		{"photo", "setChatPhoto", v{"chat_id": "1"}, map[string]bool{"photo": true}, ""},
		{"photo attached", "setChatPhoto", v{"chat_id": "1", "photo": "attach://p"}, map[string]bool{"p": true}, ""},
		{"photo not attached", "setChatPhoto", v{"chat_id": "1", "photo": "attach://p"}, nil, "Bad Request: there is no photo in the request"},
		{"video note", "sendVideoNote", v{"chat_id": "1"}, nil, "Bad Request: there is no video note in the request"},
		{"video note by id", "sendVideoNote", v{"chat_id": "1", "video_note": "id"}, nil, ""},

		{"permissions broken", "setChatPermissions", v{"chat_id": "1", "permissions": "{"}, nil, "Bad Request: can't parse permissions JSON object"},
		{"permissions list", "setChatPermissions", v{"chat_id": "1", "permissions": "[]"}, nil, "Bad Request: object expected as permissions"},
		{"permissions wrong", "setChatPermissions", v{"chat_id": "1", "permissions": `{"can_send_polls":"true"}`}, nil,
			`Bad Request: can't parse chat permissions: Field "can_send_polls" must be of type Boolean`},
		{"permissions null", "setChatPermissions", v{"chat_id": "1", "permissions": `{"can_send_polls":null}`}, nil,
			`Bad Request: can't parse chat permissions: Field "can_send_polls" must be of type Boolean`},
		{"permissions", "setChatPermissions", v{"chat_id": "1", "permissions": `{"can_send_polls":true,"can_fly":1}`}, nil, ""},

		{"commands", "setMyCommands", v{"commands": `[{"command":"a","description":7}]`}, nil, ""},
		{"commands absent", "setMyCommands", nil, nil, ""},
		{"commands object", "setMyCommands", v{"commands": `{}`}, nil, "Bad Request: expected an Array of BotCommand"},
		{"command text", "setMyCommands", v{"commands": `["a"]`}, nil, "Bad Request: can't parse BotCommand: expected an Object"},
		{"command short", "setMyCommands", v{"commands": `[{"command":"a"}]`}, nil, `Bad Request: can't parse BotCommand: Can't find field "description"`},
		{"command nested", "setMyCommands", v{"commands": `[{"command":"a","description":[]}]`}, nil,
			`Bad Request: can't parse BotCommand: Field "description" must be of type String`},
		{"scope", "setMyCommands", v{"commands": `[]`, "scope": `{"type":"chat","chat_id":"12"}`}, nil, ""},
		{"scope kind", "setMyCommands", v{"commands": `[]`, "scope": `{"type":"street"}`}, nil,
			"Bad Request: can't parse BotCommandScope: Unsupported type specified"},
		{"scope list", "setMyCommands", v{"commands": `[]`, "scope": `[]`}, nil,
			"Bad Request: can't parse BotCommandScope: BotCommandScope must be an Object"},
		{"scope without type", "setMyCommands", v{"commands": `[]`, "scope": `{}`}, nil,
			`Bad Request: can't parse BotCommandScope: Can't find field "type"`},
		{"rights: Booleans may lack", "setMyDefaultAdministratorRights", v{"rights": `{"can_manage_chat":true}`}, nil, ""},
		{"menu", "setChatMenuButton", v{"menu_button": `{"type":"moon"}`}, nil, "Bad Request: can't parse menu button: MenuButton has unsupported type"},

		{"integer as text", "setStickerMaskPosition", v{"sticker": "s", "mask_position": `{"point":"eyes","x_shift":"1","y_shift":2,"scale":1.5}`}, nil, ""},
		{"entity number", "sendGift", v{"user_id": "1", "gift_id": "g", "text_entities": `[{"type":"bold","offset":"x","length":1}]`}, nil,
			`Bad Request: can't parse MessageEntity: Field "offset" must be a valid Number`},
		{"entity bool", "sendGift", v{"user_id": "1", "gift_id": "g", "text_entities": `[{"type":"bold","offset":true,"length":1}]`}, nil,
			`Bad Request: can't parse MessageEntity: Field "offset" must be a Number`},
		{"entities broken", "sendGift", v{"user_id": "1", "gift_id": "g", "text_entities": `[`}, nil, ""},

		{"markup empty", "sendGame", v{"chat_id": "1", "game_short_name": "g", "reply_markup": `{}`}, nil, ""},
		{"markup null", "sendGame", v{"chat_id": "1", "game_short_name": "g", "reply_markup": `null`}, nil, "Bad Request: object expected as reply markup"},
		{"markup broken", "sendGame", v{"chat_id": "1", "game_short_name": "g", "reply_markup": `{`}, nil,
			"Bad Request: can't parse reply keyboard markup JSON object"},
		{"markup rows", "sendVenue", v{"chat_id": "1", "latitude": "1", "longitude": "1", "title": "t", "address": "a", "reply_markup": `{"inline_keyboard":[{}]}`}, nil,
			`Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`},
		{"markup rows of text", "sendContact", v{"chat_id": "1", "phone_number": "1", "first_name": "t", "reply_markup": `{"keyboard":["a"]}`}, nil,
			`Bad Request: field "keyboard" must be an Array of Arrays`},
		{"markup texts", "sendContact", v{"chat_id": "1", "phone_number": "1", "first_name": "t", "reply_markup": `{"keyboard":[["a"]]}`}, nil, ""},
		{"markup button", "sendContact", v{"chat_id": "1", "phone_number": "1", "first_name": "t", "reply_markup": `{"inline_keyboard":[[{"url":"x"}]]}`}, nil,
			`Bad Request: can't parse inline keyboard button: Can't find field "text"`},

		{"markup without action", "sendGame", v{"chat_id": "1", "game_short_name": "g", "reply_markup": `{"inline_keyboard":[[{"text":"x"}]]}`}, nil,
			"Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},

		{"ids", "getCustomEmojiStickers", v{"custom_emoji_ids": `["1"]`}, nil, ""},
		{"ids absent", "getCustomEmojiStickers", nil, nil, `Bad Request: parameter "custom_emoji_ids" is required`},
		{"ids numbers", "getCustomEmojiStickers", v{"custom_emoji_ids": `[1]`}, nil, "Bad Request: custom emoji identifier must be of type String"},
		{"format", "setStickerSetThumbnail", v{"user_id": "1", "name": "n", "format": "tgs"}, nil, "Bad Request: invalid sticker format specified"},
		{"message ids", "deleteMessages", v{"chat_id": "1", "message_ids": `["1",2]`}, nil, ""},
		{"message ids absent", "deleteMessages", nil, nil, "Bad Request: message identifiers are not specified"},

		{"no target", "setGameScore", v{"user_id": "1", "score": "1"}, nil, "Bad Request: message identifier is not specified"},
		{"inline target", "setGameScore", v{"user_id": "1", "score": "1", "inline_message_id": "i"}, nil, ""},
		{"shipping refused", "answerShippingQuery", v{"shipping_query_id": "1"}, nil, `Bad Request: parameter "error_message" is required`},
		{"shipping", "answerShippingQuery", v{"shipping_query_id": "1", "ok": "yes"}, nil, `Bad Request: parameter "shipping_options" is required`},
		{"checkout", "answerPreCheckoutQuery", v{"pre_checkout_query_id": "1", "ok": "1"}, nil, ""},

		{"inline result", "answerWebAppQuery", v{"web_app_query_id": "1", "result": `{"type":"video","id":"1","title":"t","video_file_id":"f"}`}, nil, ""},
		{"inline result content", "answerWebAppQuery", v{"web_app_query_id": "1",
			"result": `{"type":"article","id":"1","title":"t","input_message_content":{"latitude":1,"longitude":2,"title":"t","address":{}}}`}, nil,
			`Bad Request: can't parse inline query result: Field "address" must be of type String`},
		{"media", "editMessageMedia", v{"inline_message_id": "1", "media": `{"type":"photo"}`}, nil, "Bad Request: can't parse InputMedia: media not found"},
		{"media kind", "editMessageMedia", v{"inline_message_id": "1", "media": `{"type":"smell","media":"x"}`}, nil,
			`Bad Request: can't parse InputMedia: type "smell" is unsupported`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := schema.CheckParams(tt.method, schema.Params{Values: tt.params, Files: tt.files})
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			var refusal *schema.Refusal
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, tt.want, refusal.Text)
		})
	}
}

// v are the values of parameters.
type v = map[string]string

func TestUnknownMethodIsItsOwnError(t *testing.T) {
	require.ErrorIs(t, schema.CheckParams("sendSmoke", schema.Params{}), schema.ErrNoMethod)
	require.ErrorIs(t, schema.ValidateReturn("sendSmoke", []byte("true")), schema.ErrNoMethod)
	_, err := schema.Sample("sendSmoke", schema.Params{}, schema.Env{})
	require.ErrorIs(t, err, schema.ErrNoMethod)
}
