package main

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

type panicky struct{ io.Writer }

func (panicky) Read([]byte) (int, error) { panic("what a message says") }

// takenOver is a connection as keep leaves it, and its other end.
func (h *bareHook) takenOver() (l *hotline, peer net.Conn) {
	ours, peer := net.Pipe()
	h.srv.wait.Add(1)
	h.srv.mu.Lock()
	h.srv.open++
	h.srv.kept[ours] = true
	h.srv.mu.Unlock()
	hook := h.face(h.srv).hook
	return &hotline{hook: hook, conn: ours, io: ours}, peer
}

// A panic ends its connection and no other, and nobody waits for it.
func TestHotlineSurvivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, logs := startBare(t), newLineLog()
		defer h.abandon()
		h.log.out = logs
		l, peer := h.takenOver()
		l.io = panicky{io.Discard}
		go l.serve(nil)
		_, err := peer.Read(make([]byte, 1))
		assert.ErrorIs(t, err, io.EOF)
		h.srv.shutdown(t.Context())
		assert.Zero(t, h.srv.open)
		assert.Len(t, logs.find("webhook connection closed after a panic"), 1)
		assert.Contains(t, logs.text(), "panicky")
		assert.NotContains(t, logs.text(), "what a message says")
	})
}

// A peer that does not read its answer holds a drain for a moment, and never
// beyond its deadline.
func TestHotlineThatIsStuckEndsWithTheDrain(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{30 * time.Second: lastWriteLimit, time.Second: time.Second} {
		synctest.Test(t, func(t *testing.T) {
			h := startBare(t)
			defer h.abandon()
			l, peer := h.takenOver()
			go l.serve(nil)
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			start := time.Now()
			h.srv.shutdown(ctx)
			assert.Equal(t, want, time.Since(start))
			_ = peer.Close()
		})
	}
}
