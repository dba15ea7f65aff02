package telegram_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// A refusal is a call and what is said to it. The method and its parameters are
// words; $x stands for a value of the test.
type refusal struct{ call, want string }

// refuse makes each call and compares the description. Code 0 is that of the
// description's prefix.
func (r *rig) refuse(values map[string]string, refusals []refusal) {
	r.t.Helper()
	codes := map[string]int{"Bad Request": 400, "Forbidden": 403, "Unauthorized": 401, "Conflict": 409}
	for _, c := range refusals {
		words := strings.Fields(c.call)
		var params []string
		for _, p := range words[1:] {
			name, value, _ := strings.Cut(p, "=")
			value = strings.NewReplacer("_", " ", "\\s", "_").Replace(value)
			if v, ok := values[strings.TrimPrefix(value, "$")]; ok && strings.HasPrefix(value, "$") {
				value = v
			}
			params = append(params, strings.ReplaceAll(name, "-", "_"), value)
		}
		a := r.call(words[0], params...)
		prefix, _, _ := strings.Cut(c.want, ":")
		assert.Equal(r.t, c.want, a.Description, "%s: %s", c.call, a.raw)
		assert.Equal(r.t, codes[prefix], a.Status, c.call)
		assert.Equal(r.t, a.Status, a.ErrorCode, c.call)
		assert.False(r.t, a.OK, c.call)
	}
}

