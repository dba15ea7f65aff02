package engine

import (
	"slices"

	"hookproof/fakes/telegram/internal/wire"
)

func adminMethods() map[string]handler {
	return map[string]handler{
		"getChat":                         getChat,
		"getChatMember":                   getChatMember,
		"getChatMemberCount":              getChatMemberCount,
		"getChatAdministrators":           getChatAdministrators,
		"leaveChat":                       leaveChat,
		"banChatMember":                   banChatMember,
		"unbanChatMember":                 unbanChatMember,
		"restrictChatMember":              restrictChatMember,
		"promoteChatMember":               promoteChatMember,
		"setChatAdministratorCustomTitle": setChatAdministratorCustomTitle,
		"setChatPermissions":              setChatPermissions,
		"setChatTitle":                    setChatTitle,
		"setChatDescription":              setChatDescription,
	}
}

// userID reads the user_id parameter, which is checked before any chat is
// looked at.
func (c *call) userID() (int64, error) {
	id := c.int("user_id")
	if id <= 0 {
		return 0, badRequest("invalid user_id specified")
	}
	return id, nil
}

// user resolves the user_id parameter.
func (c *call) user() (*User, error) {
	id, err := c.userID()
	if err != nil {
		return nil, err
	}
	u := c.w.users[id]
	if u == nil {
		return nil, badRequest("user not found")
	}
	return u, nil
}

// shared resolves a chat that is not private.
func (c *call) shared(need access, private string) (*Chat, error) {
	chat, refused := c.chat(need)
	if refused != nil {
		return nil, refused
	}
	if chat.Type == Private {
		return nil, badRequest("%s", private)
	}
	c.chatID = chat.ID
	return chat, nil
}

const (
	groupsOnly      = "method is available only for groups and supergroups"
	supergroupsOnly = "method is available only for supergroups"
	superOrChannel  = "method is available for supergroup and channel chats only"
)

// may checks one of the bot's rights in a chat.
func (c *call) may(chat *Chat, right, what string) error {
	if chat.Members[c.bot.User.ID].can(right, chat) {
		return nil
	}
	return badRequest("not enough rights to %s", what)
}

func getChat(c *call) ([]byte, error) {
	chat, refused := c.chat(read)
	if refused != nil {
		return nil, refused
	}
	c.chatID = chat.ID
	o := newObject(512)
	chat.fields(o)
	chat.full(c.bot, o)
	return o.end(), nil
}

// full writes what only getChat tells (Bot API docs, ChatFullInfo).
func (c *Chat) full(b *Bot, o *object) {
	if c.Type == Private {
		o.strIf("bio", c.User.bio)
	}
	o.rawIf("photo", c.photoJSON(b))
	o.strIf("description", c.description)
	o.strIf("invite_link", c.primaryLink(b))
	if n := len(c.pins); n > 0 {
		o.raw("pinned_message", c.pins[n-1].render(b, false))
	}
	if c.Type == Group || c.Type == Supergroup {
		o.raw("permissions", permissionsJSON(c.permissions))
	}
	if c.Username != "" || c.Type == Private && c.User.Username != "" {
		name := c.Username
		if c.Type == Private {
			name = c.User.Username
		}
		o.raw("active_usernames", array([][]byte{wire.AppendString(nil, name)}))
	}
	o.raw("accepted_gift_types", []byte(`{"unlimited_gifts":false,"limited_gifts":false,"unique_gifts":false,"premium_subscription":false,"gifts_from_channels":false}`))
	o.strIf("sticker_set_name", c.stickerSet)
	o.int("accent_color_id", 0)
	o.int("max_reaction_count", 11)
}

func permissionsJSON(p map[string]bool) []byte {
	o := newObject(384)
	for _, name := range memberPermissions {
		o.bool(name, p[name])
	}
	return o.end()
}

func getChatMember(c *call) ([]byte, error) {
	id, err := c.userID()
	if err != nil {
		return nil, err
	}
	chat, refused := c.chat(read)
	if refused != nil {
		return nil, refused
	}
	m := chat.member(c.w.users[id])
	if m == nil {
		return nil, badRequest("member not found")
	}
	c.chatID = chat.ID
	return m.json(chat), nil
}

// member is somebody's standing; in a private chat both are members.
func (c *Chat) member(u *User) *Member {
	if u == nil {
		return nil
	}
	if c.Type != Private {
		return c.Members[u.ID]
	}
	if u == c.User || u == c.bot.User {
		return &Member{User: u, Status: Regular}
	}
	return nil
}

