package main

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/bot/internal/telegram"
)

func startPolling(t testing.TB, env map[string]string) *running {
	t.Helper()
	all := map[string]string{"DRILLS_ENABLED": "true"}
	maps.Copy(all, env)
	return start(t, newFakeAPI(t), all)
}

func TestPollingPassesWhatItCantRead(t *testing.T) {
	r := startPolling(t, nil)
	r.api.push(message(1, 5, "one"), `{"update_id":2,"message":["another shape"]}`, message(3, 5, "three"))
	r.api.await(t, "both good ones and the offset past all", func() bool {
		return len(r.api.queue) == 0 && slices.Equal(r.api.sentLocked(), []string{"one", "three"})
	})
	line := r.logs.await(t, "update parked: it is not answered")
	assert.Equal(t, 2.0, line["update_id"])
}

func TestPollingParksPoisonAndGoesOn(t *testing.T) {
	t.Parallel()
	r := startPolling(t, nil)
	r.api.push(message(1, 5, "/fail x"), message(2, 5, "behind it"), message(3, 6, "/panic x"), message(4, 7, "beside it"))
	r.api.await(t, "the chats move on", func() bool {
		return len(r.api.queue) == 0 && slices.Contains(r.api.sentLocked(), "behind it")
	})
	assert.Len(t, r.logs.find("update parked: it is not answered"), 2)
	assert.Len(t, r.logs.find("handler failed"), 2*maxAttempts)
	assert.Equal(t, "beside it", r.api.called("sendMessage")[0].params["text"], "others do not wait")
}

// A slow chat keeps its place without holding up the others, and the offset
// stays below it.
func TestPollingIsolatesASlowChat(t *testing.T) {
	t.Parallel()
	r := startPolling(t, nil)
	r.api.push(message(1, 5, "/sleep 3s"), message(2, 5, "after"))
	r.awaitActive(2)
	r.api.push(message(3, 6, "quick"))
	r.api.await(t, "the other chat", func() bool { return slices.Contains(r.api.sentLocked(), "quick") })
	for _, c := range r.api.called("getUpdates") {
		assert.LessOrEqual(t, c.params["offset"], "1")
	}
	r.api.await(t, "the rest", func() bool { return len(r.api.queue) == 0 })
	assert.Equal(t, []string{"quick", "slept 3s", "after"}, r.api.sentLocked())
}

// At SIGTERM what was begun is finished and confirmed; the rest of the batch is
// left, so that a restart neither loses nor repeats.
func TestPollingStopsBetweenUpdates(t *testing.T) {
	t.Parallel()
	r := startPolling(t, nil)
	r.api.push(message(1, 5, "/sleep 500ms a"), message(2, 5, "/sleep 500ms b"), message(3, 6, "other chat"), message(4, 5, "c"), message(5, 5, "d"))
	r.api.await(t, "the batch to begin", func() bool { return slices.Contains(r.api.sentLocked(), "other chat") })
	r.stop()
	require.Equal(t, 0, r.wait(), r.logs.text())
	assert.Equal(t, []string{"other chat", "slept 500ms a", "slept 500ms b"}, r.api.sentLocked(), "all below one that was begun")
	require.Len(t, r.api.queue, 2, "confirmed")
	assert.Equal(t, int64(4), r.api.queue[0].id)

	r.api.calls = nil
	start(t, r.api, map[string]string{"DRILLS_ENABLED": "true"})
	r.api.await(t, "the rest after a restart", func() bool { return slices.Equal(r.api.sentLocked(), []string{"c", "d"}) })
}

// The offset that the last poll told is told again, and the stop does not wait.
func TestPollingStopsAtOnceWhenIdle(t *testing.T) {
	r := startPolling(t, nil)
	r.api.push(message(1, 5, "/ping"))
	r.api.await(t, "the next poll", func() bool {
		polls := r.api.calledLocked("getUpdates")
		return len(polls) > 0 && polls[len(polls)-1].params["offset"] == "2"
	})
	polls := len(r.api.called("getUpdates"))
	start := time.Now()
	r.stop()
	assert.Equal(t, 0, r.wait())
	assert.Less(t, time.Since(start), 30*time.Second, "the poll waits for 50 s")
	assert.Len(t, r.api.called("getUpdates"), polls+1)
}

