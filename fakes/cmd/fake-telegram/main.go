// Command fake-telegram is a fake Telegram as a program: a Bot API server for
// a bot in any language, and a console where people write to it.
//
// Usage:
//
//	fake-telegram [-listen 127.0.0.1:8081] [-console 127.0.0.1:8082] [-token TOKEN]
//
// It prints where it listens and a token to use; -h lists the flags. A bot
// under test gets the first address as its Bot API server. It stops on SIGINT
// and SIGTERM with exit code 0; wrong flags are 2, anything else 1.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"hookproof/fakes/telegram"
	"hookproof/fakes/telegram/console"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
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

// A usageError is a mistake in the flags.
type usageError struct{ error }

type flags struct {
	listen, console, cert, key, profile, token, username, bot string
	seed                                                      uint64
	strict, limits                                            bool
}

func parse(args []string, stderr io.Writer) (*flags, error) {
	f := &flags{}
	fs := flag.NewFlagSet("fake-telegram", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&f.listen, "listen", "127.0.0.1:8081", "`address` of the Bot API; port 0 takes a free one")
	fs.StringVar(&f.console, "console", "127.0.0.1:8082", "`address` of the console; empty: none")
	fs.StringVar(&f.cert, "tls-cert", "", "PEM `file`: serve https")
	fs.StringVar(&f.key, "tls-key", "", "PEM `file` with its key")
	fs.StringVar(&f.profile, "profile", "", "cloud: as api.telegram.org; local: as a server of one's own; default: the cloud's texts, but any webhook address")
	fs.Uint64Var(&f.seed, "seed", 0, "`number` that decides everything random; 0: from the time")
	fs.StringVar(&f.token, "token", "", "register a bot under this `token`; default: one is made and printed")
	fs.StringVar(&f.username, "username", "my_bot", "`name` of that bot")
	fs.BoolVar(&f.strict, "strict", false, "refuse methods that are typed only (docs/fidelity.md)")
	fs.BoolVar(&f.limits, "limits", false, "apply Telegram's public limits on sending")
	fs.StringVar(&f.bot, "bot", "", "also run this `program` as the bot, polling, with its address and token in the environment")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, &usageError{err}
	}
	if fs.NArg() > 0 {
		return nil, &usageError{fmt.Errorf("unexpected argument %q: all settings are flags", fs.Arg(0))}
	}
	return f, nil
}

// options turns the flags into a server's.
func (f *flags) options() (telegram.Options, error) {
	o := telegram.Options{Addr: f.listen, Seed: f.seed, Strict: f.strict}
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano())
	}
	switch f.profile {
	case "":
	case "cloud":
		o.Texts, o.Rules = telegram.Cloud, telegram.Cloud
	case "local":
		o.Texts, o.Rules = telegram.Local, telegram.Local
	default:
		return o, &usageError{fmt.Errorf("-profile %q: it is cloud or local", f.profile)}
	}
	if f.limits {
		o.Flood = telegram.PublicLimits
	}
	if (f.cert == "") != (f.key == "") {
		return o, &usageError{errors.New("-tls-cert and -tls-key go together")}
	}
	if f.cert != "" {
		pair, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return o, &usageError{fmt.Errorf("read the certificate: %w", err)}
		}
		o.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	return o, nil
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

// runBot runs the bot until it or ctx ends.
func runBot(ctx context.Context, path, api, token string, out io.Writer) error {
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append(os.Environ(), "TELEGRAM_API_URL="+api, "TELEGRAM_BOT_TOKEN="+token, "LOG_FORMAT=text")
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 35 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it was stopped with us
	}
	return fmt.Errorf("the bot %s ended: %w", path, err)
}
