package engine

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/delivery"
	"hookproof/fakes/telegram/internal/wire"
)

// A lookup is a world with a bot in which names are looked up for as long as
// the test likes.
type lookup struct {
	t     *testing.T
	w     *World
	bot   *Bot
	asked chan struct{} // one for each lookup that has begun
}

func newLookup(t *testing.T) *lookup {
	t.Helper()
	l := &lookup{t: t, w: New(Options{}), asked: make(chan struct{}, 100)}
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		l.asked <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	n, err := delivery.NewNet(delivery.NetConfig{Lock: &l.w.mu, Resolver: resolver})
	require.NoError(t, err)
	l.w.nets[""] = n
	t.Cleanup(l.w.Close)
	l.bot = l.w.NewBot("test_bot")
	return l
}

// call makes a call whose answer may come later.
func (l *lookup) call(method string, pairs ...string) <-chan string {
	var args []wire.Arg
	for i := 0; i < len(pairs); i += 2 {
		args = append(args, wire.Arg{Name: pairs[i], Value: pairs[i+1]})
	}
	done := make(chan string, 1)
	go func() {
		r, err := l.w.Call(l.t.Context(), Request{Token: l.bot.Token(), Method: method, Args: args})
		assert.NoError(l.t, err)
		done <- string(r.Body)
	}()
	return done
}

// setting calls setWebhook and waits until its name is being looked up.
func (l *lookup) setting(pairs ...string) <-chan string {
	l.t.Helper()
	l.w.clock.Advance(2 * time.Second)
	done := l.call("setwebhook", append([]string{"url", "https://a.example/"}, pairs...)...)
	select {
	case <-l.asked:
	case <-time.After(time.Minute):
		require.Fail(l.t, "nothing was looked up")
	}
	return done
}

func TestSetWebhookEndsOneUnderWayAndIsNoRepetition(t *testing.T) {
	l := newLookup(t)
	first := l.setting()
	second := l.setting() // the same again, but there is no webhook yet that it could equal
	assert.Equal(t, `{"ok":false,"error_code":409,"description":"Conflict: terminated by other setWebhook"}`, <-first)
	assert.Empty(t, second)
	assert.Contains(t, <-l.call("getwebhookinfo"), `"url":"https://a.example/","has_custom_certificate":false,"pending_update_count":0,"max_connections":40,"ip_address":"<unknown>"`)
	assert.Contains(t, <-l.call("deletewebhook"), `"description":"Webhook was deleted"`)
	l.w.clock.Advance(10 * time.Second) // the second conflict is held for three
	assert.Contains(t, <-second, "terminated by other setWebhook")
}

func TestPollingIsRefusedWhileAWebhookIsBeingSet(t *testing.T) {
	l := newLookup(t)
	done := l.setting()
	assert.Contains(t, <-l.call("getupdates", "allowed_updates", `["poll"]`), "can't use getUpdates method while webhook is active")
	assert.NotContains(t, <-l.call("getwebhookinfo"), "allowed_updates", "the parameter of a refused call")
	assert.Contains(t, <-l.call("logout"), `"result":true`)
	assert.Equal(t, `{"ok":false,"error_code":400,"description":"Logged out"}`, <-done)
}
