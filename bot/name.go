package main

import (
	"context"
	"log/slog"
	"time"

	"hookproof/bot/internal/telegram"
)

const (
	nameLimit = 2 * time.Second // an update waits for it
	nameAgain = time.Minute     // after a failure
)

// A name is the bot's own. Telegram is asked for it when it is first needed.
type name struct {
	api *telegram.Client
	log *slog.Logger

	turn  chan struct{} // filled by whoever looks; a channel, since they may wait for the network
	known string        // guarded by turn; "" until there was an answer
	again time.Time     // guarded by turn; not to be asked for before
}

func newName(api *telegram.Client, log *slog.Logger) *name {
	return &name{api: api, log: log, turn: make(chan struct{}, 1)}
}

// get returns "" as long as there is no answer. Those who need the name while it
// is asked for wait for that one call, and a failure is not repeated for a while:
// it would cost each of them the limit.
func (n *name) get(ctx context.Context) string {
	n.turn <- struct{}{}
	defer func() { <-n.turn }()
	if n.known != "" || time.Now().Before(n.again) {
		return n.known
	}
	ctx, cancel := context.WithTimeout(ctx, nameLimit)
	defer cancel()
	known, err := n.api.GetMe(ctx)
	if err != nil {
		n.again = time.Now().Add(nameAgain)
		n.log.Warn("can't learn the bot's name, commands to other bots may be answered", "error", err)
	}
	n.known = known
	return known
}
