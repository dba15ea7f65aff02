package telegram

import (
	"strconv"
	"unicode/utf8"
)

// Reply returns the call that sends text to chat, as JSON. In the answer to a
// webhook request Telegram executes it; [Client.Send] makes it by hand.
func Reply(chat int64, text string) []byte {
	b := append(make([]byte, 0, 64+len(text)), `{"method":"sendMessage","chat_id":`...)
	b = strconv.AppendInt(b, chat, 10)
	b = append(b, `,"text":"`...)
	b = appendEscaped(b, text)
	return append(b, `"}`...)
}

// appendEscaped appends text as the inside of a JSON string: valid UTF-8, and
// nothing escaped that need not be.
func appendEscaped(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		i++
	}
	return b
}
