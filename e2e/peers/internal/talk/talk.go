// Package talk is what all peers have in common: where they find their
// settings, and what they say. The rest of a peer is its library.
package talk

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// The fixed texts of the conversation. The three programs in other languages
// say the same.
const (
	Question    = "press it"        // above the keyboard of /keyboard
	Button      = "Button"          // on it
	Data        = "pressed-1"       // its callback data
	Notice      = "thank you"       // the answer to the callback query
	Pressed     = "it was pressed"  // the question's text afterwards
	Draft       = "first version"   // what /edit sends
	Final       = "second version"  // what it becomes
	CommandsSet = "commands set"    // the answer to /commands
	Command     = "ping"            // the one command that /commands sets
	Description = "answers pong"    // and its description
	NoWebhook   = "no webhook"      // the answer to /info while polling
	FileCaption = "your file again" // under a document that comes back
)

// Answer answers the texts that need no more of a library than sending. An
// error is the failure that /fail asks for; /panic panics.
func Answer(text string) (string, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return text, nil
	}
	switch words[0] {
	case "/ping":
		return "pong", nil
	case "/sleep":
		return sleep(words[1:])
	case "/fail":
		return "", fmt.Errorf("drill: asked to fail: %q", words[1:])
	case "/panic":
		panic("drill: asked to panic")
	}
	return text, nil
}

// sleep takes its time as a slow database would: in the handler.
func sleep(words []string) (string, error) {
	if len(words) == 0 {
		return "", fmt.Errorf("drill: /sleep needs a duration")
	}
	d, err := time.ParseDuration(words[0])
	if err != nil {
		return "", fmt.Errorf("drill: %w", err)
	}
	time.Sleep(d)
	return "slept " + strings.Join(words, " "), nil
}

// Info is the answer to /info.
func Info(url string) string {
	if url == "" {
		return NoWebhook
	}
	return url
}

// Download gets a file's bytes.
func Download(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("download: bad address") // the error would quote it, token and all
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("download: no answer")
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("download: status %d", res.StatusCode)
	}
	return io.ReadAll(res.Body)
}
