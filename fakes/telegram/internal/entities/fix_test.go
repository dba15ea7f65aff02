package entities_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/entities"
)

// fix runs Fix without detection.
func fix(text string, ents []entities.Entity) (string, []entities.Entity, error) {
	return entities.Fix(text, ents, entities.Options{NoDetection: true})
}

func TestFixText(t *testing.T) {
	for _, tt := range []struct{ name, in, want, err string }{
		{"as it is", "hello", "hello", ""},
		{"trimmed", "  \n a b\n ", "a b", ""},
		{"control characters", "a\x00\x01\tb\x1fc", "a   b c", ""},
		{"carriage returns", "a\r\nb\r", "a\nb", ""},
		{"line separators and overrides", "a\u2028b\u202ec\u2027", "abc\u2027", ""},
		{"covering lines", "a\u0333b\u033fc\u030ad\u0301", "abcd\u0301", ""},
		{"direction marks", "\u200f\u200f\u200e a\u200e", "\u200c\u200c\u200e a\u200e", ""},
		{"other dashes", "a\u2014b", "a\u2014b", ""},
		{"no-break space stays", "\u00a0a\u00a0", "\u00a0a\u00a0", ""},
		{"empty", "", "", "Text must be non-empty"},
		{"blank", " \n\t\r ", "", "Text must be non-empty"},
		{"invisible", "\u200b\u2003\u00a0\ufeff\u3000\u2800\U000e0000\U000e007f", "", "Text must be non-empty"},
		{"removed", "\u202e", "", "Text must be non-empty"},
		{"almost invisible", "\u200b.\u200b", "\u200b.\u200b", ""},
		{"not UTF-8", "a\xc3", "", "Strings must be encoded in UTF-8"},
		{"half a pair in UTF-8", "a\xed\xa0\xbd", "", "Strings must be encoded in UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, ents, err := fix(tt.in, nil)
			if tt.err != "" {
				require.EqualError(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, text)
			require.Empty(t, ents)
		})
	}
}

func TestFixAllowEmpty(t *testing.T) {
	for in, want := range map[string]string{"": "", " \n": "", "\u200b": "\u200b", " a ": "a"} {
		text, _, err := entities.Fix(in, nil, entities.Options{AllowEmpty: true})
		require.NoError(t, err)
		require.Equal(t, want, text)
	}
	_, ents, err := entities.Fix("  ", read(t, "bold 0 2"), entities.Options{AllowEmpty: true})
	require.NoError(t, err)
	require.Empty(t, ents)
}

// Ranges move with what is cleaned and trimmed away.
func TestFixRanges(t *testing.T) {
	for _, tt := range []struct{ name, in, ents, text, want string }{
		{"leading blanks", "  ab", "bold 3 1", "ab", "bold 1 1"},
		{"leading blanks of an entity", "  ab", "bold 1 2", " ab", "bold 0 2"},
		{"trailing blanks", "ab  ", "bold 1 3", "ab", "bold 1 1"},
		{"only trailing blanks", "ab  ", "bold 2 2", "ab", ""},
		{"surrogates", "👍 👍 ", "bold 0 2, bold 3 3", "👍 👍", "bold 0 2, bold 3 2"},
		{"carriage return inside", "a\rb", "bold 0 3", "ab", "bold 0 2"},
		{"carriage return before", "\rab", "bold 1 1", "ab", "bold 0 1"},
		{"only a carriage return", "a\rb", "bold 1 1", "ab", ""},
		{"joined by cleaning", "a\rb", "bold 0 1, bold 2 1", "ab", "bold 0 2"},
		{"empty", "ab", "bold 1 0", "ab", ""},
		{"shortened to the same range", "a ", "italic 0 2, bold 0 1", "a", "bold 0 1, italic 0 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, ents, err := fix(tt.in, read(t, tt.ents))
			require.NoError(t, err)
			require.Equal(t, tt.text, text)
			require.Equal(t, tt.want, show(ents))
		})
	}
}

