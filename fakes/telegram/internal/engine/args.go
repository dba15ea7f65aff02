package engine

import (
	"strings"

	"hookproof/fakes/telegram/internal/wire"
)

// arg is the first parameter of that name, or "": the query string comes
// before the body, and an earlier duplicate before a later one.
func (c *call) arg(name string) string {
	v, _ := c.lookup(name)
	return v
}

func (c *call) lookup(name string) (string, bool) {
	for i := range c.args {
		if c.args[i].Name == name {
			return c.args[i].Value, true
		}
	}
	return "", false
}

// int reads an integer the way the server does: a leading minus, then digits
// up to the first other character; never an error.
func (c *call) int(name string) int64 { return lenientInt(c.arg(name)) }

// int32 reads an integer that is 32 bits wide on the server, where larger ones
// wrap around: everything but the ids of chats and users.
func (c *call) int32(name string) int64 { return int64(int32(c.int(name))) }

// messageID reads the number of a message or topic.
func (c *call) messageID(name string) int64 { return c.int32(name) }

func lenientInt(s string) int64 {
	negative := strings.HasPrefix(s, "-")
	if negative {
		s = s[1:]
	}
	var n int64
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		n = n*10 + int64(s[i]-'0')
	}
	if negative {
		return -n
	}
	return n
}

// clamped reads an integer with a default for an absent or empty one, and
// clamps it into [low, high].
func (c *call) clamped(name string, def, low, high int64) int64 {
	n := def
	if s := c.arg(name); s != "" {
		n = int64(int32(lenientInt(s)))
	}
	return min(max(n, low), high)
}

// bool is true for true, yes and 1 in any case; everything else is false.
func (c *call) bool(name string) bool { return lenientBool(c.arg(name)) }

func lenientBool(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "1":
		return true
	}
	return false
}

// file is the uploaded file of a field, or of the attach://name the parameter
// of that name points to; nil when there is none.
func (c *call) file(name string) *wire.File {
	if f := c.upload(name); f != nil {
		return f
	}
	if ref, ok := strings.CutPrefix(c.arg(name), "attach://"); ok {
		return c.upload(ref)
	}
	return nil
}

func (c *call) upload(field string) *wire.File {
	for i := range c.files {
		if c.files[i].Field == field {
			return &c.files[i]
		}
	}
	return nil
}
