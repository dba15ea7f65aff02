package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/target"
)

// TestDocumentedCommands follows the operator's documents: every sh block of
// them, top to bottom and in one shell, as somebody would who rehearses the move.
// A text block right after it is what it prints, line by line; "..." stands for
// any lines. A block that only looks at something is run again until it shows
// that, for what was started before may take a moment.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl", "make"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, tool+", which the documents use")
		}
	}
	subject(t)
	s := openShell(t)
	for _, name := range []string{"docs/migration.md", "docs/runbook.md"} {
		text := readFile(t, name)
		blocks := blocksOf(text)
		require.NotEmpty(t, blocks, name)
		shown := slices.DeleteFunc(slices.Clone(blocks), func(b block) bool { return b.want == nil })
		require.Len(t, blocks, len(anyBlock.FindAllString(text, -1)), "%s: a sh block that would not be run; don't indent it", name)
		require.Len(t, shown, strings.Count(text, "```text"), "%s: a text block that belongs to no sh block", name)
		for _, b := range blocks {
			require.NoError(t, s.follow(b), "%s, the block\n%s", name, b.script)
		}
	}
	assert.Empty(t, s.trap.Caught(), "nothing leaves the machine")
	for _, name := range repositoryADRs(t) {
		assert.Empty(t, blocksOf(readFile(t, name)), "%s has commands: add it to this test", name)
	}
}

func repositoryADRs(t *testing.T) (names []string) {
	t.Helper()
	found, err := filepath.Glob("../docs/adr/*.md")
	require.NoError(t, err)
	for _, f := range found {
		names = append(names, strings.TrimPrefix(filepath.ToSlash(f), "../"))
	}
	return names
}

// A block is commands that a document shows, and what they print.
type block struct {
	script string
	want   []string // nil: not said
}

// blockPair is a sh block, and the text block after it with no more than one
// short paragraph in between.
var blockPair = regexp.MustCompile("(?m)^```sh\n((?s:.*?))^```\n(?:\n(?:[^`#\n][^\n]*\n)?\n?```text\n((?s:.*?))^```\n)?")

var anyBlock = regexp.MustCompile("(?m)^ *```sh$")

func blocksOf(markdown string) (all []block) {
	for _, m := range blockPair.FindAllStringSubmatch(markdown, -1) {
		b := block{script: m[1]}
		if m[2] != "" {
			b.want = strings.Split(strings.TrimRight(m[2], "\n"), "\n")
		}
		all = append(all, b)
	}
	return all
}

// looks reports whether the block changes nothing, so that it can be repeated.
func (b block) looks() bool {
	for line := range strings.Lines(b.script) {
		reads := regexp.MustCompile(`^(cat|tail|grep|bin/bot webhook info|curl -s "|#)`).MatchString(line)
		if !reads {
			return false
		}
	}
	return b.want != nil
}

// fails reports whether the document shows the block failing.
func (b block) fails() bool {
	for _, line := range b.want {
		if strings.HasPrefix(line, "FAIL") || strings.HasPrefix(line, "bot: ") {
			return true
		}
	}
	return false
}

// changing is what differs from run to run, and what it is replaced by.
var changing = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`\d{4}[-/]\d\d[-/]\d\d[T ][\d:.]+Z?`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "SECRET"},
	{regexp.MustCompile(`\b[A-Z2-7]{12}\b`), "INSTANCE"},
	{regexp.MustCompile(`"(version|chat)":"[^"]*"`), `"$1":"…"`},
	{regexp.MustCompile(`"(\w+_ms|uptime_seconds|id|update_id)":[\d.]+`), `"$1":0`},
	{regexp.MustCompile(`\d+ ms\b`), "0 ms"},
}

func steady(line string) string {
	for _, c := range changing {
		line = c.pattern.ReplaceAllString(line, c.by)
	}
	return strings.TrimRight(line, " ")
}

// toldToWait is what a command prints if the one before it was too quick for
// Telegram, which depends on the machine. It goes on by itself.
var toldToWait = regexp.MustCompile(`^bot: .*: 429 Too Many Requests: .*: will try again$`)

// mismatch says where printed differs from what the document shows.
func (b block) mismatch(printed []string) error {
	if b.want == nil {
		return nil
	}
	rest, skip := slices.DeleteFunc(slices.Clone(printed), toldToWait.MatchString), false
	for _, want := range b.want {
		if want == "..." {
			skip = true
			continue
		}
		found := -1
		for i, line := range rest {
			if steady(line) == steady(want) {
				found = i
				break
			}
		}
		if found < 0 || found > 0 && !skip {
			return fmt.Errorf("the document shows %q; printed was\n%s", want, strings.Join(printed, "\n"))
		}
		rest, skip = rest[found+1:], false
	}
	if len(rest) > 0 && !skip {
		return fmt.Errorf("the document does not show %q", rest[0])
	}
	return nil
}

// A shellSession is one shell that a document's blocks are typed into.
type shellSession struct {
	ctx   context.Context
	in    io.Writer
	lines chan string // what it prints; closed at its end
	ports *strings.Replacer
	trap  *target.Trap
}

// endOf marks the end of a block's output, with the exit status behind it.
const endOf = "-- end of block, status "

