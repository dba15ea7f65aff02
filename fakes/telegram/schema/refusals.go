package schema

import "strings"

// lookup finds a row for a parameter of a method: the method's own, else the
// parameter's.
func lookup[V any](table map[string]V, method, param string) (V, bool) {
	if v, ok := table[method+"."+param]; ok {
		return v, true
	}
	v, ok := table[param]
	return v, ok
}

// absences holds the refusals of absent required parameters, by parameter or by
// method and parameter; "" is none. Source: Bot API server source.
var absences = map[string]string{
	"chat_id":                       "chat_id is empty",
	"message_id":                    "Message identifier is not specified",
	"message_ids":                   "Message identifiers are not specified",
	"text":                          "Message text is empty",
	"latitude":                      "latitude is empty",
	"longitude":                     "longitude is empty",
	"file_id":                       "file_id not specified",
	"sticker_set_name":              "sticker_set_name is empty",
	"action":                        "Wrong parameter action in request",
	"sticker":                       "Sticker is not specified",
	"old_sticker":                   "Sticker is not specified",
	"permissions":                   "",
	"commands":                      "", // as an empty list
	"results":                       "", // as an empty list
	"addStickerToSet.sticker":       "there is no sticker file in the request",
	"replaceStickerInSet.sticker":   "there is no sticker file in the request",
	"createNewStickerSet.stickers":  "there is no sticker file in the request",
	"setStickerSetThumbnail.format": "", // as "auto"
	"setWebhook.url":                "", // deletes the webhook
	"errors":                        "Can't parse errors JSON object",
	"options":                       "Can't parse options JSON object",
	"emoji_list":                    "Can't parse emoji list JSON array",
	"callback_query_id":             "query is too old and response timeout expired or query ID is invalid",
}

// A wordList is the closed set of values of a String parameter.
type wordList struct {
	values  []string
	refusal string
}

// words holds the String parameters with a closed set of values. Source: Bot
// API server source.
var words = map[string]wordList{
	"sticker_format": {[]string{"static", "animated", "video", "auto"}, "Invalid sticker format specified"},
	"format":         {[]string{"static", "animated", "video", "auto"}, "Invalid sticker format specified"},
}

// A jsonText holds the texts with which the server refuses a JSON parameter.
type jsonText struct {
	json   string // what can't be parsed: "commands JSON object"
	want   string // whole text for JSON of another kind
	item   string // what can't be parsed if the fault lies deeper; "" is no prefix
	words  string // whole text for an item of the wrong kind
	ignore bool   // what can't be parsed is taken as absent
}

// jsonTexts returns the texts for a parameter. Without a row they follow the
// pattern that most rows have.
func jsonTexts(method string, p Field) jsonText {
	if row, ok := lookup(jsonRows, method, p.Name); ok {
		return row
	}
	elem := elemName(p.Type)
	if elem == "MessageEntity" {
		return jsonText{item: "MessageEntity", ignore: true}
	}
	name := strings.ReplaceAll(p.Name, "_", " ")
	row := jsonText{json: name + " JSON object", want: "Object expected as " + name, item: elem}
	if p.Type.Elem != nil {
		row.want = "Expected an Array of " + elem
	}
	return row
}

func elemName(e Expr) string {
	for e.Elem != nil {
		e = *e.Elem
	}
	if e.Any != nil {
		return elemName(e.Any[0])
	}
	return e.Name
}

// jsonRows holds the texts, by parameter or by method and parameter. Source:
// Bot API server source.
var jsonRows = map[string]jsonText{
	"allowed_updates": {ignore: true},
	"reply_markup":    {json: "reply keyboard markup JSON object", want: "Object expected as reply markup"},
	"reply_parameters": {
		json: "reply parameters JSON object", want: "Object expected as reply parameters",
	},
	"link_preview_options": {
		json: "link preview options JSON object", want: "Object expected as link preview options",
	},
	"permissions": {
		json: "permissions JSON object", want: "Object expected as permissions", item: "chat permissions",
	},
	"commands": {json: "commands JSON object", want: "Expected an Array of BotCommand", item: "BotCommand"},
	"scope": {
		json: "BotCommandScope JSON object", want: "Can't parse BotCommandScope: BotCommandScope must be an Object",
		item: "BotCommandScope",
	},
	"menu_button": {
		json: "menu button JSON object", want: "Can't parse menu button: MenuButton must be an Object",
		item: "menu button",
	},
	"rights": {
		json: "ChatAdministratorRights JSON object",
		want: "Can't parse ChatAdministratorRights: ChatAdministratorRights must be an Object",
		item: "ChatAdministratorRights",
	},
	"mask_position": {
		json: "mask position JSON object", want: "Can't parse mask position: MaskPosition must be an Object",
		item: "mask position",
	},
	"reaction": {
		json: "reaction types JSON object", want: "Expected an Array of ReactionType", item: "ReactionType",
	},
	"stickers": {json: "stickers JSON object", want: "Expected an Array of InputSticker", item: "InputSticker"},
	"sticker": {
		json: "sticker JSON object", want: "Can't parse sticker: InputSticker must be an Object", item: "sticker",
	},
	"errors": {
		json: "errors JSON object", want: "Expected an Array of PassportElementError", item: "PassportElementError",
	},
	"media": {
		json: "input media JSON object", want: "Can't parse InputMedia: expected an Object", item: "InputMedia",
	},
	"sendMediaGroup.media": {json: "media JSON object", want: "Expected an Array of InputMedia", item: "InputMedia"},
	"sendPaidMedia.media": {
		json: "media JSON object", want: "Expected an Array of InputPaidMedia", item: "InputPaidMedia",
	},
	"prices": {json: "prices JSON object", want: "Expected an Array of labeled prices", item: "labeled price"},
	"suggested_tip_amounts": {
		json: "suggested_tip_amounts JSON object", want: "Expected an Array of suggested tip amounts",
		item: "suggested tip amount",
	},
	"shipping_options": {
		json: "shipping options JSON object", want: "Expected an Array of shipping options", item: "shipping option",
	},
	"results": {
		json: "JSON encoded inline query results", want: "Expected an Array of inline query results",
		item: "inline query result",
	},
	"result":  {json: "inline query result JSON object", want: "Object expected as inline query result", item: "inline query result"},
	"options": {json: "options JSON object", want: "Expected an Array of String as options", item: "options"},
	"message_ids": {json: "message_ids JSON object", want: "Expected an Array of message identifiers",
		words: "Message identifier must be a Number"},
	"custom_emoji_ids": {
		json: "custom emoji identifiers JSON object", want: "Expected an Array of custom emoji identifiers",
		words: "Custom emoji identifier must be of type String",
	},
	"keywords": {
		json: "keywords JSON object", want: `Field "keywords" must be an Array`, words: "keyword must be a string",
	},
	"emoji_list": {
		json: "emoji list JSON array", want: "Can't parse emoji list: expected an Array of string",
		words: "Can't parse emoji list: emoji must be a string",
	},
}
