// Command bot is a Telegram bot that takes its updates by polling or by a
// webhook, and can be moved from one to the other and back without losing any.
//
//	bot                                run, configured by the environment; bot -h lists the settings
//	bot secret                         make a webhook secret
//	bot webhook info|set|delete        look at the registration, or change it
//	bot verify                         check that the webhook works, end to end
//	bot migrate webhook|polling        move, verify, and roll back if that fails
//	bot version                        print the version
//
// It exits with 0 after a clean stop, 1 when something failed at run time, and
// 2 when a setting is wrong; then it has opened and called nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	sh := &shell{getenv: os.Getenv, stdout: os.Stdout, stderr: os.Stderr}
	err := sh.run(ctx, os.Args[1:])
	stop()
	os.Exit(sh.exitCode(err))
}

// A usageError is a mistake in settings or arguments.
type usageError struct{ error }

// exitCode reports err and returns the process's exit status.
func (sh *shell) exitCode(err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(sh.stderr, "bot:", masked(err.Error()))
	if _, ok := errors.AsType[usageError](err); ok {
		return 2
	}
	return 1
}
