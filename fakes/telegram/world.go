package telegram

import "hookproof/fakes/telegram/schema"

// Bots lists the registered bots.
func (s *Server) Bots() []*Bot {
	var out []*Bot
	for _, b := range s.world.Bots() {
		out = append(out, s.bot(b))
	}
	return out
}

// Users lists the people.
func (s *Server) Users() []*User {
	var out []*User
	for _, u := range s.world.Users() {
		out = append(out, s.user(u))
	}
	return out
}

// Chats lists the chats, private ones first.
func (s *Server) Chats() []*Chat {
	var out []*Chat
	for _, c := range s.world.Chats() {
		out = append(out, s.chat(c))
	}
	return out
}

// Bot is the bot of a private chat; nil of any other.
func (c *Chat) Bot() *Bot {
	if c.c.Bot() == nil {
		return nil
	}
	return c.s.bot(c.c.Bot())
}

// User is the person of a private chat; nil of any other.
func (c *Chat) User() *User {
	if c.c.User == nil {
		return nil
	}
	return c.s.user(c.c.User)
}

// Name is what the chat is called.
func (c *Chat) Name() string { return c.c.Name() }

// Type is private, group, supergroup or channel.
func (c *Chat) Type() string { return c.c.Type }

// Reset empties the server: people, chats, queues, webhooks, faults and the
// journal go; bots keep their tokens. Handles of people and chats made before
// are of no use afterwards.
func (s *Server) Reset() {
	s.world.Reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.users)
	clear(s.chats)
}

// UpdateKinds lists the kinds of update there are.
func UpdateKinds() []string { return schema.UpdateKinds() }

// Trigger queues an example of any of the 25 kinds of update, such as
// "chat_boost", about the person, and returns its id; 0 when the bot does not
// allow its kind.
func (u *User) Trigger(b *Bot, kind string) (int64, error) {
	private := u.Chat(b)
	b.s.world.Meet(u.u, b.b) // so that it may answer
	cast := schema.Cast{Now: b.s.clock.Now().Unix()}
	b.s.world.Do(func() {
		cast.User, cast.Bot, cast.Private = u.u.JSON(), b.b.User.JSON(), private.c.JSON()
	})
	payload, err := cast.Update(kind, uint64(cast.Now))
	if err != nil {
		return 0, err
	}
	return b.Push(kind, string(payload)), nil
}
