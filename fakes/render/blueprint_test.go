package render_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// A blueprint in testdata says in comments what is wrong with it, at the line
// where it is: "# !" begins a mistake, "# ?" a note. What follows is how the
// text begins.
var expectation = regexp.MustCompile(`# ([!?]) ([^!?].*?)(?: # |$)`)

type remark struct {
	line int
	note bool
	text string
}

func expected(text string) (all []remark) {
	for i, line := range strings.Split(text, "\n") {
		for rest := line; ; {
			m := expectation.FindStringSubmatchIndex(rest)
			if m == nil {
				break
			}
			all = append(all, remark{i + 1, rest[m[2]:m[3]] == "?", strings.TrimSpace(rest[m[4]:m[5]])})
			rest = rest[m[5]:]
		}
	}
	return all
}

// matches reports what was expected and not found, and the other way round.
func mismatches(want []remark, got render.Mistakes, notes bool) (all []string) {
	left := append(render.Mistakes{}, got...)
	for _, w := range want {
		if w.note != notes {
			continue
		}
		found := -1
		for i, g := range left {
			if g.Line == w.line && strings.HasPrefix(g.Text, w.text) {
				found = i
				break
			}
		}
		if found < 0 {
			all = append(all, "missing: "+w.text)
			continue
		}
		left = append(left[:found], left[found+1:]...)
	}
	for _, g := range left {
		all = append(all, "unexpected: "+g.String())
	}
	return all
}

// judge parses a Blueprint, and returns its mistakes, or else its notes.
func judge(t *testing.T, name string, text []byte) (mistakes, notes render.Mistakes) {
	t.Helper()
	b, err := render.Parse(name, text)
	if err == nil {
		return nil, b.Notes
	}
	require.ErrorAs(t, err, &mistakes)
	require.NotEmpty(t, mistakes)
	return mistakes, nil
}

func TestBlueprintsOfTestdata(t *testing.T) {
	t.Parallel()
	count := 0
	err := filepath.WalkDir("testdata/blueprints", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		count++
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		want := expected(string(text))
		mistakes, notes := judge(t, filepath.Base(path), text)
		assert.Empty(t, mismatches(want, mistakes, false), path)
		if mistakes == nil {
			assert.Empty(t, mismatches(want, notes, true), path)
		}
		if strings.HasPrefix(path, "testdata/blueprints/valid/") {
			assert.Empty(t, mistakes, path)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, count, 40)
}

// The project's own file is what all of this is for.
func TestOwnBlueprintIsValid(t *testing.T) {
	t.Parallel()
	b, err := render.Load("../../render.yaml")
	require.NoError(t, err)
	assert.Empty(t, b.Notes)
	require.Len(t, b.Services, 1)
	s := b.Services[0]
	assert.Equal(t, "web", s.Type)
	assert.Equal(t, "telegram-imf-bot", s.Name)
	assert.Equal(t, "go", s.Runtime)
	assert.Equal(t, "starter", s.Plan)
	assert.Equal(t, "frankfurt", s.Region)
	assert.Equal(t, "exec ./bin/bot", s.StartCommand)
	assert.Contains(t, s.BuildCommand, "go build")
	assert.Equal(t, "/health", s.HealthCheckPath)
	assert.Equal(t, 1, s.NumInstances)
	assert.Equal(t, 45*time.Second, s.ShutdownDelay())
	assert.False(t, s.Disk)
	assert.Equal(t, "off", b.Previews.Generation)
	require.Len(t, s.Env, 5)
	assert.Equal(t, render.EnvVar{Key: "TELEGRAM_BOT_TOKEN", Secret: true, Line: s.Env[0].Line}, s.Env[0])
	assert.Equal(t, "false", s.Env[1].Value)
}

// Every variable of the project's file is one that the bot reads.
func TestOwnBlueprintSetsWhatTheBotReads(t *testing.T) {
	t.Parallel()
	b, err := render.Load("../../render.yaml")
	require.NoError(t, err)
	settings, err := os.ReadFile("../../bot/settings.go")
	require.NoError(t, err)
	for _, v := range b.Services[0].Env {
		assert.Contains(t, string(settings), `{"`+v.Key+`", `, "the bot has no setting %s", v.Key)
	}
}

// The comment in render.yaml says how to make it one for the free plan: each
// step is needed.
func TestOwnBlueprintOnTheFreePlan(t *testing.T) {
	t.Parallel()
	own, err := os.ReadFile("../../render.yaml")
	require.NoError(t, err)
	change := func(text, from, to string) string {
		require.Contains(t, text, from)
		return strings.Replace(text, from, to, 1)
	}
	free := change(string(own), "plan: starter", "plan: free")
	mistakes, _ := judge(t, "render.yaml", []byte(free))
	assert.Contains(t, mistakes.Error(), "max shutdown delay is not supported for free tier services")

	free = regexp.MustCompile(`(?m)^.*maxShutdownDelaySeconds: 45.*\n`).ReplaceAllString(free, "")
	mistakes, _ = judge(t, "render.yaml", []byte(free))
	require.Len(t, mistakes, 1)
	assert.Contains(t, mistakes[0].Text, "set SHUTDOWN_TIMEOUT to 25s")

	free = change(free, "    envVars:\n", "    envVars:\n      - key: SHUTDOWN_TIMEOUT\n        value: 25s\n")
	mistakes, notes := judge(t, "render.yaml", []byte(free))
	assert.Empty(t, mistakes)
	require.Len(t, notes, 1, "polling")
	assert.Contains(t, notes[0].Text, "webhook mode only")

	free = change(free, `value: "false"`, `value: "true"`)
	mistakes, notes = judge(t, "render.yaml", []byte(free))
	assert.Empty(t, mistakes)
	assert.Empty(t, notes)
}

// The file that the project's story asks for is refused, for both of the
// fields that do not exist.
func TestStoryIsRefused(t *testing.T) {
	t.Parallel()
	_, err := render.Load("testdata/blueprints/refused/story.yaml")
	require.Error(t, err)
	for _, want := range []string{
		"testdata/blueprints/refused/story.yaml:5: services[0].healthCheckInterval: field healthCheckInterval not found in type file.Service",
		"testdata/blueprints/refused/story.yaml:6: services[0].shutdownSeconds: field shutdownSeconds not found in type file.Service",
		"maxShutdownDelaySeconds",
	} {
		assert.Contains(t, err.Error(), want)
	}
}

func TestLoadSaysWhichFileIsMissing(t *testing.T) {
	t.Parallel()
	_, err := render.Load("testdata/none.yaml")
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorContains(t, err, "testdata/none.yaml")
	_, judged := errors.AsType[render.Mistakes](err)
	assert.False(t, judged)
}

func TestShutdownDelay(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 30*time.Second, render.Service{}.ShutdownDelay())
	assert.Equal(t, 5*time.Minute, render.Service{MaxShutdownDelaySeconds: 300}.ShutdownDelay())
}

