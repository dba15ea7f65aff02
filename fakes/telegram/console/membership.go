package console

import "net/http"

func (c *Console) block(r *http.Request) (any, error) {
	var in struct {
		User, Bot string
		Blocked   bool
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, err := c.user(in.User)
	if err != nil {
		return nil, err
	}
	b, err := c.bot(in.Bot)
	if err != nil {
		return nil, err
	}
	if in.Blocked {
		u.Block(b)
	} else {
		u.Unblock(b)
	}
	return done, nil
}

func (c *Console) join(r *http.Request) (any, error) {
	var in struct{ User, Chat, Link string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, err := c.user(in.User)
	if err != nil {
		return nil, err
	}
	if in.Link != "" {
		return done, u.Follow(in.Link)
	}
	chat, err := c.chat(in.Chat)
	if err != nil {
		return nil, err
	}
	return done, u.Join(chat)
}

func (c *Console) leave(r *http.Request) (any, error) {
	var in struct{ User, Chat string }
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, err := c.user(in.User)
	if err != nil {
		return nil, err
	}
	chat, err := c.chat(in.Chat)
	if err != nil {
		return nil, err
	}
	return done, u.Leave(chat)
}
