package render

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func remarks(t *testing.T, path string, rules []rule) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	found := &findings{file: path}
	require.NotNil(t, judge(found, text, rules))
	var all []string
	for _, m := range slices.Concat(found.mistakes, found.notes) {
		all = append(all, m.String())
	}
	return all
}

// Each rule has a file of its own, which is judged differently without it, and
// nothing of which any other rule says.
func TestEachRuleIsNeeded(t *testing.T) {
	t.Parallel()
	all := rules()
	names := map[string]bool{}
	for i, r := range all {
		path := filepath.Join("testdata/blueprints/rules", r.name+".yaml")
		with := remarks(t, path, all)
		without := remarks(t, path, slices.Delete(slices.Clone(all), i, i+1))
		alone := remarks(t, path, all[i:i+1])
		assert.Greater(t, len(with), len(without), "%s is judged the same without the rule", path)
		assert.Empty(t, without, "%s has something else wrong with it", path)
		assert.ElementsMatch(t, with, alone, "%s", path)
		assert.False(t, names[r.name], "two rules are named %s", r.name)
		names[r.name] = true
	}
	files, err := filepath.Glob("testdata/blueprints/rules/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		assert.True(t, names[name], "%s is the case of no rule", file)
	}
}

// The documentation has a row for each rule, with the source that the rule
// gives.
func TestRulesAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/render.md")
	require.NoError(t, err)
	for _, r := range rules() {
		assert.Regexp(t, `(?m)^\| `+"`"+r.name+"`"+` \|.*\| `+r.source+` \|$`, string(text))
	}
}

// What is in the tables is held: a value of the wrong kind is refused in each
// field of each object, with its path.
func TestEachFieldIsChecked(t *testing.T) {
	t.Parallel()
	objects := map[*object]bool{}
	for _, o := range []*object{rootObject, projectObject, environmentObject, ungroupedObject, serviceObject, imageObject,
		credentialsObject, scalingObject, diskObject, headerObject, routeObject, buildFilterObject, allowedObject,
		servicePreviewsObject, rootPreviewsObject, databaseObject, groupObject, groupVarObject, envVarObject,
		fromServiceObject, fromDatabaseObject} {
		objects[o] = true
		for name := range o.fields {
			for _, wrong := range []string{"{x: 1}", "[[x]]", "1.5"} {
				found := &findings{file: "x"}
				root, ok := readYAML(found, []byte(name+": "+wrong+"\n"))
				require.True(t, ok)
				(&object{fields: map[string]field{name: o.fields[name]}}).hold(&walk{found: found}, root, "")
				refused := slices.ContainsFunc(found.mistakes, func(m Mistake) bool {
					return m.Line == 1 && (m.Path == name || strings.HasPrefix(m.Path, name+".") || strings.HasPrefix(m.Path, name+"["))
				})
				accepts := wrong == "1.5" && (name == "value" || name == "previewValue") && o != headerObject ||
					wrong == "{x: 1}" && (name == "maintenanceMode" || name == "parameterOverrides" || name == "networking" || name == "permissions" || name == "buildFilter")
				assert.NotEqual(t, accepts, refused, "%s: %s: %s", o.what, name, wrong)
			}
		}
	}
}
