package entities_test

import "testing"

func TestMarkdown(t *testing.T) {
	runParse(t, "Markdown", []parseCase{
		{name: "plain", in: "a.b!", text: "a.b!"},
		{name: "bold", in: "*a* b", text: "a b", ents: "bold 0 1"},
		{name: "italic", in: "x _ab_", text: "x ab", ents: "italic 2 2"},
		{name: "code", in: "`a*b`", text: "a*b", ents: "code 0 3"},
		{name: "no nesting", in: "*a_b_*", text: "a_b_", ents: "bold 0 4"},
		{name: "empty", in: "**a__", text: "a"},
		{name: "escapes outside", in: `\*a\_\[\` + "`", text: "*a_[`"},
		{name: "no escape inside", in: `*a\*b`, text: `a\b`, ents: "bold 0 2"},
		{name: "other backslashes", in: `\a\\`, text: `\a\\`},
		{name: "surrogates", in: "👍 *👍*", text: "👍 👍", ents: "bold 3 2"},
		{name: "pre", in: "```\na\n```", text: "a\n", ents: "pre 0 2"},
		{name: "pre with language", in: "```go\nf()```", text: "f()", ents: "pre 0 3 go"},
		{name: "pre on one line", in: "```go```", text: "go", ents: "pre 0 2"},
		{name: "pre with a backtick", in: "```\na`b```", text: "a`b", ents: "pre 0 3"},
		{name: "link", in: "[a](b.c)", text: "a", ents: "text_link 0 1 http://b.c/"},
		{name: "link unclosed", in: "[a](b.c", text: "a", ents: "text_link 0 1 http://b.c/"},
		{name: "link of itself", in: "x [b.cd] y", text: "x b.cd y", ents: "text_link 2 4 http://b.cd/"},
		{name: "no link", in: "[INFO] a", text: "INFO a"},
		{name: "bad address", in: "[a](b)", text: "a"},
		{name: "empty link", in: "[](b.c)", text: "(b.c)"},
		{name: "user", in: "[a](tg://user?id=12)", text: "a", ents: "text_mention 0 1 #12"},
		{name: "unclosed", in: "👍 *a", err: "Can't find end of the entity starting at byte offset 5"},
		{name: "unclosed pre", in: "```a``", err: "Can't find end of the entity starting at byte offset 0"},
		{name: "unclosed bracket", in: "a [b", err: "Can't find end of the entity starting at byte offset 2"},
		{name: "lone underscore", in: "snake_case", err: "Can't find end of the entity starting at byte offset 5"},
	})
}

const reserved = `' is reserved and must be escaped with the preceding '\'`

func TestMarkdownV2(t *testing.T) {
	runParse(t, "MarkdownV2", []parseCase{
		{name: "plain", in: "a, b: c/d", text: "a, b: c/d"},
		{name: "escapes", in: `\_\*\[\]\(\)\~\>\#\+\-\=\|\{\}\.\!\\` + "\\`", text: "_*[]()~>#+-=|{}.!\\`"},
		{name: "escape of a letter", in: `\a\1`, text: "a1"},
		{name: "no escape of more than ASCII", in: `\é\`, text: `\é\`},
		{name: "styles", in: "*b* _i_ __u__ ~s~ ||p||", text: "b i u s p",
			ents: "bold 0 1, italic 2 1, underline 4 1, strikethrough 6 1, spoiler 8 1"},
		{name: "nesting", in: "*b _i __u___*", text: "b i u", ents: "bold 0 5, italic 2 3, underline 4 1"},
		{name: "italic then underline", in: "_👍 __👍___", text: "👍 👍", ents: "italic 0 5, underline 3 2"},
		{name: "empty", in: "a**____~~||||``", text: "a"},
		{name: "code", in: "`a_*\\`\\\\`", text: "a_*`\\", ents: "code 0 5"},
		{name: "pre", in: "```\na\\`b```", text: "a`b", ents: "pre 0 3"},
		{name: "two backticks in a pre are an empty code", in: "```\na``b```", text: "ab", ents: "pre 0 2"},
		{name: "pre with language", in: "```go\r\nf```", text: "f", ents: "pre 0 1 go"},
		{name: "pre keeps the second break", in: "```go\n\nf```", text: "\nf", ents: "pre 0 2 go"},
		{name: "pre in a line", in: "```go f```", text: " f", ents: "pre 0 2 go"},
		{name: "link", in: `[a\.b](c.d)`, text: "a.b", ents: "text_link 0 3 http://c.d/"},
		{name: "link with escapes", in: `[a](http://b.c/\)\\)`, text: "a", ents: `text_link 0 1 http://b.c/)\`},
		{name: "link of itself", in: `[a\.bc]d`, text: "a.bcd", ents: "text_link 0 4 http://a.bc/"},
		{name: "style in link", in: "[a*b*](c.d)", text: "ab", ents: "text_link 0 2 http://c.d/, bold 1 1"},
		{name: "bad address", in: "[a](b)c", text: "ac"},
		{name: "user", in: "[a](tg:user?id=12)", text: "a", ents: "text_mention 0 1 #12"},
		{name: "custom emoji", in: "![👍](tg://emoji?id=25)", text: "👍", ents: "custom_emoji 0 2 25"},
		{name: "custom emoji in capitals", in: "a![👍](TG://Emoji/?x=1&id=25#id=3)", text: "a👍", ents: "custom_emoji 1 2 25"},
		{name: "time", in: "![now](tg://time?unix=1700000000&format=TDw)", text: "now",
			ents: "date_time 0 3 wDT #1700000000"},
		{name: "time without format", in: "![now](tg://time?unix=17)", text: "now", ents: "date_time 0 3 #17"},
		{name: "quote", in: "a\n>b\n>c\nd", text: "a\nb\nc\nd", ents: "blockquote 2 4"},
		{name: "quote at the end", in: ">a", text: "a", ents: "blockquote 0 1"},
		{name: "empty quote", in: ">", text: ""},
		{name: "escaped break in a quote", in: ">a\\\n>b", text: "a\nb", ents: "blockquote 0 3"},
		{name: "expandable", in: ">a\n>b||\nc", text: "a\nb\nc", ents: "expandable_blockquote 0 4"},
		{name: "expandable at the end", in: ">a||", text: "a", ents: "expandable_blockquote 0 1"},
		{name: "expandable, carriage return", in: ">a||\r\nc", text: "a\r\nc", ents: "expandable_blockquote 0 3"},
		{name: "spoiler ends the quote", in: ">||a||\nb", text: "a\nb", ents: "blockquote 0 2, spoiler 0 1"},
		{name: "bars alone", in: ">||", text: ""},
		{name: "two quotes", in: ">a\n**>b", text: "a\nb", ents: "blockquote 0 2, blockquote 2 1"},
		{name: "style over quoted lines", in: ">*a\n>b*\nc", text: "a\nb\nc", ents: "blockquote 0 4, bold 0 3"},
		{name: "code over quoted lines", in: ">`a\n>b`", text: "a\n>b", ents: "blockquote 0 4, code 0 4"},

		{name: "reserved", in: "a.", err: "Character '." + reserved},
		{name: "reserved bar", in: "a|b", err: "Character '|" + reserved},
		{name: "reserved bang", in: "a!", err: "Character '!" + reserved},
		{name: "reserved quote", in: "a>", err: "Character '>" + reserved},
		{name: "reserved bracket", in: "a]", err: "Character ']" + reserved},
		{name: "bold", in: "👍 *a", err: "Can't find end of Bold entity at byte offset 5"},
		{name: "italic", in: "__a _b___", err: "Can't find end of Italic entity at byte offset 8"},
		{name: "underline", in: "👍__", err: "Can't find end of Underline entity at byte offset 4"},
		{name: "strikethrough", in: "~", err: "Can't find end of Strikethrough entity at byte offset 0"},
		{name: "spoiler", in: `||a\|`, err: "Can't find end of Spoiler entity at byte offset 0"},
		{name: "code open", in: "a`", err: "Can't find end of Code entity at byte offset 1"},
		{name: "pre open", in: "```a", err: "Can't find end of Pre entity at byte offset 0"},
		{name: "pre with language open", in: "```a ", err: "Can't find end of PreCode entity at byte offset 0"},
		{name: "text open", in: "a[b", err: "Can't find end of TextUrl entity at byte offset 1"},
		{name: "emoji open", in: "![b", err: "Can't find end of CustomEmoji entity at byte offset 0"},
		{name: "address open", in: `[a\.b](c\)`, err: "Can't find end of a URL at byte offset 7"},
		{name: "emoji address open", in: "![👍](tg", err: "Can't find end of a URL at byte offset 8"},
		{name: "emoji without address", in: "![a]", err: "The entity must contain a tg://emoji or tg://time URL"},
		{name: "emoji with another", in: "![a](b.c)", err: "Invalid tg://emoji or tg://time URL specified"},
		{name: "emoji with zeros", in: "![a](tg://emoji?id=05)", err: "Invalid tg://emoji or tg://time URL specified"},
		{name: "time format", in: "![a](tg://time?unix=1&format=x)", err: "Invalid date format used"},
		{name: "bold over the end of a quote", in: ">*a\nb*", err: "Can't find end of Bold entity at byte offset 1"},
		{name: "spoiler over the end of a quote", in: ">||a\n||", err: "Can't find end of Spoiler entity at byte offset 1"},
		{name: "bold inside of bars", in: ">*a||\nb*", err: "Can't find end of Bold entity at byte offset 1"},
	})
}

// Every reserved character is refused alone and accepted with a backslash.
func TestMarkdownV2Reserved(t *testing.T) {
	var cases []parseCase
	for _, c := range "]()#+-=|{}.!" {
		s := string(c)
		cases = append(cases,
			parseCase{name: s, in: "a" + s, err: "Character '" + s + reserved},
			parseCase{name: `\` + s, in: `a\` + s, text: "a" + s})
	}
	runParse(t, "markdownv2", cases)
}
