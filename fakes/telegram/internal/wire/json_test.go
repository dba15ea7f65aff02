package wire_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/wire"
)

func nested(n int, inner string) string {
	return strings.Repeat("[", n) + inner + strings.Repeat("]", n)
}

func TestParseJSONErrors(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "Unexpected string end",
		" \t\r\n":                "Unexpected string end",
		"\x00":                   "Unexpected string end",
		"x":                      "Unexpected symbol 'x'",
		"\x7f":                   "Unexpected symbol",
		"é":                      "Unexpected symbol",
		"nul":                    "Token starts with 'n' -- null expected",
		"tru":                    "Token starts with 't' -- true expected",
		"False":                  "Unexpected symbol 'F'",
		"falsy":                  "Token starts with 'f' -- false expected",
		"nullx":                  "Expected string end",
		"1 2":                    "Expected string end",
		`"abc`:                   `Closing '"' not found`,
		`"abc\"`:                 `Closing '"' not found`,
		`"\u00e"`:                `\u has less than 4 symbols`,
		`"\u00eg"`:               `Invalid \u -- not hex digit`,
		`"\ud83d\u12x4"`:         `Invalid \u -- not hex digit`,
		"[":                      "Unexpected string end",
		"[1":                     "Unexpected string end",
		"[1,":                    "Unexpected string end",
		"[1,]":                   "Unexpected symbol ']'",
		"[1 2]":                  "Unexpected symbol while parsing JSON Array",
		"{":                      "Unexpected string end",
		"{a:1}":                  `Opening '"' expected`,
		`{"a" 1}`:                "':' expected",
		`{"a":1`:                 "Unexpected string end",
		`{"a":1,`:                "Unexpected string end",
		`{"a":1,}`:               `Opening '"' expected`,
		`{"a":1 "b":2}`:          "Unexpected symbol while parsing JSON Object",
		nested(101, "1"):         "Too big object depth",
		nested(102, ""):          "Too big object depth",
		strings.Repeat("[", 1e6): "Too big object depth",
	} {
		_, err := wire.ParseJSON(in)
		require.Error(t, err, in)
		assert.Equal(t, want, err.Error(), "%.40q", in)
	}
}

func TestParseJSON(t *testing.T) {
	v, err := wire.ParseJSON(` {"s" : "\u00e9\ud83d\ude00\/\x41\n" , "n":-1.e+5, "a":[ true, false,null ],"o":{},"s":1} `)
	require.NoError(t, err)
	require.True(t, v.IsObject())
	var names []string
	for _, f := range v.Fields() {
		names = append(names, f.Name)
	}
	assert.Equal(t, []string{"s", "n", "a", "o", "s"}, names)
	f, ok := v.Field("s")
	s, isString := f.String()
	assert.True(t, ok && isString)
	assert.Equal(t, "é😀/x41\n", s, "the first of two counts; an unknown escape loses its backslash")
	f, _ = v.Field("n")
	n, isNumber := f.Number()
	assert.True(t, isNumber)
	assert.Equal(t, "-1.e+5", n)
	f, _ = v.Field("a")
	require.Len(t, f.Array(), 3)
	yes, isBool := f.Array()[0].Bool()
	assert.True(t, yes && isBool)
	assert.True(t, f.Array()[2].IsNull())
	_, ok = v.Field("x")
	assert.False(t, ok)

	for _, deep := range []string{nested(100, "1"), nested(101, ""), nested(100, "{}")} {
		_, err = wire.ParseJSON(deep)
		assert.NoError(t, err)
	}
}

func TestSurrogates(t *testing.T) {
	for in, want := range map[string]string{
		`"\ud83d\ude00"`: "😀",
		`"\ude00\ud83d"`: "\U0009003d", // the server pairs them in any order
		`"\ud83d"`:       "\xed\xa0\xbd",
		`"\ud83dx"`:      "\xed\xa0\xbdx",
		`"\ud83d\u0041"`: "\xed\xa0\xbdA",
		`"\ud83d\n"`:     "\xed\xa0\xbd\n",
		`"\u0000"`:       "\x00",
		`"\uFFFD\u07ff"`: "\ufffd\u07ff",
	} {
		v, err := wire.ParseJSON(in)
		require.NoError(t, err)
		got, _ := v.String()
		assert.Equal(t, want, got, in)
	}
}

