package schema

// A constant is a field that has one fixed value in every object of a type.
type constant struct {
	field string
	value string // of a String, or the digits of an Integer
}

// constantOf returns the constant that marks objects of a type, if it has one.
func constantOf(typeName string) (constant, bool) {
	c, ok := constants[typeName]
	return c, ok
}

// constants holds the fixed field of every type that has one. Source: Bot API
// docs, the words `always "..."` in the description of the field ("must be" for
// the types which bots send).
var constants = map[string]constant{
	// Bot API docs, InaccessibleMessage: date is always 0, which tells it from
	// a regular message.
	"InaccessibleMessage": {"date", "0"},

	"MessageOriginUser":       {"type", "user"},
	"MessageOriginHiddenUser": {"type", "hidden_user"},
	"MessageOriginChat":       {"type", "chat"},
	"MessageOriginChannel":    {"type", "channel"},

	"PaidMediaLivePhoto": {"type", "live_photo"},
	"PaidMediaPhoto":     {"type", "photo"},
	"PaidMediaPreview":   {"type", "preview"},
	"PaidMediaVideo":     {"type", "video"},

	"BackgroundFillSolid":            {"type", "solid"},
	"BackgroundFillGradient":         {"type", "gradient"},
	"BackgroundFillFreeformGradient": {"type", "freeform_gradient"},

	"BackgroundTypeFill":      {"type", "fill"},
	"BackgroundTypeWallpaper": {"type", "wallpaper"},
	"BackgroundTypePattern":   {"type", "pattern"},
	"BackgroundTypeChatTheme": {"type", "chat_theme"},

	"ChatMemberOwner":         {"status", "creator"},
	"ChatMemberAdministrator": {"status", "administrator"},
	"ChatMemberMember":        {"status", "member"},
	"ChatMemberRestricted":    {"status", "restricted"},
	"ChatMemberLeft":          {"status", "left"},
	"ChatMemberBanned":        {"status", "kicked"},

	"StoryAreaTypeLocation":          {"type", "location"},
	"StoryAreaTypeSuggestedReaction": {"type", "suggested_reaction"},
	"StoryAreaTypeLink":              {"type", "link"},
	"StoryAreaTypeWeather":           {"type", "weather"},
	"StoryAreaTypeUniqueGift":        {"type", "unique_gift"},

	"ReactionTypeEmoji":       {"type", "emoji"},
	"ReactionTypeCustomEmoji": {"type", "custom_emoji"},
	"ReactionTypePaid":        {"type", "paid"},

	"OwnedGiftRegular": {"type", "regular"},
	"OwnedGiftUnique":  {"type", "unique"},

	"BotCommandScopeDefault":               {"type", "default"},
	"BotCommandScopeAllPrivateChats":       {"type", "all_private_chats"},
	"BotCommandScopeAllGroupChats":         {"type", "all_group_chats"},
	"BotCommandScopeAllChatAdministrators": {"type", "all_chat_administrators"},
	"BotCommandScopeChat":                  {"type", "chat"},
	"BotCommandScopeChatAdministrators":    {"type", "chat_administrators"},
	"BotCommandScopeChatMember":            {"type", "chat_member"},

	"MenuButtonCommands": {"type", "commands"},
	"MenuButtonWebApp":   {"type", "web_app"},
	"MenuButtonDefault":  {"type", "default"},

	"ChatBoostSourcePremium":  {"source", "premium"},
	"ChatBoostSourceGiftCode": {"source", "gift_code"},
	"ChatBoostSourceGiveaway": {"source", "giveaway"},

	"InputMediaAnimation": {"type", "animation"},
	"InputMediaAudio":     {"type", "audio"},
	"InputMediaDocument":  {"type", "document"},
	"InputMediaLink":      {"type", "link"},
	"InputMediaLivePhoto": {"type", "live_photo"},
	"InputMediaLocation":  {"type", "location"},
	"InputMediaPhoto":     {"type", "photo"},
	"InputMediaSticker":   {"type", "sticker"},
	"InputMediaVenue":     {"type", "venue"},
	"InputMediaVideo":     {"type", "video"},

	"InputPaidMediaLivePhoto": {"type", "live_photo"},
	"InputPaidMediaPhoto":     {"type", "photo"},
	"InputPaidMediaVideo":     {"type", "video"},

	"InputProfilePhotoStatic":   {"type", "static"},
	"InputProfilePhotoAnimated": {"type", "animated"},

	"InputStoryContentPhoto": {"type", "photo"},
	"InputStoryContentVideo": {"type", "video"},

	"RichTextBold":                   {"type", "bold"},
	"RichTextItalic":                 {"type", "italic"},
	"RichTextUnderline":              {"type", "underline"},
	"RichTextStrikethrough":          {"type", "strikethrough"},
	"RichTextSpoiler":                {"type", "spoiler"},
	"RichTextDateTime":               {"type", "date_time"},
	"RichTextTextMention":            {"type", "text_mention"},
	"RichTextSubscript":              {"type", "subscript"},
	"RichTextSuperscript":            {"type", "superscript"},
	"RichTextMarked":                 {"type", "marked"},
	"RichTextCode":                   {"type", "code"},
	"RichTextCustomEmoji":            {"type", "custom_emoji"},
	"RichTextMathematicalExpression": {"type", "mathematical_expression"},
	"RichTextUrl":                    {"type", "url"},
	"RichTextEmailAddress":           {"type", "email_address"},
	"RichTextPhoneNumber":            {"type", "phone_number"},
	"RichTextBankCardNumber":         {"type", "bank_card_number"},
	"RichTextMention":                {"type", "mention"},
	"RichTextHashtag":                {"type", "hashtag"},
	"RichTextCashtag":                {"type", "cashtag"},
	"RichTextBotCommand":             {"type", "bot_command"},
	"RichTextAnchor":                 {"type", "anchor"},
	"RichTextAnchorLink":             {"type", "anchor_link"},
	"RichTextReference":              {"type", "reference"},
	"RichTextReferenceLink":          {"type", "reference_link"},

	"RichBlockParagraph":              {"type", "paragraph"},
	"RichBlockSectionHeading":         {"type", "heading"},
	"RichBlockPreformatted":           {"type", "pre"},
	"RichBlockFooter":                 {"type", "footer"},
	"RichBlockDivider":                {"type", "divider"},
	"RichBlockMathematicalExpression": {"type", "mathematical_expression"},
	"RichBlockAnchor":                 {"type", "anchor"},
	"RichBlockList":                   {"type", "list"},
	"RichBlockBlockQuotation":         {"type", "blockquote"},
	"RichBlockPullQuotation":          {"type", "pullquote"},
	"RichBlockCollage":                {"type", "collage"},
	"RichBlockSlideshow":              {"type", "slideshow"},
	"RichBlockTable":                  {"type", "table"},
	"RichBlockDetails":                {"type", "details"},
	"RichBlockMap":                    {"type", "map"},
	"RichBlockAnimation":              {"type", "animation"},
	"RichBlockAudio":                  {"type", "audio"},
	"RichBlockPhoto":                  {"type", "photo"},
	"RichBlockVideo":                  {"type", "video"},
	"RichBlockVoiceNote":              {"type", "voice_note"},
	"RichBlockThinking":               {"type", "thinking"},

	"InlineQueryResultArticle":        {"type", "article"},
	"InlineQueryResultPhoto":          {"type", "photo"},
	"InlineQueryResultGif":            {"type", "gif"},
	"InlineQueryResultMpeg4Gif":       {"type", "mpeg4_gif"},
	"InlineQueryResultVideo":          {"type", "video"},
	"InlineQueryResultAudio":          {"type", "audio"},
	"InlineQueryResultVoice":          {"type", "voice"},
	"InlineQueryResultDocument":       {"type", "document"},
	"InlineQueryResultLocation":       {"type", "location"},
	"InlineQueryResultVenue":          {"type", "venue"},
	"InlineQueryResultContact":        {"type", "contact"},
	"InlineQueryResultGame":           {"type", "game"},
	"InlineQueryResultCachedPhoto":    {"type", "photo"},
	"InlineQueryResultCachedGif":      {"type", "gif"},
	"InlineQueryResultCachedMpeg4Gif": {"type", "mpeg4_gif"},
	"InlineQueryResultCachedSticker":  {"type", "sticker"},
	"InlineQueryResultCachedDocument": {"type", "document"},
	"InlineQueryResultCachedVideo":    {"type", "video"},
	"InlineQueryResultCachedVoice":    {"type", "voice"},
	"InlineQueryResultCachedAudio":    {"type", "audio"},

	"RevenueWithdrawalStatePending":   {"type", "pending"},
	"RevenueWithdrawalStateSucceeded": {"type", "succeeded"},
	"RevenueWithdrawalStateFailed":    {"type", "failed"},

	"TransactionPartnerUser":             {"type", "user"},
	"TransactionPartnerChat":             {"type", "chat"},
	"TransactionPartnerAffiliateProgram": {"type", "affiliate_program"},
	"TransactionPartnerFragment":         {"type", "fragment"},
	"TransactionPartnerTelegramAds":      {"type", "telegram_ads"},
	"TransactionPartnerTelegramApi":      {"type", "telegram_api"},
	"TransactionPartnerOther":            {"type", "other"},

	"PassportElementErrorDataField":        {"source", "data"},
	"PassportElementErrorFrontSide":        {"source", "front_side"},
	"PassportElementErrorReverseSide":      {"source", "reverse_side"},
	"PassportElementErrorSelfie":           {"source", "selfie"},
	"PassportElementErrorFile":             {"source", "file"},
	"PassportElementErrorFiles":            {"source", "files"},
	"PassportElementErrorTranslationFile":  {"source", "translation_file"},
	"PassportElementErrorTranslationFiles": {"source", "translation_files"},
	"PassportElementErrorUnspecified":      {"source", "unspecified"},

	// Bot API docs: Telegram Stars only ("XTR").
	"RefundedPayment": {"currency", "XTR"},
}
