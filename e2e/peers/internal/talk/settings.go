package talk

import (
	"net/url"
	"os"
	"strings"
)

// Settings are what every peer is told, by environment variables.
type Settings struct {
	Token   string // TELEGRAM_BOT_TOKEN
	API     string // TELEGRAM_API_URL, without a slash at its end
	Webhook bool   // WEBHOOK_ENABLED is "true"; else the peer polls
	URL     string // WEBHOOK_URL, as Telegram is to call it
	Port    string // WEBHOOK_PORT, where the peer listens for plain HTTP
	Secret  string // WEBHOOK_SECRET_TOKEN
}

// FromEnvironment reads the settings. What is missing stays empty: the
// libraries have their own opinions on that, and those are worth seeing.
func FromEnvironment() Settings {
	return Settings{
		Token:   os.Getenv("TELEGRAM_BOT_TOKEN"),
		API:     strings.TrimSuffix(os.Getenv("TELEGRAM_API_URL"), "/"),
		Webhook: os.Getenv("WEBHOOK_ENABLED") == "true",
		URL:     os.Getenv("WEBHOOK_URL"),
		Port:    os.Getenv("WEBHOOK_PORT"),
		Secret:  os.Getenv("WEBHOOK_SECRET_TOKEN"),
	}
}

// Path is the path of URL.
func (s Settings) Path() string {
	u, err := url.Parse(s.URL)
	if err != nil || u.Path == "" {
		return "/"
	}
	return u.Path
}

// Listen is the address to listen on: all interfaces, as in the examples.
func (s Settings) Listen() string { return ":" + s.Port }

// FileURL is where a file is downloaded from. It is for libraries that have
// a function for this with Telegram's own address in it.
func (s Settings) FileURL(path string) string {
	return s.API + "/file/bot" + s.Token + "/" + path
}
