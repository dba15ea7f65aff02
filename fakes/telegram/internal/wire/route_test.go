package wire_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"hookproof/fakes/telegram/internal/wire"
)

func TestParseRoute(t *testing.T) {
	type route struct {
		token, method string
		test, ok      bool
	}
	for path, want := range map[string]route{
		"/bot1:a/getMe":           {"1:a", "getme", false, true},
		"/bot1:a/test/getMe":      {"1:a", "getme", true, true},
		"/bot1:a/TEST/getMe":      {"1:a", "test/getme", false, true},
		"/bot1:a/test/test/x":     {"1:a", "test/x", true, true},
		"/bot1:a/test/":           {"1:a", "", true, true},
		"/bot1:a/test//x":         {"1:a", "/x", true, true},
		"/bot1:a/tes":             {"1:a", "tes", false, true},
		"/bot1:a/Testing":         {"1:a", "testing", false, true},
		"/bot1:a/":                {"1:a", "", false, true},
		"/bot1:a/GETÉ\x80Z":       {"1:a", "getÉ\x80z", false, true},
		"/bottest/x":              {"test", "x", false, true},
		"/bot/test/x":             {"", "x", true, true},
		"/bot1:a/test":            {},
		"/bot1:a/testXyz":         {},
		"/bot1:a":                 {},
		"/bot":                    {},
		"/Bot1:a/x":               {},
		"/file/bot1:a/photo.jpg":  {},
		"":                        {},
		"http://localhost/bot1/x": {},
	} {
		var got route
		got.token, got.method, got.test, got.ok = wire.ParseRoute(path)
		assert.Equal(t, want, got, path)
	}
	assert.Equal(t, "Not Found", wire.NotFound("/x"))
	assert.Equal(t, "Not Found: absolute URI is specified in the Request-Line", wire.NotFound("x/"))
}

func TestNamedMethod(t *testing.T) {
	m := wire.Message{Args: args("a", "X", "method", "sendDice", "method", "GetMe")}
	assert.Equal(t, "senddice", m.NamedMethod())
	assert.Equal(t, args("a", "X", "method", "senddice", "method", "GetMe"), m.Args)
	assert.Equal(t, "X", m.Arg("a"))
	assert.True(t, m.HasArg("a"))
	assert.False(t, m.HasArg("A"))
	m = wire.Message{}
	assert.Empty(t, m.NamedMethod())
	assert.Empty(t, m.Arg("a"))
}
