package console_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/console"
)

var update = flag.Bool("update", false, "rewrite docs/console.md")

const (
	docsFile  = "../../../docs/console.md"
	docsIntro = `# The console's control API

Everything that people do on a fake Telegram, and all that is to be seen of it, over plain HTTP with JSON: for tests in
any language. bin/fake-telegram prints the console's address; the commands below say ` + "`$C`" + ` for it. The page at that
address uses nothing but this.

An answer is JSON, unless the text says otherwise. A mistake in the request is answered with 400 and a command that works,
something that does not exist with 404, and a wait that ended in vain with 504:

` + "```text" + `
{"error":"person \"Zed\": not found"}
` + "```" + `

People are named by first name or id, bots by username, and chats by ` + "`PERSON@BOT`" + ` for a private chat, by title or by id
for any other. The console is not protected: let it listen on a loopback address.

<!-- Made of the table that serves the paths: go test ./fakes/telegram/console -run Docs -update -->
`
)

// A helpEntry is one endpoint as /help tells about it.
type helpEntry struct{ path, about, curl string }

func help(t *testing.T, url string) []helpEntry {
	t.Helper()
	var out []helpEntry
	for _, block := range strings.Split(console.Help(url), "\n\n")[1:] {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		require.Len(t, lines, 3, block)
		out = append(out, helpEntry{lines[0], strings.TrimSpace(lines[1]), strings.TrimSpace(lines[2])})
	}
	return out
}

// docs/console.md is what /help says.
func TestDocs(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(docsIntro)
	for _, e := range help(t, "$C") {
		fmt.Fprintf(&b, "\n`%s`: %s.\n\n```sh\n%s\n```\n", e.path, e.about, e.curl)
	}
	if *update {
		require.NoError(t, os.WriteFile(docsFile, []byte(b.String()), 0o644))
	}
	raw, err := os.ReadFile(docsFile)
	require.NoError(t, err)
	assert.Equal(t, b.String(), string(raw), "go test ./fakes/telegram/console -run Docs -update")
}

func TestHelpIsServed(t *testing.T) {
	t.Parallel()
	d := newEmptyDesk(t)
	assert.Equal(t, strings.TrimSpace(console.Help(d.url)), d.ok("GET", "/help", ""))
}

// Every command that /help shows works as it stands, in an order that makes
// sense.
func TestHelpCommandsWork(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "CI must have curl: %v", err)
		t.Skip("curl is not installed: ", err)
	}
	d := newEmptyDesk(t)
	commands := map[string]string{}
	for _, e := range help(t, d.url) {
		commands[regexp.MustCompile(`\?.*`).ReplaceAllString(e.path, "")] = e.curl
	}
	dir := t.TempDir()
	run := func(path string) string {
		t.Helper()
		command, ok := commands[path]
		require.True(t, ok, "no such path in /help: %s", path)
		delete(commands, path)
		cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if path != "GET /events" { // which ends by its time limit
			require.NoError(t, err, "%s\n%s", command, out)
		}
		assert.NotContains(t, string(out), `"error":"`, command)
		return string(out)
	}
	for _, path := range []string{"GET /", "GET /help", "POST /bots", "GET /bots", "POST /users", "GET /users", "POST /chats", "GET /chats"} {
		run(path)
	}
	stop := alive(t, d)
	run("POST /up")
	run("POST /send")
	run("POST /media")
	run("POST /wait")
	run("POST /press")
	d.ok("POST", "/send", `{"user":"Ann","to":"my_bot","text":"/poll"}`)
	d.ok("POST", "/wait", `{"chat":"Ann@my_bot","timeout":"20s"}`)
	d.ok("POST", "/send", `{"user":"Ann","to":"my_bot","text":"/invoice"}`)
	d.ok("POST", "/wait", `{"chat":"Ann@my_bot","timeout":"20s"}`)
	for path, kind := range map[string]string{"POST /vote": "poll", "POST /pay": "invoice"} { // their numbers depend on the bot
		commands[path] = regexp.MustCompile(`"message":\d+`).ReplaceAllString(commands[path], fmt.Sprint(`"message":`, d.numberOf(kind)))
	}
	const file = "GET /chats/{chat}/{message}/file"
	commands[file] = strings.Replace(commands[file], "/2/", fmt.Sprintf("/%d/", d.numberOf("document")), 1)
	for _, path := range []string{
		"POST /vote", "POST /pay", "POST /edit", "POST /react", "POST /inline", "POST /block", "POST /leave", "POST /join",
		"POST /call", "GET /trigger", "POST /trigger", "GET /chats/{chat}", "GET /chats/{chat}/transcript",
		"GET /chats/{chat}/{message}", file,
	} {
		run(path)
	}
	data, err := os.ReadFile(dir + "/hello.txt")
	require.NoError(t, err)
	assert.Equal(t, "hello\n", string(data))
	stop() // before faults, and updates it can't read
	run("POST /push")
	assert.Contains(t, run("GET /events"), "data: {")
	for _, path := range []string{
		"GET /faults", "POST /faults", "DELETE /faults", "GET /clock", "POST /clock", "GET /journal", "GET /snapshot", "POST /reset",
	} {
		run(path)
	}
	assert.Empty(t, commands, "these are in /help, but were not tried")
}

// numberOf finds the last message of a kind.
func (d *desk) numberOf(kind string) int64 {
	messages := d.tg.Chats()[0].Messages()
	for _, m := range slices.Backward(messages) {
		if m.Kind == kind {
			return m.ID
		}
	}
	d.t.Errorf("there is no %s", kind)
	return 0
}
