package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// poll asks for updates until ctx ends. The offset moves past what was handled.
func (b *bot) poll(ctx context.Context) error {
	if err := b.unhook(ctx); err != nil {
		return err
	}
	var offset int64
	for failures := 0; ctx.Err() == nil; {
		updates, err := b.fetch(ctx, offset)
		switch {
		case err == nil:
			failures = 0
		case ctx.Err() != nil:
		case fatal(err) || b.bad("L7") && err.(*apiError).code == 409:
			return fmt.Errorf("getUpdates: %w: check TELEGRAM_BOT_TOKEN", err)
		default:
			b.logf("getUpdates: %v", err)
			pause(ctx, b.wait(failures, err))
			failures++
			continue
		}
		if b.bad("P3") {
			pause(ctx, time.Second)
		}
		offset = b.batch(ctx, updates, offset)
	}
	if offset > 0 { // what was handled must not come again
		_, _ = b.api.call(context.Background(), "getUpdates", map[string]any{"offset": offset, "limit": 1, "timeout": 0}, time.Second)
	}
	return nil
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

func (b *bot) fetch(ctx context.Context, offset int64) ([]json.RawMessage, error) {
	timeout, limit := b.set.pollTimeout, b.set.pollTimeout+5*time.Second
	if b.bad("P3") {
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

// batch handles updates, chats side by side, and returns the new offset: that
// of the first one not handled. A stop leaves the rest of a chat for later.
func (b *bot) batch(ctx context.Context, updates []json.RawMessage, offset int64) int64 {
	chats := map[int64][]update{}
	var all []update
	for _, raw := range updates {
		u, err := parse(raw)
		if err != nil {
			continue
		}
		if b.bad("D10") && u.strange {
			return offset
		}
		chats[u.chat] = append(chats[u.chat], u)
		all = append(all, u)
	}
	if len(all) > 0 && (b.bad("D15") || b.bad("D14")) {
		_, _ = b.api.call(ctx, "getUpdates", map[string]any{"offset": all[len(all)-1].id + 1, "timeout": 0, "limit": 1}, time.Second)
	}
	var handled sync.Map
	var wg sync.WaitGroup
	for _, line := range chats {
		wg.Go(func() {
			for _, u := range line {
				if ctx.Err() != nil {
					return
				}
				b.one(u)
				handled.Store(u.id, true)
			}
		})
	}
	wg.Wait()
	for _, u := range all {
		if _, ok := handled.Load(u.id); !ok {
			return max(offset, u.id)
		}
		offset = u.id + 1
	}
	return offset
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
