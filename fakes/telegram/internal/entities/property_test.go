package entities_test

import (
	"html"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"hookproof/fakes/telegram/internal/entities"
)

var styleTypes = []string{
	entities.Bold, entities.Italic, entities.Underline, entities.Strikethrough, entities.Spoiler,
}

func isStyle(kind string) bool { return slices.Contains(styleTypes, kind) }

func isQuote(kind string) bool {
	return kind == entities.Blockquote || kind == entities.ExpandableBlockquote
}

func isBlock(kind string) bool {
	return kind == entities.Code || kind == entities.Pre || kind == entities.DateTime
}

// requireSound checks what must hold of every list that Fix returns.
func requireSound(t require.TestingT, text string, ents []entities.Entity) {
	units := utf16.Encode([]rune(text))
	half := func(i int) bool { return i < len(units) && units[i] >= 0xdc00 && units[i] < 0xe000 }
	for i, e := range ents {
		require.Positive(t, e.Length)
		require.GreaterOrEqual(t, e.Offset, 0)
		require.LessOrEqual(t, e.End(), len(units))
		require.False(t, half(e.Offset) || half(e.End()), "%+v cuts a surrogate pair of %q", e, text)
		for _, later := range ents[i+1:] {
			requireOrdered(t, e, later)
		}
	}
}

func requireOrdered(t require.TestingT, e, later entities.Entity) {
	require.True(t, later.Offset > e.Offset || later.Offset == e.Offset && later.Length <= e.Length,
		"%+v is before %+v", e, later)
	if later.Offset >= e.End() {
		return
	}
	require.LessOrEqual(t, later.End(), e.End(), "%+v crosses %+v", later, e)
	require.NotEqual(t, e.Type, later.Type, "nested in itself")
	require.False(t, isBlock(e.Type), "%+v holds %+v", e, later)
	require.True(t, isStyle(e.Type) || isQuote(e.Type) || isStyle(later.Type), "%+v holds %+v", e, later)
	require.False(t, isQuote(e.Type) && isQuote(later.Type), "%+v holds %+v", e, later)
}

var texts = rapid.StringOf(rapid.OneOf(
	rapid.SampledFrom([]rune("ab .,\n\r\t👍é\u200f\u202e\u0333@#/$+:-_*[]()~`>=|{}!<&;\"'\\")),
	rapid.Rune(),
)).Filter(utf8.ValidString)

var kinds = []string{
	entities.Bold, entities.Italic, entities.Underline, entities.Strikethrough, entities.Spoiler,
	entities.Blockquote, entities.ExpandableBlockquote, entities.Code, entities.Pre, entities.TextLink,
	entities.TextMention, entities.CustomEmoji, entities.DateTime, entities.URL,
}

// drawEntities draws entities whose borders are borders of characters.
func drawEntities(t *rapid.T, text string) []entities.Entity {
	borders := []int{0}
	for _, r := range text {
		borders = append(borders, borders[len(borders)-1]+utf16.RuneLen(r))
	}
	var ents []entities.Entity
	for range rapid.IntRange(0, 12).Draw(t, "n") {
		a := rapid.SampledFrom(borders).Draw(t, "a")
		b := rapid.SampledFrom(borders).Draw(t, "b")
		ents = append(ents, entities.Entity{
			Type: rapid.SampledFrom(kinds).Draw(t, "type"), Offset: min(a, b), Length: max(a, b) - min(a, b),
			URL: "a.b", UserID: 7, CustomEmojiID: "9", UnixTime: 11,
		})
	}
	return ents
}

func TestFixIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		given := drawEntities(t, text)
		fixed, ents, err := entities.Fix(text, given, entities.Options{AllowEmpty: true})
		require.NoError(t, err)
		require.True(t, utf8.ValidString(fixed))
		require.Equal(t, strings.TrimRight(fixed, " \n"), fixed)
		requireSound(t, fixed, ents)
	})
}

// A second Fix has nothing left to do.
func TestFixIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		once, ents, err := entities.Fix(text, drawEntities(t, text), entities.Options{AllowEmpty: true, NoDetection: true})
		require.NoError(t, err)
		twice, again, err := entities.Fix(once, ents, entities.Options{AllowEmpty: true, NoDetection: true})
		require.NoError(t, err)
		require.Equal(t, once, twice)
		require.Equal(t, show(ents), show(again))
	})
}

// Outside of code no character loses or gains a style.
func TestFixKeepsStyles(t *testing.T) {
	cover := func(ents []entities.Entity, kind string, pos int) bool {
		return slices.ContainsFunc(ents, func(e entities.Entity) bool {
			return e.Type == kind && e.Offset <= pos && pos < e.End()
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-c]{1,16}`).Draw(t, "text")
		given := drawEntities(t, text)
		_, ents, err := entities.Fix(text, given, entities.Options{})
		require.NoError(t, err)
		for pos := range len(text) {
			if slices.ContainsFunc(ents, func(e entities.Entity) bool { return isBlock(e.Type) && e.Offset <= pos && pos < e.End() }) {
				continue
			}
			for _, kind := range styleTypes {
				require.Equal(t, cover(given, kind, pos), cover(ents, kind, pos), "%s at %d", kind, pos)
			}
		}
	})
}

// Text that is escaped comes back as it was, without entities.
func TestParseEscaped(t *testing.T) {
	escape := func(chars string) func(string) string {
		return func(s string) string {
			var b strings.Builder
			for _, r := range s {
				if strings.ContainsRune(chars, r) {
					b.WriteByte('\\')
				}
				b.WriteRune(r)
			}
			return b.String()
		}
	}
	for mode, escaped := range map[string]func(string) string{
		"HTML":       html.EscapeString,
		"Markdown":   escape("_*`["),
		"MarkdownV2": escape("_*[]()~`>#+-=|{}.!\\"),
	} {
		t.Run(mode, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				text := texts.Filter(func(s string) bool {
					return !strings.ContainsRune(s, 0) && (mode != "Markdown" || !strings.ContainsRune(s, '\\'))
				}).Draw(t, "text")
				plain, ents, err := entities.Parse(escaped(text), mode)
				require.NoError(t, err)
				require.Equal(t, text, plain)
				require.Empty(t, ents)
			})
		})
	}
}

// Whatever the parsers make of a text, Fix can live with.
func TestParseThenFix(t *testing.T) {
	tokens := rapid.SampledFrom([]string{
		"*", "_", "__", "~", "||", "`", "```", "```go\n", "[", "](a.b)", "]", "![", "](tg://emoji?id=5)", ">", "\n>", "\n",
		"\\", "a", "👍", " ", "\r", "<b>", "</b>", "<i>", "</i>", "<pre>", "</pre>", "<code class=\"language-x\">", "</code>",
		"<blockquote expandable>", "</blockquote>", "<a href='a.b'>", "</a>", "</>", "&lt;", "&#x1f44d;", "&", "@alice", "a.com",
	})
	for _, mode := range []string{"HTML", "Markdown", "MarkdownV2"} {
		t.Run(mode, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				source := strings.Join(rapid.SliceOfN(tokens, 0, 20).Draw(t, "tokens"), "")
				text, ents, err := entities.Parse(source, mode)
				if err != nil {
					return
				}
				require.LessOrEqual(t, len(text), len(source))
				fixed, ents, err := entities.Fix(text, ents, entities.Options{AllowEmpty: true})
				require.NoError(t, err)
				requireSound(t, fixed, ents)
			})
		})
	}
}
