package e2e_test

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// TestDocs holds the documents to the repository: the commands they show exist,
// and so do the files they point at. What the commands do is other tests' work.
func TestDocs(t *testing.T) {
	t.Parallel()
	repo := readRepository(t)
	for _, name := range repo.documents(t) {
		t.Run(name, func(t *testing.T) {
			text := readFile(t, name)
			for _, command := range commands(text) {
				assert.Empty(t, repo.mistake(command), "in `%s`", strings.Join(command, " "))
			}
			for _, target := range links(name, text) {
				assert.True(t, repo.has(target), "a link to %s, which does not exist", target)
			}
			for _, span := range codeSpan.FindAllStringSubmatch(prose(text), -1) {
				assert.True(t, repo.hasIfPath(span[1]), "`%s` does not exist", span[1])
			}
		})
	}
}

// TestWorkflows holds the CI's files to the Makefile, and the Makefile to the
// packages it names.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	repo := readRepository(t)
	for _, pkg := range matches(makePackage, repo.makefile) {
		assert.True(t, repo.hasIfPath(pkg), "the Makefile names %s, which does not exist", pkg)
	}
	files, err := filepath.Glob("../.github/workflows/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range append(files, "../.ci/run") {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		made := makes.FindAllStringSubmatch(string(text), -1)
		if filepath.Base(file) != "weekly.yml" {
			assert.NotEmpty(t, made, "%s runs no make target", file)
		}
		for _, m := range made {
			assert.Contains(t, repo.targets, m[1], "%s runs make %s", file, m[1])
		}
	}
}

// TestSettingsAreListed compares .env.example and render.yaml with what the
// binary says it reads: no setting is missing, none is invented, and a default
// that is shown is the default.
func TestSettingsAreListed(t *testing.T) {
	t.Parallel()
	help, err := exec.CommandContext(deadline(t), runner.Spec.Bin, "-h").CombinedOutput()
	require.NoError(t, err, "%s", help)
	settings := matches(helpSetting, string(help))
	require.NotEmpty(t, settings)

	example := readFile(t, ".env.example")
	assert.ElementsMatch(t, settings, matches(envSetting, example), ".env.example against bot -h")
	for _, m := range helpDefault.FindAllStringSubmatch(string(help), -1) {
		shown := regexp.MustCompile(`(?m)^#?` + m[1] + `=(.+)$`).FindStringSubmatch(example)
		if shown != nil {
			assert.Equal(t, m[2], shown[1], "default of %s in .env.example against bot -h", m[1])
		}
	}

	for _, v := range blueprint(t).Services[0].EnvVars {
		assert.Contains(t, settings, v.Key, "render.yaml sets it, the bot does not read it")
	}
}

// TestBlueprintStartsPolling: the file that everybody deploys first must not
// switch a live bot over, and must ask for its secrets instead of holding them.
func TestBlueprintStartsPolling(t *testing.T) {
	t.Parallel()
	b := blueprint(t)
	require.Len(t, b.Services, 1)
	bot := b.Services[0]
	assert.Equal(t, "/health", bot.HealthCheckPath)
	assert.Equal(t, 1, bot.NumInstances, "polling takes one, and de-duplication is in memory")
	assert.Greater(t, bot.MaxShutdownDelaySeconds, 30, "must leave room for SHUTDOWN_TIMEOUT's default")
	assert.ElementsMatch(t, []renderVar{
		{Key: "TELEGRAM_BOT_TOKEN", Sync: false}, // asked for, once: it must not stand in the repository
		{Key: "WEBHOOK_ENABLED", Value: "false"}, // a string: Render refuses a boolean
		{Key: "WEBHOOK_URL", Value: "https://" + bot.Name + ".onrender.com/webhook"},
		{Key: "WEBHOOK_SECRET_TOKEN", Sync: false},
		{Key: "WEBHOOK_PORT", Value: "8080"},
	}, bot.EnvVars)
}

type renderFile struct {
	Services []struct {
		Type                    string `yaml:"type"`
		Name                    string `yaml:"name"`
		Runtime                 string `yaml:"runtime"`
		Plan                    string `yaml:"plan"`
		Region                  string `yaml:"region"`
		NumInstances            int    `yaml:"numInstances"`
		BuildCommand            string `yaml:"buildCommand"`
		StartCommand            string `yaml:"startCommand"`
		HealthCheckPath         string `yaml:"healthCheckPath"`
		MaxShutdownDelaySeconds int    `yaml:"maxShutdownDelaySeconds"`
		AutoDeployTrigger       string `yaml:"autoDeployTrigger"`
		BuildFilter             struct {
			Paths []string `yaml:"paths"`
		} `yaml:"buildFilter"`
		EnvVars []renderVar `yaml:"envVars"`
	} `yaml:"services"`
	Previews struct {
		Generation string `yaml:"generation"`
	} `yaml:"previews"`
}

// A renderVar is a variable of the environment: its value, or that it is asked for.
type renderVar struct {
	Key   string `yaml:"key"`
	Value any    `yaml:"value"`
	Sync  any    `yaml:"sync"`
}

