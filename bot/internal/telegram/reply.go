package telegram

import (
	"encoding/json"
	"strconv"
)

// Reply returns the call that sends text to chat, as JSON. In the answer to a
// webhook request Telegram executes it; [Client.Send] makes it by hand.
func Reply(chat int64, text string) []byte {
	b := append(make([]byte, 0, 64+len(text)), `{"method":"sendMessage","chat_id":`...)
	b = strconv.AppendInt(b, chat, 10)
	b = append(b, `,"text":`...)
	if plain(text) {
		b = append(append(append(b, '"'), text...), '"')
	} else {
		quoted, _ := json.Marshal(text) // a string can't fail
		b = append(b, quoted...)
	}
	return append(b, '}')
}

// plain reports whether a JSON string may hold text as it is.
func plain[T ~string | ~[]byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
