package proof

import (
	"net/url"
	"strings"
)

// hookURL is where the bot has registered its webhook. Libraries add a path of
// their own, so any https URL on the public host is the bot's. Until there is
// one it is the URL that the bot is told.
func (e *Env) hookURL() string {
	if registered := e.Bot.Webhook().URL; ownHook(registered) != nil {
		return registered
	}
	return publicURL
}

// hookPath is the path that deliveries go to.
func (e *Env) hookPath() string {
	if u := ownHook(e.hookURL()); u != nil && u.RequestURI() != "" {
		return u.RequestURI()
	}
	return publicPath
}

// ownHook reads a URL on the public host; nil is any other. One without a
// scheme is https (Bot API server source).
func ownHook(registered string) *url.URL {
	if !strings.Contains(registered, "://") {
		registered = "https://" + registered
	}
	u, err := url.Parse(registered)
	if err != nil || u.Scheme != "https" || u.Hostname() != publicHost {
		return nil
	}
	return u
}
