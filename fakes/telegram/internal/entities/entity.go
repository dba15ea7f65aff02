package entities

import (
	"cmp"
	"slices"
)

// Types of an entity, as the Bot API spells them.
const (
	Mention              = "mention"
	Hashtag              = "hashtag"
	Cashtag              = "cashtag"
	BotCommand           = "bot_command"
	URL                  = "url"
	Email                = "email"
	PhoneNumber          = "phone_number"
	Bold                 = "bold"
	Italic               = "italic"
	Underline            = "underline"
	Strikethrough        = "strikethrough"
	Spoiler              = "spoiler"
	Blockquote           = "blockquote"
	ExpandableBlockquote = "expandable_blockquote"
	Code                 = "code"
	Pre                  = "pre"
	TextLink             = "text_link"
	TextMention          = "text_mention"
	CustomEmoji          = "custom_emoji"
	DateTime             = "date_time"
)

// bankCard is found by Telegram but never shown to bots.
const bankCard = "bank_card_number"

// An Entity is one special part of a text: the Bot API's MessageEntity.
type Entity struct {
	Type   string
	Offset int // UTF-16 code units from the start of the text
	Length int // UTF-16 code units

	URL            string // of a text_link
	UserID         int64  // of a text_mention
	Language       string // of a pre; may be empty
	CustomEmojiID  string // of a custom_emoji; decimal
	UnixTime       int64  // of a date_time; seconds
	DateTimeFormat string // of a date_time; may be empty
}

// End is the offset after the entity's last code unit.
func (e Entity) End() int { return e.Offset + e.Length }

// A class says how entities of a type may lie in and across each other.
type class int

const (
	style   class = iota // may overlap anything: is cut into pieces
	quote                // may hold everything but another quote
	block                // code, pre, date_time: holds nothing
	unit                 // links, mentions, tags: hold styles only
	unknown              // no type of the Bot API
)

func (e Entity) class() class {
	switch e.Type {
	case Bold, Italic, Underline, Strikethrough, Spoiler:
		return style
	case Blockquote, ExpandableBlockquote:
		return quote
	case Code, Pre, DateTime:
		return block
	case Mention, Hashtag, Cashtag, BotCommand, URL, Email, PhoneNumber, TextLink, TextMention, CustomEmoji:
		return unit
	default:
		return unknown
	}
}

// found says whether Telegram finds entities of that type by itself. A bot
// cannot set them.
func (e Entity) found() bool {
	switch e.Type {
	case Mention, Hashtag, Cashtag, BotCommand, URL, Email, PhoneNumber, bankCard:
		return true
	default:
		return false
	}
}

// rank orders entities that cover the same range: the lower is the outer.
func (e Entity) rank() int {
	switch e.Type {
	case Blockquote, ExpandableBlockquote:
		return 0
	case Pre:
		if e.Language != "" {
			return 10
		}
		return 11
	case Code:
		return 20
	case DateTime:
		return 30
	case TextLink, TextMention:
		return 49
	case CustomEmoji:
		return 99
	default:
		if i := styleIndex(e.Type); i >= 0 {
			return 90 + i
		}
		return 50
	}
}

// styles in the order in which equal ranges are listed.
var styles = [...]string{Bold, Italic, Underline, Strikethrough, Spoiler}

func styleIndex(kind string) int { return slices.Index(styles[:], kind) }

// compare is the order of a message's entities: by offset, the longer first,
// then by rank.
func compare(a, b Entity) int {
	if c := cmp.Compare(a.Offset, b.Offset); c != 0 {
		return c
	}
	if c := cmp.Compare(b.Length, a.Length); c != 0 {
		return c
	}
	return cmp.Compare(a.rank(), b.rank())
}

func sortEntities(ents []Entity) {
	if !slices.IsSortedFunc(ents, compare) {
		slices.SortStableFunc(ents, compare)
	}
}
