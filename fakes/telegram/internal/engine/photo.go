package engine

import (
	"errors"

	"hookproof/fakes/telegram/internal/files"
	"hookproof/fakes/telegram/internal/wire"
)

func photoMethods() map[string]handler {
	return map[string]handler{
		"getUserProfilePhotos": getUserProfilePhotos,
		"setChatPhoto":         setChatPhoto,
		"deleteChatPhoto":      deleteChatPhoto,
		"setMyProfilePhoto":    setMyProfilePhoto,
		"removeMyProfilePhoto": removeMyProfilePhoto,
	}
}

func getUserProfilePhotos(c *call) ([]byte, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	total := int64(len(u.photos))
	from := min(c.clamped("offset", 0, 0, 1<<31-1), total)
	page := u.photos[from:min(from+c.clamped("limit", 100, 1, 100), total)]
	o := newObject(512)
	o.int("total_count", total)
	o.raw("photos", list(page, func(m *files.Media) []byte { return c.w.fileJSON(c.bot, m) }))
	return o.end(), nil
}

// chatPhoto reads the photo of setChatPhoto, which must be uploaded.
func chatPhoto(c *call) ([]*attachment, error) {
	a := c.input("photo", c.arg("photo"), files.ProfilePhoto, true)
	switch {
	case a != nil:
		a.loadAvatar()
		return []*attachment{a}, nil
	case c.arg("photo") == "":
		return nil, badRequest("there is no photo in the request")
	}
	return nil, badRequest("photo must be uploaded as an InputFile")
}

// minAvatar is the least width and height of a photo of a chat or an account
// (seen in public reports of PHOTO_CROP_SIZE_SMALL).
const minAvatar = 160

func (a *attachment) loadAvatar() {
	a.load(files.Meta{})
	if a.err != nil {
		return
	}
	if f := a.found.File(); min(f.Width, f.Height) < minAvatar {
		a.err = &files.Error{Text: "PHOTO_CROP_SIZE_SMALL"}
	}
}

func setChatPhoto(c *call) ([]byte, error) {
	if c.attachErr != nil {
		return nil, c.attachErr
	}
	chat, err := c.photoChat()
	if err != nil {
		return nil, err
	}
	a := c.attached[0]
	if err := firstOf(a.resolve(c), a.keep(c)); err != nil {
		return nil, fileRefusal(err)
	}
	chat.photo = a.found
	chat.report(c.bot.User, c.bot, "new_chat_photo", func(b *Bot, o *object) {
		o.raw("new_chat_photo", c.w.fileJSON(b, a.found))
	})
	return jsonTrue, nil
}

// photoChat is a chat whose photo the bot may change.
func (c *call) photoChat() (*Chat, error) {
	chat, err := c.shared(write, "can't change private chat photo")
	if err != nil {
		return nil, err
	}
	return chat, c.may(chat, "can_change_info", "change chat photo")
}

func deleteChatPhoto(c *call) ([]byte, error) {
	chat, err := c.photoChat()
	if err != nil {
		return nil, err
	}
	if chat.photo == nil {
		return nil, fail(400, "CHAT_NOT_MODIFIED")
	}
	chat.photo = nil
	chat.report(c.bot.User, c.bot, "delete_chat_photo", func(_ *Bot, o *object) { o.bool("delete_chat_photo", true) })
	return jsonTrue, nil
}

// avatar is the photo of a chat or, in a private one, of the person.
func (c *Chat) avatar() *files.Media {
	if c.Type != Private {
		return c.photo
	}
	if len(c.User.photos) > 0 {
		return c.User.photos[0]
	}
	return nil
}

// photoJSON is the ChatPhoto that getChat tells; nil when there is none.
func (c *Chat) photoJSON(b *Bot) []byte {
	m := c.avatar()
	if m == nil {
		return nil
	}
	o := newObject(384)
	for _, size := range []struct {
		name string
		file *files.File
	}{{"small", m.Sizes[0]}, {"big", m.File()}} {
		o.str(size.name+"_file_id", c.w.store.FileID(b.id(), size.file))
		o.str(size.name+"_file_unique_id", c.w.store.UniqueID(size.file))
	}
	return o.end()
}

// profilePhoto reads the InputProfilePhoto of setMyProfilePhoto.
func profilePhoto(c *call) ([]*attachment, error) {
	s := c.arg("photo")
	if s == "" {
		return nil, badRequest(`parameter "photo" is required`)
	}
	v, err := wire.ParseJSON(s)
	if err != nil {
		return nil, badRequest("can't parse photo JSON object")
	}
	a, err := c.inputProfilePhoto(v)
	if err != nil {
		return nil, badRequest("can't parse InputProfilePhoto: %s", err)
	}
	a.loadAvatar()
	return []*attachment{a}, nil
}

// inputProfilePhoto reads a still photo, or an animation: of that the fake
// shows no frame, but a black picture.
func (c *call) inputProfilePhoto(v wire.Value) (*attachment, error) {
	if !v.IsObject() {
		return nil, errors.New("expected an Object")
	}
	kind, err := v.RequiredString("type")
	if err != nil {
		return nil, err
	}
	field := map[string]string{"static": "photo", "animated": "animation"}[kind]
	if field == "" {
		return nil, errors.New("invalid photo type specified")
	}
	value, err := v.RequiredString(field)
	if err != nil {
		return nil, err
	}
	a := c.input("", value, files.ProfilePhoto, true)
	if a == nil {
		return nil, errors.New(field + " must be uploaded as an InputFile")
	}
	if kind == "animated" {
		a = &attachment{as: files.ProfilePhoto, value: "http://frame.jpg"}
	}
	return a, nil
}

func setMyProfilePhoto(c *call) ([]byte, error) {
	if c.attachErr != nil {
		return nil, c.attachErr
	}
	a := c.attached[0]
	if err := firstOf(a.resolve(c), a.keep(c)); err != nil {
		return nil, fileRefusal(err)
	}
	me := c.bot.User
	me.photos = append([]*files.Media{a.found}, me.photos...)
	return jsonTrue, nil
}

func removeMyProfilePhoto(c *call) ([]byte, error) {
	if me := c.bot.User; len(me.photos) > 0 {
		me.photos = me.photos[1:]
	}
	return jsonTrue, nil
}
