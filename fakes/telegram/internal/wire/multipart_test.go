package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/wire"
)

// field is a part with a plain disposition.
func field(disposition, value string) string {
	return "--XX\r\nContent-Disposition: " + disposition + "\r\n\r\n" + value + "\r\n"
}

func TestMultipart(t *testing.T) {
	one := field(`form-data; name="a"`, "1")
	for _, tt := range []struct {
		name, body, end string
		args            []wire.Arg
	}{
		{"prologue and epilogue", "pro--X\r\nlogue" + one + "--XX--epi--XX\r\nlogue", "", args("a", "1")},
		{"boundary needs no line of its own", one + "--XXyz" + strings.TrimPrefix(one, "--XX\r\n") + "--XX--", "", args("a", "1", "a", "1")},
		{"line ends and dashes in a value", field("form-data; name=a", "\r\n--X\r\n--\r") + "--XX--", "", args("a", "\r\n--X\r\n--\r")},
		{"empty value", field("form-data; name=a", "") + "--XX--", "", args("a", "")},
		{"no last boundary", one + "--XX\r\n", "Bad Request: unexpected end of request content", nil},
		{"half a last boundary", one + "--XX-", "Bad Request: unexpected end of request content", nil},
		{"no parts", "--XX--\r\n", "Bad Request: unexpected end of request content", nil},
		{"no headers", "--XX\r\n\r\n1\r\n--XX--", "Bad Request: headers in multipart/form-data are empty", nil},
		{"bad header", "--XX\r\nabc\r\n\r\n1\r\n--XX--", "Bad Request: can't parse form data headers", nil},
		{"attachment", field("attachment; name=a", "1"), "Bad Request: expected form-data content disposition", nil},
		{"upper-case form-data", field("Form-Data; name=a", "1"), "Bad Request: expected form-data content disposition", nil},
		{"no semicolon", field("form-data", "1"), "Bad Request: expected form-data content disposition", nil},
		{"no name", field("form-data; x=a", "1"), "Bad Request: field name in multipart/form-data not found", nil},
		{"empty name", field(`form-data; name=""`, "1"), "Bad Request: field name in multipart/form-data not found", nil},
		{"upper-case name", field("form-data; Name=a", "1"), "Bad Request: field name in multipart/form-data not found", nil},
		{"attribute without a value spoils the next", field("form-data; x; name=a", "1"), "Bad Request: field name in multipart/form-data not found", nil},
		{"escaped quote", field(`form-data; name="a\"\\b;" ; x=y`, "1") + "--XX--", "", args(`a"\b;`, "1")},
		{"percent-decoded name", field(`form-data; name="%D0%B9+%zz"`, "1") + "--XX--", "", args("й+%zz", "1")},
		{"white space", field("form-data;\tname =  a b  ;", "1") + "--XX--", "", args("a b", "1")},
		{"unclosed quote", field(`form-data; name="a`, "1"), "Bad Request: unclosed quoted string in Content-Disposition header", nil},
		{"escape at the end", field(`form-data; name="a\`, "1"), "Bad Request: wrong escape sequence in Content-Disposition header", nil},
		{"rubbish after a quote", field(`form-data; name="a"b`, "1"), "Bad Request: expected ';' in Content-Disposition header", nil},
		{"last disposition counts", field("form-data; name=a\r\ncontent-DISPOSITION: form-data; name=b", "1") + "--XX--", "", args("b", "1")},
		{"urlencoded, upper case, is plain", field("form-data; name=a\r\nContent-Type: Application/x-www-form-urlencoded", "b=1") + "--XX--", "", args("a", "b=1")},
		{"urlencoded with charset", field("form-data; name=a\r\nContent-Type: application/x-www-form-urlencoded; charset=x", "b=1&c=+") + "--XX--", "", args("b", "1", "c", " ")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			messages, end := read(post("multipart/form-data; boundary=XX", tt.body))
			require.Equal(t, tt.end, end)
			if end == "" {
				require.Len(t, messages, 1)
				assert.Equal(t, tt.args, messages[0].Args)
				assert.Equal(t, len(tt.body), messages[0].BodyLen)
			}
		})
	}
}

func TestMultipartFile(t *testing.T) {
	data := strings.Repeat("\r\n--X\x00", 50_000)
	messages, end := read(post("multipart/form-data; boundary=XX",
		field(`form-data; filename*=x; filename=a%20b.txt; name="f"`+"\r\nContent-Type: text/x", data)+
			field(`form-data; name=g; filename="c\"d"`, "")+"--XX--"))
	require.Empty(t, end)
	assert.Equal(t, []wire.File{
		{Field: "f", Name: "a b.txt", ContentType: "text/x", Data: []byte(data)},
		{Field: "g", Name: `c"d`, ContentType: "application/octet-stream", Data: []byte{}},
	}, messages[0].Files)
}

func TestMultipartLimits(t *testing.T) {
	const tooMany = "Request Entity Too Large: too many parameters in form data"
	value := func(n int) string { return field("form-data; name=a", strings.Repeat("a", n)) }
	form := func(n int) string {
		return field("form-data; name=a\r\nContent-Type: application/x-www-form-urlencoded", strings.Repeat("a", n))
	}
	big := field("form-data; name=a\r\nX: "+strings.Repeat("a", 100_000), "")
	for _, tt := range []struct{ name, body, end string }{
		{"plain values are not added up", value(1<<20) + value(1<<20) + "--XX--", ""},
		{"plain value too long", value(1<<20+1) + "--XX--", tooMany},
		{"too long before it ends", strings.TrimSpace(value(1<<20 + 1)), tooMany},
		{"urlencoded values are added up", form(1<<19) + form(1<<19) + "--XX--", ""},
		{"urlencoded values too long", form(1<<19) + form(1<<19+1) + "--XX--", tooMany},
		{"plain after urlencoded", form(1<<19) + value(1<<19+1) + "--XX--", tooMany},
		{"50 files", strings.Repeat(field("form-data; name=a; filename=b", "x"), 50) + "--XX--", ""},
		{"51 files", strings.Repeat(field("form-data; name=a; filename=b", "x"), 50) + "--XX\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n",
			"Request Entity Too Large: too many files attached"},
		{"headers of all parts", big + big + "--XX--", ""},
		{"headers of all parts too long", big + big + big, "Request Header Fields Too Large: total headers size exceeded"},
		{"headers too long before they end", "--XX\r\nX: " + strings.Repeat("a", 256<<10), "Request Header Fields Too Large: total headers size exceeded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, end := read(post("multipart/form-data; boundary=XX", tt.body))
			assert.Equal(t, tt.end, end)
		})
	}
}

