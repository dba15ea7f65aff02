package schema

import "slices"

// enumOf returns the values a String field may have, or nil if any.
func enumOf(typeName, field string) []string {
	return enums[typeName+"."+field]
}

// enums holds String fields with a closed set of values; the first value is the
// one samples use. Source: Bot API docs, descriptions of the fields.
var enums = map[string][]string{
	"Chat.type":         {"private", "group", "supergroup", "channel"},
	"ChatFullInfo.type": {"private", "group", "supergroup", "channel"},
	"InlineQuery.chat_type": {
		"private", "sender", "group", "supergroup", "channel",
	},
	"MessageEntity.type": {
		"bold", "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "italic",
		"underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre",
		"text_link", "text_mention", "custom_emoji", "date_time",
	},
	"Poll.type":                    {"regular", "quiz"},
	"Sticker.type":                 {"regular", "mask", "custom_emoji"},
	"StickerSet.sticker_type":      {"regular", "mask", "custom_emoji"},
	"InputSticker.format":          {"static", "animated", "video"},
	"MaskPosition.point":           {"forehead", "eyes", "mouth", "chin"},
	"SuggestedPostInfo.state":      {"pending", "approved", "declined"},
	"SuggestedPostPaid.currency":   {"XTR", "TON"},
	"SuggestedPostPrice.currency":  {"XTR", "TON"},
	"SuggestedPostRefunded.reason": {"post_deleted", "payment_refunded"},
	"RichBlockTableCell.align":     {"left", "center", "right"},
	"RichBlockTableCell.valign":    {"top", "middle", "bottom"},
	"RichBlockListItem.type":       {"1", "a", "A", "i", "I"},
	"EncryptedPassportElement.type": {
		"personal_details", "passport", "driver_license", "identity_card", "internal_passport", "address",
		"utility_bill", "bank_statement", "rental_agreement", "passport_registration",
		"temporary_registration", "phone_number", "email",
	},
	"TransactionPartnerUser.transaction_type": {
		"invoice_payment", "paid_media_payment", "gift_purchase", "premium_purchase", "business_account_transfer",
	},
}

func enumAllows(values []string, value string) bool {
	return values == nil || slices.Contains(values, value)
}
