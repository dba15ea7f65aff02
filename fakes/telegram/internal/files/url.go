package files

import (
	"image"
	"net/url"
	"path"
	"strings"
)

// IsURL reports whether Telegram takes a value that names a file as an HTTP
// URL: whether it has a dot (TDLib source).
func IsURL(value string) bool { return strings.Contains(value, ".") }

// FromURL stands in for what Telegram would fetch from a URL: a black image, or a
// line of text. The fake never fetches anything, so that tests need no
// network. Errors are *Error, of what is not a URL.
func FromURL(kind Kind, value string) (Upload, error) {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	switch {
	case err == nil && !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https"):
		return Upload{}, refuse(wrongURL + "Unsupported URL protocol")
	case err == nil && u.Hostname() == "":
		return Upload{}, refuse(wrongURL + "URL host is empty")
	case err != nil:
		return Upload{}, refuse(wrongURL + "Wrong URL")
	}
	up := Upload{Name: path.Base(u.Path)}
	if up.Name == "/" || up.Name == "." {
		up.Name = ""
	}
	if kind.isImage() {
		up.Name = "photo.jpg"
		up.Data = scale(image.NewRGBA(image.Rect(0, 0, 800, 600)), 800, 600)
		return up, nil
	}
	up.Data = []byte("stands in for " + u.Redacted() + "\n")
	return up, nil
}

const wrongURL = "Invalid file HTTP URL specified: "
