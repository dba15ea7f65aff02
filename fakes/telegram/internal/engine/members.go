package engine

import (
	"slices"

	"hookproof/fakes/telegram/internal/files"
)

// chatInfo is what a chat is besides its messages and members.
type chatInfo struct {
	permissions map[string]bool
	topics      map[int32]*topic
	pins        []*Message // oldest first
	description string
	photo       *files.Media // nil: none
	stickerSet  string
	invites     []*Invite
	requests    []joinRequest
}

func (i *chatInfo) init(c *Chat) {
	i.permissions = defaultPermissions()
	i.topics = map[int32]*topic{}
}

// adminRights are the rights of an administrator (Bot API docs, ChatAdministratorRights).
var adminRights = []string{
	"is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
	"can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
	"can_delete_stories", "can_post_messages", "can_edit_messages", "can_pin_messages", "can_manage_topics",
	"can_manage_direct_messages", "can_manage_tags",
}

// memberPermissions are what ordinary members may do (Bot API docs, ChatPermissions).
var memberPermissions = []string{
	"can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
	"can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
	"can_add_web_page_previews", "can_react_to_messages", "can_edit_tag", "can_change_info", "can_invite_users", "can_pin_messages",
	"can_manage_topics",
}

func allRights() map[string]bool {
	rights := map[string]bool{}
	for _, r := range adminRights {
		rights[r] = r != "is_anonymous"
	}
	return rights
}

// defaultPermissions are those of a new group: everything but changing it.
func defaultPermissions() map[string]bool {
	p := map[string]bool{}
	for _, name := range memberPermissions {
		p[name] = true
	}
	for _, name := range []string{"can_change_info", "can_pin_messages", "can_manage_topics"} {
		p[name] = false
	}
	return p
}

func (c *Chat) permission(right string) bool {
	return c.Type != Channel && c.permissions[right]
}

func (c *Chat) hasTopic(id int32) bool {
	return c.Type == Private || c.Forum && id != 1 && c.topics[id] != nil
}

// enter lets somebody in, brought by by, and tells the bots that may know.
func (c *Chat) enter(m *Member, by *User) {
	before := c.Members[m.User.ID]
	if before == nil {
		before = &Member{User: m.User, Status: Left}
	}
	c.Members[m.User.ID] = m
	c.memberChanged(by, before, m)
}

// memberChanged sends chat_member or my_chat_member updates: the latter to the
// bot it is about, the former to the chat's administrators among the bots.
func (c *Chat) memberChanged(by *User, before, after *Member) {
	now := c.w.now()
	body := c.memberUpdate(by, before, after, nil)
	for _, b := range c.bots() {
		switch {
		case b.User == after.User:
			b.enqueue("my_chat_member", c.ID, body, now+day)
		case c.Members[b.User.ID].admin():
			b.enqueue("chat_member", after.User.ID, body, now+day)
		}
	}
	if b := c.w.bots[botKey{id: after.User.ID}]; b != nil && !slices.Contains(c.bots(), b) {
		b.enqueue("my_chat_member", c.ID, body, now+day)
	}
}

// memberUpdate renders a ChatMemberUpdated.
func (c *Chat) memberUpdate(by *User, before, after *Member, extra func(*object)) []byte {
	o := newObject(512)
	o.raw("chat", c.json())
	by.append(o, "from")
	o.int("date", c.w.now())
	o.raw("old_chat_member", before.json(c))
	o.raw("new_chat_member", after.json(c))
	if extra != nil {
		extra(o)
	}
	return o.end()
}

// json renders the ChatMember of its status.
func (m *Member) json(c *Chat) []byte {
	o := newObject(512)
	m.User.append(o, "user")
	o.str("status", m.Status)
	switch m.Status {
	case Creator:
		o.strIf("custom_title", m.Title)
		o.bool("is_anonymous", m.Rights["is_anonymous"])
	case Administrator:
		o.bool("can_be_edited", false)
		m.rights(o, c)
		o.strIf("custom_title", m.Title)
	case Restricted:
		o.strIf("tag", m.Tag)
		o.int("until_date", m.Until)
		for _, name := range memberPermissions {
			o.bool(name, m.Rights[name])
		}
		o.bool("is_member", m.present())
	case Regular:
		o.strIf("tag", m.Tag)
		o.intIf("until_date", m.Until)
	case Kicked:
		o.int("until_date", m.Until)
	}
	return o.end()
}

// rights writes an administrator's; some exist in channels only, some in
// groups only.
func (m *Member) rights(o *object, c *Chat) {
	channelOnly := map[string]bool{"can_post_messages": true, "can_edit_messages": true, "can_manage_direct_messages": true}
	groupOnly := map[string]bool{"can_pin_messages": true, "can_manage_topics": true, "can_manage_tags": true}
	for _, r := range adminRights {
		if c.Type == Channel && groupOnly[r] || c.Type != Channel && channelOnly[r] {
			continue
		}
		o.bool(r, m.Rights[r])
	}
}

// keyboard remembers the reply keyboard shown in a chat.
func (c *Chat) keyboard(*Message) {}
