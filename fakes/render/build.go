package render

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// construct makes a release startable: by Options.Command, or by a copy of the
// source that is built as the Blueprint says.
func (p *Platform) construct(ctx context.Context, r *release) error {
	p.mu.Lock()
	source := p.o.Source
	p.mu.Unlock()
	if r.command != nil {
		r.dir = p.dir
		return nil
	}
	if source == nil {
		return errors.New("nothing to deploy: give Options.Source or Options.Command")
	}
	if p.service.StartCommand == "" {
		return fmt.Errorf("service %s has no startCommand: give Options.Command", p.service.Name)
	}
	r.clone, r.root = filepath.Join(p.dir, "deploy-"+strconv.Itoa(r.number)), p.service.RootDir
	if err := os.CopyFS(r.clone, source); err != nil {
		return fmt.Errorf("copy the source: %w", err)
	}
	r.dir = filepath.Join(r.clone, r.root)
	r.command = []string{p.unknowns.Shell, "-c", p.service.StartCommand}
	return p.compile(ctx, r)
}

// outputEnd is how much of a failed build's output the error quotes, in bytes.
const outputEnd = 2048

// compile runs the build command, with the service's variables (Render docs:
// environment variables).
func (p *Platform) compile(ctx context.Context, r *release) error {
	if p.service.BuildCommand == "" {
		return nil
	}
	late := fmt.Errorf("it still ran after %v", p.real.Build)
	ctx, cancel := context.WithTimeoutCause(ctx, p.timing.Build, late)
	defer cancel()
	env := p.common(r)
	cmd := exec.CommandContext(ctx, p.unknowns.Shell, "-c", p.service.BuildCommand)
	cmd.Dir = r.dir
	cmd.Env = append([]string{"HOME=" + p.dir, "PATH=" + os.Getenv("PATH")}, p.o.BuildEnv...)
	cmd.Env = append(append(cmd.Env, lines(env)...), lines(r.vars)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // what the shell started as well
	if out, err := cmd.CombinedOutput(); err != nil {
		err = cmp.Or(context.Cause(ctx), err)
		return fmt.Errorf("build failed: %w: %s", err, strings.TrimSpace(string(out[max(0, len(out)-outputEnd):])))
	}
	p.log.add(Event{Kind: Built, Deploy: r.number})
	return nil
}
