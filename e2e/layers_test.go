package e2e_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// layers says which packages of this module each one may import. Imports point
// down only; the bot and the fakes share nothing, so that a mistake about the
// Bot API can't be made on both sides at once and pass.
var layers = map[string][]string{
	"bot":                   {"bot/internal/telegram"},
	"bot/internal/telegram": {},

	"fakes/telegram/schema":                  {},
	"fakes/telegram/internal/clock":          {},
	"fakes/telegram/internal/wire":           {},
	"fakes/telegram/internal/wire/wiretrace": {"fakes/telegram/internal/wire"},
	"fakes/telegram/internal/entities/link":  {},
	"fakes/telegram/internal/entities":       {"fakes/telegram/internal/entities/link", "fakes/telegram/internal/wire"},
	"fakes/telegram/internal/queue":          {"fakes/telegram/internal/clock"},
	"fakes/telegram/internal/markup":         {"fakes/telegram/internal/wire"},
	"fakes/telegram/internal/files":          {"fakes/telegram/internal/wire"},
	"fakes/telegram/internal/delivery":       {"fakes/telegram/internal/clock", "fakes/telegram/internal/queue", "fakes/telegram/internal/wire"},
	"fakes/telegram/internal/replay":         {"fakes/telegram/internal/clock", "fakes/telegram/internal/delivery", "fakes/telegram/internal/queue", "fakes/telegram/internal/wire"},
	"fakes/telegram/internal/engine": {
		"fakes/telegram/internal/clock", "fakes/telegram/internal/delivery", "fakes/telegram/internal/entities", "fakes/telegram/internal/files",
		"fakes/telegram/internal/markup", "fakes/telegram/internal/queue", "fakes/telegram/internal/wire", "fakes/telegram/schema",
	},
	"fakes/telegram": {
		"fakes/telegram/internal/clock", "fakes/telegram/internal/engine", "fakes/telegram/internal/wire", "fakes/telegram/schema",
	},
	"fakes/telegram/traces":   {"fakes/telegram/internal/replay", "fakes/telegram/internal/wire/wiretrace"},
	"fakes/telegram/console":  {"fakes/telegram"},
	"fakes/cmd/fake-telegram": {"fakes/telegram", "fakes/telegram/console"},
	"fakes/cmd/traces":        {"fakes/telegram/traces"},

	"e2e/target":   {},
	"e2e/proof":    {"e2e/target", "fakes/telegram"},
	"e2e/cmd/demo": {"e2e/proof", "e2e/target", "fakes/telegram"},
	"e2e":          {"e2e/proof", "e2e/target", "fakes/telegram"},

	"loadtest": {
		"loadtest/internal/drive", "loadtest/internal/plan", "loadtest/internal/report", "loadtest/internal/result",
		"loadtest/internal/rig", "loadtest/internal/verdict", "e2e/target",
	},
	"loadtest/internal/plan":    {},
	"loadtest/internal/network": {},
	"loadtest/internal/pace":    {},
	"loadtest/internal/usage":   {},
	"loadtest/internal/result":  {"loadtest/internal/plan"},
	"loadtest/internal/record":  {"loadtest/internal/plan", "loadtest/internal/result"},
	"loadtest/internal/verdict": {"loadtest/internal/plan", "loadtest/internal/result"},
	"loadtest/internal/report":  {"loadtest/internal/result", "loadtest/internal/verdict"},
	"loadtest/internal/rig": {
		"loadtest/internal/network", "loadtest/internal/plan", "loadtest/internal/record", "loadtest/internal/usage", "e2e/target", "fakes/telegram",
	},
	"loadtest/internal/drive": {
		"loadtest/internal/pace", "loadtest/internal/plan", "loadtest/internal/result", "loadtest/internal/rig", "loadtest/internal/usage",
		"loadtest/internal/verdict", "e2e/target",
	},
}

// standardOnly are the packages that ship as the bot: no third party's code.
var standardOnly = []string{"bot", "bot/internal/telegram"}

func TestImportsPointDown(t *testing.T) {
	found := imports(t)
	for _, pkg := range slices.Sorted(maps.Keys(found)) {
		allowed, known := layers[pkg]
		if !assert.True(t, known, "package %s is in no row of layers: say what it may import", pkg) {
			continue
		}
		for _, imp := range found[pkg] {
			inner, ours := strings.CutPrefix(imp, "hookproof/")
			switch {
			case ours:
				assert.Contains(t, allowed, inner, "%s imports %s", pkg, inner)
			case slices.Contains(standardOnly, pkg):
				assert.False(t, strings.Contains(strings.Split(imp, "/")[0], "."), "%s imports %s: the bot is standard library only", pkg, imp)
			}
			assert.NotEqual(t, "testing", imp, "%s imports testing, and ships", pkg)
		}
	}
	for pkg := range layers {
		assert.Contains(t, found, pkg, "layers has a row for %s, which does not exist", pkg)
	}
}

// imports parses the shipped files of every package of the module.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	root := ".."
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skip(root, path, d)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") && filepath.Dir(path) != filepath.Join(root, "e2e") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg = filepath.ToSlash(pkg)
		for _, imp := range file.Imports {
			name := strings.Trim(imp.Path.Value, `"`)
			if pkg == "e2e" && name == "testing" {
				continue // the suites are tests and nothing else
			}
			found[pkg] = append(found[pkg], name)
		}
		return nil
	})
	require.NoError(t, err)
	return found
}

// skip passes over what is no package of this module: hidden directories,
// test data, and modules of their own.
func skip(root, path string, d fs.DirEntry) error {
	name := d.Name()
	if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "bin") {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && path != root {
		return filepath.SkipDir
	}
	return nil
}
