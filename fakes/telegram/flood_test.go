package telegram_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// sends sends n messages one after the other and returns when each was
// answered, seconds since the first, or the refusal.
func sends(t *testing.T, b *telegram.Bot, chat int64, n int) []string {
	t.Helper()
	start := time.Now()
	var out []string
	for range n {
		_, err := b.Call(t.Context(), "sendMessage", map[string]any{"chat_id": chat, "text": "x"})
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		out = append(out, fmt.Sprint(time.Since(start).Seconds()))
	}
	return out
}

// A quickTalk is a server in a bubble with a bot that everybody has met.
func quickTalk(t *testing.T, f telegram.Flood) (s *telegram.Server, b *telegram.Bot, ann, bob *telegram.User) {
	t.Helper()
	s = telegram.New(telegram.Options{Flood: f})
	t.Cleanup(s.Close)
	b, ann, bob = s.NewBot("test_bot"), s.NewUser("Ann"), s.NewUser("Bob")
	ann.Send(b, "/start")
	bob.Send(b, "/start")
	return s, b, ann, bob
}

func TestNoFloodLimitsByDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, b, ann, _ := quickTalk(t, telegram.Flood{})
		sent := sends(t, b, ann.ID(), 500)
		assert.Equal(t, "0", sent[499])
	})
}

// A chat takes a burst, and then a message a second. A wait that is short is
// latency, not a refusal.
func TestFloodPerChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, b, ann, bob := quickTalk(t, telegram.Flood{PerChat: 1, Burst: 3})
		assert.Equal(t, []string{"0", "0", "0", "1", "2", "3"}, sends(t, b, ann.ID(), 6))
		assert.Equal(t, []string{"0", "0", "0", "1"}, sends(t, b, bob.ID(), 4), "another chat has a limit of its own")
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"0", "0", "0", "1"}, sends(t, b, ann.ID(), 4), "a burst is free again after a while")
	})
}

// Twenty a minute in a group: then one every three seconds.
func TestFloodPerGroup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b, ann, _ := quickTalk(t, telegram.Flood{PerGroup: 20})
		team := s.NewSupergroup("Team", ann, b)
		sent := sends(t, b, team.ID(), 22)
		assert.Equal(t, []string{"0", "3", "6"}, sent[19:])
		assert.Equal(t, "0", sends(t, b, ann.ID(), 30)[29], "private chats have no such limit")
	})
}

// Thirty a second to all chats together.
func TestFloodOverall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, b, ann, bob := quickTalk(t, telegram.Flood{Overall: 30})
		start := time.Now()
		for range 150 {
			sends(t, b, ann.ID(), 1)
			sends(t, b, bob.ID(), 1)
		}
		assert.Equal(t, 9*time.Second, time.Since(start), "thirty at once, and thirty a second")
		other := s.NewBot("other_bot")
		ann.Send(other, "/start")
		assert.Equal(t, "0", sends(t, other, ann.ID(), 30)[29], "another bot has a limit of its own")
	})
}

// A wait of more than 8 seconds in all is refused, with the last wait.
func TestFloodRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, b, ann, _ := quickTalk(t, telegram.Flood{PerChat: 0.1})
		assert.Equal(t, []string{"0", "429 Too Many Requests: retry after 10"}, sends(t, b, ann.ID(), 2)[:2])
		time.Sleep(3 * time.Second)
		assert.Equal(t, []string{"7"}, sends(t, b, ann.ID(), 1), "7 seconds are sat out")
	})
}

// Calls that wait for the same chat at once wait for their turn, one after the
// other, until the last have waited too long.
func TestFloodQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, b, ann, _ := quickTalk(t, telegram.Flood{PerChat: 1})
		results := make(chan string, 20)
		start := time.Now()
		for range 20 {
			go func() { results <- sends(t, b, ann.ID(), 1)[0] }()
		}
		count := map[string]int{}
		for range 20 {
			r := <-results
			if len(r) > 5 {
				r = "refused"
			}
			count[r]++
		}
		require.LessOrEqual(t, time.Since(start), 9*time.Second)
		assert.Equal(t, map[string]int{"0": 1, "1": 1, "2": 1, "3": 1, "4": 1, "5": 1, "6": 1, "7": 1, "8": 1, "refused": 11}, count)
	})
}

// What does not send is not limited.
func TestFloodSparesOtherMethods(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, b, ann, _ := quickTalk(t, telegram.Flood{PerChat: 0.1, Overall: 0.1})
		sends(t, b, ann.ID(), 1)
		start := time.Now()
		for _, method := range []string{"getMe", "getUpdates", "getChat", "editMessageText"} {
			_, _ = b.Call(t.Context(), method, map[string]any{"chat_id": ann.ID(), "message_id": 3, "text": "y"})
		}
		assert.Zero(t, time.Since(start))
	})
}

// The limits that Telegram names in public, all at once.
func TestPublicLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, b, ann, _ := quickTalk(t, telegram.PublicLimits)
		assert.Equal(t, []string{"0", "0", "0", "1", "2"}, sends(t, b, ann.ID(), 5))
	})
}

// An album is as many messages as it has, and so are forwards by the dozen.
func TestFloodCountsEachMessageOfAnAlbum(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, b, ann, _ := quickTalk(t, telegram.Flood{PerChat: 1, Burst: 3})
		file := `{"type":"document","media":"https://example.com/a.txt"}`
		_, err := b.Call(t.Context(), "sendMediaGroup", map[string]any{"chat_id": ann.ID(), "media": "[" + file + "," + file + "," + file + "]"})
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "2"}, sends(t, b, ann.ID(), 2))
		time.Sleep(time.Minute)
		for _, method := range []string{"forwardMessages", "copyMessages"} {
			_, err = b.Call(t.Context(), method, map[string]any{"chat_id": ann.ID(), "from_chat_id": ann.ID(), "message_ids": "[1,2,3,4,5]"})
			require.NoError(t, err)
			assert.Equal(t, []string{"3"}, sends(t, b, ann.ID(), 1), method)
			time.Sleep(time.Minute)
		}
	})
}
