package proof

import (
	"context"
	"fmt"
	"time"

	"hookproof/e2e/target"
	"hookproof/fakes/telegram"
)

// word makes a tag that occurs nowhere else, so that an answer is that of one
// message.
func (e *Env) word(prefix string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return prefix + randomWord(e.random, 8)
}

// number is random, at least 0 and below n.
func (e *Env) number(n int) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.random.IntN(n)
}

// probe is a message whose answer tells that the bot works: an echo of a word
// where it can, its fixed answer otherwise.
func (e *Env) probe() target.Exchange {
	if e.Spec.Texts.Echo.Known() {
		return e.Spec.Texts.Echo.With("{text}", e.word("alive"))
	}
	return e.Spec.Texts.Answer
}

// sleep is a message that keeps the bot's handler busy for d.
func (e *Env) sleep(d time.Duration, tag string) target.Exchange {
	return e.Spec.Texts.Sleep.With("{duration}", fmt.Sprintf("%dms", d.Milliseconds()), "{tag}", tag)
}

// A talk is a private chat with the bot.
type talk struct {
	env  *Env
	user *telegram.User
	chat *telegram.Chat
}

func (e *Env) talk() *talk {
	u := e.Fake.NewUser("Tester")
	return &talk{env: e, user: u, chat: u.Chat(e.Bot)}
}

// say sends text to the bot.
func (t *talk) say(text string) { t.user.Send(t.env.Bot, text) }

// hear waits until the bot has said text in the chat.
func (t *talk) hear(ctx context.Context, text string) error {
	_, err := t.chat.Wait(ctx, func(m *telegram.Message) bool { return m.FromBot && m.Text == text })
	return err
}

// exchange says and hears.
func (t *talk) exchange(ctx context.Context, x target.Exchange) error {
	t.say(x.Send)
	return t.hear(ctx, x.Want)
}

// heard lists what the bot has said in the chat so far.
func (t *talk) heard() []string {
	var texts []string
	for _, m := range t.chat.Messages() {
		if m.FromBot {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// count is how often the bot has said text in the chat.
func (t *talk) count(text string) int {
	n := 0
	for _, h := range t.heard() {
		if h == text {
			n++
		}
	}
	return n
}
