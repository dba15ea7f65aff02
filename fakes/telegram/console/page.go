package console

import (
	_ "embed"
	"net/http"
)

//go:embed page.html
var pageHTML []byte

// pagePolicy lets the page use what is in it and this console, nothing else.
const pagePolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page is the whole console in one file: chats on the left, bots and what they
// did on the right.
func (c *Console) page(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	_, _ = w.Write(pageHTML) // the client may have gone
	return nil
}
