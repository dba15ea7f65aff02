package entities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/entities"
)

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "null": "", "{}": "", "5": "", "[": "", "[]": "", `"bold"`: "",
		`[{"type":"bold","offset":1,"length":"2"}]`:                                         "bold 1 2",
		`[{"type":"pre","offset":0,"length":1}]`:                                            "pre 0 1",
		`[{"type":"pre","offset":0,"length":1,"language":"go"}]`:                            "pre 0 1 go",
		`[{"type":"text_link","offset":0,"length":1,"url":"a"}]`:                            "text_link 0 1 a",
		`[{"type":"text_mention","offset":0,"length":1,"user":{"id":7}}]`:                   "text_mention 0 1 #7",
		`[{"type":"custom_emoji","offset":0,"length":1,"custom_emoji_id":"25"}]`:            "custom_emoji 0 1 25",
		`[{"type":"date_time","offset":0,"length":1,"unix_time":9}]`:                        "date_time 0 1 #9",
		`[{"type":"date_time","offset":0,"length":1,"unix_time":9,"date_time_format":"t"}]`: "date_time 0 1 t #9",
		`[{"type":"url","offset":0,"length":1},{"type":"bank_card_number","offset":0,"length":1},
			{"type":"code","offset":0,"length":-1}]`: "code 0 -1",
	} {
		ents, err := entities.Decode(in)
		require.NoError(t, err, in)
		require.Equal(t, want, show(ents), in)
	}
}

// Those marked "observed" are answers of the real server.
func TestDecodeRefuses(t *testing.T) {
	entity := func(fields string) string { return `[{"offset":0,"length":1,` + fields + `}]` }
	for _, tt := range []struct{ name, in, why string }{
		{"not an object", `["bold"]`, "expected an Object"},
		{"no offset", `[{"type":"shiny"}]`, `Can't find field "offset"`},
		{"no length", `[{"offset":0}]`, `Can't find field "length"`},
		{"offset", `[{"offset":"x"}]`, `Field "offset" must be a valid Number`},
		{"no type", `[{"offset":0,"length":1}]`, `Can't find field "type"`},
		{"empty type", entity(`"type":""`), "Type is not specified"},
		{"type, observed", entity(`"type":"invalid_type"`), "Unsupported type specified"},
		{"no url, observed", entity(`"type":"text_link"`), `Can't find field "url"`},
		{"no user, observed", entity(`"type":"text_mention"`), `Can't find field "user"`},
		{"user", entity(`"type":"text_mention","user":7`), `Field "user" must be of type Object`},
		{"no emoji, observed", entity(`"type":"custom_emoji"`), `Can't find field "custom_emoji_id"`},
		{"emoji, observed", entity(`"type":"custom_emoji","custom_emoji_id":"9999999999999999999"`),
			`Field "custom_emoji_id" must be a valid Number`},
		{"no time, observed", entity(`"type":"date_time"`), `Can't find field "unix_time"`},
	} {
		ents, err := entities.Decode(tt.in)
		require.EqualError(t, err, "Can't parse MessageEntity: "+tt.why, tt.name)
		require.Nil(t, ents)
	}
}
