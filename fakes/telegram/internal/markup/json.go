package markup

import (
	"strconv"

	"hookproof/fakes/telegram/internal/wire"
)

// AppendJSON renders an inline keyboard, the only markup that messages carry
// when the Bot API returns them. Other markups render as null.
func (m *Markup) AppendJSON(dst []byte) []byte {
	if !m.Inline() {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"inline_keyboard":[`...)
	for i, row := range m.rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		for j, b := range row {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = b.append(dst)
		}
		dst = append(dst, ']')
	}
	return append(dst, "]}"...)
}

func (b Button) append(dst []byte) []byte {
	dst = appendField(append(dst, '{'), "text", b.Text)
	if b.Icon != 0 {
		dst = appendField(append(dst, ','), "icon_custom_emoji_id", strconv.FormatInt(b.Icon, 10))
	}
	if b.Style != "" {
		dst = appendField(append(dst, ','), "style", b.Style)
	}
	return append(b.appendAction(append(dst, ',')), '}')
}

// appendAction renders what the button does. A login button comes back as a
// URL button, and a link to a user as the link it was.
func (b Button) appendAction(dst []byte) []byte {
	switch b.Action {
	case Callback:
		return appendField(dst, "callback_data", b.Data)
	case Game:
		return append(dst, `"callback_game":{}`...)
	case Pay:
		return append(dst, `"pay":true`...)
	case SwitchInline, SwitchHere:
		return appendField(dst, string(b.Action), b.Query)
	case SwitchChosen:
		return b.appendChosen(dst)
	case WebApp:
		return append(appendField(append(dst, `"web_app":{`...), "url", b.URL), '}')
	case CopyText:
		return append(appendField(append(dst, `"copy_text":{`...), "text", b.Copy), '}')
	case URL:
		if b.User != 0 {
			return appendField(dst, "url", "tg://user?id="+strconv.FormatInt(b.User, 10))
		}
	}
	return appendField(dst, "url", b.URL)
}

// appendChosen renders all four kinds of chat, allowed or not, as the server
// does.
func (b Button) appendChosen(dst []byte) []byte {
	dst = appendField(append(dst, `"switch_inline_query_chosen_chat":{`...), "query", b.Query)
	for _, chat := range []struct {
		name    string
		allowed bool
	}{
		{"user", b.Chats.Users}, {"bot", b.Chats.Bots}, {"group", b.Chats.Groups}, {"channel", b.Chats.Channels},
	} {
		dst = append(append(append(dst, `,"allow_`...), chat.name...), `_chats":`...)
		dst = strconv.AppendBool(dst, chat.allowed)
	}
	return append(dst, '}')
}

func appendField(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, '"'), name...), `":`...)
	return wire.AppendString(dst, value)
}
