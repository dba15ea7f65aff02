package engine

import (
	"encoding/json"
	"errors"

	"hookproof/fakes/telegram/schema"
)

// sample answers a typed method: its parameters are checked against the
// schema, its chat against the world, and the result is the least valid one.
func (c *call) sample(name string) ([]byte, error) {
	p := c.params()
	if err := schema.CheckParams(name, p); err != nil {
		if refusal, ok := errors.AsType[*schema.Refusal](err); ok {
			return nil, fail(400, refusal.Text)
		}
		return nil, err
	}
	if m, _ := schema.Method(name); m != nil {
		if f, has := m.Param("chat_id"); has && f.Required {
			if _, refused := c.chat(write); refused != nil {
				return nil, refused
			}
		}
	}
	return schema.Sample(name, p, c.sampleEnv())
}

func (c *call) params() schema.Params {
	p := schema.Params{Values: map[string]string{}, Files: map[string]bool{}}
	for _, a := range c.args {
		if _, earlier := p.Values[a.Name]; !earlier {
			p.Values[a.Name] = a.Value
		}
	}
	for _, f := range c.files {
		p.Files[f.Field] = true
	}
	return p
}

func (c *call) sampleEnv() schema.Env {
	return schema.Env{
		Bot: c.bot.User.json(),
		User: func(id int64) json.RawMessage {
			if u := c.w.users[id]; u != nil {
				return u.json()
			}
			return nil
		},
		Chat: func(id string) json.RawMessage {
			if chat := c.findChat(id); chat != nil {
				return chat.json()
			}
			return nil
		},
		Now: c.w.now(),
		NextID: func() int64 {
			c.bot.lastMsg++
			return int64(c.bot.lastMsg)
		},
	}
}
