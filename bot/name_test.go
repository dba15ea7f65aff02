package main

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"

	"hookproof/bot/internal/telegram"
)

// A Telegram that does not answer costs those that need the name a moment, all of
// them together, and then nothing for a while. Better one answer too many than
// none.
func TestNameIsNotWaitedForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hangs atomic.Bool
		var calls atomic.Int32
		mock := httpmock.NewMockTransport()
		mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
			if calls.Add(1); hangs.Load() {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
			return httpmock.NewStringResponse(200, `{"ok":true,"result":{"username":"Ours_bot"}}`), nil
		})
		logs := newLineLog()
		n := newName(telegram.New("http://api.test", testToken, mock), newLog(logs, &settings{}).Logger)
		h := &handler{name: n.get}
		hangs.Store(true)
		start := time.Now()
		var commands sync.WaitGroup
		for range 5 {
			commands.Go(func() {
				reply, err := h.handle(t.Context(), telegram.Update{Text: "/ping@other_bot"})
				assert.NoError(t, err)
				assert.Equal(t, "pong", reply)
			})
		}
		commands.Wait()
		assert.Equal(t, nameLimit, time.Since(start))
		assert.EqualValues(t, 1, calls.Load())
		assert.Len(t, logs.find("can't learn the bot's name, commands to other bots may be answered"), 1)
		hangs.Store(false)
		time.Sleep(nameAgain - time.Second)
		assert.Empty(t, n.get(t.Context()))
		time.Sleep(time.Second)
		for range 3 {
			assert.Equal(t, "Ours_bot", n.get(t.Context()))
		}
		assert.EqualValues(t, 2, calls.Load())
	})
}
