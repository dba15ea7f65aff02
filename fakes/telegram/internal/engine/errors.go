package engine

import (
	"errors"
	"fmt"
	"strings"
)

// An Error is a refusal as a bot sees it.
type Error struct {
	Code       int    // HTTP status and error_code
	Text       string // description, prefix included
	RetryAfter int    // seconds; 429 only
	MigrateTo  int64  // new chat id; an upgraded group only
}

func (e *Error) Error() string { return e.Text }

// prefixes of descriptions by code (Bot API server source, fail_query_with_error).
var prefixes = map[int]string{
	400: "Bad Request",
	401: "Unauthorized",
	403: "Forbidden",
	500: "Internal Server Error",
}

// fail forms a refusal from an internal error, as the server does: the prefix
// of the code, a colon, and the text with its first letter lower-cased unless
// the second is an underscore or a capital, which keeps MESSAGE_TOO_LONG whole.
func fail(code int, text string) *Error {
	if code < 400 || code == 404 || code == 403 && allCapitals(text) {
		code = 400
	}
	if code == 400 {
		code, text = translate(text)
	}
	prefix, known := prefixes[code]
	if !known {
		code, prefix = 400, prefixes[400]
	}
	if strings.HasPrefix(text, prefix) {
		return &Error{Code: code, Text: text}
	}
	return &Error{Code: code, Text: prefix + ": " + lowerFirst(text)}
}

// allCapitals tells a code such as USER_NOT_PARTICIPANT from a sentence.
func allCapitals(text string) bool {
	return text != "" && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

func lowerFirst(text string) string {
	if len(text) == 0 || text[0] < 'A' || text[0] > 'Z' {
		return text
	}
	if len(text) > 1 && (text[1] == '_' || text[1] >= 'A' && text[1] <= 'Z') {
		return text
	}
	return string(text[0]+'a'-'A') + text[1:]
}

// badRequest is fail(400, ...) with a format.
func badRequest(format string, args ...any) *Error {
	return fail(400, fmt.Sprintf(format, args...))
}

func forbidden(text string) *Error { return fail(403, text) }

// tooMany is the 429 of every flood limit.
func tooMany(seconds int) *Error {
	return &Error{
		Code:       429,
		Text:       fmt.Sprintf("Too Many Requests: retry after %d", seconds),
		RetryAfter: seconds,
	}
}

// errorCodes translates Telegram's internal codes to the texts bots see
// (Bot API server source, fail_query_with_error).
var errorCodes = map[string]string{
	"MESSAGE_NOT_MODIFIED":     "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
	"QUERY_ID_INVALID":         "query is too old and response timeout expired or query ID is invalid",
	"MESSAGE_DELETE_FORBIDDEN": "message can't be deleted",
	"WC_CONVERT_URL_INVALID":   "wrong HTTP URL specified",
	"EXTERNAL_URL_INVALID":     "wrong HTTP URL specified",
	"WEBPAGE_CURL_FAILED":      "failed to get HTTP URL content",
	"WEBPAGE_MEDIA_EMPTY":      "wrong type of the web page content",
	"MEDIA_GROUPED_INVALID":    "can't use the media of the specified type in the album",
	"REPLY_MARKUP_TOO_LONG":    "reply markup is too long",
	"USER_ADMIN_INVALID":       "user is an administrator of the chat",
	"CHAT_ABOUT_NOT_MODIFIED":  "chat description is not modified",
	"PACK_SHORT_NAME_INVALID":  "invalid sticker set name is specified",
	"PACK_SHORT_NAME_OCCUPIED": "sticker set name is already occupied",
	"STICKER_EMOJI_INVALID":    "invalid sticker emojis",
}

func translate(text string) (int, string) {
	switch text {
	case "USER_IS_BLOCKED":
		return 403, "bot was blocked by the user"
	case "INPUT_USER_DEACTIVATED":
		return 403, "user is deactivated"
	}
	if known, ok := errorCodes[text]; ok {
		return 400, known
	}
	return 400, text
}

// refusal turns any error into what the bot sees. An error that is not a
// refusal is a fault of the fake itself and says so.
func refusal(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: 500, Text: "Internal Server Error: fake: " + err.Error()}
}
