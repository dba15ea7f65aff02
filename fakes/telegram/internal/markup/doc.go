// Package markup reads the reply_markup of a message, checks it, and renders
// an inline keyboard back.
//
// It goes in the server's two steps. Parse reads the JSON, before the chat of
// a request is looked at. Check is what happens in the chat: texts and
// addresses are checked and put in order, and what does not belong into that
// kind of chat or message is refused.
//
// A Markup never changes after it was made, and all functions are safe for
// concurrent use. A nil Markup is no markup, and every method takes it.
//
// Error texts are the server's own, capital first letter included; the caller
// adds "Bad Request" and lower-cases. Sources: Bot API server source; codes in
// capitals are the backend's, observed on the real server by bot authors.
package markup
