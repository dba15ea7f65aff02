package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// A Process is a started bot.
type Process struct {
	Output *Output // what it printed, both streams in order of arrival

	cmd     *exec.Cmd
	dir     string // its home, removed by Close
	started time.Time
	done    chan struct{} // closed when the process has ended and its output is complete
	exit    Exit          // written before done is closed
}

// An Exit is how a process ended.
type Exit struct {
	Code   int            // -1 if a signal ended it
	Signal syscall.Signal // 0 if it exited by itself
	At     time.Time
	CPU    time.Duration // whole life, user and system
}

func (e Exit) String() string {
	if e.Signal != 0 {
		return "ended by " + e.Signal.String()
	}
	return fmt.Sprintf("exit code %d", e.Code)
}

// outputGrace is how long output may still come from grandchildren that hold
// the pipe after the bot itself has ended.
const outputGrace = 2 * time.Second

// Start starts the bot and returns at once; Close must be called. It does not
// wait until the bot is ready: what ready means depends on who asks.
func (s *Spec) Start(l Launch) (*Process, error) {
	dir, err := os.MkdirTemp("", "target-")
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	cmd, err := s.command(l, dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p := &Process{Output: newOutput(), cmd: cmd, dir: dir, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.Output, p.Output
	cmd.WaitDelay = outputGrace
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := p.launch(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", s.Name, err), os.RemoveAll(dir))
	}
	return p, nil
}

// launch starts and reaps on one locked thread: the kernel sends the death
// signal when the starting thread ends, not the process (prctl(2),
// PR_SET_PDEATHSIG), and Go ends idle threads.
func (p *Process) launch() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		p.started = time.Now()
		if err := p.cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		_ = p.cmd.Wait() // the state says it all
		p.exit = exitOf(p.cmd.ProcessState)
		p.Output.end()
		close(p.done)
	}()
	return <-started
}

func exitOf(s *os.ProcessState) Exit {
	e := Exit{Code: s.ExitCode(), At: time.Now(), CPU: s.UserTime() + s.SystemTime()}
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		e.Signal = w.Signal()
	}
	return e
}

// PID is the process id, and the id of its group.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Started is when the process was started.
func (p *Process) Started() time.Time { return p.started }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running reports whether the process has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Signal sends a signal to the bot alone, not to its children, as a platform
// does. Signalling one that has ended is an error.
func (p *Process) Signal(sig syscall.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("send %v to process %d: %w", sig, p.PID(), err)
	}
	return nil
}

// Kill ends the bot and its children with SIGKILL and waits for the end.
func (p *Process) Kill() {
	if p.Running() {
		// The group exists at least until its leader has been reaped.
		_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	}
	<-p.done
}

// Wait waits for the end. If ctx ends first the error quotes the output's end.
func (p *Process) Wait(ctx context.Context) (Exit, error) {
	select {
	case <-p.done:
		return p.exit, nil
	case <-ctx.Done():
		return Exit{}, fmt.Errorf("process %d still runs: %w; it said last:\n%s", p.PID(), ctx.Err(), p.Output.Tail(2048))
	}
}

// Stop sends SIGTERM and waits for the end.
func (p *Process) Stop(ctx context.Context) (Exit, error) {
	if err := p.Signal(syscall.SIGTERM); err != nil && p.Running() {
		return Exit{}, err
	}
	return p.Wait(ctx)
}

// Close ends what still runs and removes the process' files. It may be called
// more than once.
func (p *Process) Close() error {
	p.Kill()
	if err := os.RemoveAll(p.dir); err != nil {
		return fmt.Errorf("remove home of process %d: %w", p.PID(), err)
	}
	return nil
}