// Every text that the server makes out of parameters (Bot API server source).
func TestTextsOfRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.b.SetPrivacy(false)
	mine := r.withButton()
	theirs := r.ann.Send(r.b, "theirs")
	r.ok("sendMessage", "chat_id", r.chatID(), "text", "with a keyboard", "reply_markup", `{"keyboard":[["a"]]}`)
	keyboard, err := r.ann.Chat(r.b).WaitText(soon(t), "with a keyboard")
	require.NoError(t, err)
	photo, err := r.ann.SendPhoto(r.b, telegram.Picture(8, 6), "caption")
	require.NoError(t, err)
	group := r.s.NewGroup("Team", r.ann, r.b)
	super := r.s.NewSupergroup("Super", r.ann, r.b)
	channel := r.s.NewChannel("News", r.ann, r.b)
	foreign := r.s.NewChannel("Others' news", r.ann, r.b)
	require.NoError(t, r.ann.Promote(r.b, foreign))
	bob := r.s.NewUser("Bob")
	id := func(n int64) string { return strconv.FormatInt(n, 10) }
	_, err = r.ann.Press(mine, "OK")
	require.NoError(t, err)
	var query struct {
		CallbackQuery struct{ ID string } `json:"callback_query"`
	}
	var all []json.RawMessage
	require.NoError(t, json.Unmarshal(r.ok("getUpdates").Result, &all))
	require.NoError(t, json.Unmarshal(all[len(all)-1], &query))
	values := map[string]string{
		"ann": r.chatID(), "bob": id(bob.ID()), "group": id(group.ID()), "super": id(super.ID()), "channel": id(channel.ID()), "foreign": id(foreign.ID()),
		"photo": fileID(t, photo), "query": query.CallbackQuery.ID,
		"mine": id(mine.ID), "theirs": id(theirs.ID), "keyboard": id(keyboard.ID),
		"long": strings.Repeat("x", 32769), "4097": strings.Repeat("я", 4097), "1025": strings.Repeat("я", 1025), "201": strings.Repeat("я", 201),
		"101": "[" + strings.Repeat("1,", 100) + "1]", "65": `{"inline_keyboard":[[{"text":"a","callback_data":"` + strings.Repeat("x", 65) + `"}]]}`,
		"latin1": "caf\xe9", "51": "[" + strings.TrimSuffix(strings.Repeat("{},", 51), ",") + "]", "url": r.hook.URL,
	}
	r.refuse(values, []refusal{
		// chat_id
		{`sendMessage text=x`, `Bad Request: chat_id is empty`},
		{`sendMessage chat-id= text=x`, `Bad Request: chat_id is empty`},
		{`sendMessage chat-id=abc text=x`, `Bad Request: chat not found`},
		{`sendMessage chat-id=$bob text=x`, `Bad Request: chat not found`},
		{`sendMessage chat-id=@nobody text=x`, `Bad Request: chat not found`},
		{`sendMessage chat-id=-100999 text=x`, `Bad Request: chat not found`},
		{`getChat`, `Bad Request: chat_id is empty`},
		{`sendMessage chat-id=$super text=x message-thread-id=77`, `Bad Request: message thread not found`},
		{`sendMessage chat-id=$foreign text=x`, `Bad Request: need administrator rights in the channel chat`},

		// texts
		{`sendMessage chat-id=$ann`, `Bad Request: message text is empty`},
		{`sendMessage chat-id=12345 text=$long`, `Bad Request: text is too long`},
		{`sendMessage chat-id=$ann text=$4097`, `Bad Request: message is too long`},
		{`editMessageText chat-id=$ann message-id=$mine text=$4097`, `Bad Request: MESSAGE_TOO_LONG`},
		{`sendMessage chat-id=$ann text=$latin1`, `Bad Request: strings must be encoded in UTF-8`},
		{`sendMessage chat-id=$ann text=$latin1 parse-mode=HTML`, `Bad Request: text must be encoded in UTF-8`},
		{`sendMessage chat-id=$ann text=x parse-mode=null`, `Bad Request: unsupported parse_mode`},
		{`sendMessage chat-id=$ann text=x entities=[1]`, `Bad Request: can't parse MessageEntity: expected an Object`},
		{`sendMessage chat-id=$ann text=x entities=[{"type":"bold"}]`, `Bad Request: can't parse MessageEntity: Can't find field "offset"`},

		{`sendPhoto chat-id=$ann photo=$photo caption=$1025`, `Bad Request: message caption is too long`},
		{`sendPhoto chat-id=12345 photo=$photo caption=$long`, `Bad Request: text is too long`},
		{`copyMessage chat-id=$ann from-chat-id=$ann message-id=777 caption=<b> parse-mode=HTML`, `Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`},

		// reply_markup
		{`sendMessage chat-id=$ann text=x reply-markup={`, `Bad Request: can't parse reply keyboard markup JSON object`},
		{`sendMessage chat-id=$ann text=x reply-markup=null`, `Bad Request: object expected as reply markup`},
		{`sendMessage chat-id=$ann text=x reply-markup=[]`, `Bad Request: object expected as reply markup`},
		{`sendMessage chat-id=$ann text=x reply-markup={"keyboard":["a"]}`, `Bad Request: field "keyboard" must be an Array of Arrays`},
		{`sendMessage chat-id=$ann text=x reply-markup={"inline\skeyboard":["a"]}`, `Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`},
		{`sendMessage chat-id=$ann text=x reply-markup={"inline\skeyboard":[[{"url":"https://t.me"}]]}`, `Bad Request: can't parse inline keyboard button: Can't find field "text"`},
		{`sendMessage chat-id=$ann text=x reply-markup={"inline\skeyboard":[[{"text":"a"}]]}`, `Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard`},
		{`sendMessage chat-id=$ann text=x reply-markup=$65`, `Bad Request: BUTTON_DATA_INVALID`},

		// reply_parameters
		{`sendMessage chat-id=$ann text=x reply-parameters={`, `Bad Request: can't parse reply parameters JSON object`},
		{`sendMessage chat-id=$ann text=x reply-parameters=1`, `Bad Request: object expected as reply parameters`},
		{`sendMessage chat-id=$ann text=x reply-parameters={"message\sid":777}`, `Bad Request: message to be replied not found`},
		{`sendMessage chat-id=$ann text=x reply-parameters={"quote":"x"}`, `Bad Request: can't find field "message_id"`},
		{`sendMessage chat-id=$ann text=x reply-parameters={"message\sid":"x"}`, `Bad Request: field "message_id" must be a valid Number`},
		{`sendMessage chat-id=$ann text=x reply-to-message-id=777`, `Bad Request: message to be replied not found`},

		// edits
		{`editMessageText text=x`, `Bad Request: message identifier is not specified`},
		{`editMessageText chat-id=$ann text=x`, `Bad Request: message to edit not found`},
		{`editMessageText chat-id=$ann message-id=777 text=x`, `Bad Request: message to edit not found`},
		{`editMessageText message-id=777 text=x`, `Bad Request: chat_id is empty`},
		{`editMessageText chat-id=$ann message-id=$theirs text=x`, `Bad Request: message can't be edited`},
		{`editMessageText chat-id=$ann message-id=$keyboard text=x`, `Bad Request: message can't be edited`},
		{`editMessageCaption chat-id=$ann message-id=$mine caption=x`, `Bad Request: there is no caption in the message to edit`},
		{`editMessageText chat-id=$ann message-id=$mine text=choose reply-markup={"inline\skeyboard":[[{"text":"OK","callback\sdata":"ok"}]]}`,
			`Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message`},

		// deletes
		{`deleteMessage`, `Bad Request: chat identifier is not specified`},
		{`deleteMessage chat-id=$ann`, `Bad Request: message identifier is not specified`},
		{`deleteMessage chat-id=$ann message-id=0`, `Bad Request: message identifier is not specified`},
		{`deleteMessage chat-id=$ann message-id=777`, `Bad Request: message to delete not found`},
		{`deleteMessages chat-id=$ann`, `Bad Request: message identifiers are not specified`},
		{`deleteMessages chat-id=$ann message-ids=[]`, `Bad Request: message identifiers are not specified`},
		{`deleteMessages chat-id=$ann message-ids=$101`, `Bad Request: too many message identifiers specified`},
		{`deleteMessages chat-id=$ann message-ids={`, `Bad Request: can't parse message_ids JSON object`},
		{`deleteMessages chat-id=$ann message-ids={}`, `Bad Request: expected an Array of message identifiers`},
		{`deleteMessages chat-id=$ann message-ids=[true]`, `Bad Request: message identifier must be a Number`},
		{`deleteMessages chat-id=$ann message-ids=["x"]`, `Bad Request: can't parse message identifier as a Number`},
		{`deleteMessages chat-id=$ann message-ids=[0]`, `Bad Request: invalid message identifier specified`},

		// forwards and copies
		{`forwardMessage chat-id=$ann message-id=1`, `Bad Request: parameter "from_chat_id" is required`},
		{`copyMessage chat-id=$ann message-id=1`, `Bad Request: parameter "from_chat_id" is required`},
		{`forwardMessage chat-id=$ann from-chat-id=$ann message-id=777`, `Bad Request: message to forward not found`},
		{`copyMessage chat-id=$ann from-chat-id=$ann message-id=777`, `Bad Request: message to copy not found`},

		// pins, reactions, polls
		{`pinChatMessage chat-id=$ann message-id=777`, `Bad Request: message to pin not found`},
		{`unpinChatMessage chat-id=$ann message-id=777`, `Bad Request: message to unpin not found`},
		{`setMessageReaction chat-id=$ann message-id=777`, `Bad Request: message to react not found`},
		{`stopPoll chat-id=$ann message-id=777`, `Bad Request: message with poll to stop not found`},
		{`sendPoll chat-id=$ann question=q options=["a","b"] type=x`, `Bad Request: unsupported poll type specified`},

		// queries
		{`answerCallbackQuery callback-query-id=1`, `Bad Request: query is too old and response timeout expired or query ID is invalid`},
		{`answerCallbackQuery callback-query-id=abc`, `Bad Request: query is too old and response timeout expired or query ID is invalid`},
		{`answerCallbackQuery callback-query-id=$query text=$201`, `Bad Request: MESSAGE_TOO_LONG`},
		{`answerInlineQuery inline-query-id=1 results={`, `Bad Request: can't parse JSON encoded inline query results: Unexpected string end`},
		{`answerInlineQuery inline-query-id=1 results={}`, `Bad Request: expected an Array of inline query results`},
		{`answerInlineQuery inline-query-id=1 results=$51`, `Bad Request: too many inline query results specified`},
		{`answerInlineQuery inline-query-id=1 results=[1]`, `Bad Request: can't parse inline query result: Inline query result must be an object`},
		{`answerInlineQuery inline-query-id=1 results=[{}]`, `Bad Request: can't parse inline query result: Can't find field "type"`},
		{`answerInlineQuery inline-query-id=1 results=[{"type":"x"}]`, `Bad Request: can't parse inline query result: Can't find field "id"`},
		{`answerInlineQuery inline-query-id=1 results=[{"type":"x","id":"1"}]`, `Bad Request: can't parse inline query result: type "x" is unsupported for the inline query result`},
		{`answerInlineQuery inline-query-id=1 results=[{"type":"Article","id":"1"}]`, `Bad Request: can't parse inline query result: Can't find field "message_text"`},
		{`answerInlineQuery inline-query-id=1 results=[{"type":"article","id":"1","input\smessage\scontent":{}}]`, `Bad Request: can't parse inline query result: Input message content is not specified`},
		{`answerInlineQuery inline-query-id=1 results=[{"type":"article","id":"1","input\smessage\scontent":"x"}]`, `Bad Request: can't parse inline query result: Field "input_message_content" must be of type Object`},
		{`answerInlineQuery inline-query-id=1 results=[{"type":"article","id":"1","message\stext":"x"}]`, `Bad Request: can't parse inline query result: Can't find field "title"`},
		{`answerInlineQuery inline-query-id=1 results=[{"type":"photo","id":"1"}]`, `Bad Request: can't parse inline query result: Can't find field "photo_file_id"`},
		{`answerInlineQuery inline-query-id=1`, `Bad Request: query is too old and response timeout expired or query ID is invalid`},
		{`answerInlineQuery inline-query-id=1 results=null`, `Bad Request: query is too old and response timeout expired or query ID is invalid`},

		// actions, media
		{`sendChatAction chat-id=12345`, `Bad Request: wrong parameter action in request`},
		{`sendPhoto chat-id=$ann`, `Bad Request: there is no photo in the request`},
		{`sendAnimation chat-id=$ann`, `Bad Request: there is no animation in the request`},
		{`sendAudio chat-id=$ann`, `Bad Request: there is no audio in the request`},
		{`sendDocument chat-id=$ann`, `Bad Request: there is no document in the request`},
		{`sendSticker chat-id=$ann`, `Bad Request: there is no sticker in the request`},
		{`sendVideo chat-id=$ann`, `Bad Request: there is no video in the request`},
		{`sendVideoNote chat-id=$ann`, `Bad Request: there is no video note in the request`},
		{`sendVoice chat-id=$ann`, `Bad Request: there is no voice in the request`},
		{`sendDocument chat-id=$ann document=attach://nothing`, `Bad Request: there is no document in the request`},
		{`sendDocument chat-id=$ann document=a!`, `Bad Request: wrong remote file identifier specified: Wrong character in the string`},
		{`sendDocument chat-id=$ann document=AAAAA`, `Bad Request: wrong remote file identifier specified: Wrong string length`},
		{`sendMediaGroup chat-id=$ann`, `Bad Request: parameter "media" is required`},
		{`sendMediaGroup chat-id=$ann media={`, `Bad Request: can't parse media JSON object`},
		{`sendMediaGroup chat-id=$ann media={}`, `Bad Request: expected an Array of InputMedia`},
		{`sendMediaGroup chat-id=$ann media=[{"type":"animation","media":"https://example.com/a.png"}]`, `Bad Request: can't parse InputMedia: type "animation" can't be used in sendMediaGroup`},
		{`sendMediaGroup chat-id=$ann media=[{"type":"x","media":"https://example.com/a.png"}]`, `Bad Request: can't parse InputMedia: type "x" is unsupported`},
		{`getFile`, `Bad Request: file_id not specified`},
		{`getFile file-id=x`, `Bad Request: invalid file_id`},

		// payments
		{`sendInvoice chat-id=$ann title=t description=d payload=p currency=XTR prices={`, `Bad Request: can't parse prices JSON object`},
		{`sendInvoice chat-id=$ann title=t description=d payload=p currency=XTR prices={}`, `Bad Request: expected an Array of labeled prices`},
		{`sendInvoice chat-id=$ann title=t description=d payload=p currency=XTR prices=[1]`, `Bad Request: can't parse labeled price: LabeledPrice must be an Object`},
		{`sendInvoice chat-id=$ann title=t description=d payload=p currency=XTR prices=[{"label":"","amount":1}]`, `Bad Request: can't parse labeled price: LabeledPrice label must be non-empty`},
		{`sendInvoice chat-id=$ann title=t description=d payload=p currency=XTR prices=[]`, `Bad Request: there must be at least one price`},
		{`answerShippingQuery ok=1`, `Bad Request: parameter "shipping_options" is required`},
		{`answerShippingQuery ok=1 shipping-options=[]`, `Bad Request: there must be at least one shipping option`},
		{`answerShippingQuery ok=1 shipping-options=[{"id":"1","title":"t","prices":[]}]`,
			`Bad Request: can't parse shipping option: Can't parse shipping option prices: There must be at least one price`},
		{`answerShippingQuery`, `Bad Request: parameter "error_message" is required`},

		// commands, buttons, rights
		{`setMyCommands commands={`, `Bad Request: can't parse commands JSON object`},
		{`setMyCommands commands={}`, `Bad Request: expected an Array of BotCommand`},
		{`setMyCommands commands=[1]`, `Bad Request: can't parse BotCommand: expected an Object`},
		{`setMyCommands scope=1`, `Bad Request: can't parse BotCommandScope: BotCommandScope must be an Object`},
		{`setMyCommands scope={"type":"x"}`, `Bad Request: can't parse BotCommandScope: Unsupported type specified`},
		{`setMyCommands scope={"type":"chat"}`, `Bad Request: can't parse BotCommandScope: Can't find field "chat_id"`},
		{`setMyCommands scope={"type":"chat","chat\sid":""}`, `Bad Request: can't parse BotCommandScope: Empty chat_id specified`},
		{`setMyCommands scope={"type":"chat\smember","chat\sid":1,"user\sid":0}`, `Bad Request: can't parse BotCommandScope: Invalid user_id specified`},
		{`setChatMenuButton menu-button={`, `Bad Request: can't parse menu button JSON object`},
		{`setChatMenuButton menu-button=1`, `Bad Request: can't parse menu button: MenuButton must be an Object`},
		{`setChatMenuButton menu-button={"type":"x"}`, `Bad Request: can't parse menu button: MenuButton has unsupported type`},
		{`setChatMenuButton menu-button={"type":"web\sapp","text":"t","web\sapp":1}`, `Bad Request: can't parse menu button: Field "web_app" must be of type Object`},
		{`setMyDefaultAdministratorRights rights={`, `Bad Request: can't parse ChatAdministratorRights JSON object`},
		{`setMyDefaultAdministratorRights rights=1`, `Bad Request: can't parse ChatAdministratorRights: ChatAdministratorRights must be an Object`},

		// people and chats
		{`getUserProfilePhotos`, `Bad Request: invalid user_id specified`},
		{`getUserProfilePhotos user-id=0`, `Bad Request: invalid user_id specified`},
		{`getUserProfilePhotos user-id=-1`, `Bad Request: invalid user_id specified`},
		{`getUserProfilePhotos user-id=abc`, `Bad Request: invalid user_id specified`},
		{`getUserProfilePhotos user-id=77`, `Bad Request: user not found`},
		{`getChatMember chat-id=$super user-id=77`, `Bad Request: member not found`},
		{`getChatAdministrators chat-id=$ann`, `Bad Request: there are no administrators in the private chat`},
		{`setChatStickerSet chat-id=$group sticker-set-name=x`, `Bad Request: method is available only for supergroups`},
		{`setChatPermissions chat-id=$channel permissions={}`, `Bad Request: can't change channel chat permissions`},
		{`setChatStickerSet chat-id=$super`, `Bad Request: sticker_set_name is empty`},
		{`setChatStickerSet chat-id=$super sticker-set-name=nothing`, `Bad Request: sticker set not found`},
		{`getStickerSet name=nothing`, `Bad Request: STICKERSET_INVALID`},
	})
	_ = fmt.Sprint
}