// openShell starts a shell in a directory with the built programs, where
// nothing is set but what programs need.
func openShell(t *testing.T) *shellSession {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	dir := t.TempDir()
	s := &shellSession{ctx: ctx, lines: make(chan string), ports: freePorts(t)}
	var err error
	s.trap, err = target.NewTrap(nil)
	require.NoError(t, err)
	repo, err := filepath.Abs("..")
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o700))
	cmd := exec.CommandContext(ctx, "sh", "-s")
	cmd.Dir = dir
	cmd.Env = append(s.trap.Environment(), "PATH="+os.Getenv("PATH"), "HOME="+dir, "TMPDIR="+dir, "LANG=C.UTF-8",
		"GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOTOOLCHAIN=local", "GOPROXY=off",
		"CHECKOUT="+repo, "BOT="+runner.Spec.Bin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	s.in, err = cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	go s.read(out)
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // with what it started and did not stop
		for range s.lines {                                 // until its output has ended
		}
		_ = cmd.Wait() // killed
		cancel()
		assert.NoError(t, s.trap.Close())
	})
	_, err = s.run(preparation)
	require.NoError(t, err)
	return s
}

// preparation puts the programs where the documents have them. The bot is the
// one that all suites test; make builds the fake alone, and into this directory.
const preparation = `
make() { (cd "$CHECKOUT" && CGO_ENABLED=0 go build -o "$OLDPWD/bin/fake-telegram" ./fakes/cmd/fake-telegram); ln -sf "$BOT" bin/bot; }
`

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// freePorts replaces the ports that the documents use.
func freePorts(t *testing.T) *strings.Replacer {
	t.Helper()
	var pairs []string
	for _, port := range []string{"8080", "8081", "8082", "8443", "8444", "9090"} {
		free, err := runner.Ports.Take()
		require.NoError(t, err)
		pairs = append(pairs, port, strconv.Itoa(free))
	}
	return strings.NewReplacer(pairs...)
}

func (s *shellSession) read(out io.Reader) {
	defer close(s.lines)
	for sc := bufio.NewScanner(out); sc.Scan(); {
		select {
		case s.lines <- sc.Text():
		case <-s.ctx.Done():
			return
		}
	}
}

// run types a script and returns what it prints.
func (s *shellSession) run(script string) (printed []string, err error) {
	if _, err := fmt.Fprintf(s.in, "{\n%s\n} </dev/null\necho \"%s$?\"\n", script, endOf); err != nil {
		return nil, err
	}
	for line := range s.lines {
		before, status, ended := strings.Cut(line, endOf)
		if before != "" || !ended {
			printed = append(printed, before)
		}
		switch {
		case ended && status != "0":
			return printed, fmt.Errorf("exit status %s; printed was\n%s", status, strings.Join(printed, "\n"))
		case ended:
			return printed, nil
		}
	}
	return printed, fmt.Errorf("the shell has ended; printed was\n%s", strings.Join(printed, "\n"))
}

// follow runs a block and compares what it prints with the document.
func (s *shellSession) follow(b block) error {
	for i, line := range b.want {
		b.want[i] = s.ports.Replace(line)
	}
	patience, cancel := context.WithTimeout(s.ctx, 30*time.Second)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		printed, err := s.run(s.ports.Replace(b.script))
		switch {
		case b.fails() && err == nil:
			err = fmt.Errorf("the document shows it fail, and it does not")
		case b.fails() || err == nil:
			err = b.mismatch(printed)
		}
		if err == nil || !b.looks() {
			return err
		}
		select {
		case <-again.C:
		case <-patience.Done():
			return err
		}
	}
}

// TestCommandsAreCompared: a check of documents that finds nothing is worth
// nothing.
func TestCommandsAreCompared(t *testing.T) {
	t.Parallel()
	blocks := blocksOf("```sh\nbin/bot verify\n```\n\nprints\n\n```text\na 5 ms\n...\nc\n```\n\n# x\n\n```sh\ncat log\n```\n")
	require.Len(t, blocks, 2)
	assert.Equal(t, block{script: "bin/bot verify\n", want: []string{"a 5 ms", "...", "c"}}, blocks[0])
	assert.Nil(t, blocks[1].want)
	assert.False(t, blocks[0].looks())
	for _, tt := range []struct {
		name    string
		printed []string
		ok      bool
	}{
		{"as shown", []string{"a 7 ms", "b", "c"}, true},
		{"nothing left out", []string{"a 7 ms", "c"}, true},
		{"another first line", []string{"b", "a 5 ms", "c"}, false},
		{"told to wait", []string{"a 7 ms", "bot: x: call y: 429 Too Many Requests: retry after 1: will try again", "c"}, true},
		{"told of something else", []string{"a 7 ms", "c", "bot: x: call y: 500 Internal Server Error: will try again"}, false},
		{"a line is missing", []string{"a 5 ms", "b"}, false},
		{"a line too many", []string{"a 5 ms", "c", "d"}, false},
	} {
		if err := blocks[0].mismatch(tt.printed); tt.ok {
			assert.NoError(t, err, tt.name)
		} else {
			assert.Error(t, err, tt.name)
		}
	}
	assert.True(t, block{want: []string{"FAIL round trip: x"}}.fails())
}
