package files

import (
	"image"
	"strings"

	"hookproof/fakes/telegram/internal/entities/link"
)

// IsURL reports whether Telegram takes a value that names a file as an HTTP
// URL: whether it has a dot (TDLib source).
func IsURL(value string) bool { return strings.Contains(value, ".") }

// FromURL stands in for what Telegram would fetch from a URL: a black image, or a
// line of text. The fake never fetches anything, so that tests need no
// network. Errors are *Error, of what is not a URL.
func FromURL(kind Kind, value string) (Upload, error) {
	address, err := link.HTTP(value)
	if err != nil {
		return Upload{}, refuse(wrongURL+"%s", err)
	}
	up := Upload{Name: fileName(address)}
	if kind.isImage() {
		up.Name = "photo.jpg"
		up.Data = scale(image.NewRGBA(image.Rect(0, 0, 800, 600)), 800, 600)
		return up, nil
	}
	up.Data = []byte("stands in for " + withoutUser(address) + "\n")
	return up, nil
}

// fileName is what follows the last slash of a normalised address's path.
func fileName(address string) string {
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		address = address[:i]
	}
	return address[strings.LastIndexByte(address, '/')+1:]
}

// withoutUser takes a name and password out of a normalised address.
func withoutUser(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	host, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + host[strings.LastIndexByte(host, '@')+1:] + "/" + path
}

const wrongURL = "Invalid file HTTP URL specified: "