// Which chats a bot may use for what (Bot API server source, check_chat).
func TestAccessToChats(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := func(c *telegram.Chat) string { return strconv.FormatInt(c.ID(), 10) }
	values := map[string]string{"ann": r.chatID()}
	for _, c := range []*telegram.Chat{r.s.NewGroup("Team", r.ann, r.b), r.s.NewSupergroup("Super", r.ann, r.b), r.s.NewChannel("News", r.ann, r.b)} {
		values[c.Type()] = id(c)
		require.NoError(t, r.ann.Remove(r.b, c))
	}
	for _, c := range []*telegram.Chat{r.s.NewGroup("Team 2", r.ann, r.b), r.s.NewSupergroup("Super 2", r.ann, r.b), r.s.NewChannel("News 2", r.ann, r.b)} {
		values["left-"+c.Type()] = id(c)
		r.ok("leaveChat", "chat_id", id(c))
	}
	old := r.s.NewGroup("Old", r.ann, r.b)
	values["old"] = id(old)
	_, err := old.Upgrade()
	require.NoError(t, err)
	r.refuse(values, []refusal{
		{`sendMessage chat-id=77 text=x`, `Bad Request: chat not found`},
		{`sendMessage chat-id=$ann text=x`, `Forbidden: bot can't initiate conversation with a user`},
		{`sendMessage chat-id=$group text=x`, `Forbidden: bot was kicked from the group chat`},
		{`sendMessage chat-id=$supergroup text=x`, `Forbidden: bot was kicked from the supergroup chat`},
		{`sendMessage chat-id=$channel text=x`, `Forbidden: bot was kicked from the channel chat`},
		{`getChat chat-id=$group`, `Forbidden: bot was kicked from the group chat`},
		{`getChat chat-id=$channel`, `Forbidden: bot was kicked from the channel chat`},
		{`sendMessage chat-id=$left-group text=x`, `Forbidden: bot is not a member of the group chat`},
		{`sendMessage chat-id=$left-supergroup text=x`, `Forbidden: bot is not a member of the supergroup chat`},
		{`sendMessage chat-id=$left-channel text=x`, `Forbidden: bot is not a member of the channel chat`},
		{`getChat chat-id=$left-supergroup`, `Forbidden: bot is not a member of the supergroup chat`},
		{`sendMessage chat-id=$old text=x`, `Bad Request: group chat was upgraded to a supergroup chat`},
	})
	r.ok("getChat", "chat_id", values["left-group"]) // reading needs no membership
	r.ok("getChat", "chat_id", values["old"])
}

// fileID is what the bot knows a photo by.
func fileID(t *testing.T, m *telegram.Message) string {
	t.Helper()
	var sent struct {
		Photo []struct {
			FileID string `json:"file_id"`
		}
	}
	require.NoError(t, json.Unmarshal(m.JSON(), &sent))
	require.NotEmpty(t, sent.Photo)
	return sent.Photo[0].FileID
}
