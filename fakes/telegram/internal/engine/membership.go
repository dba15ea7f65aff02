package engine

import "fmt"

// leave takes somebody out of the chat, on their own or by somebody else.
func (c *Chat) leave(u, by *User, status string) {
	was := c.Members[u.ID]
	c.become(by, &Member{User: u, Status: status})
	if !was.present() || c.Type == Channel {
		return
	}
	c.report(by, nil, "left_chat_member", func(_ *Bot, o *object) {
		u.append(o, "left_chat_participant")
		u.append(o, "left_chat_member")
	})
}

// join brings somebody into the chat. Channels do not announce it.
func (c *Chat) join(u, by *User) {
	m := &Member{User: u, Status: Regular}
	if c.Type == Channel && u.IsBot {
		m.Status, m.Rights = Administrator, allRights()
	}
	c.become(by, m)
	if c.Type == Channel {
		return
	}
	c.report(by, nil, "new_chat_members", func(_ *Bot, o *object) {
		u.append(o, "new_chat_participant")
		u.append(o, "new_chat_member")
		o.raw("new_chat_members", array([][]byte{u.json()}))
	})
}

// Join lets somebody into a group or channel. by brings them in; the same
// person if they come by themselves.
func (w *World) Join(u, by *User, c *Chat) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch m := c.Members[u.ID]; {
	case c.Type == Private:
		return fmt.Errorf("%s can't join %s: it has two members for good", u.Name(), c)
	case m.present():
		return fmt.Errorf("%s can't join %s: already a member", u.Name(), c)
	case m != nil && m.Status == Kicked && u == by:
		return fmt.Errorf("%s can't join %s: banned", u.Name(), c)
	}
	w.record(Event{Kind: EventPost, ChatID: c.ID, Text: u.Name() + " joins " + c.Name()})
	c.join(u, by)
	return nil
}

// Leave lets somebody leave, or be removed by by.
func (w *World) Leave(u, by *User, c *Chat) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !c.Members[u.ID].present() {
		return fmt.Errorf("%s can't leave %s: not a member", u.Name(), c)
	}
	status := Left
	if u != by {
		status = Kicked
	}
	w.record(Event{Kind: EventPost, ChatID: c.ID, Text: u.Name() + " leaves " + c.Name()})
	c.leave(u, by, status)
	return nil
}

// Promote makes somebody an administrator with the given rights; without any,
// an ordinary member again.
func (w *World) Promote(u, by *User, c *Chat, rights ...string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !c.Members[u.ID].present() {
		return fmt.Errorf("%s can't be promoted in %s: not a member", u.Name(), c)
	}
	m := &Member{User: u, Status: Regular}
	if len(rights) > 0 {
		m.Status, m.Rights = Administrator, map[string]bool{"can_manage_chat": true}
		for _, r := range rights {
			m.Rights[r] = true
		}
	}
	c.become(by, m)
	return nil
}

// Upgrade makes a basic group a supergroup, which gets an id of its own.
func (w *World) Upgrade(c *Chat) (*Chat, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.Type != Group || c.MigratedTo != 0 {
		return nil, fmt.Errorf("upgrade %s: only a basic group can become a supergroup, and only once", c)
	}
	s := w.newChat(Supergroup, c.Title)
	owner := c.roster(func(m *Member) bool { return m.Status == Creator })[0].User
	for id, m := range c.Members {
		copied := *m
		s.Members[id] = &copied
	}
	c.MigratedTo = s.ID
	c.report(owner, nil, "migrate_to_chat_id", func(_ *Bot, o *object) { o.int("migrate_to_chat_id", s.ID) })
	s.report(owner, nil, "migrate_from_chat_id", func(_ *Bot, o *object) { o.int("migrate_from_chat_id", c.ID) })
	return s, nil
}
