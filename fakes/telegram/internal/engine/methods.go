package engine

import (
	"maps"
	"strings"

	"hookproof/fakes/telegram/schema"
)

// Depths at which the fake carries a method out.
const (
	Modelled = "modelled" // its effects are those on Telegram
	Typed    = "typed"    // parameters are checked and a valid result is made up
	Refused  = "refused"  // the server answers, as the real one does, that there is no such method
)

// A method is one entry of the table of the Bot API.
type method struct {
	name  string // as documented
	depth string
	run   handler

	prepare func(*call) ([]*attachment, error) // nil: the method takes no files
}

// methodTable makes the table of all the server's methods by lower-case name.
func methodTable() map[string]method {
	table := map[string]method{}
	for name, run := range modelled() {
		table[strings.ToLower(name)] = method{name: name, depth: Modelled, run: run}
	}
	for _, m := range schema.Methods() {
		key := strings.ToLower(m.Name)
		if _, done := table[key]; !done && !unknownToServer[m.Name] {
			table[key] = method{name: m.Name, depth: Typed, run: typed(m.Name)}
		}
	}
	for name, prepare := range preparations() {
		m := table[strings.ToLower(name)]
		m.prepare = prepare
		table[strings.ToLower(name)] = m
	}
	for old, now := range aliases {
		m := table[strings.ToLower(now)]
		table[strings.ToLower(old)] = m
	}
	return table
}

// unknownToServer are documented methods that the server this fake follows
// (version 10.0) does not have: it answers 404.
var unknownToServer = map[string]bool{
	"answerChatJoinRequestQuery": true, "sendChatJoinRequestWebApp": true,
	"sendRichMessage": true, "sendRichMessageDraft": true,
}

// aliases are old names that the server still takes.
var aliases = map[string]string{
	"kickChatMember": "banChatMember", "getChatMembersCount": "getChatMemberCount",
	"setStickerSetThumb": "setStickerSetThumbnail",
}

// Depths returns a function that tells how a documented method is carried out.
func Depths() func(name string) string {
	table := methodTable()
	return func(name string) string {
		if m, ok := table[strings.ToLower(name)]; ok {
			return m.depth
		}
		return Refused
	}
}

// modelled are the methods whose effects the fake has, one map a file.
func modelled() map[string]handler {
	all := map[string]handler{}
	for _, part := range []map[string]handler{
		coreMethods(), forwardMethods(), pinMethods(), adminMethods(), inviteMethods(), profileMethods(),
		simpleMethods(), pollMethods(), reactionMethods(), inlineMethods(), paymentMethods(), topicMethods(),
		mediaMethods(), albumMethods(), photoMethods(), fileMethods(), stickerMethods(),
	} {
		maps.Copy(all, part)
	}
	return all
}

// preparations are what is done for methods before the world is held still.
func preparations() map[string]func(*call) ([]*attachment, error) {
	all := map[string]func(*call) ([]*attachment, error){
		"sendMediaGroup":    albumItems,
		"editMessageMedia":  newMedia,
		"sendPaidMedia":     paidItems,
		"setChatPhoto":      chatPhoto,
		"setMyProfilePhoto": profilePhoto,

		"uploadStickerFile":      uploadedSticker,
		"createNewStickerSet":    newStickers,
		"addStickerToSet":        newSticker,
		"replaceStickerInSet":    newSticker,
		"setStickerSetThumbnail": setThumbnail,
	}
	for _, s := range sendings {
		all[s.method] = s.prepare
	}
	return all
}

func coreMethods() map[string]handler {
	return map[string]handler{
		"getMe":                  getMe,
		"getUpdates":             getUpdates,
		"setWebhook":             setWebhook,
		"deleteWebhook":          deleteWebhook,
		"getWebhookInfo":         getWebhookInfo,
		"close":                  closeBot,
		"logOut":                 logOut,
		"sendMessage":            sendMessage,
		"editMessageText":        editMessageText,
		"editMessageCaption":     editMessageCaption,
		"editMessageReplyMarkup": editMessageReplyMarkup,
		"deleteMessage":          deleteMessage,
		"deleteMessages":         deleteMessages,
		"sendChatAction":         sendChatAction,
		"answerCallbackQuery":    answerCallbackQuery,
	}
}

// typed checks the parameters of a method that is not modelled and makes up a
// valid result.
func typed(name string) handler {
	return func(c *call) ([]byte, error) {
		if c.w.opt.Strict {
			return nil, &Error{Code: 501, Text: "Not Implemented: " + name + " is typed only; the strict fake refuses it"}
		}
		return c.sample(name)
	}
}
