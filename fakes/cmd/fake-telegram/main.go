// Command fake-telegram is a fake Telegram as a program: a Bot API server for
// a bot in any language, and a console where people write to it.
//
// Usage:
//
//	fake-telegram [-listen 127.0.0.1:8081] [-console 127.0.0.1:8082] [-token TOKEN]
//
// It prints where it listens and a token to use; -h lists the flags, and
// docs/fake.md tells what to do with them. A bot under test gets the first
// address as its Bot API server. It stops on SIGINT and SIGTERM with exit code
// 0; wrong flags are 2, anything else 1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"hookproof/fakes/telegram"
	"hookproof/fakes/telegram/console"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills at once
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "fake-telegram:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "fake-telegram:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f, err := parse(args, stderr)
	if err != nil {
		return err
	}
	o, err := f.options()
	if err != nil {
		return err
	}
	tg, err := telegram.Listen(o)
	if err != nil {
		return err
	}
	defer tg.Close()
	b, err := f.register(tg)
	if err != nil {
		return err
	}
	if f.events {
		stop := printEvents(tg, stdout)
		defer stop()
	}
	fmt.Fprintf(stdout, "Bot API  %s\n", tg.URL())
	if f.console != "" {
		c, err := console.Listen(tg, f.console)
		if err != nil {
			return err
		}
		defer c.Close()
		fmt.Fprintf(stdout, "Console  %s\n", c.URL())
	}
	if f.token == "" {
		fmt.Fprintf(stdout, "Token    %s  (of @%s; good for this fake only)\n", b.Token(), b.Username())
	}
	if f.bot == "" {
		<-ctx.Done()
		return nil
	}
	return runBot(ctx, f.bot, tg.URL(), b.Token(), stdout)
}

func (f *flags) register(tg *telegram.Server) (*telegram.Bot, error) {
	if f.token == "" {
		return tg.NewBot(f.username), nil
	}
	b, err := tg.NewBotToken(f.token, f.username)
	if err != nil {
		return nil, &usageError{err}
	}
	return b, nil
}

// printEvents prints what happens, a line each, until stop is called.
func printEvents(tg *telegram.Server, out io.Writer) (stop func()) {
	events, cancel := tg.Subscribe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e := range events {
			fmt.Fprintln(out, e)
		}
	}()
	return func() { cancel(); <-done }
}
