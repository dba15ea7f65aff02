// Package engine is Telegram's side of the fake: bots and their update
// queues, people, chats and messages, long polling, webhooks, and what every
// method of the Bot API does to them.
//
// One World is one Telegram. There are two doors in: [World.Call], through
// which bots come, and the acts of people ([World.Post], [World.Press], ...).
// There is one way out, the update queue of each bot, which getUpdates reads
// and webhook delivery drains. And there is one window, the journal, in which
// every call, act and delivery is an [Event].
//
// A World is safe for concurrent use: one mutex guards it, and it is never
// held across I/O or a wait.
package engine