func TestPollingAbandonsAtTheDeadline(t *testing.T) {
	r := startPolling(t, map[string]string{"SHUTDOWN_TIMEOUT": "200ms"})
	r.api.push(message(1, 6, "/sleep 500ms done"), message(2, 5, "/sleep 1h")) // the second begins meanwhile
	r.api.await(t, "the first", func() bool { return len(r.api.sentLocked()) == 1 })
	r.awaitActive(1)
	start := time.Now()
	r.stop()
	assert.Equal(t, 1, r.wait())
	assert.Less(t, time.Since(start), 30*time.Second)
	assert.Contains(t, r.logs.text(), `"update_ids":[2]`)
	assert.Equal(t, int64(2), r.api.queue[0].id, "what was done is confirmed, what was not is kept")
}

func TestPollingAndWebhooks(t *testing.T) {
	t.Run("its own is removed without a loss", func(t *testing.T) {
		api := newFakeAPI(t)
		api.info = map[string]any{"url": testHook}
		start(t, api, nil)
		api.push(message(1, 5, "/ping"))
		api.await(t, "a reply", func() bool { return len(api.sentLocked()) == 1 })
		calls := api.called("deleteWebhook")
		require.Len(t, calls, 1)
		assert.Equal(t, "false", calls[0].params["drop_pending_updates"])
	})
	t.Run("somebody else's is not", func(t *testing.T) {
		api := newFakeAPI(t)
		api.info = map[string]any{"url": "https://other.example.com/" + testToken} // as many bots have it
		r := launch(t, api, nil)
		assert.Equal(t, 1, r.wait())
		assert.Contains(t, r.logs.text(), "WEBHOOK_ENABLED=true to keep it")
		assert.Empty(t, api.called("deleteWebhook"))
		assert.Empty(t, api.called("getUpdates"))
	})
	t.Run("one set later is waited out", func(t *testing.T) {
		r := startPolling(t, nil)
		r.api.await(t, "a poll", func() bool { return len(r.api.calledLocked("getUpdates")) > 0 })
		r.api.mu.Lock()
		r.api.info = map[string]any{"url": testHook}
		r.api.mu.Unlock()
		r.api.push(message(1, 5, "x"))
		r.logs.await(t, "another instance takes the updates")
		code, _ := r.get("/health")
		assert.Equal(t, 200, code)
		assert.Empty(t, r.api.called("deleteWebhook"))
	})
}

func TestUnauthorizedEndsTheBot(t *testing.T) {
	for _, mode := range []string{"true", "false"} {
		api := newFakeAPI(t)
		api.fault = func(w http.ResponseWriter, _ string, _ int) bool {
			answerAPI(w, 401, "Unauthorized", nil)
			return true
		}
		r := launch(t, api, map[string]string{"WEBHOOK_ENABLED": mode})
		assert.Equal(t, 1, r.wait(), "webhook %s", mode)
		assert.Contains(t, r.logs.text(), "check TELEGRAM_BOT_TOKEN")
		assert.NotContains(t, r.logs.text(), "panic")
	}
}

// A bubble is a poller in fake time against a scripted server.
type bubble struct {
	*poller
	mu    sync.Mutex
	polls []time.Duration // since the start
	logs  *lineLog
}

func newBubble(t *testing.T, answer func(poll int) (int, string)) *bubble {
	b := &bubble{logs: newLineLog()}
	begin := time.Now()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(req.URL.Path, "/getUpdates") {
			return httpmock.NewStringResponse(200, `{"ok":true,"result":{"url":""}}`), nil
		}
		b.mu.Lock()
		b.polls = append(b.polls, time.Since(begin))
		n := len(b.polls)
		b.mu.Unlock()
		code, body := answer(n)
		if code == 0 { // held, until there is an answer if there is one
			select {
			case <-time.After(50 * time.Second):
				code = 200
			case <-req.Context().Done():
			}
		}
		if code == 0 || body == "" {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}
		return httpmock.NewStringResponse(code, body), nil
	})
	set := &settings{pollTimeout: 50 * time.Second}
	log := newLog(b.logs, set)
	d := newDispatcher(t.Context(), (&handler{}).handle, log, newMetrics())
	b.poller = &poller{api: telegram.New("http://api.test", testToken, mock), dispatch: d, log: log, link: newLink(log.Logger), set: set}
	return b
}

