package markup

import (
	"errors"

	"hookproof/fakes/telegram/internal/wire"
)

// readKeyboardButton reads one KeyboardButton, which may be just its text. If
// it asks for several things, the first in the server's order counts.
func readKeyboardButton(v wire.Value) (Button, error) {
	if text, ok := v.String(); ok {
		return Button{Text: text}, nil
	}
	if !v.IsObject() {
		return Button{}, errors.New("KeyboardButton must be a String or an Object")
	}
	r := reader{v: v}
	b := Button{Text: r.mustStr("text")}
	r.look(&b)
	contact := r.either("request_phone_number", "request_contact")
	if contact {
		b.Action = RequestContact
		return b, r.err
	}
	if r.bool("request_location") {
		b.Action = RequestLocation
	}
	if r.err != nil || b.Action != SendText {
		return b, r.err
	}
	return b, r.request(&b)
}

// request reads what a button requests by an object of its own.
func (r *reader) request(b *Button) error {
	switch {
	case r.has("request_poll"):
		b.Action = RequestPoll
		o := r.object("request_poll")
		if kind := o.str("type"); kind == "quiz" || kind == "regular" {
			b.Poll = kind
		}
		return o.err
	case r.has("web_app"):
		b.Action = WebApp
		o := r.object("web_app")
		b.URL = o.mustStr("url")
		return o.err
	case r.has("request_users"):
		return r.object("request_users").users(b)
	case r.has("request_user"): // the field's old name
		return r.object("request_user").users(b)
	case r.has("request_chat"):
		return r.object("request_chat").chat(b)
	case r.has("request_managed_bot"):
		b.Action = RequestManagedBot
		o := r.object("request_managed_bot")
		b.Request = o.mustInt("request_id")
		o.str("suggested_name")
		o.str("suggested_username")
		return o.err
	}
	return nil
}

// users reads a KeyboardButtonRequestUsers.
func (r *reader) users(b *Button) error {
	b.Action = RequestUsers
	b.Request = r.mustInt("request_id")
	r.bools("user_is_bot", "user_is_premium")
	b.Quantity = read(r, "max_quantity", 1, r.v.OptionalInt)
	r.bools("request_name", "request_username", "request_photo")
	return r.err
}

// chat reads a KeyboardButtonRequestChat.
func (r *reader) chat(b *Button) error {
	b.Action = RequestChat
	b.Request = r.mustInt("request_id")
	r.bools("chat_is_channel", "chat_is_forum", "chat_has_username", "chat_is_created")
	r.rights("user_administrator_rights")
	r.rights("bot_administrator_rights")
	r.bools("bot_is_member", "request_title", "request_username", "request_photo")
	return r.err
}

// rights reads a ChatAdministratorRights.
func (r *reader) rights(name string) {
	if !r.has(name) {
		return
	}
	v, _ := r.v.Field(name)
	if !v.IsObject() {
		r.err = errors.New("ChatAdministratorRights must be an Object")
		return
	}
	o := reader{v: v}
	o.bools("is_anonymous", "can_manage_chat", "can_change_info", "can_post_messages", "can_edit_messages",
		"can_delete_messages", "can_invite_users", "can_restrict_members", "can_pin_messages", "can_manage_topics",
		"can_promote_members", "can_manage_video_chats", "can_post_stories", "can_edit_stories",
		"can_delete_stories", "can_manage_direct_messages", "can_manage_tags")
	r.err = o.err
}

// bools checks that the fields are booleans, if there. What they restrict
// makes no difference: people of the fake choose freely.
func (r *reader) bools(names ...string) {
	for _, name := range names {
		r.bool(name)
	}
}
