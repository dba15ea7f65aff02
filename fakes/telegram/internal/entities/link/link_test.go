package link_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/entities/link"
)

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		in   string
		rule link.Rule
		want string
		err  string
	}{
		{"a.b", link.Any, "http://a.b/", ""},
		{"HTTP://A.B", link.Any, "http://a.b/", ""},
		{"https://a.b:443", link.Any, "https://a.b:443/", ""},
		{"a.b:0080/X", link.Any, "http://a.b:80/X", ""},
		{"a.b?x", link.Any, "http://a.b/?x", ""},
		{"a.b#x", link.Any, "http://a.b/#x", ""},
		{"a.b/x y\t ", link.Any, "http://a.b/x%20y", ""},
		{"http://U:p@a.b", link.Any, "http://U:p@a.b/", ""},
		{"пример.рф/х", link.Any, "http://пример.рф/х", ""},
		{"http://[2001:DB8::1]/", link.Any, "http://[2001:db8::1]/", ""},
		{"http://127.0.0.1", link.Any, "http://127.0.0.1/", ""},
		{"Z9.z/A", link.Any, "http://z9.z/A", ""},
		{"a%AF.b", link.Any, "http://a%af.b/", ""},
		{"a.b%41", link.Any, "http://a.b%41/", ""},
		{"a%2e.b", link.Any, "http://a%2e.b/", ""},
		{"tg://resolve?domain=x", link.Any, "tg://resolve?domain=x", ""},
		{"TG:resolve?domain=x", link.Any, "tg://resolve?domain=x", ""},
		{"ton://a-b_c", link.Any, "ton://a-b_c/", ""},
		{"tonsite://a.ton/x", link.Any, "tonsite://a.ton/x", ""},
		{"https://a.b", link.HTTPS, "https://a.b/", ""},

		{"", link.Any, "", "URL '' is invalid: URL host is empty"},
		{"http://", link.Any, "", "URL 'http://' is invalid: URL host is empty"},
		{".", link.Any, "", "URL '.' is invalid: Host is invalid"},
		{"localhost", link.Any, "", "URL 'localhost' is invalid: Wrong HTTP URL"},
		{"http://localhost:80/", link.Any, "", "URL 'http://localhost:80/' is invalid: Wrong HTTP URL"},
		{"ftp://a.b", link.Any, "", "URL 'ftp://a.b' is invalid: Unsupported URL protocol"},
		{"a.b:0", link.Any, "", "URL 'a.b:0' is invalid: Wrong port number specified in the URL"},
		{"a.b:00", link.Any, "", "URL 'a.b:00' is invalid: Wrong port number specified in the URL"},
		{"a.b:65536", link.Any, "", "URL 'a.b:65536' is invalid: Wrong port number specified in the URL"},
		{"a.b:x", link.Any, "", "URL 'a.b:x' is invalid: Wrong port number specified in the URL"},
		{"a.b:", link.Any, "", "URL 'a.b:' is invalid: Wrong port number specified in the URL"},
		{"mailto:a", link.Any, "", "URL 'mailto:a' is invalid: Wrong port number specified in the URL"},
		{"a b.c", link.Any, "", "URL 'a b.c' is invalid: Disallowed character in URL host"},
		{"a%2.b", link.Any, "", "URL 'a%2.b' is invalid: Wrong percent-encoded symbol in URL host"},
		{"a.b%2", link.Any, "", "URL 'a.b%2' is invalid: Wrong percent-encoded symbol in URL host"},
		{"http://a b@a.b", link.Any, "", "URL 'http://a b@a.b' is invalid: Disallowed character in URL userinfo"},
		{"http://[::g]/", link.Any, "", "URL 'http://[::g]/' is invalid: Wrong IPv6 address specified in the URL"},
		{"http://[1.2.3.4]/", link.Any, "", "URL 'http://[1.2.3.4]/' is invalid: Wrong IPv6 address specified in the URL"},
		{"tg:http://a.b", link.Any, "", "URL 'tg:http://a.b' is invalid: Wrong tg URL"},
		{"tg://a:80", link.Any, "", "URL 'tg://a:80' is invalid: Wrong tg URL"},
		{"ton:https://a.b", link.Any, "", "URL 'ton:https://a.b' is invalid: Wrong ton URL"},
		{"tg://a.b", link.Any, "", "URL 'tg://a.b' is invalid: Unallowed characters in URL host"},
		{"http://a.b", link.HTTPS, "", "URL 'http://a.b' is invalid: Only HTTPS links are allowed"},
		{"a.b", link.HTTPS, "", "URL 'a.b' is invalid: Only HTTPS links are allowed"},
		{"tg://a", link.HTTPS, "", "URL 'tg://a' is invalid: Only HTTPS links are allowed"},
		{"\xff", link.Any, "", "URL is invalid: Wrong HTTP URL"},
	} {
		got, err := link.Check(tt.in, tt.rule)
		if tt.err != "" {
			require.EqualError(t, err, tt.err)
			continue
		}
		require.NoError(t, err, tt.in)
		require.Equal(t, tt.want, got)
	}
}

func TestUser(t *testing.T) {
	for in, want := range map[string]int64{
		"tg://user?id=5": 5, "TG:User/?x=1&ID=5#a": 5, "tg:user?id=5&id=6": 5, "tg://user?id=1099511627775": 1<<40 - 1,
		"tg://user?id=0": 0, "tg://user?id=-5": 0, "tg://user?id=05": 0, "tg://user?id=1099511627776": 0,
		"tg://users?id=5": 0, "tg://user": 0, "tg://user#?id=5": 0, "http://user?id=5": 0, "tg://user?x=5": 0, "": 0,
	} {
		got, ok := link.User(in)
		require.Equal(t, want != 0, ok, in)
		if ok {
			require.Equal(t, want, got, in)
		}
	}
}

func TestCustomEmoji(t *testing.T) {
	for in, want := range map[string]int64{
		"tg://emoji?id=5": 5, "tg:EMOJI/?id=-5": -5, "tg://emoji?id=5368324170671202286": 5368324170671202286,
		"tg://emoji?id=0": 0, "tg://emoji?id=": 0, "tg://emoji": 0, "tg://emojis?id=5": 0, "tg://emoji?id=9223372036854775808": 0,
	} {
		got, ok := link.CustomEmoji(in)
		require.Equal(t, want != 0, ok, in)
		require.Equal(t, want, got, in)
	}
}

func TestTime(t *testing.T) {
	for _, tt := range []struct {
		in     string
		unix   int64
		format string
		ok     bool
	}{
		{"tg://time?unix=5&format=DT", 5, "DT", true},
		{"tg:Time?format=r&unix=5x", 5, "r", true},
		{"tg://time?unix=0", 0, "", false},
		{"tg://time?unix=-1", -1, "", false},
		{"tg://time", 0, "", false},
		{"tg://user?unix=5", 0, "", false},
	} {
		unix, format, ok := link.Time(tt.in)
		require.Equal(t, tt.ok, ok, tt.in)
		require.Equal(t, tt.unix, unix, tt.in)
		require.Equal(t, tt.format, format, tt.in)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"a.b", "https://u@a.b:1/x?y#z", "tg://a", "[::1]", "a%20.b", ":", "@", "a.b:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := link.Check(s, link.Any)
		if err != nil {
			return
		}
		again, err := link.Check(got, link.Any)
		require.NoError(t, err, "of what was normalised")
		require.Equal(t, got, again)
	})
}
