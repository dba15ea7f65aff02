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

// Probe is a message whose answer tells that the bot works: an echo of a word
// where it can, its fixed answer otherwise.
func (e *Env) Probe() target.Exchange {
	if e.Spec.Texts.Echo.Known() {
		return e.Spec.Texts.Echo.With("{text}", e.word("alive"))
	}
	return e.Spec.Texts.Answer
}

// Sleep is a message that keeps the bot's handler busy for d.
func (e *Env) Sleep(d time.Duration, tag string) target.Exchange {
	return e.Spec.Texts.Sleep.With("{duration}", fmt.Sprintf("%dms", d.Milliseconds()), "{tag}", tag)
}

// A Talk is a private chat with the bot.
type Talk struct {
	env  *Env
	user *telegram.User
	chat *telegram.Chat
}

// Talk opens a private chat between a new person and the bot.
func (e *Env) Talk() *Talk {
	u := e.Fake.NewUser("Tester")
	return &Talk{env: e, user: u, chat: u.Chat(e.Bot)}
}

// Say sends text to the bot.
func (t *Talk) Say(text string) { t.user.Send(t.env.Bot, text) }

// Hear waits until the bot has said text in the chat.
func (t *Talk) Hear(ctx context.Context, text string) error {
	_, err := t.chat.Wait(ctx, func(m *telegram.Message) bool { return m.FromBot && m.Text == text })
	return err
}

// Exchange says and hears.
func (t *Talk) Exchange(ctx context.Context, x target.Exchange) error {
	t.Say(x.Send)
	return t.Hear(ctx, x.Want)
}

// Heard lists what the bot has said in the chat so far.
func (t *Talk) Heard() []string {
	var texts []string
	for _, m := range t.chat.Messages() {
		if m.FromBot {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// Count is how often the bot has said text in the chat.
func (t *Talk) Count(text string) int {
	n := 0
	for _, h := range t.Heard() {
		if h == text {
			n++
		}
	}
	return n
}

// HearAny waits until the bot has said anything that no other wait has heard.
func (t *Talk) HearAny(ctx context.Context) error {
	_, err := t.chat.Wait(ctx, func(m *telegram.Message) bool { return m.FromBot })
	return err
}
