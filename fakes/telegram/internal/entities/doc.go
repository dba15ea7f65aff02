// Package entities turns what a bot sends as text into what Telegram stores: a
// plain text and the list of its entities.
//
// Two steps, as on the server. Parse takes the markup of a parse mode out of a
// text. Fix then does to any text, with entities from Parse, from the bot or
// without any, what happens on the way into a chat: control characters and
// surrounding blanks go, entities are checked, moved along, put in order,
// split and merged, and mentions, hashtags, cashtags, commands, links,
// addresses and phone numbers are found.
//
// Offsets and lengths are UTF-16 code units, offsets in error texts are bytes,
// and the limits on a text count code points (Len). Error texts are the
// library's own, capital first letter included; the caller adds "Bad Request"
// and lower-cases, as it does for every other error.
//
// All functions are pure and safe for concurrent use. The rules come from the
// Bot API server's source and the Bot API docs. What is only approximated:
// phone numbers, which a closed backend finds, are recognised only in
// international form with a plus; bank card numbers are not looked for; the
// list of top-level domains that make "example.com" a link without a scheme is
// that of the Public Suffix List.
package entities
