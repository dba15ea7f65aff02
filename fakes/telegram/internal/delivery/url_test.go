package delivery_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/delivery"
)

func TestParseURL(t *testing.T) {
	type URL = delivery.URL
	for _, tt := range []struct {
		raw  string
		want URL
	}{
		{"https://a.example/hook", URL{TLS: true, Host: "a.example", Port: 443, Target: "/hook"}},
		{"a.example", URL{TLS: true, Host: "a.example", Port: 443, Target: "/"}},
		{"a.example:88/x", URL{TLS: true, Host: "a.example", Port: 88, Target: "/x"}},
		{"HTTP://A.Example:8443/X", URL{Host: "a.example", Port: 8443, Target: "/X"}},
		{"http://a.example", URL{Host: "a.example", Port: 80, Target: "/"}},
		{"https://a.example?x=y", URL{TLS: true, Host: "a.example", Port: 443, Target: "/?x=y"}},
		{"https://a.example/p?q#f", URL{TLS: true, Host: "a.example", Port: 443, Target: "/p?q#f"}},
		{"https://a.example/a b\tc", URL{TLS: true, Host: "a.example", Port: 443, Target: "/a%20b%09c"}},
		{"https://a.example/a \r\n", URL{TLS: true, Host: "a.example", Port: 443, Target: "/a"}},
		{"https://bob:se:cret@a.example:443/", URL{TLS: true, UserInfo: "bob:se:cret", Host: "a.example", Port: 443, Target: "/"}},
		{"https://[2001:DB8::1]:88/", URL{TLS: true, Host: "[2001:db8::1]", Port: 88, Target: "/"}},
		{"https://[::1]", URL{TLS: true, Host: "[::1]", Port: 443, Target: "/"}},
		{"https://пример.example/", URL{TLS: true, Host: "xn--e1afmkfd.example", Port: 443, Target: "/"}},
		{"https://Bücher.Example/", URL{TLS: true, Host: "xn--bcher-kva.example", Port: 443, Target: "/"}},
		{"https://例え.テスト:88/ü", URL{TLS: true, Host: "xn--r8jz45g.xn--zckzah", Port: 88, Target: "/ü"}},
		{"https://a\xff.example/", URL{TLS: true, Host: "a\xff.example", Port: 443, Target: "/"}},
		{"https://a%20b/", URL{TLS: true, Host: "a%20b", Port: 443, Target: "/"}},
		{"https://a.example:0443/", URL{TLS: true, Host: "a.example", Port: 443, Target: "/"}},
		{"https://a_b.example/ü", URL{TLS: true, Host: "a_b.example", Port: 443, Target: "/ü"}},
	} {
		t.Run(tt.raw, func(t *testing.T) {
			got, err := delivery.ParseURL(tt.raw)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestParseURLRefuses(t *testing.T) {
	for _, raw := range []string{
		"", "https://", "https:///x", "ftp://a.example/", "://a.example", "https://a.example:0/", "https://a.example:65536/",
		"https://a.example:/", "https://a.example:x/", "https://a.example:+80/", "https://a.example:-1/", "https://.", " a.example",
		"https://a b/", "https://a%2/", "https://a%zz/", `https://a"b/`, "https://[::g]/", "https://[1.2.3.4]/", "https://[::1%25lo]/",
		"https://us er@a.example/", "https://a.example:1:2@/", "https://a[b]/", "https://@/",
	} {
		t.Run(raw, func(t *testing.T) {
			_, err := delivery.ParseURL(raw)
			require.ErrorIs(t, err, delivery.ErrURL)
			require.EqualError(t, err, "invalid webhook URL specified")
		})
	}
}

func TestHostHeaderLeavesOutTheSchemesPort(t *testing.T) {
	for raw, want := range map[string]string{
		"https://a.example:443/": "a.example", "https://a.example:80/": "a.example:80", "http://a.example:80/": "a.example",
		"http://a.example:443/": "a.example:443", "https://[::1]/": "[::1]", "https://[::1]:88/": "[::1]:88",
	} {
		u, err := delivery.ParseURL(raw)
		require.NoError(t, err)
		assert.Equal(t, want, u.HostHeader(), raw)
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"https://bob@a.example:88/x?y#z", "a:1", "[::1]:2", "https://%41", "@:", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := delivery.ParseURL(raw)
		if err != nil {
			return
		}
		assert.NotEmpty(t, u.Host)
		assert.True(t, u.Port >= 1 && u.Port <= 65535)
		assert.Equal(t, byte('/'), u.Target[0])
		for i := range len(u.Target) {
			assert.Greater(t, u.Target[i], byte(' '))
		}
	})
}