func TestBlueprintLookUps(t *testing.T) {
	t.Parallel()
	b, err := render.Load("testdata/blueprints/valid/everything.yaml")
	require.NoError(t, err)
	shop, ok := b.Service("shop")
	require.True(t, ok)
	assert.Equal(t, &render.ServiceRef{Type: "pserv", Name: "inner", EnvVarKey: "LEVEL"}, shop.Env[0].FromService)
	inner, ok := b.Service("inner")
	require.True(t, ok)
	assert.Equal(t, 2, inner.NumInstances)
	assert.Equal(t, "3", inner.Env[0].Value)
	assert.Equal(t, &render.DatabaseRef{Name: "main", Property: "connectionString"}, inner.Env[1].FromDatabase)
	_, ok = b.Service("none")
	assert.False(t, ok)
	require.Len(t, b.Databases, 2)

	b, err = render.Load("testdata/blueprints/valid/group.yaml")
	require.NoError(t, err)
	group, ok := b.Group("shared")
	require.True(t, ok)
	assert.True(t, group.Env[2].Generate)
	_, ok = b.Group("none")
	assert.False(t, ok)

	b, err = render.Load("testdata/blueprints/valid/previews.yaml")
	require.NoError(t, err)
	assert.Equal(t, render.Previews{Generation: "automatic", ExpireAfterDays: 3}, b.Previews)
	assert.Equal(t, render.Previews{Generation: "manual", Plan: "free", NumInstances: 1}, b.Services[0].Previews)
	assert.Equal(t, "hello from a preview", *b.Services[0].Env[0].PreviewValue)

	b, err = render.Load("testdata/blueprints/valid/scaling.yaml")
	require.NoError(t, err)
	assert.Equal(t, 2, b.Services[0].NumInstances, "the minimum")

	b, err = render.Load("testdata/blueprints/valid/aliases.yaml")
	require.NoError(t, err)
	two, ok := b.Service("two")
	require.True(t, ok)
	assert.Equal(t, "docker", two.Runtime, "merged from the first")
	assert.Equal(t, "1", b.Services[2].Env[0].Value)
}
