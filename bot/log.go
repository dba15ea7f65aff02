package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"log/slog"
	"sync"
	"time"

	"hookproof/bot/internal/telegram"
)

// updatesEvery is how often the lines of updates are written in busy times.
const updatesEvery = 250 * time.Millisecond

// A botLog is the bot's log, which names updates by id and chats by a hash, and
// never says what a message said. The lines of updates are written many at a time:
// each by itself would cost a third of all that an update costs. Any other line
// brings those before it along, so the order is that of events.
type botLog struct {
	*slog.Logger
	mode string
	key  [sha256.Size]byte // of the hash; from the token, so that chats can't be found by trying
	out  io.Writer

	mu      sync.Mutex
	updates slog.Handler // to held; guarded by mu
	held    bytes.Buffer // guarded by mu; lines of updates
	written time.Time    // guarded by mu; the last time
}

func newLog(w io.Writer, set *settings) *botLog {
	l := &botLog{mode: set.mode(), key: sha256.Sum256([]byte("chat" + set.token.reveal())), out: w}
	handler := func(w io.Writer) slog.Handler {
		opts := &slog.HandlerOptions{Level: set.logLevel}
		if set.logFormat == "text" {
			return slog.NewTextHandler(w, opts)
		}
		return slog.NewJSONHandler(w, opts)
	}
	l.Logger, l.updates = slog.New(handler(l)), handler(&l.held)
	return l
}

// update logs one update, up to updatesEvery late. The latency counts from
// Telegram's date of the message, which has whole seconds.
func (l *botLog) update(u telegram.Update, outcome string, handling time.Duration) {
	if !l.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	chat := sha256.Sum256(binary.BigEndian.AppendUint64(l.key[:len(l.key):len(l.key)], uint64(u.Chat)))
	now := time.Now()
	r := slog.NewRecord(now, slog.LevelInfo, "update", 0)
	r.AddAttrs(slog.Int64("update_id", u.ID), slog.String("mode", l.mode), slog.String("outcome", outcome),
		slog.String("chat", hex.EncodeToString(chat[:6])), slog.Float64("handling_ms", float64(handling.Microseconds())/1000))
	if u.Date > 0 {
		r.AddAttrs(slog.Int64("latency_ms", max(0, now.Sub(time.Unix(u.Date, 0)).Milliseconds())))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.held.Len() == 0
	_ = l.updates.Handle(context.Background(), r) // to memory
	if wait := updatesEvery - now.Sub(l.written); wait <= 0 {
		_ = l.writeLocked(nil)
	} else if first { // it sees to it that all are written
		time.AfterFunc(wait, l.flush)
	}
}

// flush writes the lines that are held. If that fails there is nowhere to tell.
func (l *botLog) flush() { _, _ = l.Write(nil) }

// Write writes a line that is made already, after those that are held.
func (l *botLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(line), l.writeLocked(line)
}

func (l *botLog) writeLocked(line []byte) error {
	l.held.Write(line)
	_, err := l.held.WriteTo(l.out)
	l.held.Reset()
	l.written = time.Now()
	return err
}
