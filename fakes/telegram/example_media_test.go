package telegram_test

import (
	"context"
	"fmt"
	"time"

	"hookproof/fakes/telegram"
)

// A person sends a photo, and the bot sends back a document. A real bot would
// be a program of its own; here it is two calls.
func ExampleUser_SendPhoto() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	bot := tg.NewBot("scan_bot")
	alice := tg.NewUser("Alice")

	photo, err := alice.SendPhoto(bot, telegram.Picture(800, 600), "scan this")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(photo.Kind, photo.Text, photo.Files[0].Size > 0)

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err = bot.Call(ctx, "sendDocument", map[string]any{
		"chat_id":  alice.ID(),
		"document": telegram.Upload{Name: "scan.txt", Data: []byte("nothing to read")},
		"caption":  "done",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := alice.Chat(bot).WaitText(ctx, "done")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := answer.Data()
	fmt.Println(answer.Files[0].Name, answer.Files[0].MIME, string(text), err)
	// Output:
	// photo scan this true
	// scan.txt text/plain nothing to read <nil>
}

// Each file of an album is a message of its own.
func ExampleUser_SendAlbum() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	bot := tg.NewBot("album_bot")
	alice := tg.NewUser("Alice")
	album, err := alice.SendAlbum(bot,
		telegram.Media{Kind: "photo", Data: telegram.Picture(100, 100), Caption: "both"},
		telegram.Media{Kind: "photo", Data: telegram.Picture(100, 100)},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(alice.Chat(bot).Transcript())
	fmt.Println(album[0].Album == album[1].Album, bot.Pending())
	// Output:
	// Alice: [photo] both
	// Alice: [photo]
	// true 2
}

// A document arrives as it was sent, with a name.
func ExampleUser_SendDocument() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	bot := tg.NewBot("file_bot")
	m, err := tg.NewUser("Alice").SendDocument(bot, "report.pdf", []byte("%PDF-1.7"), "")
	fmt.Println(m, err)
	fmt.Println(m.Files[0].Name, m.Files[0].MIME, m.Files[0].Size)
	// Output:
	// Alice: [document] <nil>
	// report.pdf application/pdf 8
}

// A voice message is sound without a name.
func ExampleUser_SendVoice() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	bot := tg.NewBot("voice_bot")
	m, err := tg.NewUser("Alice").SendVoice(bot, []byte("OggS..."), 3)
	fmt.Println(m, m.Files[0].MIME, err)
	// Output: Alice: [voice] audio/ogg <nil>
}

// A sticker stands for an emoji.
func ExampleUser_SendSticker() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	bot := tg.NewBot("sticker_bot")
	m, err := tg.NewUser("Alice").SendSticker(bot, telegram.Picture(512, 512), "👍")
	fmt.Println(m, err)
	// Output: Alice: [sticker] <nil>
}

// The bytes of a file are those that were sent.
func ExampleMessage_Data() {
	tg := telegram.NewServer(telegram.Options{})
	defer tg.Close()
	bot := tg.NewBot("file_bot")
	m, err := tg.NewUser("Alice").SendDocument(bot, "a.txt", []byte("hello"), "")
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := m.Data()
	fmt.Println(string(data), err)
	// Output: hello <nil>
}
