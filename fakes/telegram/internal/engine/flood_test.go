package engine

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/wire"
)

// A crowd is a world with a bot in a chat; calls are made one after the other,
// without waiting for their answers.
type crowd struct {
	w       *World
	bot     *Bot
	ann     *User
	start   time.Time
	t       *testing.T
	mu      sync.Mutex
	answers []string // "name at seconds: status", sorted by time
}

func newCrowd(t *testing.T, f Flood) *crowd {
	t.Helper()
	w := New(Options{Flood: f})
	t.Cleanup(w.Close)
	return &crowd{w: w, bot: w.NewBot("test_bot"), ann: w.NewUser("Ann"), start: time.Now(), t: t}
}

// chat makes a chat with a username, which is also its kind.
func (c *crowd) chat(kind string) *Chat {
	c.t.Helper()
	chat, err := c.w.NewChat(kind, kind, c.ann, c.bot.User)
	require.NoError(c.t, err)
	c.w.Do(func() { c.w.usernames[kind] = chat })
	return chat
}

func (c *crowd) call(name, method, chat string) {
	args := []wire.Arg{{Name: "chat_id", Value: chat}, {Name: "text", Value: name}, {Name: "action", Value: "typing"}}
	go func() {
		r, err := c.w.Call(c.t.Context(), Request{Token: c.bot.Token(), Method: method, Args: args})
		assert.NoError(c.t, err)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.answers = append(c.answers, fmt.Sprintf("%s at %v: %d", name, time.Since(c.start).Seconds(), r.Status))
	}()
	synctest.Wait()
}

// after returns the answers once so much time has passed.
func (c *crowd) after(d time.Duration) []string {
	time.Sleep(d)
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answers
}

// texts are the messages in a chat, in order.
func (c *crowd) texts(chat *Chat) (texts []string) {
	c.w.Do(func() {
		for _, m := range chat.Messages() {
			if m.text != "" {
				texts = append(texts, m.text)
			}
		}
	})
	return texts
}

// A call that comes when the next token is free must not take that of a call
// that has waited for it.
func TestFloodOvertakesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, Flood{PerChat: 2})
		chat := c.chat(Supergroup)
		for i := range 3 {
			c.call("early "+strconv.Itoa(i), "sendmessage", "@supergroup")
		}
		c.after(600 * time.Millisecond) // the second waits for a whole second
		c.call("late", "sendmessage", strconv.FormatInt(chat.ID, 10))
		c.after(10 * time.Second)
		assert.Equal(t, []string{"early 0", "early 1", "early 2", "late"}, c.texts(chat))
	})
}

// What Telegram's back end holds up holds up what comes after it in that chat.
func TestFloodWaitsHoldUpTheirChat(t *testing.T) {
	for name, f := range map[string]Flood{"no limits": {}, "limits": {PerChat: 1, Burst: 3}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCrowd(t, f)
				chat, other := c.chat(Supergroup), c.chat(Group)
				c.w.AddFault(Fault{Method: "sendMessage", FloodWaits: []int{3, 2}, Times: 1})
				c.call("first", "sendmessage", "@supergroup")
				c.call("second", "sendmessage", "@supergroup")
				c.call("typing", "sendchataction", "@supergroup")
				c.call("elsewhere", "sendmessage", "@group")
				assert.Equal(t, []string{"typing at 0: 200", "elsewhere at 0: 200"}, c.after(time.Second))
				c.call("third", "sendmessage", "@supergroup")
				assert.Len(t, c.after(3*time.Second), 2)
				assert.Len(t, c.after(2*time.Second), 5)
				assert.Equal(t, []string{"first", "second", "third"}, c.texts(chat))
				assert.Equal(t, []string{"elsewhere"}, c.texts(other))
				c.call("fourth", "sendmessage", "@supergroup")
				assert.Contains(t, c.after(0), "fourth at 6: 200", "the line is over")
			})
		})
	}
}

// A refused call lets the next one go on.
func TestRefusedFloodWaitFreesTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, Flood{})
		c.chat(Supergroup)
		c.w.AddFault(Fault{FloodWaits: []int{6, 6}, Times: 1})
		c.call("first", "sendmessage", "@supergroup")
		c.call("second", "sendmessage", "@supergroup")
		assert.ElementsMatch(t, []string{"first at 6: 429", "second at 6: 200"}, c.after(time.Minute))
	})
}

func TestGroupLimitIsOfGroups(t *testing.T) {
	for kind, limit := range map[string]bool{Group: true, Supergroup: true, Channel: false} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCrowd(t, Flood{PerGroup: 1})
				chat := c.chat(kind)
				c.call("by name", "sendmessage", "@"+kind)
				c.call("by number", "sendmessage", strconv.FormatInt(chat.ID, 10))
				c.call("by name again", "sendmessage", "@"+kind)
				status := 200
				if limit {
					status = 429
				}
				assert.Equal(t, []string{
					"by name at 0: 200", fmt.Sprintf("by number at 0: %d", status), fmt.Sprintf("by name again at 0: %d", status),
				}, c.after(0))
			})
		})
	}
}

func TestChatActionsTakeNoTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, Flood{PerChat: 0.1, Overall: 1})
		c.chat(Supergroup)
		for range 3 {
			c.call("typing", "sendchataction", "@supergroup")
		}
		c.call("message", "sendmessage", "@supergroup")
		assert.Equal(t, []string{"typing at 0: 200", "typing at 0: 200", "typing at 0: 200", "message at 0: 200"}, c.after(0))
	})
}
