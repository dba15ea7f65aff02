package console

import (
	_ "embed"
	"net/http"
)

//go:embed page.html
var pageHTML []byte

// page is the whole console in one file: people and their chats on the left,
// what bots did on the right.
func (c *Console) page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self' 'unsafe-inline'")
	_, _ = w.Write(pageHTML) // the client may have gone
}