func TestFixRefusesRanges(t *testing.T) {
	for _, tt := range []struct{ name, in, ents, err string }{
		{"negative offset", "abc", "bold -1 2", "Receive an entity with incorrect offset -1"},
		{"huge offset", "abc", "bold 1000001 2", "Receive an entity with incorrect offset 1000001"},
		{"largest offset", "abc", "bold 1000000 2", "Entity begins after the end of the text at UTF-16 offset 1000000"},
		{"negative length", "abc", "bold 1 -2", "Receive an entity with incorrect length -2"},
		{"huge length", "abc", "bold 1 1000001", "Receive an entity with incorrect length 1000001"},
		{"begins after the end", "abc", "bold 4 1", "Entity begins after the end of the text at UTF-16 offset 4"},
		{"begins at the end", "abc", "bold 3 1",
			"Entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 offset 4"},
		{"ends after the end", "abc", "bold 0 100",
			"Entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 100"},
		{"begins in a pair", "a👍b", "bold 2 1", "Entity begins in a middle of a UTF-16 symbol at byte offset 5"},
		{"ends in a pair", "a👍b", "bold 0 2",
			"Entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 5"},
		{"only the first half", "👍", "bold 0 1",
			"Entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := fix(tt.in, read(t, tt.ents))
			require.EqualError(t, err, tt.err)
		})
	}
}

func TestFixDetails(t *testing.T) {
	at := func(e entities.Entity) entities.Entity { e.Length = 1; return e }
	for _, tt := range []struct {
		name      string
		e         entities.Entity
		want, err string
	}{
		{"link", entities.Entity{Type: "text_link", URL: "HTTPS://A.b"}, "text_link 0 1 https://a.b/", ""},
		{"link to a user", entities.Entity{Type: "text_link", URL: "tg://user?id=7"}, "text_mention 0 1 #7", ""},
		{"bad link", entities.Entity{Type: "text_link", URL: "localhost"}, "",
			"Entity URL 'localhost' is invalid: Wrong HTTP URL"},
		{"empty link", entities.Entity{Type: "text_link"}, "", "Entity URL '' is invalid: URL host is empty"},
		{"link not UTF-8", entities.Entity{Type: "text_link", URL: "a.b/\xff"}, "",
			"MessageEntityTextUrl.url must be encoded in UTF-8"},
		{"language not UTF-8", entities.Entity{Type: "pre", Language: "\xff"}, "",
			"MessageEntityPreCode.language must be encoded in UTF-8"},
		{"user", entities.Entity{Type: "text_mention", UserID: 7}, "text_mention 0 1 #7", ""},
		{"no user", entities.Entity{Type: "text_mention", UserID: -7}, "", "User not found"},
		{"emoji", entities.Entity{Type: "custom_emoji", CustomEmojiID: "25"}, "custom_emoji 0 1 25", ""},
		{"no emoji", entities.Entity{Type: "custom_emoji", CustomEmojiID: "0"}, "", "Invalid custom emoji identifier specified"},
		{"time", entities.Entity{Type: "date_time", UnixTime: 5, DateTimeFormat: "tw"}, "date_time 0 1 wt #5", ""},
		{"no time", entities.Entity{Type: "date_time"}, "", "Invalid date specified"},
		{"time format", entities.Entity{Type: "date_time", UnixTime: 5, DateTimeFormat: "?"}, "", "Invalid date format used"},
		{"what does not belong", entities.Entity{Type: "bold", URL: "a.b", UserID: 5, Language: "go"}, "bold 0 1", ""},
		{"found types are ignored", entities.Entity{Type: "url"}, "", ""},
		{"unknown types are ignored", entities.Entity{Type: "shiny"}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, ents, err := fix("a", []entities.Entity{at(tt.e)})
			if tt.err != "" {
				require.EqualError(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, show(ents))
		})
	}
}

