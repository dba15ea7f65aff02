package main

import (
	"context"
	"time"

	"hookproof/bot/internal/telegram"
)

const (
	// quietLimit is how long a busy poller is waited for. A platform stops it
	// when a deploy has overlapped for a minute.
	quietLimit  = 2 * time.Minute
	quietEvery  = 200 * time.Millisecond // between two tries
	clearlyHeld = 250 * time.Millisecond // beside four round trips
	// quiet is how long the first update in the queue stays there until nobody
	// seems to be working on it. Short polling once a second takes 2 s to confirm
	// one; a poller that was told to go waits longer than that and this.
	quiet = 2200 * time.Millisecond
)

// awaitQuiet ends somebody's polling, so that a webhook can be set: what a
// poller has handled and not confirmed would be delivered again. It returns nil
// when nobody works on any update.
//
// A getUpdates that starts to wait ends the one that waits already (Bot API
// server source). It does so only while the queue is empty, so the offset that
// came with the other's call covers all that the other has handled, and the
// other is told to go. A call that is answered at once, because the queue was
// not empty, has to be repeated; a poller too busy to be ended goes on meanwhile
// until it is stopped. None of the calls confirms anything.
func awaitQuiet(ctx context.Context, api *telegram.Client) error {
	asked := time.Now()
	info, err := api.GetWebhookInfo(ctx)
	held := 4*time.Since(asked) + clearlyHeld // a call this long has waited at the server
	for first, since := int64(0), asked; err == nil && info.URL == ""; err = pause(ctx, quietEvery) {
		asked = time.Now()
		updates, failure := api.GetUpdates(ctx, 0, 1, time.Second)
		conflict, webhook := telegram.Conflict(failure)
		switch {
		case webhook: // another new instance was faster
			return nil
		case conflict: // the other's turn: try to end it again
			continue
		case failure != nil:
			return failure
		case len(updates) == 0 || time.Since(asked) > held:
			return nil
		}
		if u, _ := telegram.Decode(updates[0]); u.ID != first {
			first, since = u.ID, time.Now()
		} else if time.Since(since) > quiet {
			return nil
		}
	}
	return err
}
