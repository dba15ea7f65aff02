package engine

import (
	"fmt"
	"slices"
)

func inviteMethods() map[string]handler {
	return map[string]handler{
		"exportChatInviteLink":   exportChatInviteLink,
		"createChatInviteLink":   createChatInviteLink,
		"editChatInviteLink":     editChatInviteLink,
		"revokeChatInviteLink":   revokeChatInviteLink,
		"approveChatJoinRequest": approveChatJoinRequest,
		"declineChatJoinRequest": declineChatJoinRequest,
	}
}

// An Invite is an invite link.
type Invite struct {
	Link    string
	by      *User
	name    string
	request bool // who follows it asks to be let in
	primary bool
	revoked bool
	expires int64
	limit   int64
	used    int64
	pending int64
}

func (i *Invite) json() []byte {
	o := newObject(256)
	o.str("invite_link", i.Link)
	o.strIf("name", i.name)
	i.by.append(o, "creator")
	o.intIf("pending_join_request_count", i.pending)
	o.bool("creates_join_request", i.request)
	o.intIf("expire_date", i.expires)
	o.intIf("member_limit", i.limit)
	o.bool("is_primary", i.primary)
	o.bool("is_revoked", i.revoked)
	return o.end()
}

// primaryLink is the link a bot sees in getChat: its own.
func (c *Chat) primaryLink(b *Bot) string {
	for _, i := range c.invites {
		if i.primary && !i.revoked && i.by == b.User {
			return i.Link
		}
	}
	return ""
}

func (c *Chat) newInvite(by *User) *Invite {
	i := &Invite{Link: fmt.Sprintf("https://t.me/+%s", c.w.newSecret()[:16]), by: by}
	c.invites = append(c.invites, i)
	return i
}

// invited resolves the chat and checks the right to invite.
func (c *call) invited() (*Chat, error) {
	chat, err := c.shared(write, "can't get invite link for a private chat")
	if err != nil {
		return nil, err
	}
	if me := chat.Members[c.bot.User.ID]; !me.admin() || !me.can("can_invite_users", chat) {
		return nil, badRequest("not enough rights to manage chat invite link")
	}
	return chat, nil
}

func exportChatInviteLink(c *call) ([]byte, error) {
	chat, err := c.invited()
	if err != nil {
		return nil, err
	}
	for _, i := range chat.invites {
		if i.primary && i.by == c.bot.User {
			i.revoked = true
		}
	}
	i := chat.newInvite(c.bot.User)
	i.primary = true
	return stringJSON(i.Link), nil
}

func createChatInviteLink(c *call) ([]byte, error) {
	chat, err := c.invited()
	if err != nil {
		return nil, err
	}
	i := &Invite{}
	if err := c.inviteOptions(i); err != nil {
		return nil, err
	}
	made := chat.newInvite(c.bot.User)
	i.Link, i.by = made.Link, made.by
	*made = *i
	return made.json(), nil
}

func (c *call) inviteOptions(i *Invite) error {
	i.name, i.expires = c.arg("name"), c.int("expire_date")
	i.limit = c.clamped("member_limit", 0, 0, 100_000)
	i.request = c.bool("creates_join_request")
	if i.request && i.limit > 0 {
		return badRequest("member limit can't be specified for links requiring administrator approval")
	}
	return nil
}

// invite finds the link that a method is about.
func (c *call) invite(chat *Chat) (*Invite, error) {
	for _, i := range chat.invites {
		if i.Link == c.arg("invite_link") {
			return i, nil
		}
	}
	return nil, fail(400, "INVITE_HASH_EXPIRED")
}

func editChatInviteLink(c *call) ([]byte, error) {
	chat, err := c.invited()
	if err != nil {
		return nil, err
	}
	i, err := c.invite(chat)
	if err != nil {
		return nil, err
	}
	if err := c.inviteOptions(i); err != nil {
		return nil, err
	}
	return i.json(), nil
}

func revokeChatInviteLink(c *call) ([]byte, error) {
	chat, err := c.invited()
	if err != nil {
		return nil, err
	}
	i, err := c.invite(chat)
	if err != nil {
		return nil, err
	}
	i.revoked = true
	return i.json(), nil
}

// joinRequest is somebody who asks to be let in.
type joinRequest struct {
	user   *User
	invite *Invite
}

// Follow lets a person follow an invite link: they join, or ask to be let in.
func (w *World) Follow(u *User, link string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	chat, i := w.linked(link)
	switch {
	case i == nil || i.revoked || i.expires != 0 && w.now() > i.expires || i.limit != 0 && i.used >= i.limit:
		return fmt.Errorf("%s follows %s: the link is not valid any more", u.Name(), link)
	case chat.Members[u.ID].present():
		return fmt.Errorf("%s follows %s: already a member", u.Name(), link)
	case i.request:
		chat.ask(u, i)
		return nil
	}
	i.used++
	chat.join(u, u)
	return nil
}

func (w *World) linked(link string) (*Chat, *Invite) {
	for _, c := range w.chats {
		for _, i := range c.invites {
			if i.Link == link {
				return c, i
			}
		}
	}
	return nil, nil
}

// ask queues a chat_join_request for the administrators among the bots that
// may invite. The bot may write to the person meanwhile (Bot API docs).
func (c *Chat) ask(u *User, i *Invite) {
	i.pending++
	c.requests = append(c.requests, joinRequest{u, i})
	for _, b := range c.bots() {
		if !c.Members[b.User.ID].admin() || !c.Members[b.User.ID].can("can_invite_users", c) {
			continue
		}
		b.private(u).meet()
		o := newObject(512)
		o.raw("chat", c.json())
		u.append(o, "from")
		o.int("user_chat_id", u.ID)
		o.int("date", c.w.now())
		o.strIf("bio", u.bio)
		o.raw("invite_link", i.json())
		b.enqueue("chat_join_request", u.ID, o.end(), c.w.now()+day)
	}
}

// request takes the join request that a method decides on.
func (c *call) request() (*Chat, joinRequest, error) {
	chat, err := c.invited()
	if err != nil {
		return nil, joinRequest{}, err
	}
	u, err := c.user()
	if err != nil {
		return nil, joinRequest{}, err
	}
	n := slices.IndexFunc(chat.requests, func(r joinRequest) bool { return r.user == u })
	if n < 0 {
		return nil, joinRequest{}, fail(400, "HIDE_REQUESTER_MISSING")
	}
	r := chat.requests[n]
	chat.requests = slices.Delete(chat.requests, n, n+1)
	r.invite.pending--
	return chat, r, nil
}

func approveChatJoinRequest(c *call) ([]byte, error) {
	chat, r, err := c.request()
	if err != nil {
		return nil, err
	}
	r.invite.used++
	chat.join(r.user, r.user)
	return jsonTrue, nil
}

func declineChatJoinRequest(c *call) ([]byte, error) {
	_, _, err := c.request()
	if err != nil {
		return nil, err
	}
	return jsonTrue, nil
}
