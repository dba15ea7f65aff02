package entities_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/entities"
)

// show writes entities as "bold 0 4, text_link 5 2 http://a.b/".
func show(ents []entities.Entity) string {
	var all []string
	for _, e := range ents {
		s := fmt.Sprintf("%s %d %d", e.Type, e.Offset, e.Length)
		for _, detail := range []string{e.URL, e.Language, e.CustomEmojiID, e.DateTimeFormat} {
			if detail != "" {
				s += " " + detail
			}
		}
		if n := max(e.UserID, e.UnixTime); n != 0 {
			s += fmt.Sprintf(" #%d", n)
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

// read is the reverse of show for entities without details.
func read(t *testing.T, s string) []entities.Entity {
	t.Helper()
	var ents []entities.Entity
	for part := range strings.SplitSeq(s, ", ") {
		if part == "" {
			continue
		}
		var e entities.Entity
		_, err := fmt.Sscanf(part, "%s %d %d", &e.Type, &e.Offset, &e.Length)
		require.NoError(t, err, part)
		ents = append(ents, e)
	}
	return ents
}

// A parseCase is a text with markup, and what becomes of it.
type parseCase struct {
	name, in string
	text     string
	ents     string
	err      string
}

func runParse(t *testing.T, mode string, cases []parseCase) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			text, ents, err := entities.Parse(tt.in, mode)
			if tt.err != "" {
				require.EqualError(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.text, text)
			require.Equal(t, tt.ents, show(ents))
		})
	}
}

func TestParseModes(t *testing.T) {
	for _, tt := range []struct {
		mode string
		err  error
	}{
		{"", nil}, {"none", nil}, {"NONE", nil}, {"html", nil}, {"HTML", nil}, {"Markdown", nil}, {"MarkDownV2", nil},
		{"null", entities.ErrMode}, {"markdown2", entities.ErrMode}, {" html", entities.ErrMode},
	} {
		_, _, err := entities.Parse("text", tt.mode)
		require.Equal(t, tt.err, err, tt.mode)
	}
}

func TestParseNotUTF8(t *testing.T) {
	for _, mode := range []string{"html", "markdown", "markdownv2"} {
		_, _, err := entities.Parse("a\xff", mode)
		require.Equal(t, entities.ErrUTF8, err, mode)
	}
	text, _, err := entities.Parse("a\xff", "")
	require.NoError(t, err, "Fix says so")
	require.Equal(t, "a\xff", text)
}

func TestLengths(t *testing.T) {
	for _, tt := range []struct {
		text         string
		points, utf6 int
	}{
		{"", 0, 0}, {"abc", 3, 3}, {"é", 1, 1}, {"e\u0301", 2, 2}, {"€", 1, 1}, {"👍", 1, 2}, {"a👍b", 3, 4},
		{"👨‍👩‍👧", 5, 8},
	} {
		require.Equal(t, tt.points, entities.Len(tt.text), tt.text)
		require.Equal(t, tt.utf6, entities.UTF16Len(tt.text), tt.text)
	}
}

func TestAppendJSON(t *testing.T) {
	ents := []entities.Entity{
		{Type: entities.Bold, Offset: 0, Length: 4},
		{Type: entities.TextLink, Offset: 5, Length: 2, URL: "http://a.b/é\"/"},
		{Type: entities.Pre, Offset: 8, Length: 1, Language: "go"},
		{Type: entities.Pre, Offset: 9, Length: 1},
		{Type: entities.TextMention, Offset: 10, Length: 1, UserID: 7},
		{Type: entities.CustomEmoji, Offset: 11, Length: 2, CustomEmojiID: "5368324170671202286"},
		{Type: entities.DateTime, Offset: 13, Length: 1, UnixTime: 1700000000, DateTimeFormat: "wDT"},
		{Type: entities.DateTime, Offset: 14, Length: 1, UnixTime: 1},
	}
	user := func(id int64) []byte { return fmt.Appendf(nil, `{"id":%d}`, id) }
	want := `[{"offset":0,"length":4,"type":"bold"},` +
		`{"offset":5,"length":2,"type":"text_link","url":"http://a.b/\u00e9\"/"},` +
		`{"offset":8,"length":1,"type":"pre","language":"go"},` +
		`{"offset":9,"length":1,"type":"pre"},` +
		`{"offset":10,"length":1,"type":"text_mention","user":{"id":7}},` +
		`{"offset":11,"length":2,"type":"custom_emoji","custom_emoji_id":"5368324170671202286"},` +
		`{"offset":13,"length":1,"type":"date_time","unix_time":1700000000,"date_time_format":"wDT"},` +
		`{"offset":14,"length":1,"type":"date_time","unix_time":1}]`
	require.Equal(t, want, string(entities.AppendJSON(nil, ents, user)))
	require.Equal(t, "x[]", string(entities.AppendJSON([]byte("x"), nil, nil)))
}
