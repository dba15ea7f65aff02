package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"hookproof/loadtest/internal/usage"
)

// BurnCommand is the hidden command of the harness's own binary that runs Burn.
const BurnCommand = "burn"

// Burn is the body of a burner: a process that uses a known amount of CPU for
// each byte it reads, its own waking up included, and ends with its input.
func Burn(in io.Reader, each time.Duration) error {
	begun, err := usage.Clock(os.Getpid())
	if err != nil {
		return err
	}
	owed, buf := begun, make([]byte, 1)
	for {
		if _, err := io.ReadFull(in, buf); err != nil {
			return nil //nolint:nilerr // the end of the input is the end of the work
		}
		owed += each
		for now := begun; now < owed; {
			if now, err = usage.Clock(os.Getpid()); err != nil {
				return err
			}
		}
	}
}

// together is for how many messages the burner burns at once: just waking up
// costs it more than a tenth of one message.
const together = 10

// burner is such a process, counted with a bot.
type burner struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	messages int // only the injector counts
}

func startBurner(ctx context.Context, each time.Duration, meter *usage.Meter) (*burner, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &burner{cmd: exec.CommandContext(ctx, self, BurnCommand, (together * each).String())}
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the burner: %w", err)
	}
	if err := meter.Adopt(b.cmd.Process.Pid); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// burn asks for one message's worth. The pipe holds far more than a run sends
// ahead, so this does not block.
func (b *burner) burn() {
	if b == nil {
		return
	}
	if b.messages++; b.messages%together == 0 {
		_, _ = b.in.Write([]byte{'.'}) // a burner that died shows as a bot without handicap
	}
}

func (b *burner) close() error {
	if b == nil {
		return nil
	}
	return errors.Join(b.in.Close(), b.cmd.Wait())
}
