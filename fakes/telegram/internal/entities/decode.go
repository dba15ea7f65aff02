package entities

import (
	"errors"
	"fmt"
	"strconv"

	"hookproof/fakes/telegram/internal/wire"
)

// Decode reads the entities that a bot lists itself: the JSON of an array of
// MessageEntity. Anything that is no such array counts as an empty one. The
// error is complete: "Can't parse MessageEntity: why".
func Decode(raw string) ([]Entity, error) {
	if raw == "" {
		return nil, nil
	}
	v, err := wire.ParseJSON(raw)
	if err != nil {
		v = wire.Value{}
	}
	return FromValue(v)
}

// FromValue is Decode for entities within a larger JSON value.
func FromValue(v wire.Value) ([]Entity, error) {
	var ents []Entity
	for _, item := range v.Array() {
		e, err := decode(item)
		if err != nil {
			return nil, fmt.Errorf("Can't parse MessageEntity: %w", err)
		}
		if !e.found() {
			ents = append(ents, e)
		}
	}
	return ents, nil
}

// decode reads one entity in the server's order. Entities of types that
// Telegram finds by itself are read and then of no account.
func decode(v wire.Value) (Entity, error) {
	if !v.IsObject() {
		return Entity{}, errors.New("expected an Object")
	}
	offset, err := v.RequiredInt("offset")
	if err != nil {
		return Entity{}, err
	}
	length, err := v.RequiredInt("length")
	if err != nil {
		return Entity{}, err
	}
	kind, err := v.RequiredString("type")
	if err != nil {
		return Entity{}, err
	}
	e := Entity{Type: kind, Offset: int(offset), Length: int(length)}
	switch {
	case kind == "":
		return e, errors.New("Type is not specified")
	case e.class() == unknown && !e.found():
		return e, errors.New("Unsupported type specified")
	}
	return e, e.decodeDetail(v)
}

// decodeDetail reads the fields that belong to the type.
func (e *Entity) decodeDetail(v wire.Value) error {
	var err error
	switch e.Type {
	case Pre:
		e.Language, err = v.OptionalString("language", "")
	case TextLink:
		e.URL, err = v.RequiredString("url")
	case TextMention:
		var user wire.Value
		if user, err = v.Required("user", wire.Object); err == nil {
			e.UserID, err = user.RequiredLong("id")
		}
	case CustomEmoji:
		var id int64
		id, err = v.RequiredLong("custom_emoji_id")
		e.CustomEmojiID = strconv.FormatInt(id, 10)
	case DateTime:
		var unix int32
		if unix, err = v.RequiredInt("unix_time"); err == nil {
			e.UnixTime = int64(unix)
			e.DateTimeFormat, err = v.OptionalString("date_time_format", "")
		}
	}
	return err
}