func TestBoundary(t *testing.T) {
	long := strings.Repeat("b", 70)
	for _, tt := range []struct{ contentType, boundary, end string }{
		{"multipart/form-data; boundary=" + long, long, ""},
		{"Multipart/Form-Data; charset=x; BOUNDARY=aB; x=y", "aB", ""},
		{"multipart/form-data; boundary = x ", " x", ""},
		{"multipart/form-data; boundary=x ;", "x ", ""},
		{`multipart/form-data; boundary="x`, `"x`, ""},
		{`multipart/form-data; boundary="`, `"`, ""},
		{`multipart/form-data; boundary=""`, "", "Bad Request: boundary too big or empty"},
		{"multipart/form-data; boundaryx; y=z", "z", ""},
		{"multipart/form-data; boundary", "", "Bad Request: boundary value not found"},
		{"multipart/form-data; bound=x", "", "Bad Request: boundary not found"},
		{"boundary=b multipart/form-data", "b multipart/form-data", ""},
	} {
		t.Run(tt.contentType, func(t *testing.T) {
			messages, end := read(post(tt.contentType,
				strings.ReplaceAll(field("form-data; name=a", "1")+"--XX--", "XX", tt.boundary)))
			require.Equal(t, tt.end, end)
			if end == "" {
				assert.Equal(t, args("a", "1"), messages[0].Args)
			}
		})
	}
}

func TestMultipartWithoutBody(t *testing.T) {
	messages, end := read(post("multipart/form-data", ""))
	require.Empty(t, end, "no body, no boundary needed")
	assert.Len(t, messages, 1)
	_, end = read("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=XX\r\n\r\n0\r\n\r\n")
	assert.Equal(t, "Bad Request: unexpected end of request content", end)
}