// blueprint reads render.yaml as strictly as Render does: a field that Render
// does not know fails the whole deploy (observed: "field healthCheckInterval
// not found in type file.Service").
func blueprint(t *testing.T) renderFile {
	t.Helper()
	var b renderFile
	d := yaml.NewDecoder(strings.NewReader(readFile(t, "render.yaml")))
	d.KnownFields(true)
	require.NoError(t, d.Decode(&b), "render.yaml")
	require.NotEmpty(t, b.Services)
	return b
}

var (
	helpSetting = regexp.MustCompile(`(?m)^  ([A-Z][A-Z_]+) `)
	helpDefault = regexp.MustCompile(`(?m)^  ([A-Z][A-Z_]+) .*\(default (\S+)\)$`)
	envSetting  = regexp.MustCompile(`(?m)^#?([A-Z][A-Z_]+)=`)
	fence       = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```")
	codeSpan    = regexp.MustCompile("`([^`\n]+)`")
	link        = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
	makes       = regexp.MustCompile(`(?m)(?:^|run: )\s*make ([a-z0-9-]+)`)
	makeTarget  = regexp.MustCompile(`(?m)^([a-z0-9-]+):`)
	makePackage = regexp.MustCompile(`\s(\./[a-z0-9/.-]+)`)
	makeBinary  = regexp.MustCompile(`\$\(BIN\)/([a-z-]+)`)
)

// repository is what documents may speak of.
type repository struct {
	targets  []string // of the Makefile
	binaries []string // that the Makefile builds into bin/
	makefile string
	folders  []string // at the top
}

func readRepository(t *testing.T) repository {
	t.Helper()
	r := repository{makefile: readFile(t, "Makefile")}
	r.targets = matches(makeTarget, r.makefile)
	r.binaries = matches(makeBinary, r.makefile)
	entries, err := os.ReadDir("..")
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() {
			r.folders = append(r.folders, e.Name())
		}
	}
	return r
}

func (repository) documents(t *testing.T) []string {
	t.Helper()
	names := []string{"README.md", "CHANGELOG.md"}
	for _, pattern := range []string{"../docs/*.md", "../docs/*/*.md"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, f := range found {
			names = append(names, strings.TrimPrefix(filepath.ToSlash(f), "../"))
		}
	}
	return names
}

// mistake says what is wrong with a command that a document shows, or nothing.
func (r repository) mistake(command []string) string {
	name, args := command[0], command[1:]
	switch {
	case name == "make":
		return r.makeMistake(args)
	case name == "go" && len(args) > 0 && slices.Contains([]string{"run", "test", "build", "vet"}, args[0]):
		return r.pathMistake(args[1:])
	case strings.HasPrefix(name, "bin/") && !slices.Contains(r.binaries, strings.TrimPrefix(name, "bin/")):
		return name + " is not built by make"
	}
	return r.pathMistake(args)
}

func (r repository) makeMistake(args []string) string {
	for _, arg := range args {
		variable, _, isVariable := strings.Cut(arg, "=")
		if isVariable && !strings.Contains(r.makefile, "$("+variable+")") {
			return "the Makefile has no variable " + variable
		}
		if !isVariable && !slices.Contains(r.targets, arg) {
			return "the Makefile has no target " + arg
		}
	}
	return ""
}

func (r repository) pathMistake(args []string) string {
	for _, arg := range args {
		if !r.hasIfPath(arg) {
			return arg + " does not exist"
		}
	}
	return ""
}

// hasIfPath is true for words that do not look like a path of this repository.
func (r repository) hasIfPath(word string) bool {
	local := strings.HasPrefix(word, "./")
	word = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(word, "./"), "..."), "/")
	first, _, nested := strings.Cut(word, "/")
	if strings.ContainsAny(word, "*<>{}$ ") || first == "bin" || !local && (!nested || !slices.Contains(r.folders, first)) {
		return true
	}
	return r.has(word)
}

func (repository) has(name string) bool {
	_, err := os.Stat(filepath.Join("..", filepath.FromSlash(name)))
	return err == nil
}

// commands are the lines of the shell blocks, word by word, without comments.
func commands(markdown string) [][]string {
	var all [][]string
	for _, block := range fence.FindAllStringSubmatch(markdown, -1) {
		if block[1] != "sh" {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(block[2], "\\\n", " ")) {
			line, _, _ = strings.Cut(" "+line, " #")
			words := strings.Fields(line)
			for len(words) > 0 && strings.Contains(words[0], "=") { // settings in front of a command
				words = words[1:]
			}
			if len(words) > 0 {
				all = append(all, words)
			}
		}
	}
	return all
}

// links are the files of the repository that a document points at.
func links(name, markdown string) []string {
	var all []string
	for _, m := range link.FindAllStringSubmatch(prose(markdown), -1) {
		if !strings.Contains(m[1], ":") {
			all = append(all, path.Join(path.Dir(name), m[1]))
		}
	}
	return all
}

// prose is a document without its fenced blocks.
func prose(markdown string) string { return fence.ReplaceAllString(markdown, "") }

func matches(re *regexp.Regexp, text string) []string {
	var all []string
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(all, m[1]) {
			all = append(all, m[1])
		}
	}
	return all
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(text)
}