// roster lists the members by user id, so that answers do not depend on chance.
func (c *Chat) roster(want func(*Member) bool) []*Member {
	var out []*Member
	for _, m := range c.Members {
		if want(m) {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b *Member) int { return int(a.User.ID - b.User.ID) })
	return out
}

func getChatMemberCount(c *call) ([]byte, error) {
	chat, refused := c.chat(read)
	if refused != nil {
		return nil, refused
	}
	n := 2
	if chat.Type != Private {
		n = len(chat.roster((*Member).present))
	}
	return intJSON(int64(n)), nil
}

func getChatAdministrators(c *call) ([]byte, error) {
	chat, err := c.shared(read, "there are no administrators in the private chat")
	if err != nil {
		return nil, err
	}
	admins := chat.roster(func(m *Member) bool { return m.admin() && (!m.User.IsBot || m.User == c.bot.User) })
	slices.SortStableFunc(admins, func(a, b *Member) int { return rank(a) - rank(b) })
	return list(admins, func(m *Member) []byte { return m.json(chat) }), nil
}

func rank(m *Member) int {
	if m.Status == Creator {
		return 0
	}
	return 1
}

func leaveChat(c *call) ([]byte, error) {
	chat, err := c.shared(write, "chat member status can't be changed in private chats")
	if err != nil {
		return nil, err
	}
	chat.leave(c.bot.User, c.bot.User, Left)
	return jsonTrue, nil
}

// subject resolves chat, user and the right for methods that act on a member.
func (c *call) subject(private, right, what string) (*Chat, *User, error) {
	if _, err := c.userID(); err != nil {
		return nil, nil, err
	}
	chat, err := c.shared(write, private)
	if err != nil {
		return nil, nil, err
	}
	u, err := c.user()
	if err != nil {
		return nil, nil, err
	}
	return chat, u, c.may(chat, right, what)
}

func banChatMember(c *call) ([]byte, error) {
	chat, u, err := c.subject("chat member status can't be changed in private chats", "can_restrict_members", "restrict/unrestrict chat member")
	if err != nil {
		return nil, err
	}
	switch m := chat.Members[u.ID]; {
	case m != nil && m.Status == Creator:
		return nil, badRequest("can't remove chat owner")
	case m.admin():
		return nil, fail(400, "USER_ADMIN_INVALID")
	case chat.Type == Group && !m.present():
		return nil, fail(400, "USER_NOT_PARTICIPANT")
	}
	chat.leave(u, c.bot.User, Kicked)
	chat.Members[u.ID].Until = c.w.banEnd(c.int("until_date"))
	return jsonTrue, nil
}

// banEnd: a restriction shorter than 30 seconds or longer than 366 days is for
// ever (Bot API docs, banChatMember).
func (w *World) banEnd(until int64) int64 {
	if d := until - w.now(); d < 30 || d > 366*day {
		return 0
	}
	return until
}

func unbanChatMember(c *call) ([]byte, error) {
	chat, u, err := c.subject(superOrChannel, "can_restrict_members", "restrict/unrestrict chat member")
	if err != nil {
		return nil, err
	}
	if chat.Type == Group {
		return nil, badRequest(superOrChannel)
	}
	m := chat.Members[u.ID]
	if m == nil || m.Status != Kicked && c.bool("only_if_banned") {
		return jsonTrue, nil
	}
	if m.admin() {
		return nil, fail(400, "USER_ADMIN_INVALID")
	}
	chat.become(c.bot.User, &Member{User: u, Status: Left})
	return jsonTrue, nil
}

// become changes somebody's standing and tells those who may know.
func (c *Chat) become(by *User, after *Member) {
	before := c.Members[after.User.ID]
	if before == nil {
		before = &Member{User: after.User, Status: Left}
	}
	c.Members[after.User.ID] = after
	c.memberChanged(by, before, after)
}

func restrictChatMember(c *call) ([]byte, error) {
	chat, u, err := c.subject(supergroupsOnly, "can_restrict_members", "restrict/unrestrict chat member")
	if err != nil {
		return nil, err
	}
	if chat.Type != Supergroup {
		return nil, badRequest(supergroupsOnly)
	}
	rights, err := c.permissions()
	if err != nil {
		return nil, err
	}
	m := chat.Members[u.ID]
	if m.admin() {
		return nil, fail(400, "USER_ADMIN_INVALID")
	}
	after := &Member{User: u, Status: Restricted, Rights: rights, Until: c.w.banEnd(c.int("until_date"))}
	if all(rights) {
		after = &Member{User: u, Status: Regular}
	}
	chat.become(c.bot.User, after)
	return jsonTrue, nil
}

