package entities

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"hookproof/fakes/telegram/internal/entities/link"
)

// maxOffset bounds offsets and lengths before they are even compared with the
// text.
const maxOffset = 1_000_000

// check copies the entities that count, their addresses normalised, and says
// what is wrong with one that cannot be. Types that Telegram finds by itself
// are ignored, as are empty entities.
func check(ents []Entity) ([]Entity, error) {
	if len(ents) == 0 {
		return nil, nil
	}
	kept := make([]Entity, 0, len(ents))
	for _, e := range ents {
		e, err := checked(e)
		if err != nil {
			return nil, err
		}
		if !e.found() && e.class() != unknown {
			kept = append(kept, e)
		}
	}
	for _, e := range kept {
		if e.Offset < 0 || e.Offset > maxOffset {
			return nil, fmt.Errorf("Receive an entity with incorrect offset %d", e.Offset)
		}
		if e.Length < 0 || e.Length > maxOffset {
			return nil, fmt.Errorf("Receive an entity with incorrect length %d", e.Length)
		}
	}
	return dropEmpty(kept), nil
}

// checked checks what an entity carries besides its range.
func checked(e Entity) (Entity, error) {
	e = e.bare()
	switch e.Type {
	case Pre:
		if !utf8.ValidString(e.Language) {
			return e, errors.New("MessageEntityPreCode.language must be encoded in UTF-8")
		}
		e.Language, _ = clean(e.Language, nil)
	case TextLink:
		return checkedLink(e)
	case TextMention:
		if !link.ValidUser(e.UserID) {
			return e, errors.New("User not found")
		}
	case CustomEmoji:
		if id, ok := link.Number(e.CustomEmojiID); !ok || id == 0 {
			return e, errEmoji
		}
	case DateTime:
		if e.UnixTime <= 0 {
			return e, errors.New("Invalid date specified")
		}
		format, err := timeFormat(e.DateTimeFormat)
		e.DateTimeFormat = format
		return e, err
	}
	return e, nil
}

// bare keeps of the fields only those that belong to the type.
func (e Entity) bare() Entity {
	b := Entity{Type: e.Type, Offset: e.Offset, Length: e.Length}
	switch e.Type {
	case Pre:
		b.Language = e.Language
	case TextLink:
		b.URL = e.URL
	case TextMention:
		b.UserID = e.UserID
	case CustomEmoji:
		b.CustomEmojiID = e.CustomEmojiID
	case DateTime:
		b.UnixTime, b.DateTimeFormat = e.UnixTime, e.DateTimeFormat
	}
	return b
}

func checkedLink(e Entity) (Entity, error) {
	if !utf8.ValidString(e.URL) {
		return e, errors.New("MessageEntityTextUrl.url must be encoded in UTF-8")
	}
	e.URL, _ = clean(e.URL, nil)
	if id, ok := link.User(e.URL); ok {
		e.Type, e.UserID = TextMention, id
		return e.bare(), nil
	}
	address, err := link.Check(e.URL, link.Any)
	if err != nil {
		return e, fmt.Errorf("Entity %w", err)
	}
	e.URL = address
	return e, nil
}

// dropEmpty removes empty entities, in place.
func dropEmpty(ents []Entity) []Entity {
	kept := ents[:0]
	for _, e := range ents {
		if e.Length > 0 {
			kept = append(kept, e)
		}
	}
	return kept
}
