package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A line is what has been fetched and not confirmed yet.
type line struct {
	mu      sync.Mutex
	ids     []int64                 // guarded by mu; ascending
	done    map[int64]bool          // guarded by mu
	turn    map[int64]chan struct{} // guarded by mu; of a chat: closed when its last update is done
	next    int64                   // guarded by mu; past everything confirmed
	settled chan struct{}           // gets a value whenever an update is done
	begun   int64                   // guarded by mu; the latest update whose handling has begun
	last    int64                   // the latest update fetched
	running sync.WaitGroup
}

func newLine() *line {
	return &line{done: map[int64]bool{}, turn: map[int64]chan struct{}{}, settled: make(chan struct{}, 1)}
}

// offset is the first update that is not done; pending tells if there is one.
func (l *line) offset() (offset int64, pending bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.ids) > 0 && l.done[l.ids[0]] {
		l.next = l.ids[0] + 1
		l.ids = l.ids[1:]
	}
	if len(l.ids) > 0 {
		return l.ids[0], true
	}
	return l.next, false
}

// poll asks for updates until ctx ends. The offset moves past what was handled.
func (b *bot) poll(ctx context.Context) error {
	if err := b.unhook(ctx); err != nil {
		return err
	}
	l := b.line
	for failures := 0; ctx.Err() == nil; {
		offset, pending := l.offset()
		if b.bad("D15") && l.last > 0 {
			offset, pending = l.last+1, false
		}
		updates, err := b.fetch(ctx, offset, pending)
		switch {
		case err == nil:
			failures = 0
		case ctx.Err() != nil:
		case fatal(err) || b.bad("L7") && overlaps(err):
			return fmt.Errorf("getUpdates: %w: check TELEGRAM_BOT_TOKEN", err)
		default:
			b.logf("getUpdates: %v", err)
			pause(ctx, b.wait("getUpdates", failures, err))
			failures++
			continue
		}
		if b.bad("P3") {
			pause(ctx, time.Second)
		}
		b.take(ctx, l, updates)
		if _, pending := l.offset(); pending && !b.bad("D15") {
			select {
			case <-l.settled:
			case <-time.After(300 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}
	l.running.Wait()
	b.confirm()
	return nil
}

// confirm tells the server what was handled and must not come again.
func (b *bot) confirm() {
	offset, _ := b.line.offset()
	if b.bad("D14") {
		offset = b.line.last + 1
	}
	if offset <= 1 {
		return
	}
	params := map[string]any{"offset": offset, "limit": 1, "timeout": 0}
	for range 5 { // the call before it may still be ending
		_, err := b.api.call(context.Background(), "getUpdates", params, 5*time.Second)
		if err == nil {
			return
		}
		b.logf("confirm: %v", err)
		pause(context.Background(), 100*time.Millisecond)
	}
}

// unhook removes the webhook if it is this bot's own.
func (b *bot) unhook(ctx context.Context) error {
	raw, err := b.persist(ctx, "getWebhookInfo", nil)
	if err != nil {
		return err
	}
	var info struct{ URL string }
	if err := json.Unmarshal(raw, &info); err != nil {
		return err
	}
	switch {
	case info.URL == "":
		return nil
	case info.URL != b.set.url && !b.bad("L6"):
		return errors.New("somebody else's webhook is set: remove it first")
	}
	_, err = b.persist(ctx, "deleteWebhook", map[string]any{"drop_pending_updates": b.bad("M2")})
	return err
}

func (b *bot) fetch(ctx context.Context, offset int64, pending bool) ([]json.RawMessage, error) {
	timeout, limit := b.set.pollTimeout, b.set.pollTimeout+5*time.Second
	if b.bad("P3") || pending {
		timeout = 0
	}
	if b.bad("P4") {
		limit = time.Hour
	}
	raw, err := b.api.call(ctx, "getUpdates", map[string]any{"offset": offset, "timeout": int(timeout.Seconds())}, limit)
	if err != nil {
		return nil, err
	}
	var updates []json.RawMessage
	return updates, json.Unmarshal(raw, &updates)
}

// take begins the updates that are new.
func (b *bot) take(ctx context.Context, l *line, updates []json.RawMessage) {
	for _, raw := range updates {
		u, err := parse(raw)
		if err != nil {
			continue
		}
		if b.bad("D10") && u.strange {
			return
		}
		l.last = u.id
		b.begin(ctx, l, u)
	}
}

// starts tells whether an update is handled now, or left for later because ctx
// has ended. One before another that has begun is not left: the offset could
// confirm neither, and the other would come again.
func (l *line) starts(ctx context.Context, id int64, always bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil && !always && l.begun < id {
		return false
	}
	l.begun = max(l.begun, id)
	return true
}

// begin handles the update after the one before it in its chat, unless it is
// known.
func (b *bot) begin(ctx context.Context, l *line, u update) {
	chat := u.chat
	if b.bad("D12") {
		chat = 0 // one line for all
	}
	l.mu.Lock()
	known := slices.Contains(l.ids, u.id)
	before, mine := l.turn[chat], make(chan struct{})
	if !known {
		l.ids = append(l.ids, u.id)
		l.turn[chat] = mine
	}
	l.mu.Unlock()
	if known {
		return
	}
	l.running.Go(func() {
		defer close(mine)
		if before != nil {
			<-before
		}
		if !l.starts(ctx, u.id, b.bad("D15") || b.bad("D12")) {
			return
		}
		b.one(u)
		l.mu.Lock()
		l.done[u.id] = true
		l.mu.Unlock()
		select {
		case l.settled <- struct{}{}:
		default:
		}
	})
}

// one handles an update to its end, and answers.
func (b *bot) one(u update) {
	for {
		reply, err := b.work.do(context.Background(), u)
		if err != nil {
			pause(context.Background(), 50*time.Millisecond)
			continue
		}
		if reply == "" {
			return
		}
		if _, err := b.persist(context.Background(), "sendMessage", map[string]any{"chat_id": u.chat, "text": reply}); err != nil {
			b.logf("update %d: answer: %v", u.id, err)
		}
		return
	}
}