func all(rights map[string]bool) bool {
	for _, name := range memberPermissions {
		if !rights[name] {
			return false
		}
	}
	return true
}

// permissions reads a ChatPermissions: with use_independent_chat_permissions
// unset, being allowed the more implies the less (Bot API docs).
func (c *call) permissions() (map[string]bool, error) {
	v, err := wire.ParseJSON(c.arg("permissions"))
	if err != nil {
		return nil, badRequest("can't parse permissions JSON object")
	}
	if !v.IsObject() {
		return nil, badRequest("object expected as permissions")
	}
	rights := map[string]bool{}
	for _, name := range memberPermissions {
		if rights[name], err = v.OptionalBool(name, false); err != nil {
			return nil, badRequest("can't parse chat permissions: %s", err)
		}
	}
	media, err := v.OptionalBool("can_send_media_messages", false)
	if err != nil {
		return nil, badRequest("can't parse chat permissions: %s", err)
	}
	if !c.bool("use_independent_chat_permissions") {
		imply(rights, media)
	}
	return rights, nil
}

func imply(rights map[string]bool, media bool) {
	mediaRights := []string{"can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes", "can_send_voice_notes"}
	if rights["can_send_other_messages"] || rights["can_add_web_page_previews"] || media {
		for _, name := range mediaRights {
			rights[name] = true
		}
	}
	for _, name := range append(mediaRights, "can_send_polls") {
		if rights[name] {
			rights["can_send_messages"] = true
		}
	}
}

func promoteChatMember(c *call) ([]byte, error) {
	chat, u, err := c.subject("chat member status can't be changed in private chats", "can_promote_members", "promote/demote chat administrator")
	if err != nil {
		return nil, err
	}
	m := chat.Members[u.ID]
	if m != nil && m.Status == Creator {
		return nil, badRequest("can't remove chat owner")
	}
	if !m.present() {
		return nil, fail(400, "USER_NOT_PARTICIPANT")
	}
	rights, some := map[string]bool{}, false
	for _, name := range adminRights {
		rights[name] = c.bool(name)
		some = some || rights[name]
	}
	after := &Member{User: u, Status: Administrator, Rights: rights, Title: m.Title}
	if !some {
		after = &Member{User: u, Status: Regular}
	}
	rights["can_manage_chat"] = some
	chat.become(c.bot.User, after)
	return jsonTrue, nil
}

func setChatAdministratorCustomTitle(c *call) ([]byte, error) {
	chat, u, err := c.subject(supergroupsOnly, "can_promote_members", "change custom title of the user")
	if err != nil {
		return nil, err
	}
	if chat.Type != Supergroup {
		return nil, badRequest(supergroupsOnly)
	}
	m := chat.Members[u.ID]
	if !m.admin() {
		return nil, badRequest("user is not an administrator")
	}
	m.Title = c.arg("custom_title")
	return jsonTrue, nil
}

func setChatPermissions(c *call) ([]byte, error) {
	rights, err := c.permissions()
	if err != nil {
		return nil, err
	}
	chat, err := c.shared(write, "can't change private chat permissions")
	if err != nil {
		return nil, err
	}
	if chat.Type == Channel {
		return nil, badRequest("can't change channel chat permissions")
	}
	if err := c.may(chat, "can_restrict_members", "change chat permissions"); err != nil {
		return nil, err
	}
	chat.chatInfo.permissions = rights
	return jsonTrue, nil
}

func setChatTitle(c *call) ([]byte, error) {
	chat, err := c.shared(write, "can't change private chat title")
	if err != nil {
		return nil, err
	}
	title := c.arg("title")
	if title == "" {
		return nil, badRequest("title must be non-empty")
	}
	if err := c.may(chat, "can_change_info", "change chat title"); err != nil {
		return nil, err
	}
	if title == chat.Title {
		return nil, fail(400, "CHAT_NOT_MODIFIED")
	}
	chat.Title = title
	chat.report(c.bot.User, c.bot, "new_chat_title", func(_ *Bot, o *object) { o.str("new_chat_title", title) })
	return jsonTrue, nil
}

func setChatDescription(c *call) ([]byte, error) {
	chat, err := c.shared(write, "can't change private chat description")
	if err != nil {
		return nil, err
	}
	if err := c.may(chat, "can_change_info", "set chat description"); err != nil {
		return nil, err
	}
	if chat.description == c.arg("description") {
		return nil, fail(400, "CHAT_ABOUT_NOT_MODIFIED")
	}
	chat.description = c.arg("description")
	return jsonTrue, nil
}
