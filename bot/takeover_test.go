package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/bot/internal/telegram"
)

// A pollServer is Telegram's rule for getUpdates and setWebhook in fake time,
// with a round trip to it (Bot API server source).
type pollServer struct {
	rtt time.Duration

	mu      sync.Mutex
	queue   []int64 // guarded by mu; ids
	next    int64   // guarded by mu
	held    chan int
	arrived chan struct{} // guarded by mu; closed and replaced at every update
	hooked  bool
	offset  int64         // guarded by mu; of the call before
	polled  time.Time     // guarded by mu; when that came
	deaf    bool          // guarded by mu; a call that waits is lost on its way
	seen    map[int64]int // guarded by mu; how often each was handled
}

func newPollServer(rtt time.Duration) *pollServer {
	return &pollServer{rtt: rtt, arrived: make(chan struct{}), seen: map[int64]int{}}
}

// push queues an update, or delivers it to the webhook.
func (s *pollServer) push() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	s.queue = append(s.queue, s.next)
	close(s.arrived)
	s.arrived = make(chan struct{})
	s.deliver()
}

func (s *pollServer) deliver() {
	if s.hooked {
		for _, id := range s.queue {
			s.seen[id]++
		}
		s.queue = nil
	}
}

func (s *pollServer) RoundTrip(req *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(req.Body)
	var p struct {
		Offset, Limit, Timeout int64
		Text                   string
	}
	if strings.HasPrefix(string(body), "{") {
		if err := json.Unmarshal(body, &p); err != nil {
			return nil, err
		}
	}
	_ = pause(context.WithoutCancel(req.Context()), s.rtt/2) // what is sent arrives
	code, result := 200, any(true)
	switch method := path.Base(req.URL.Path); method {
	case "getUpdates":
		code, result = s.getUpdates(req.Context(), p.Offset, int(p.Limit), p.Timeout)
	case "getWebhookInfo":
		s.mu.Lock()
		info := telegram.WebhookInfo{MaxConnections: 40, AllowedUpdates: []string{"message"}}
		if s.hooked {
			info.URL = testHook
		}
		result = info
		s.mu.Unlock()
	case "setWebhook":
		s.mu.Lock()
		s.end()
		s.hooked = true
		s.deliver()
		s.mu.Unlock()
	case "sendMessage":
		s.mu.Lock()
		var id int64
		_, _ = fmt.Sscanf(p.Text, "number %d", &id)
		s.seen[id]++
		s.mu.Unlock()
	}
	if err := pause(req.Context(), s.rtt/2); err != nil {
		return nil, err
	}
	if code != 200 {
		return httpmock.NewJsonResponse(code, map[string]any{"ok": false, "error_code": code, "description": result})
	}
	return httpmock.NewJsonResponse(200, map[string]any{"ok": true, "result": result})
}

// end tells the poller that waits to go; the caller holds mu.
func (s *pollServer) end() {
	if s.held != nil {
		close(s.held)
		s.held = nil
	}
}

func (s *pollServer) getUpdates(ctx context.Context, offset int64, limit int, timeout int64) (int, any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hooked {
		return 409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
	}
	if s.deaf && timeout > 3 {
		s.mu.Unlock()
		<-ctx.Done()
		s.mu.Lock()
		return 500, "nobody hears this"
	}
	if offset == s.offset && timeout < 3 && time.Since(s.polled) < 3*time.Second {
		timeout = 3 // a hot loop is slowed down
	}
	s.offset, s.polled = offset, time.Now()
	for len(s.queue) > 0 && s.queue[0] < offset {
		s.queue = s.queue[1:]
	}
	if len(s.queue) == 0 && timeout > 0 {
		s.end()
		held, arrived := make(chan int), s.arrived
		s.held = held
		s.mu.Unlock()
		var ended bool
		select {
		case <-held:
			ended = true
		case <-arrived:
		case <-time.After(time.Duration(timeout) * time.Second):
		case <-ctx.Done():
		}
		s.mu.Lock()
		if ended {
			return 409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
		}
		if s.held == held {
			s.held = nil
		}
	}
	updates := []json.RawMessage{}
	for _, id := range s.queue[:min(len(s.queue), limit)] {
		updates = append(updates, json.RawMessage(message(id, id%5+1, fmt.Sprintf("number %d", id))))
	}
	return 200, updates
}

func (s *pollServer) poller(t *testing.T, set *settings) *poller {
	log := newLog(io.Discard, set)
	d := newDispatcher(t.Context(), (&handler{}).handle, log, newMetrics())
	return &poller{api: telegram.New("http://api.test", testToken, s), dispatch: d, log: log, link: newLink(log.Logger), set: set}
}

func (s *pollServer) registrar(t *testing.T) *registrar {
	hook, err := url.Parse(testHook)
	require.NoError(t, err)
	return &registrar{api: telegram.New("http://api.test", testToken, s), set: &settings{hookURL: hook, maxConnections: 40},
		log: slog.New(slog.DiscardHandler), link: newLink(slog.New(slog.DiscardHandler)), metrics: newMetrics()}
}

