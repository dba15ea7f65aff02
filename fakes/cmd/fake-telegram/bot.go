package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// botStops is how long the bot has to stop once it was told to: more than our
// own bot's drain.
const botStops = 35 * time.Second

// runBot runs the bot until it or ctx ends.
func runBot(ctx context.Context, path, api, token string, out io.Writer) error {
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append(os.Environ(), "TELEGRAM_API_URL="+api, "TELEGRAM_BOT_TOKEN="+token, "LOG_FORMAT=text")
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = botStops
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it was stopped with us
	}
	if err == nil {
		err = errors.New("exit status 0")
	}
	return fmt.Errorf("the bot %s ended by itself: %w", path, err)
}
