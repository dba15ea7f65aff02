package render

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// construct makes a release startable: by Options.Command, or by a copy of the
// source that is built as the Blueprint says.
func (p *Platform) construct(ctx context.Context, r *release) error {
	p.mu.Lock()
	source := p.o.Source
	p.mu.Unlock()
	r.dir = p.dir
	if r.command != nil {
		return nil
	}
	if source == nil {
		return errors.New("nothing to deploy: give Options.Source or Options.Command")
	}
	if p.service.StartCommand == "" {
		return fmt.Errorf("service %s has no startCommand: give Options.Command", p.service.Name)
	}
	clone := filepath.Join(p.dir, "deploy-"+strconv.Itoa(r.number))
	if err := os.CopyFS(clone, source); err != nil {
		return fmt.Errorf("copy the source: %w", err)
	}
	r.dir = filepath.Join(clone, p.service.RootDir)
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
	env := p.common(r)
	cmd := exec.CommandContext(ctx, p.unknowns.Shell, "-c", p.service.BuildCommand)
	cmd.Dir = r.dir
	cmd.Env = append([]string{"HOME=" + p.dir, "PATH=" + os.Getenv("PATH")}, p.o.BuildEnv...)
	cmd.Env = append(append(cmd.Env, lines(env)...), lines(r.vars)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build failed: %w: %s", err, strings.TrimSpace(string(out[max(0, len(out)-outputEnd):])))
	}
	p.log.add(Event{Kind: Built, Deploy: r.number})
	return nil
}
