// Command demo tells the whole story in about half a minute: a bot that polls
// is talked to, moved to webhooks under traffic, attacked, restarted under
// traffic, and moved back. It needs no set-up, no token and no network: the
// Telegram it talks to is the fake of this repository, on loopback.
//
// Usage:
//
//	go run ./e2e/cmd/demo [-bot PATH]
//
// Every figure it prints was measured while it ran, and what it claims was
// looked for: it ends with exit code 1 otherwise. It closes with the story's
// acceptance criteria, each with its evidence or an honest "not yet".
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("demo", flag.ContinueOnError)
	bot := fs.String("bot", "", "`path` of the bot's binary; built from ./bot when empty")
	root := fs.String("root", ".", "`directory` of the repository")
	if err := fs.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	say := narrator{out: os.Stdout, start: time.Now()}
	dir, err := os.MkdirTemp("", "hookproof-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	spec, err := loadBot(ctx, *root, *bot, dir, say)
	if err != nil {
		return err
	}
	runner := &proof.Runner{Spec: spec, Ports: target.NewPorts(os.Getpid())}
	env, err := runner.Env(proof.Polling)
	if err != nil {
		return err
	}
	s := &story{env: env, say: say, root: *root}
	err = s.tell(ctx)
	if closeErr := env.Close(); err == nil {
		err = closeErr
	}
	return err
}

// loadBot reads how this repository's bot is run, and builds it into dir if
// there is no binary.
func loadBot(ctx context.Context, root, bin, dir string, say narrator) (*target.Spec, error) {
	spec, err := target.Load(filepath.Join(root, "e2e", "targets", "hookproof.yaml"))
	if err != nil {
		return nil, err
	}
	if bin != "" {
		if spec.Bin, err = filepath.Abs(bin); err != nil {
			return nil, err
		}
		return spec, nil
	}
	say.line("building the bot ...")
	bin = filepath.Join(dir, "bot")
	return spec, spec.BuildBinary(ctx, bin)
}
