// Loadtest measures what moving a Telegram bot from polling to webhooks is
// worth: latency from the moment a message is due until the answer reaches
// Telegram, and the CPU of the bot's process, for each mode beside the others,
// over a network with a round trip. It says PASS, FAIL or INCONCLUSIVE for
// each promise, with intervals, and never one figure for everything.
//
//	loadtest [run] [flags]        measure, judge, write reports
//	loadtest report FILE [flags]  judge and report an earlier result again
//	loadtest calibrate [flags]    measure the harness itself: false alarms, and what it finds
//	loadtest plans                list the plans that are built in
//
// Exit codes: 0 every promise holds, 1 one does not, 2 wrong use, 3 one can't be
// judged, 4 a bot crashed or was never ready, 130 interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/rig"
	"hookproof/loadtest/internal/verdict"
)

const (
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends at once
	code, err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "loadtest:", err)
	}
	os.Exit(code)
}

// run is the program without its process: arguments in, exit code out.
func run(ctx context.Context, args []string) (int, error) {
	command := "run"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	switch command {
	case "run":
		return measure(ctx, args)
	case "calibrate":
		return calibrate(ctx, args)
	case noiseCommand:
		return noise(os.Stdin)
	case rig.BurnCommand:
		return burn(args)
	case rig.MinimalCommand:
		if err := rig.Minimal(ctx); err != nil {
			return verdict.ExitNoBot, err
		}
		return 0, nil
	case "report":
		return rejudge(args)
	case "plans":
		for _, name := range plan.Names() {
			fmt.Println(name)
		}
		return 0, nil
	}
	return exitUsage, fmt.Errorf("unknown command %q: use run, report, calibrate or plans", command)
}

// burn is the handicap of a bot in a calibration, not a command for people.
func burn(args []string) (int, error) {
	if len(args) != 1 {
		return exitUsage, errors.New("burn needs a duration")
	}
	each, err := time.ParseDuration(args[0])
	if err != nil {
		return exitUsage, err
	}
	return 0, rig.Burn(os.Stdin, each)
}
