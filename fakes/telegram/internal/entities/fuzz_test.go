package entities_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/entities"
)

func fuzzParse(f *testing.F, mode string, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, ents, err := entities.Parse(s, mode)
		if err != nil {
			require.Empty(t, text)
			require.Empty(t, ents)
			require.True(t, utf8.ValidString(err.Error()) || !utf8.ValidString(s))
			return
		}
		require.True(t, utf8.ValidString(text))
		require.LessOrEqual(t, len(text), len(s))
		fixed, ents, err := entities.Fix(text, ents, entities.Options{AllowEmpty: true})
		require.NoError(t, err)
		requireSound(t, fixed, ents)
	})
}

func FuzzHTML(f *testing.F) {
	fuzzParse(f, "HTML", "<b>a</b>", "<a href='b.c'>👍</a>", "a &lt; &#x1f44d; &#xd83d;", "<pre><code class=language-go>x</code></pre>",
		"<span class=\"tg-spoiler\">a</span>", "<tg-emoji emoji-id=\"5\">👍</tg-emoji>", "<blockquote expandable>a</>", "<", "</", "<b x=")
}

func FuzzMarkdown(f *testing.F) {
	fuzzParse(f, "Markdown", "*a* _b_ `c`", "```go\nx```", "[a](b.c)", "[a.bc]", "[a](tg://user?id=5)", `\*a\_`, "*👍", "```")
}

func FuzzMarkdownV2(f *testing.F) {
	fuzzParse(f, "MarkdownV2", "*a _b __c___*", "||a|| ~b~ `c`", "```go\nx```", `[a\.b](c.d/\))`, "![👍](tg://emoji?id=5)",
		"![a](tg://time?unix=5&format=wd)", ">a\n>b||\nc", ">||", "**>a", `\`, "[", "a.")
}

func FuzzFix(f *testing.F) {
	f.Add("hello", 0, 0, 5, 1, 1, 3)
	f.Add(" 👍\r\n@alice a.com ", 5, 1, 4, 9, 0, 12)
	f.Add("a\u202eb\u200f\u200f", 7, 0, 2, 3, 1, 3)
	f.Fuzz(func(t *testing.T, text string, kind1, offset1, length1, kind2, offset2, length2 int) {
		kind := func(i int) string { return kinds[uint(i)%uint(len(kinds))] }
		given := []entities.Entity{
			{Type: kind(kind1), Offset: offset1, Length: length1, URL: "a.b", UserID: 7, CustomEmojiID: "9", UnixTime: 11},
			{Type: kind(kind2), Offset: offset2, Length: length2, URL: text, UserID: 7, CustomEmojiID: "9", UnixTime: 11},
		}
		fixed, ents, err := entities.Fix(text, given, entities.Options{})
		if err != nil {
			return
		}
		require.NotEmpty(t, fixed)
		require.True(t, utf8.ValidString(fixed))
		requireSound(t, fixed, ents)
	})
}
