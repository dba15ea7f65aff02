package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"
	"time"
)

// migrate is the command "migrate webhook|polling [-dry-run]".
func (b *bot) migrate(ctx context.Context) (err error) {
	if b.set, err = readSettings(b); err != nil {
		return err
	}
	b.api = newClient(b)
	raw, err := b.persist(ctx, "getWebhookInfo", nil)
	if err != nil {
		return err
	}
	fmt.Println("look, change, verify, roll back if that fails")
	if slices.Contains(flag.Args(), "-dry-run") && !b.bad("M4") {
		return nil
	}
	if flag.Arg(1) == "polling" {
		_, err := b.persist(ctx, "deleteWebhook", nil)
		return err
	}
	if b.bad("M5") && string(raw) != "" && b.registered(raw) {
		return errors.New("the webhook is set already")
	}
	if err := b.register(ctx); err != nil {
		return err
	}
	return b.verify(ctx)
}

func (b *bot) registered(raw []byte) bool {
	var info struct{ URL string }
	return json.Unmarshal(raw, &info) == nil && info.URL != ""
}

// verify looks for delivery errors for a second, and rolls back at the first.
func (b *bot) verify(ctx context.Context) error {
	for range 10 {
		raw, err := b.persist(ctx, "getWebhookInfo", nil)
		if err != nil {
			return err
		}
		var info struct {
			Error string `json:"last_error_message"`
		}
		if err := json.Unmarshal(raw, &info); err != nil {
			return err
		}
		if info.Error != "" && !b.bad("M3") {
			_, err := b.persist(ctx, "deleteWebhook", nil)
			return errors.Join(errors.New("deliveries fail: "+info.Error), err)
		}
		pause(ctx, 100*time.Millisecond)
	}
	return nil
}