// runFor polls for d, and returns when the polls were.
func (b *bubble) runFor(t *testing.T, d time.Duration) []time.Duration {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	require.NoError(t, b.run(ctx))
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.polls)
}

const nothing = `{"ok":true,"result":[]}`

func TestPollingBacksOff(t *testing.T) {
	t.Run("429 is obeyed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, func(n int) (int, string) {
				if n == 1 {
					return 429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}`
				}
				return 0, ""
			})
			polls := b.runFor(t, 20*time.Second)
			require.Len(t, polls, 2)
			assert.GreaterOrEqual(t, polls[1]-polls[0], 5*time.Second)
			assert.Less(t, polls[1]-polls[0], 7*time.Second)
		})
	})
	t.Run("502 in HTML", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, func(int) (int, string) { return 502, "<html>Bad Gateway</html>" })
			polls := b.runFor(t, 6*time.Second)
			assert.LessOrEqual(t, len(polls), 8)
			for i := 2; i < len(polls); i++ {
				assert.Greater(t, polls[i]-polls[i-1], polls[i-1]-polls[i-2], "growing")
			}
			assert.Contains(t, b.link.trouble(), "502")
		})
	})
	t.Run("409 for 20 s", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			b := newBubble(t, func(int) (int, string) {
				if time.Since(begin) < 20*time.Second {
					return 409, `{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}`
				}
				return 0, ""
			})
			polls := b.runFor(t, 40*time.Second)
			assert.LessOrEqual(t, len(polls), 20)
			assert.Greater(t, polls[len(polls)-1], 20*time.Second, "recovers")
			assert.Less(t, polls[len(polls)-1], 35*time.Second)
			assert.Empty(t, b.link.trouble())
		})
	})
	t.Run("409 for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, func(int) (int, string) {
				return 409, `{"ok":false,"error_code":409,"description":"Conflict: terminated"}`
			})
			b.runFor(t, 2*time.Minute)
			assert.Empty(t, b.link.trouble(), "a deploy explains it")
			b.runFor(t, 4*time.Minute)
			assert.Contains(t, b.link.trouble(), "409")
		})
	})
	t.Run("half-open connection", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, func(int) (int, string) { return 0, "" })
			polls := b.runFor(t, 2*time.Minute)
			require.Greater(t, len(polls), 1)
			assert.LessOrEqual(t, polls[1]-polls[0], 60*time.Second)
		})
	})
	t.Run("idle", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, func(int) (int, string) { return 0, nothing })
			polls := b.runFor(t, 10*time.Minute)
			assert.LessOrEqual(t, len(polls), 13)
		})
	})
}

// A refusal because of a webhook may come as the bot stops: then there is nothing
// to confirm, and nothing to warn of.
func TestPollingStopsAsAWebhookIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, func(n int) (int, string) {
			switch n {
			case 1:
				return 200, `{"ok":true,"result":[{"update_id":1}]}`
			case 2:
				time.Sleep(time.Second) // on its way
				return 409, `{"ok":false,"error_code":409,"description":"Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}`
			}
			return 0, ""
		})
		start := time.Now()
		b.runFor(t, time.Second/2)
		assert.Equal(t, time.Second, time.Since(start))
		assert.NotContains(t, b.logs.text(), "could not be confirmed")
	})
}

func TestPollingKeepsRepliesWhileTelegramIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		sent := 0
		mock := httpmock.NewMockTransport()
		mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(req.Body)
			switch {
			case strings.HasSuffix(req.URL.Path, "/getWebhookInfo"):
				return httpmock.NewStringResponse(200, `{"ok":true,"result":{"url":""}}`), nil
			case strings.HasSuffix(req.URL.Path, "/sendMessage"):
				if time.Since(begin) < 15*time.Minute {
					return nil, io.ErrUnexpectedEOF
				}
				sent++
				return httpmock.NewStringResponse(200, `{"ok":true,"result":{}}`), nil
			}
			var poll struct{ Offset int64 }
			require.NoError(t, json.Unmarshal(body, &poll))
			if poll.Offset <= 1 {
				return httpmock.NewStringResponse(200, `{"ok":true,"result":[`+message(1, 5, "kept")+`]}`), nil
			}
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		b := newBubble(t, nil)
		b.api = telegram.New("http://api.test", testToken, mock)
		b.runFor(t, 20*time.Minute)
		assert.Equal(t, 1, sent)
	})
}
