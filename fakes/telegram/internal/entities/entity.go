package entities

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
