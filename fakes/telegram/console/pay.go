package console

import "net/http"

func (c *Console) pay(r *http.Request) (any, error) {
	var in struct {
		User, Chat, Timeout string
		Message             int64
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	u, m, err := c.act(in.User, in.Chat, in.Message)
	if err != nil {
		return nil, err
	}
	ctx, cancel, err := waiting(r, in.Timeout)
	if err != nil {
		return nil, err
	}
	defer cancel()
	p, err := u.Pay(m)
	if err != nil {
		return nil, err
	}
	return done, late(p.Wait(ctx))
}
