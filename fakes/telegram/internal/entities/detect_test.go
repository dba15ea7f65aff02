package entities_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/entities"
)

// found lists what is found in a text, as "kind:text".
func found(t *testing.T, text string) []string {
	t.Helper()
	fixed, ents, err := entities.Fix(text, nil, entities.Options{AllowEmpty: true})
	require.NoError(t, err)
	units := utf16.Encode([]rune(fixed))
	var all []string
	for _, e := range ents {
		all = append(all, e.Type+":"+string(utf16.Decode(units[e.Offset:e.End()])))
	}
	return all
}

func TestDetectTags(t *testing.T) {
	for text, want := range map[string]string{
		"@alice, (@bob_1)":                "mention:@alice mention:@bob_1",
		"@bob @gif @GIF @abc":             "mention:@gif mention:@GIF",
		"a@alice é@alice _@alice":         "",
		"@aliceé":                         "",
		"👍@alice👍":                        "mention:@alice",
		"@" + strings.Repeat("a", 32):     "mention:@" + strings.Repeat("a", 32),
		"@" + strings.Repeat("a", 33):     "",
		"/start /a_b9 /start@thebot":      "bot_command:/start bot_command:/a_b9 bot_command:/start@thebot",
		"/start@ab a/b //a /a/ </a>":      "",
		"/" + strings.Repeat("a", 65):     "",
		"/start@abc":                      "bot_command:/start@abc",
		"$Z $AZ":                          "cashtag:$Z cashtag:$AZ",
		"$USD@" + strings.Repeat("a", 33): "cashtag:$USD",
		"+-12025550123":                   "",
		"/start?x":                        "bot_command:/start",
		"/start now":                      "bot_command:/start",
		"#tag #тег #123 #1a #a_b":         "hashtag:#tag hashtag:#тег hashtag:#1a hashtag:#a_b",
		"a#tag #tag# ##tag #":             "hashtag:#tag",
		"#tag@chan #tag@ab":               "hashtag:#tag@chan hashtag:#tag",
		"#" + strings.Repeat("a", 300):    "hashtag:#" + strings.Repeat("a", 256),
		"$USD $usd $ABCDEFGH $1INCH":      "cashtag:$USD cashtag:$ABCDEFGH cashtag:$1INCH",
		"$ABCDEFGHI $$USD a$USD $USDa":    "",
		"$USD@chan":                       "cashtag:$USD@chan",
		"+12025550123":                    "phone_number:+12025550123",
		"call +1 (202) 555-0123, now":     "phone_number:+1 (202) 555-0123",
		"+123456, 1+12025550123, ++12025550123, +12025550123x": "",
		"1+1=2": "",
	} {
		require.Equal(t, want, strings.Join(found(t, text), " "), text)
	}
}

func TestDetectLinks(t *testing.T) {
	for text, want := range map[string]string{
		"example.com":                           "url:example.com",
		"(example.com) \"a.org\"":               "url:example.com url:a.org",
		"см. пример.рф.":                        "url:пример.рф",
		"end.Of sentence.The":                   "",
		"example.COM":                           "url:example.COM",
		"http://a.b":                            "",
		"http://a.bcde https://x.yz?q#f":        "url:http://a.bcde url:https://x.yz?q#f",
		"HTTP://a.com":                          "url:HTTP://a.com",
		"ftp://a.com tonsite://a.ton":           "url:ftp://a.com url:tonsite://a.ton",
		"sftp://a.com shttp://a.com ab://c.com": "",
		"xhttp://a.com":                         "url:http://a.com",
		"a.com:80/x a.com:0/x a.com:70000":      "url:a.com:80/x url:a.com url:a.com",
		"a.com/b(c)). a.com/b, a.com/?":         "url:a.com/b(c) url:a.com/b url:a.com/",
		"http://localhost/a":                    "",
		"127.0.0.1 127.0.0.256 1.2 1.2.3.4/x":   "url:127.0.0.1 url:1.2.3.4/x",
		"http://user:pw@a.com:8080/":            "url:http://user:pw@a.com:8080/",
		"http://@a.com":                         "",
		"a_b.com a.b_c.com a.b_c.de.com":        "url:a.b_c.de.com",
		"a-.com xn--e1afmkfd.xn--p1ai":          "url:xn--e1afmkfd.xn--p1ai",
		"file.txt a.py main.go":                 "url:a.py",
		"/a.py @a.py #a.py":                     "bot_command:/a hashtag:#a",
		"t.me/+abc":                             "url:t.me/+abc",
		"https://t.me/abc…":                     "url:https://t.me/abc",
		"a.com/x\u2000y a.com/x\u2010y":         "url:a.com/x url:a.com/x\u2010y",
		"a.xn--p a.xn--pp":                      "url:a.xn--pp",
		"teiegram.org/x":                        "",
		"...a.com":                              "",
		"a.com...":                              "url:a.com",
		"a. com":                                "",
		"tg://resolve?domain=x ton://a":         "url:tg://resolve?domain=x url:ton://a",
		"tg:resolve xtg://a":                    "url:tg://a",
		"👉http://a.com":                         "url:http://a.com",
		"a@b.com, x.y_z@b-c.d_e.fg, a+b@c.de":   "email:a@b.com email:x.y_z@b-c.d_e.fg email:a+b@c.de",
		"mailto:a@b.com":                        "email:a@b.com",
		"a@b@c.com":                             "",
		"http://a@b.com":                        "url:http://a@b.com",
		"a.@b.com":                              "url:a.@b.com",
		"a@b.c a@b":                             "",
		"é@b.com":                               "url:é@b.com",
	} {
		require.Equal(t, want, strings.Join(found(t, text), " "), text)
	}
}

// The e-mail rule at its borders.
func TestDetectEmails(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	for address, want := range map[string]bool{
		strings.Repeat("a.", 10) + "a@b.com": true, strings.Repeat("a.", 11) + "a@b.com": false,
		long(35) + "@b.com": true, long(36) + "@b.com": false,
		long(26) + ".a@b.com": true, long(27) + ".a@b.com": false,
		"a@" + strings.Repeat("b.", 6) + "com": true, "a@" + strings.Repeat("b.", 7) + "com": false,
		"a@" + long(30) + ".com": true, "a@" + long(31) + ".com": false,
		"a@b.software": true, "a@b.softwares": false, "a@b.c0m": false, "a@-b.com": false, "a@b_.com": false,
	} {
		got := found(t, address)
		require.Equal(t, want, len(got) == 1 && got[0] == "email:"+address, "%s: %v", address, got)
	}
}
