package markup

import (
	"errors"
	"strings"

	"hookproof/fakes/telegram/internal/wire"
)

// readInlineButton reads one InlineKeyboardButton. If it asks for several
// actions, the first in the server's order counts. An empty url or
// callback_data is as good as none.
func readInlineButton(v wire.Value) (Button, error) {
	if !v.IsObject() {
		return Button{}, errors.New("InlineKeyboardButton must be an Object")
	}
	r := reader{v: v}
	b := Button{Text: r.mustStr("text")}
	r.look(&b)
	if b.URL = r.str("url"); b.URL != "" {
		b.Action = URL
		return b, r.err
	}
	if b.Data = r.str("callback_data"); b.Data != "" {
		b.Action = Callback
		return b, r.err
	}
	if r.err != nil {
		return b, r.err
	}
	for _, action := range []Action{
		Game, Pay, SwitchInline, SwitchChosen, SwitchHere, LoginURL, WebApp, CopyText,
	} {
		if r.has(string(action)) {
			b.Action = action
			return b, r.inlineAction(&b)
		}
	}
	return b, errors.New("Text buttons are unallowed in the inline keyboard")
}

// look reads what a button looks like.
func (r *reader) look(b *Button) {
	b.Icon = read(r, "icon_custom_emoji_id", 0, r.v.OptionalLong)
	b.Style = r.str("style")
	switch b.Style {
	case "", "danger", "success", "primary":
	default:
		// The Bot API docs say that it must be one of these; the words are ours.
		r.err = errors.New("Invalid button style specified")
	}
}

// inlineAction reads what belongs to the button's action.
func (r *reader) inlineAction(b *Button) error {
	name := string(b.Action)
	switch b.Action {
	case SwitchInline, SwitchHere:
		b.Query = r.mustStr(name)
	case SwitchChosen:
		o := r.object(name)
		b.Query = o.str("query")
		b.Chats.Users, b.Chats.Bots = o.bool("allow_user_chats"), o.bool("allow_bot_chats")
		b.Chats.Groups, b.Chats.Channels = o.bool("allow_group_chats"), o.bool("allow_channel_chats")
		return o.err
	case LoginURL:
		return r.object(name).login(b)
	case WebApp:
		o := r.object(name)
		b.URL = o.mustStr("url")
		return o.err
	case CopyText:
		o := r.object(name)
		b.Copy = o.mustStr("text")
		return o.err
	}
	return r.err
}

// login reads a LoginUrl.
func (r *reader) login(b *Button) error {
	b.URL = r.mustStr("url")
	bot := r.str("bot_username")
	b.Login.WriteAccess = r.bool("request_write_access")
	b.Login.ForwardText = r.str("forward_text")
	if r.err != nil || bot == "" {
		return r.err
	}
	b.Login.Bot = strings.TrimPrefix(bot, "@")
	if !username(b.Login.Bot) {
		return errors.New("LoginUrl bot username is invalid")
	}
	return nil
}

func username(s string) bool {
	return s != "" && strings.Trim(s, "0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
