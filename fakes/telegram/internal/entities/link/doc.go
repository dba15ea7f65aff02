// Package link checks addresses the way the Bot API server does: those of text
// links and of buttons, and the tg: links that name a user, a custom emoji or
// a moment.
//
// The rules are the server's, not those of net/url: an address without a
// scheme is http, a host is lower-cased but never resolved, blanks in a path
// are percent-encoded, and a host without a dot is refused.
//
// Source: Bot API server source (LinkManager, HttpUrl). Everything here is a
// pure function.
package link
