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

// A layer is a package of this module, and its place in the picture.
type layer struct {
	why   string   // what it is for, and so why it imports no more than this
	may   []string // packages of this module that it may import
	tests []string // that its tests may import besides; they may import it and what it may
}

// layers is the picture of docs/architecture.md. Imports point down only; the
// bot and the fakes share nothing, so that a mistake about the Bot API can't be
// made on both sides at once and pass.
var layers = map[string]layer{
	"bot": {
		why: "what ships: standard library only, and seen by everybody else as a binary",
		may: []string{"bot/internal/telegram"},
	},
	"bot/internal/telegram": {why: "the Bot API as this bot calls it, declared apart from the fake's"},

	"fakes/telegram/schema":         {why: "the Bot API as data"},
	"fakes/telegram/internal/clock": {why: "time that a test can move"},
	"fakes/telegram/internal/wire": {
		why:   "the server's dialect of HTTP and JSON; knows no bot and no chat",
		tests: []string{"fakes/telegram/internal/wire/wiretrace"},
	},
	"fakes/telegram/internal/wire/wiretrace": {
		why: "recordings of the server's front end, held against wire",
		may: []string{"fakes/telegram/internal/wire"},
	},
	"fakes/telegram/internal/entities/link": {why: "what the server takes for a link in a text"},
	"fakes/telegram/internal/entities": {
		why: "texts and their markup",
		may: []string{"fakes/telegram/internal/entities/link", "fakes/telegram/internal/wire"},
	},
	"fakes/telegram/internal/queue": {
		why: "a bot's updates, until they are read or too old",
		may: []string{"fakes/telegram/internal/clock"},
	},
	"fakes/telegram/internal/markup": {
		why: "keyboards, as the server reads them; a button's link is judged as one in a text",
		may: []string{"fakes/telegram/internal/entities", "fakes/telegram/internal/entities/link", "fakes/telegram/internal/wire"},
	},
	"fakes/telegram/internal/files": {
		why:   "what bots upload; a file's address is judged as a link in a text",
		may:   []string{"fakes/telegram/internal/entities/link", "fakes/telegram/internal/wire"},
		tests: []string{"fakes/telegram/schema"},
	},
	"fakes/telegram/internal/delivery": {
		why: "one webhook's state machine; knows no chat, so that recordings can drive it",
		may: []string{"fakes/telegram/internal/clock", "fakes/telegram/internal/queue", "fakes/telegram/internal/wire"},
	},
	"fakes/telegram/internal/replay": {
		why: "recordings of the webhook engine, held against delivery",
		may: []string{
			"fakes/telegram/internal/clock", "fakes/telegram/internal/delivery", "fakes/telegram/internal/queue",
			"fakes/telegram/internal/wire",
		},
	},
	"fakes/telegram/internal/engine": {
		why: "the world: bots, people, chats, messages, methods; hears of HTTP only through wire and delivery",
		may: []string{
			"fakes/telegram/internal/clock", "fakes/telegram/internal/delivery", "fakes/telegram/internal/entities",
			"fakes/telegram/internal/files", "fakes/telegram/internal/markup", "fakes/telegram/internal/queue",
			"fakes/telegram/internal/wire", "fakes/telegram/schema",
		},
	},
	"fakes/telegram": {
		why: "the fake as a library: the only door to all of the above",
		may: []string{
			"fakes/telegram/internal/clock", "fakes/telegram/internal/engine", "fakes/telegram/internal/files",
			"fakes/telegram/internal/wire", "fakes/telegram/schema",
		},
	},
	"fakes/telegram/traces": {
		why: "reads a folder of recordings and replays each with the package it is for",
		may: []string{"fakes/telegram/internal/replay", "fakes/telegram/internal/wire/wiretrace"},
	},
	"fakes/telegram/console": {
		why: "a client of the library like any other, so that it can do nothing a test can't",
		may: []string{"fakes/telegram"},
	},
	"fakes/cmd/fake-telegram": {
		why: "the fake as a program",
		may: []string{"fakes/telegram", "fakes/telegram/console"},
	},
	"fakes/cmd/traces": {why: "the replays as a program", may: []string{"fakes/telegram/traces"}},

	"fakes/render": {
		why: "a platform: it starts processes as e2e/target does, and knows no bot and no Telegram",
		may: []string{"e2e/target"},
	},
	"fakes/cmd/blueprint": {why: "the validator of Blueprints as a program", may: []string{"fakes/render"}},

	"e2e/target": {why: "a bot as a process; any bot, so it knows neither ours nor the fake"},
	"e2e/proof": {
		why: "the checks; they return errors, for go test and for commands",
		may: []string{"e2e/target", "fakes/telegram"},
	},
	"e2e/cmd/demo": {
		why: "the story, narrated, with the checks' own means",
		may: []string{"e2e/proof", "e2e/target", "fakes/telegram"},
	},
	"e2e/cmd/prove": {
		why: "the checks against any bot: it needs no fake of its own",
		may: []string{"e2e/proof", "e2e/target"},
	},
	"e2e/matrix": {
		why:   "other people's libraries against the fake: tests and nothing else",
		tests: []string{"e2e/target", "fakes/telegram"},
	},
	"e2e": {
		why:   "the suites: tests and nothing else",
		tests: []string{"e2e/proof", "e2e/target", "fakes/render", "fakes/telegram"},
	},

	"loadtest": {
		why: "the program: flags, order of arms, outputs",
		may: []string{
			"loadtest/internal/drive", "loadtest/internal/plan", "loadtest/internal/report", "loadtest/internal/result",
			"loadtest/internal/rig", "loadtest/internal/usage", "loadtest/internal/verdict", "e2e/target",
		},
	},
	"loadtest/internal/plan":    {why: "what a run does, decided before it does it"},
	"loadtest/internal/network": {why: "a wire with a round trip"},
	"loadtest/internal/pace":    {why: "arrivals on time"},
	"loadtest/internal/usage":   {why: "CPU and memory of a process, from outside"},
	"loadtest/internal/result":  {why: "the recorded numbers, which all that follows reads", may: []string{"loadtest/internal/plan"}},
	"loadtest/internal/record": {
		why: "what was sent and what came back",
		may: []string{"loadtest/internal/plan", "loadtest/internal/result"},
	},
	"loadtest/internal/verdict": {
		why: "a pure function of the numbers: it runs nothing",
		may: []string{"loadtest/internal/plan", "loadtest/internal/result"},
	},
	"loadtest/internal/report": {
		why: "numbers and verdict for people and machines: it judges nothing",
		may: []string{
			"loadtest/internal/plan", "loadtest/internal/record", "loadtest/internal/result", "loadtest/internal/verdict",
		},
	},
	"loadtest/internal/rig": {
		why: "fake, wire and bot of one arm",
		may: []string{
			"loadtest/internal/network", "loadtest/internal/plan", "loadtest/internal/record", "loadtest/internal/result",
			"loadtest/internal/usage", "e2e/target", "fakes/telegram",
		},
	},
	"loadtest/internal/drive": {
		why: "runs the plan against the rigs",
		may: []string{
			"loadtest/internal/pace", "loadtest/internal/plan", "loadtest/internal/result", "loadtest/internal/rig",
			"loadtest/internal/usage", "loadtest/internal/verdict", "e2e/target",
		},
	},
}

