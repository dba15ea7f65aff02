package render_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

func TestWhatIsNotYAML(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "f: the file is empty"},
		{"comments", "# nothing\n", "f: the file is empty"},
		{"a null", "---\n", "f:2: this must be a mapping, and is empty"},
		{"broken", "services:\n  - type: web\n   name: x\n", "f:3: this is not YAML: did not find expected"},
		{"a bracket is open", "version: '1'\nservices: [\n  {type: web},\n  {type: web}\n", "f:2: this is not YAML: "},
		{"a quote is open", worker("rootDir: 'x\nbranch: y"), "f:6: this is not YAML: "},
		{"a bracket too many", worker("previews: {\n  plan: free}\nbranch: ]"), "f:8: this is not YAML: "},
		{"tabs", "services:\n\t- type: web\n", "f:2: this is not YAML: found character that cannot start any token: indent with spaces, not with tabs"},
		{"unknown anchor", "services: *none\n", "this is not YAML: unknown anchor 'none' referenced"},
		{"not UTF-8", "services:\n  - name: \xff\n", "f:2: this is not UTF-8 text"},
		{"a control character", "services: \x01", "this is not YAML: control characters are not allowed"},
		{"a key twice", worker("plan: free"), "f:6: services[0].plan: mapping key plan already defined at line 5"},
		{"a key twice, deep", worker("envVars:\n  - key: A\n    value: x\n    value: y"), "f:9: services[0].envVars[0].value: mapping key value already defined at line 8"},
		{"a key is a list", worker("? [a]\n: b"), "a key is text, and this is a list"},
		{"two documents", worker("") + "---\n" + worker(""), "f:8: a second document begins here"},
		{"a broken second document", worker("") + "---\n]\n", "f:8: this is not YAML"},
		{"too big", "# " + strings.Repeat("x", 1<<20), "f: the file has 1048578 bytes"},
		{"too deep", "services: " + strings.Repeat("[", 200) + strings.Repeat("]", 200), "this is nested more than 50 deep"},
		{"a list that holds itself", "services: &a [*a]", "services[0]: this must be a mapping, and is a list"},
		{"a service that is merged into itself", "services:\n  - &a\n    <<: *a\n    name: x", "type is required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := render.Parse("f", []byte(tt.text))
			require.ErrorContains(t, err, tt.want)
		})
	}
	for _, fine := range []string{"---\n" + worker(""), worker("") + "---\n", worker("") + "...\n", "\ufeff" + worker(""), strings.ReplaceAll(worker(""), "\n", "\r\n")} {
		_, err := render.Parse("f", []byte(fine))
		assert.NoError(t, err, "%q", fine)
	}
}

// All mistakes are found in one go, in the order of the file.
func TestAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := render.Parse("f", []byte(`services:
  - type: web
    runtime: golang
    healthCheckInterval: 30
    envVars:
      - key: A
        value: true
      - fromGroup: none
    region: paris
crons: []
`))
	mistakes := render.Mistakes{}
	require.ErrorAs(t, err, &mistakes)
	lines := []int{}
	for _, m := range mistakes {
		lines = append(lines, m.Line)
		assert.Equal(t, "f", m.File)
		assert.NotEmpty(t, m.Path)
		assert.NotEmpty(t, m.Source)
	}
	assert.Equal(t, []int{2, 3, 4, 7, 8, 9, 10}, lines[:7])
}

// Few bytes can stand for billions of values.
func TestAliasesDoNotMakeItEndless(t *testing.T) {
	t.Parallel()
	const each = 300
	refs := func(name string) string { return strings.TrimSuffix(strings.Repeat("*"+name+", ", each), ", ") }
	text := fmt.Sprintf(`databases: [{name: a, ipAllowList: &l0 [{source: "1"}]}]
services:
  - &s {type: worker, name: w, runtime: docker, envVars: &v [{key: A, value: "1"}, %s]}
  - %s
projects:
  - &p {name: p, environments: [&e {name: e, services: [%s]}, %s]}
  - %s
`, strings.TrimSuffix(strings.Repeat("{key: B, value: x}, ", each), ", "), strings.ReplaceAll(refs("s"), ", ", "\n  - "),
		refs("s"), refs("e"), strings.ReplaceAll(refs("p"), ", ", "\n  - "))
	_, err := render.Parse("f", []byte(text))
	require.ErrorContains(t, err, "this is more than 20000 values, with aliases followed")
}

// What is quoted in a mistake is short, on one line, and no secret.
func TestMistakesKeepSecrets(t *testing.T) {
	t.Parallel()
	const token = "123456789:AAexample-of-a-token-that-nobody-has"
	for _, text := range []string{
		worker("region: " + token),
		worker("plan: " + token),
		worker(token + ": x"),
		worker(`"` + token + `": {x: 1}`),
		worker("envVars: [{key: A, value: " + token + "}, {key: '" + token + "', value: x}]"),
		worker("envVars: [{key: TELEGRAM_BOT_TOKEN, value: '" + token + "'}]"),
		worker("envVars: [{key: A, fromService: {type: web, name: '" + token + "', property: host}}]"),
		worker("dockerCommand: ./bot -token " + token),
		worker("rootDir: *" + token),
		strings.Replace(worker("name: x"), "one", token, 1),
	} {
		_, err := render.Parse("f", []byte(text))
		require.Error(t, err, text)
		assert.NotContains(t, err.Error(), "AAexample", text)
	}
	_, err := render.Parse("f", []byte(worker("region: \"a\\n"+strings.Repeat("word ", 100)+"\"")))
	require.ErrorContains(t, err, `"a\n`)
	assert.NotContains(t, err.Error(), "\n")
	assert.Less(t, len(err.Error()), 250)
}

// Whatever the file, it is judged: no panic, no end, every mistake with a text
// and a source, and what is valid can be used.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/blueprints/*/*.yaml")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, name := range append(files, "../../render.yaml") {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Add([]byte("a: &a [*a, *a]\nservices: *a\n"))
	f.Add([]byte("services:\n- &s\n  <<: [*s, {type: web}]\n  ? [x]\n  : y\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := render.Parse("f", text)
		if err == nil {
			require.NotNil(t, b)
			for _, s := range b.Services {
				require.NotEmpty(t, s.Name)
				require.Positive(t, s.ShutdownDelay())
				require.Positive(t, s.NumInstances)
			}
			return
		}
		mistakes := render.Mistakes{}
		require.ErrorAs(t, err, &mistakes)
		for _, m := range mistakes {
			require.NotEmpty(t, m.Text)
			require.NotEmpty(t, m.Source)
			require.NotContains(t, m.String(), "\n")
			require.LessOrEqual(t, m.Line, strings.Count(string(text), "\n")+strings.Count(string(text), "\r")+2)
		}
	})
}
