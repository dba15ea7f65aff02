// Package telegram is a fake Telegram: a Bot API server that behaves like the
// real one, with people who write to bots and read their answers.
//
//	tg := telegram.NewServer(telegram.Options{})
//	defer tg.Close()
//	bot := tg.NewBot("echo_bot")
//	// start your bot with tg.URL() as the Bot API's address and bot.Token()
//	alice := tg.NewUser("Alice")
//	alice.Send(bot, "hello")
//	reply, err := alice.Chat(bot).WaitText(ctx, "hello")
//
// People send files, too, and read those of bots:
//
//	alice.SendPhoto(bot, telegram.Picture(800, 600), "look")
//	answer, err := alice.Chat(bot).Wait(ctx, func(m *telegram.Message) bool { return m.Kind == "document" })
//	data, err := answer.Data()
//
// The bot under test may use long polling or a webhook; the server queues,
// delivers, orders, retries and refuses as the real one does. Everything that
// happens is in the journal ([Server.Journal]), and time is the server's own
// ([Server.Clock]): a test can let a day pass in a moment.
//
// A Server is safe for concurrent use. Servers share nothing, so tests may run
// as many at once as they like.
package telegram
