package console

import (
	"net/http"

	"hookproof/fakes/telegram"
)

func (c *Console) inline(r *http.Request) (any, error) {
	var in struct{ User, Bot, Query, Choose, To, Timeout string }
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
	var to telegram.Peer
	if in.Choose != "" {
		if to, err = c.peer(in.To); err != nil {
			return nil, err
		}
	}
	ctx, cancel, err := waiting(r, in.Timeout)
	if err != nil {
		return nil, err
	}
	defer cancel()
	q, err := u.Inline(b, in.Query)
	if err != nil {
		return nil, err
	}
	results, err := q.Wait(ctx)
	if err != nil {
		return nil, late(err)
	}
	if in.Choose != "" {
		return shown(q.Choose(in.Choose, to))
	}
	return showResults(results), nil
}

// A Result is a result of an inline query as the console tells about it.
type Result struct {
	ID    string `json:"id"`
	Type  string `json:"type"`
	Title string `json:"title"`
}

func showResults(results []telegram.InlineResult) []Result {
	out := []Result{}
	for _, one := range results {
		out = append(out, Result(one))
	}
	return out
}
