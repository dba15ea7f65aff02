package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"log/slog"
	"time"

	"hookproof/bot/internal/telegram"
)

// A botLog is the bot's log, which names updates by id and chats by a hash, and
// never says what a message said.
type botLog struct {
	*slog.Logger
	mode string
	key  [sha256.Size]byte // of the hash; from the token, so that chats can't be found by trying
}

func newLog(w io.Writer, set *settings) *botLog {
	opts := &slog.HandlerOptions{Level: set.logLevel}
	l := &botLog{mode: set.mode(), key: sha256.Sum256([]byte("chat" + set.token.reveal()))}
	l.Logger = slog.New(slog.NewTextHandler(w, opts))
	if set.logFormat != "text" {
		l.Logger = slog.New(slog.NewJSONHandler(w, opts))
	}
	return l
}

// update writes the line of one update. The latency counts from Telegram's date
// of the message, which has whole seconds.
func (l *botLog) update(u telegram.Update, outcome string, handling time.Duration) {
	ctx := context.Background()
	if !l.Enabled(ctx, slog.LevelInfo) {
		return
	}
	chat := sha256.Sum256(binary.BigEndian.AppendUint64(l.key[:len(l.key):len(l.key)], uint64(u.Chat)))
	attrs := []slog.Attr{slog.Int64("update_id", u.ID), slog.String("mode", l.mode), slog.String("outcome", outcome),
		slog.String("chat", hex.EncodeToString(chat[:6])), slog.Float64("handling_ms", float64(handling.Microseconds())/1000)}
	if u.Date > 0 {
		attrs = append(attrs, slog.Int64("latency_ms", max(0, time.Since(time.Unix(u.Date, 0)).Milliseconds())))
	}
	l.LogAttrs(ctx, slog.LevelInfo, "update", attrs...)
}