// How entities share a text (Bot API server source; the expected lists were
// worked out by hand from its rules).
func TestFixNesting(t *testing.T) {
	for _, tt := range []struct{ name, text, ents, want string }{
		{"sorted", "abcd", "bold 2 1, italic 0 1", "italic 0 1, bold 2 1"},
		{"longer first", "abcd", "text_link 0 2, blockquote 0 4", "blockquote 0 4, text_link 0 2 http://a.b/"},
		{"styles by kind", "a", "spoiler 0 1, italic 0 1, bold 0 1", "bold 0 1, italic 0 1, spoiler 0 1"},
		{"touching styles merge", "abc", "italic 1 1, italic 0 1", "italic 0 2"},
		{"overlapping styles merge", "abc", "italic 0 2, italic 1 2", "italic 0 3"},
		{"apart they do not", "abc", "italic 0 1, italic 2 1", "italic 0 1, italic 2 1"},
		{"a crossing style is cut", "abc", "italic 0 2, bold 1 2", "italic 0 1, bold 1 2, italic 1 1"},
		{"an inner style cuts the outer", "ab", "underline 0 2, strikethrough 1 1",
			"underline 0 1, underline 1 1, strikethrough 1 1"},
		{"an inner style at the beginning does not", "ab", "underline 0 2, spoiler 0 1", "underline 0 2, spoiler 0 1"},
		{"a link cuts a style", "abc", "bold 0 3, text_link 1 1",
			"bold 0 1, text_link 1 1 http://a.b/, bold 1 1, bold 2 1"},
		{"overlapping links", "abc", "text_link 0 2, text_link 1 2", "text_link 0 2 http://a.b/"},
		{"no styles in code", "abc", "code 1 1, bold 0 3", "bold 0 1, code 1 1, bold 2 1"},
		{"nothing but a pre", "a", "spoiler 0 1, pre 0 1", "pre 0 1"},
		{"no code in a link", "abc", "text_link 0 3, code 1 1", "text_link 0 3 http://a.b/"},
		{"code in a quote", "abc", "blockquote 0 3, pre 1 1", "blockquote 0 3, pre 1 1"},
		{"no quote in code", "abc", "pre 0 3, blockquote 1 1", "blockquote 1 1"},
		{"no quote in a quote", "abc", "blockquote 0 3, expandable_blockquote 1 1", "blockquote 0 3"},
		{"a link across the border of a quote", "abc", "blockquote 0 2, text_link 1 2", "blockquote 0 2"},
		{"a link into a quote", "abc", "blockquote 1 2, text_link 0 2", "blockquote 1 2"},
		{"a style across the border of a quote", "abc", "blockquote 0 2, bold 1 2", "blockquote 0 2, bold 1 1, bold 2 1"},
		{"a time is like code", "abc", "bold 0 3, date_time 1 1", "bold 0 1, date_time 1 1 #9, bold 2 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			given := read(t, tt.ents)
			for i := range given {
				switch given[i].Type {
				case entities.TextLink:
					given[i].URL = "a.b"
				case entities.DateTime:
					given[i].UnixTime = 9
				}
			}
			_, ents, err := fix(tt.text, given)
			require.NoError(t, err)
			require.Equal(t, tt.want, show(ents))
		})
	}
}

// What is found goes around and into what is given.
func TestFixDetects(t *testing.T) {
	for _, tt := range []struct{ name, text, ents, want string }{
		{"nothing given", "@alice and @bobby", "", "mention 0 6, mention 11 6"},
		{"a style around it is cut", "@tests @tests", "italic 0 13",
			"mention 0 6, italic 0 6, italic 6 1, mention 7 6, italic 7 6"},
		{"a style of the same range", "a.com", "bold 0 5", "url 0 5, bold 0 5"},
		{"a style in it", "a.com", "italic 0 1", "url 0 5, italic 0 1"},
		{"code over it", "a.com b.com", "code 0 2", "code 0 2, url 6 5"},
		{"a quote around it", "a.com", "blockquote 0 5", "blockquote 0 5, url 0 5"},
		{"a quote across it", "a.com", "blockquote 0 2", "blockquote 0 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, ents, err := entities.Fix(tt.text, read(t, tt.ents), entities.Options{})
			require.NoError(t, err)
			require.Equal(t, tt.want, show(ents))
		})
	}
}

func TestFixOptions(t *testing.T) {
	const text = "/a @alice"
	for _, tt := range []struct {
		o    entities.Options
		want string
	}{
		{entities.Options{}, "bot_command 0 2, mention 3 6"},
		{entities.Options{NoCommands: true}, "mention 3 6"},
		{entities.Options{NoDetection: true}, ""},
	} {
		_, ents, err := entities.Fix(text, nil, tt.o)
		require.NoError(t, err)
		require.Equal(t, tt.want, show(ents))
	}
}

func TestFixLimit(t *testing.T) {
	var links, bolds []entities.Entity
	for i := range 60 {
		links = append(links, entities.Entity{Type: entities.TextLink, Offset: 4 * i, Length: 1, URL: "a.b"})
		bolds = append(bolds, entities.Entity{Type: entities.Bold, Offset: 4*i + 2, Length: 1})
	}
	_, ents, err := fix(strings.Repeat("abcd", 60), append(bolds, links...))
	require.NoError(t, err)
	count := map[string]int{}
	for _, e := range ents {
		count[e.Type]++
	}
	require.Equal(t, map[string]int{entities.TextLink: 60, entities.Bold: 40}, count)
}

// The caller's list is left alone.
func TestFixKeepsItsArgument(t *testing.T) {
	given := read(t, "bold 3 2, italic 2 2, url 2 1")
	before := show(given)
	_, _, err := fix("  abc", given)
	require.NoError(t, err)
	require.Equal(t, before, show(given))
}

func TestClean(t *testing.T) {
	got, ok := entities.Clean(" a\tb\r\u202e ")
	require.True(t, ok)
	require.Equal(t, " a b ", got)
	_, ok = entities.Clean("a\xff")
	require.False(t, ok)
}