// standardOnly are the packages that ship as the bot: no third party's code.
var standardOnly = []string{"bot", "bot/internal/telegram"}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	found := imports(t)
	for _, pkg := range slices.Sorted(maps.Keys(found)) {
		row, known := layers[pkg]
		if !assert.True(t, known, "package %s is in no row of layers: say what it may import, and why", pkg) {
			continue
		}
		assert.NotEmpty(t, row.why, "the row of %s does not say why", pkg)
		for _, imp := range found[pkg].shipped {
			inner, ours := strings.CutPrefix(imp, "hookproof/")
			switch {
			case ours:
				assert.Contains(t, row.may, inner, "%s (%s) imports %s", pkg, row.why, inner)
			case slices.Contains(standardOnly, pkg):
				assert.True(t, isStandard(imp), "%s imports %s: the bot is standard library only", pkg, imp)
			}
			assert.NotEqual(t, "testing", imp, "%s imports testing, and ships", pkg)
		}
		allowed := slices.Concat(row.may, row.tests, []string{pkg})
		for _, imp := range found[pkg].tests {
			if inner, ours := strings.CutPrefix(imp, "hookproof/"); ours {
				assert.Contains(t, allowed, inner, "the tests of %s import %s", pkg, inner)
			}
		}
	}
	for pkg := range layers {
		assert.Contains(t, found, pkg, "layers has a row for %s, which does not exist", pkg)
	}
}

// isStandard: the first element of every other import path is a host name.
func isStandard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

// imported is what a package's files import, without regard to build tags.
type imported struct{ shipped, tests []string }

// imports parses every file of the module, in this process: a tool that is
// asked instead might answer from its cache.
func imports(t *testing.T) map[string]*imported {
	t.Helper()
	root := ".."
	found := map[string]*imported{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skip(root, path, d)
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(dir)
		if found[pkg] == nil {
			found[pkg] = &imported{}
		}
		return found[pkg].add(path)
	})
	require.NoError(t, err)
	return found
}

func (i *imported) add(path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	list := &i.shipped
	if strings.HasSuffix(path, "_test.go") {
		list = &i.tests
	}
	for _, imp := range file.Imports {
		*list = append(*list, strings.Trim(imp.Path.Value, `"`))
	}
	return nil
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
