package console

import (
	"fmt"
	"net/http"
	"strings"
)

// An endpoint is one path of the control API. Exactly one of run and write is
// set.
type endpoint struct {
	method, path string
	query        string // what may follow the path, for /help
	about        string
	curl         string // what follows "curl -s "; $C is the console's address
	run          func(*http.Request) (any, error)
	write        func(http.ResponseWriter, *http.Request) error // for what is not one JSON value
}

func (e endpoint) pattern() string { return e.method + " " + e.path }

// example is a command to try the endpoint with.
func (e endpoint) example(url string) string {
	return "curl -s " + strings.ReplaceAll(e.curl, "$C", url)
}

// endpoints are the whole control API; /help and docs/console.md are made of
// them. The page itself is the only other path.
func (c *Console) endpoints() []endpoint {
	all := []endpoint{
		{method: "GET", path: "/{$}", about: "the page", curl: "$C/", write: c.page},
		{method: "GET", path: "/help", about: "this list", curl: "$C/help", write: c.help},
	}
	all = append(all, c.botEndpoints()...)
	all = append(all, c.peopleEndpoints()...)
	all = append(all, c.chatEndpoints()...)
	all = append(all, c.actEndpoints()...)
	return append(all, c.worldEndpoints()...)
}

// help lists the endpoints, from the table that serves them.
func (c *Console) help(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, Help(c.URL()))
	return nil
}

// Help is the text of /help for a console at url.
func Help(url string) string {
	var b strings.Builder
	fmt.Fprint(&b, "The console of a fake Telegram. Errors are {\"error\": \"...\"}: 400 for a mistake in the\n"+
		"request, 404 for something that does not exist, 504 for a wait that ended in vain.\n")
	for _, e := range (&Console{}).endpoints() {
		path := strings.TrimSuffix(e.path, "{$}") + e.query
		fmt.Fprintf(&b, "\n%s %s\n  %s\n  %s\n", e.method, path, e.about, e.example(url))
	}
	return b.String()
}