func TestFields(t *testing.T) {
	v, err := wire.ParseJSON(
		`{"yes":true,"n":7,"s":"7","text":"x","null":null,"f":1.5e1e,"big":2147483648,` +
			`"huge":9223372036854775808,"plus":"+7","zero":"07","min":-2147483648,"list":[],"obj":{}}`)
	require.NoError(t, err)
	type result struct {
		value any
		err   string
	}
	got := func(value any, err error) result {
		if err != nil {
			return result{nil, err.Error()}
		}
		return result{value, ""}
	}
	bad := func(text string) result { return result{nil, text} }
	for _, tt := range []struct {
		name      string
		want, got result
	}{
		{"bool", result{true, ""}, got(v.OptionalBool("yes", false))},
		{"absent bool", result{true, ""}, got(v.OptionalBool("x", true))},
		{"string for bool", bad(`Field "s" must be of type Boolean`), got(v.OptionalBool("s", true))},
		{"null for bool", bad(`Field "null" must be of type Boolean`), got(v.RequiredBool("null"))},
		{"no bool", bad(`Can't find field "x"`), got(v.RequiredBool("x"))},
		{"int", result{int32(7), ""}, got(v.RequiredInt("n"))},
		{"int as string", result{int32(7), ""}, got(v.OptionalInt("s", 1))},
		{"absent int", result{int32(1), ""}, got(v.OptionalInt("x", 1))},
		{"least int", result{int32(-1 << 31), ""}, got(v.OptionalInt("min", 1))},
		{"long for int", bad(`Field "big" must be a valid Number`), got(v.OptionalInt("big", 1))},
		{"text for int", bad(`Field "text" must be a valid Number`), got(v.OptionalInt("text", 1))},
		{"plus sign", bad(`Field "plus" must be a valid Number`), got(v.OptionalInt("plus", 1))},
		{"leading zero", bad(`Field "zero" must be a valid Number`), got(v.RequiredLong("zero"))},
		{"fraction for int", bad(`Field "f" must be a valid Number`), got(v.RequiredLong("f"))},
		{"bool for int", bad(`Field "yes" must be a Number`), got(v.OptionalInt("yes", 1))},
		{"no int", bad(`Can't find field "x"`), got(v.RequiredInt("x"))},
		{"long", result{int64(2147483648), ""}, got(v.OptionalLong("big", 1))},
		{"huge", bad(`Field "huge" must be a valid Number`), got(v.OptionalLong("huge", 1))},
		{"float", result{15.0, ""}, got(v.RequiredFloat("f"))},
		{"string for float", bad(`Field "s" must be of type Number`), got(v.OptionalFloat("s", 1))},
		{"absent float", result{1.0, ""}, got(v.OptionalFloat("x", 1))},
		{"string", result{"x", ""}, got(v.RequiredString("text"))},
		{"number for string", result{"7", ""}, got(v.OptionalString("n", ""))},
		{"null for string", bad(`Field "null" must be of type String`), got(v.OptionalString("null", ""))},
		{"no string", bad(`Can't find field "x"`), got(v.RequiredString("x"))},
		{"array for object", bad(`Field "list" must be of type Object`), got(v.Required("list", wire.Object))},
		{"object for array", bad(`Field "obj" must be of type Array`), got(v.Required("obj", wire.Array))},
		{"no array", bad(`Can't find field "x"`), got(v.Required("x", wire.Array))},
	} {
		assert.Equal(t, tt.want, tt.got, tt.name)
	}
	_, ok, err := v.Optional("x", wire.Array)
	assert.True(t, !ok && err == nil)
	f, ok, err := v.Optional("yes", wire.Null)
	assert.True(t, ok && err == nil && f.Kind() == wire.Boolean, "Null stands for any kind")
	assert.Equal(t, wire.Null, wire.Value{}.Kind())
}

