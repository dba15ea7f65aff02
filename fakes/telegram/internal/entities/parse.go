package entities

import (
	"errors"
	"strings"
)

// ErrMode says that the parse mode is not one of the Bot API's.
var ErrMode = errors.New("unsupported parse_mode")

// Parse takes the markup out of a text. The mode is "markdown", "markdownv2",
// "html", or "" or "none" for plain text, in any case. A markup error's text is
// exactly what the server puts after "can't parse entities: "; the offsets in
// it are bytes. ErrMode is returned for any other mode.
func Parse(text, mode string) (string, []Entity, error) {
	switch strings.ToLower(mode) {
	case "", "none":
		return text, nil, nil
	default:
		return "", nil, ErrMode
	}
}
