package console

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"hookproof/fakes/telegram"
)

func (c *Console) peopleEndpoints() []endpoint {
	return []endpoint{
		{
			method: "GET", path: "/users", about: "the people",
			curl: "$C/users", run: c.listUsers,
		},
		{
			method: "POST", path: "/users", about: "make a person; optional: username",
			curl: `$C/users -d '{"first_name":"Ann"}'`, run: c.addUser,
		},
	}
}

// A User is a person as the console tells about them.
type User struct {
	ID   int64  `json:"id"`
	Name string `json:"first_name"`
}

func (c *Console) listUsers(*http.Request) (any, error) {
	out := []User{}
	for _, u := range c.tg.Users() {
		out = append(out, User{u.ID(), u.Name()})
	}
	return out, nil
}

func (c *Console) addUser(r *http.Request) (any, error) {
	var in struct {
		Name     string `json:"first_name"`
		Username string
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, errors.New("a person needs a first_name")
	}
	if _, err := c.user(in.Name); err == nil {
		return nil, fmt.Errorf("there is a person %q already", in.Name)
	}
	u := c.tg.NewUser(in.Name)
	if in.Username != "" {
		u.SetUsername(in.Username)
	}
	return User{u.ID(), u.Name()}, nil
}

// user finds a person by name or id.
func (c *Console) user(name string) (*telegram.User, error) {
	for _, u := range c.tg.Users() {
		if u.Name() == name || strconv.FormatInt(u.ID(), 10) == name {
			return u, nil
		}
	}
	return nil, fmt.Errorf("person %q: %w", name, errMissing)
}

// member finds a bot or a person.
func (c *Console) member(name string) (telegram.Member, error) {
	if b, err := c.bot(name); err == nil {
		return b, nil
	}
	u, err := c.user(name)
	if err != nil {
		return nil, fmt.Errorf("bot or %w", err)
	}
	return u, nil
}
