package telegram_test

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram"
)

// heap is the memory in use, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestHundredThousandUpdatesFitInMemory(t *testing.T) {
	s := serve(t, telegram.Options{})
	b := s.NewBot("full_bot")
	before := heap()
	ann := s.NewUser("Ann")
	for n := range 100_000 {
		ann.Send(b, fmt.Sprint("message number ", n))
	}
	require.Equal(t, 100_000, b.Pending())
	used := heap() - before
	t.Logf("100,000 queued updates use %d MB", used>>20)
	require.Less(t, used, int64(200<<20))
}

func TestMemoryDoesNotGrowWithCalls(t *testing.T) {
	s := serve(t, telegram.Options{JournalSize: 1000, History: 1000})
	b := s.NewBot("busy_bot")
	ann := s.NewUser("Ann")
	ann.Send(b, "/start")
	params := map[string]any{"chat_id": strconv.FormatInt(ann.ID(), 10), "text": "hello"}
	send := func(n int) {
		for range n {
			_, err := b.Call(t.Context(), "sendMessage", params)
			require.NoError(t, err)
		}
	}
	send(10_000) // fills the journal and the chat
	before := heap()
	send(50_000)
	grown := heap() - before
	t.Logf("50,000 more calls: %d KB more", grown>>10)
	require.Less(t, grown, int64(2<<20))
}
