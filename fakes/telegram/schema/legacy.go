package schema

import (
	"maps"
	"slices"
)

// legacyField returns the type of an undocumented field which the server still
// sends in objects of a type.
func legacyField(typeName, field string) (Expr, bool) {
	s, ok := legacy[typeName][field]
	if !ok {
		return Expr{}, false
	}
	return parseDocExpr(s), true
}

// LegacyFields returns the fields that the server still sends in objects of a
// type although the documentation no longer lists them, with their types.
func LegacyFields(typeName string) []Field {
	t, ok := Type(typeName)
	if !ok {
		return nil
	}
	var fields []Field
	for _, name := range slices.Sorted(maps.Keys(legacy[t.Name])) {
		fields = append(fields, Field{Name: name, Type: parseDocExpr(legacy[t.Name][name])})
	}
	return fields
}

// legacy maps types to old fields. Source: Bot API server source; each was
// documented once and was renamed or replaced by a field that stands beside it.
var legacy = map[string]map[string]string{
	"Animation":    {"thumb": "PhotoSize"},
	"Audio":        {"thumb": "PhotoSize"},
	"Document":     {"thumb": "PhotoSize"},
	"Sticker":      {"thumb": "PhotoSize"},
	"Video":        {"thumb": "PhotoSize"},
	"VideoNote":    {"thumb": "PhotoSize"},
	"StickerSet":   {"thumb": "PhotoSize", "is_animated": "Boolean", "is_video": "Boolean", "contains_masks": "Boolean"},
	"Chat":         {"all_members_are_administrators": "Boolean"},
	"ChatFullInfo": {"all_members_are_administrators": "Boolean"},

	"ChatMemberAdministrator": {"can_manage_voice_chats": "Boolean"},
	"ChatMemberRestricted":    {"can_send_media_messages": "Boolean"},
	"ChatPermissions":         {"can_send_media_messages": "Boolean"},

	"UsersShared": {"user_ids": "Array of Integer"},
	"Message": {
		"new_chat_participant":            "User",
		"new_chat_member":                 "User",
		"left_chat_participant":           "User",
		"forward_from":                    "User",
		"forward_from_chat":               "Chat",
		"forward_from_message_id":         "Integer",
		"forward_signature":               "String",
		"forward_sender_name":             "String",
		"forward_date":                    "Integer",
		"voice_chat_scheduled":            "VideoChatScheduled",
		"voice_chat_started":              "VideoChatStarted",
		"voice_chat_ended":                "VideoChatEnded",
		"voice_chat_participants_invited": "VideoChatParticipantsInvited",
	},
}