// An instance in webhook mode takes over from one that polls, at every moment of
// its work: nothing is lost, and nothing is handled by both. One that always has
// something to do can't be ended from outside, and is waited for.
func TestTakeOverHandlesNothingTwice(t *testing.T) {
	for _, tt := range []struct {
		name            string
		rtt, every      time.Duration // of a message
		timeout, pauses time.Duration // the poller's
		stop            time.Duration // when the poller is stopped, as by a platform
		longest         time.Duration // that it takes to register
	}{
		{"quick", time.Millisecond, 20 * time.Millisecond, 50 * time.Second, 0, 20 * time.Second, 4 * time.Second},
		{"steady", 60 * time.Millisecond, 300 * time.Millisecond, 50 * time.Second, 0, 20 * time.Second, 4 * time.Second},
		{"slow", 60 * time.Millisecond, 3 * time.Second, 50 * time.Second, 0, 20 * time.Second, 4 * time.Second},
		{"short polling", 60 * time.Millisecond, 3 * time.Second, 0, time.Second, 20 * time.Second, 6 * time.Second},
		{"never idle", 60 * time.Millisecond, 20 * time.Millisecond, 50 * time.Second, 0, 20 * time.Second, 24 * time.Second},
		{"short polling, never idle", 60 * time.Millisecond, 300 * time.Millisecond, 0, time.Second, 20 * time.Second, 24 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for moment := range 40 {
				synctest.Test(t, func(t *testing.T) {
					s := newPollServer(tt.rtt)
					old := s.poller(t, &settings{pollTimeout: tt.timeout, pollInterval: tt.pauses})
					ctx, stop := context.WithTimeout(t.Context(), tt.stop)
					defer stop()
					people, leave := context.WithTimeout(t.Context(), time.Minute)
					defer leave()
					var all sync.WaitGroup
					all.Go(func() {
						assert.NoError(t, old.run(ctx))
						<-people.Done()
					})
					all.Go(func() {
						for pause(people, tt.every) == nil {
							s.push()
						}
					})
					time.Sleep(time.Second + time.Duration(moment)*7*time.Millisecond)
					began, r := time.Now(), s.registrar(t)
					r.takeOver(t.Context())
					require.NoError(t, r.register(t.Context(), false))
					assert.Less(t, time.Since(began), tt.longest)
					all.Wait()
					for id := range s.next {
						if n := s.seen[id+1]; n != 1 {
							t.Errorf("moment %d: update %d was handled %d times", moment, id+1, n)
						}
					}
				})
			}
		})
	}
}

// A stop tells the last offset in a call that was answered, and does not wait for
// that: not where Telegram has heard it before, and would hold it for 3 s, nor
// where the call that told it was lost.
func TestPollingConfirmsAtTheStop(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after time.Duration // from the update to the stop
		deaf  bool
		polls int // all of them
	}{
		{"at once", 500 * time.Millisecond, false, 3},
		{"a while later", 10 * time.Second, false, 3},
		{"told and answered before", time.Minute, false, 3},
		{"lost on its way", 3500 * time.Millisecond, true, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newPollServer(60 * time.Millisecond)
				p := s.poller(t, &settings{pollTimeout: 50 * time.Second})
				var polls atomic.Int32
				p.api.OnCall = func(method string, _ int) {
					if method == "getUpdates" {
						polls.Add(1)
					}
				}
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- p.run(ctx) }()
				time.Sleep(time.Second)
				s.push()
				s.mu.Lock()
				s.deaf = tt.deaf
				s.mu.Unlock()
				time.Sleep(tt.after)
				stopped := time.Now()
				stop()
				require.NoError(t, <-done)
				assert.LessOrEqual(t, time.Since(stopped), 130*time.Millisecond, "a round trip or two")
				synctest.Wait()
				assert.Equal(t, tt.polls, int(polls.Load()))
				s.mu.Lock()
				defer s.mu.Unlock()
				assert.Empty(t, s.queue, "confirmed")
				assert.Equal(t, int64(2), p.confirmed.Load(), "by a call that was answered")
			})
		})
	}
}

// A poller that a webhook has ended has nothing to confirm, and stops at once:
// Telegram would hold the refusal for 3 s.
func TestPollingStopsAtOnceBesideAWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPollServer(60 * time.Millisecond)
		old := s.poller(t, &settings{pollTimeout: 50 * time.Second})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- old.run(ctx) }()
		s.push()
		time.Sleep(time.Second)
		r := s.registrar(t)
		r.takeOver(t.Context())
		require.NoError(t, r.register(t.Context(), false))
		old.confirmed.Store(-1) // as if something were left to confirm
		time.Sleep(10 * time.Second)
		stopped := time.Now()
		stop()
		require.NoError(t, <-done)
		assert.Zero(t, time.Since(stopped))
	})
}