func TestJSONArguments(t *testing.T) {
	for _, tt := range []struct {
		body string
		want []wire.Arg
	}{
		{`"hello"`, args("content", "hello")},
		{` "a\n"`, args("content", "a\n")},
		{`"hello" `, nil}, // not even white space may follow
		{`"hello`, nil},
		{`{"a":1,"b":}`, args("a", "1")},
		{`{"a":1,"b":"\u12"}`, args("a", "1")},
		{`{"a":1,"\u12":2}`, args("a", "1")},
		{`{"a":1,"b":["\u12"],"c":3}`, args("a", "1")},
		{`{"a":1,"b":["\x"],"c":3}`, args("a", "1", "b", `["\x"]`, "c", "3")},
		{`{"a":1,"b":{"c":[1,2,{"d":"}"}]} ,"e":2}`, args("a", "1", "b", `{"c":[1,2,{"d":"}"}]}`, "e", "2")},
		{`{"a":1,"b":[1,],"e":2}`, args("a", "1")},
		{`{"a":1,"b":{"c" 1},"e":2}`, args("a", "1")},
		{`{"a":+1.-e,"b":..}`, args("a", "+1.-e", "b", "..")},
		{`{"a":truex,"b":1}`, args("a", "true")},
		{`{"a":nul,"b":1}`, nil},
		{`{,"a":1}`, nil},
		{`{"a":1,,"b":2}`, args("a", "1")},
		{"{\"a\":1\x00", args("a", "1")},
		{"\ufeff{\"a\":1}", nil},
		{`{"a":` + nested(101, "") + `,"b":1}`, args("a", nested(101, ""), "b", "1")},
	} {
		messages, end := read(post("application/json", tt.body))
		require.Empty(t, end)
		got := messages[0].Args
		if len(got) == 0 {
			got = nil
		}
		assert.Equal(t, tt.want, got, "%.60s", tt.body)
	}
}

func TestAppendString(t *testing.T) {
	for in, want := range map[string]string{
		"":                         `""`,
		"a/b\"c\\d\x7f":            "\"a/b\\\"c\\\\d\x7f\"",
		"\b\f\n\r\t\x00\x1f":       `"\b\f\n\r\t\u0000\u001f"`,
		"é😀\uffff\u2028":           `"\u00e9\ud83d\ude00\uffff\u2028"`,
		"x\xff\xed\xa0\xbdy\xc3":   `"x\ufffd\ufffd\ufffd\ufffdy\ufffd"`,
		"<script>&'\U0010ffff\x7e": `"<script>&'\udbff\udfff~"`,
	} {
		assert.Equal(t, want, string(wire.AppendString(nil, in)))
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add("")
	f.Add("aé😀\xff\x00\"\\/")
	f.Fuzz(func(t *testing.T, s string) {
		got := wire.AppendString([]byte("x"), s)[1:]
		for _, c := range got {
			require.Less(t, c, byte(0x80))
		}
		var back string
		require.NoError(t, json.Unmarshal(got, &back))
		if utf8.ValidString(s) {
			require.Equal(t, s, back)
		}
		v, err := wire.ParseJSON(string(got))
		require.NoError(t, err)
		own, _ := v.String()
		require.Equal(t, back, own)
	})
}

// FuzzJSON compares the parser with the standard one, which accepts less, and
// with the parser of JSON bodies, which must agree about what is sound.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\u00e9",true,null,{}]}`, `"\ud83d\ude00"`, "[[[[1]]]", `{"a":1,"a":2}`, "-1.5e+3", "[1,\n2]", "nul", `"\x"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := wire.ParseJSON(s)
		if json.Valid([]byte(s)) && strings.Count(s, "[")+strings.Count(s, "{") <= 100 {
			require.NoError(t, err)
			compare(t, s, v)
		}
		if strings.Contains(s, "\x00") || len(s) > 1<<19 || strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), `"`) {
			return
		}
		messages, end := read(post("application/json", `{"a":`+s+`,"b":1}`))
		require.Empty(t, end)
		if err == nil {
			raw := strings.Trim(s, " \t\r\n")
			require.Equal(t, args("a", raw, "b", "1"), messages[0].Args)
		}
	})
}

// compare tells apart what no two readers may read differently.
func compare(t *testing.T, s string, v wire.Value) {
	var want any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	require.NoError(t, d.Decode(&want))
	switch want := want.(type) {
	case string:
		got, ok := v.String()
		require.True(t, ok)
		if !strings.Contains(s, `\u`) && utf8.ValidString(s) {
			require.Equal(t, want, got)
		}
	case json.Number:
		got, ok := v.Number()
		require.True(t, ok)
		require.Equal(t, string(want), got)
	case bool:
		got, ok := v.Bool()
		require.True(t, ok)
		require.Equal(t, want, got)
	case nil:
		require.True(t, v.IsNull())
	case []any:
		require.Len(t, v.Array(), len(want))
	case map[string]any:
		require.True(t, v.IsObject())
		require.GreaterOrEqual(t, len(v.Fields()), len(want))
	}
}
