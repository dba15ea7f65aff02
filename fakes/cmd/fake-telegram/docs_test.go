package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the answers in docs/fake.md")

const guide = "../../../docs/fake.md"

var (
	fence    = regexp.MustCompile("(?ms)^```(sh|text)\n(.*?)^```\n")
	setting  = regexp.MustCompile(`(?m)^API=.*\n`)
	aDate    = regexp.MustCompile(`("(?:last_error_)?date":)\d+`)
	aTime    = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	aPort    = regexp.MustCompile(`127\.0\.0\.1:\d{4,5}`)
	theToken = regexp.MustCompile(`\d+:[A-Za-z0-9_-]{35}`)
)

// alike takes out of a text what differs from run to run.
func alike(s string) string {
	s = aDate.ReplaceAllString(s, "${1}DATE")
	s = aTime.ReplaceAllString(s, "TIME")
	return aPort.ReplaceAllString(s, "ADDRESS")
}

// TestGuide runs every command of docs/fake.md and compares the answers with
// those it shows. -update rewrites them.
func TestGuide(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"curl", "sh", "grep", "cut"} {
		if _, err := exec.LookPath(tool); err != nil {
			require.NotEqual(t, "true", os.Getenv("CI"), "CI must have what the document's commands need: %v", err)
			t.Skip("the document's commands need it: ", err)
		}
	}
	raw, err := os.ReadFile(guide)
	require.NoError(t, err)
	text := string(raw)
	for marker, isBot := range map[string]bool{"## Start it": false, "<!-- with a bot -->": true} {
		p := start(t, "-seed", "1")
		if isBot {
			p.pingPong(t)
		} else {
			text = theToken.ReplaceAllString(strings.ReplaceAll(text, "TOKEN=TOKEN", "TOKEN="+p.token), p.token)
			text = strings.Replace(text, "Token    TOKEN ", "Token    "+p.token+" ", 1)
		}
		begin := strings.Index(text, marker)
		require.GreaterOrEqual(t, begin, 0, marker)
		end := len(text)
		if stop := strings.Index(text[begin:], "<!-- with a bot -->"); !isBot && stop >= 0 {
			end = begin + stop
		}
		text = text[:begin] + p.play(t, text[begin:end]) + text[end:]
	}
	help, err := command(t, "-h").CombinedOutput()
	require.NoError(t, err)
	text = text[:strings.Index(text, "## Flags")] + "## Flags\n\n```text\n" + string(help) + "```\n"
	if *update {
		require.NoError(t, os.WriteFile(guide, []byte(text), 0o644))
		return
	}
	assert.Equal(t, alike(string(raw)), alike(text), "go test ./fakes/cmd/fake-telegram -run Guide -update")
}

// play runs the commands of a part of the document in one shell and puts their
// answers into it.
func (p *process) play(t *testing.T, part string) string {
	t.Helper()
	const mark = "=====next block====="
	script := fmt.Sprintf("API=%s C=%s TOKEN=%s\n", p.api, p.console, p.token)
	for _, b := range fence.FindAllStringSubmatch(part, -1) {
		if b[1] != "sh" || strings.Contains(b[2], "bin/fake-telegram") {
			continue
		}
		script += setting.ReplaceAllString(b[2], "") + "echo '" + mark + "'\n"
	}
	cmd := exec.CommandContext(soon(t), "sh", "-c", script)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	answers := strings.Split(string(out), mark+"\n")
	waiting := false
	return fence.ReplaceAllStringFunc(part, func(block string) string {
		b := fence.FindStringSubmatch(block)
		switch {
		case b[1] == "sh":
			waiting = !strings.Contains(b[2], "bin/fake-telegram")
		case waiting:
			block = "```text\n" + lines(answers[0]) + "```\n"
			answers, waiting = answers[1:], false
		}
		return block
	})
}

// lines ends the answers of several commands with a line end each: the Bot API
// sends none.
func lines(out string) string {
	out = strings.ReplaceAll(out, "}{", "}\n{")
	if out != "" && !strings.HasSuffix(out, "\n") {
		out += "\n"
	}
	return out
}

// pingPong is a bot that answers ping with pong, until the test ends.
func (p *process) pingPong(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	call := func(method string, params url.Values) (body struct {
		Result []struct {
			ID      int64 `json:"update_id"`
			Message struct {
				Text string
				Chat struct{ ID int64 }
			}
		}
	}) {
		req, err := http.NewRequestWithContext(ctx, "GET", p.api+"/bot"+p.token+"/"+method+"?"+params.Encode(), nil)
		if err != nil {
			return body
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			return body
		}
		defer resp.Body.Close()
		_ = json.NewDecoder(resp.Body).Decode(&body) // of sendMessage it is no array, and of no interest
		return body
	}
	go func() {
		defer close(done)
		for offset := int64(0); ctx.Err() == nil; {
			for _, u := range call("getUpdates", url.Values{"timeout": {"50"}, "offset": {fmt.Sprint(offset)}}).Result {
				offset = u.ID + 1
				if u.Message.Text == "ping" {
					call("sendMessage", url.Values{"chat_id": {fmt.Sprint(u.Message.Chat.ID)}, "text": {"pong"}})
				}
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}
