// Package telegram is the Bot API as this bot calls it: six methods, the part
// of an update that the bot reads, and one reply.
//
// A Client is safe for concurrent use. It never retries: how long to wait, and
// whether at all, is the caller's decision, and [Error] carries what that
// decision needs. Neither an error nor a printed Client contains the token.
package telegram
