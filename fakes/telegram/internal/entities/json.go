package entities

import (
	"strconv"

	"hookproof/fakes/telegram/internal/wire"
)

// AppendJSON renders a list of entities as the Bot API server does: the range
// first, then the type and what belongs to it. User renders the user of a
// text_mention.
func AppendJSON(dst []byte, ents []Entity, user func(id int64) []byte) []byte {
	dst = append(dst, '[')
	for i, e := range ents {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"offset":`...)
		dst = strconv.AppendInt(dst, int64(e.Offset), 10)
		dst = append(dst, `,"length":`...)
		dst = strconv.AppendInt(dst, int64(e.Length), 10)
		dst = append(dst, `,"type":"`...)
		dst = append(dst, e.Type...)
		dst = append(dst, '"')
		dst = append(e.appendDetail(dst, user), '}')
	}
	return append(dst, ']')
}

func (e Entity) appendDetail(dst []byte, user func(id int64) []byte) []byte {
	switch {
	case e.Type == Pre && e.Language != "":
		return wire.AppendString(append(dst, `,"language":`...), e.Language)
	case e.Type == TextLink:
		return wire.AppendString(append(dst, `,"url":`...), e.URL)
	case e.Type == TextMention:
		return append(append(dst, `,"user":`...), user(e.UserID)...)
	case e.Type == CustomEmoji:
		return wire.AppendString(append(dst, `,"custom_emoji_id":`...), e.CustomEmojiID)
	case e.Type == DateTime:
		dst = strconv.AppendInt(append(dst, `,"unix_time":`...), e.UnixTime, 10)
		if e.DateTimeFormat != "" {
			dst = wire.AppendString(append(dst, `,"date_time_format":`...), e.DateTimeFormat)
		}
	}
	return dst
}
