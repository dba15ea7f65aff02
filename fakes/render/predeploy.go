package render

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// ready makes a release startable: built, and its pre-deploy command run. A
// release that a restart took over is.
func (p *Platform) ready(ctx context.Context, r *release) error {
	if r.dir != "" {
		return nil
	}
	if err := p.construct(ctx, r); err != nil {
		return err
	}
	return p.preDeploy(ctx, r)
}

// preDeploy runs the pre-deploy command, before every deploy, whether that had
// anything to build or not; a failure cancels the deploy. It runs on an instance
// of its own, with all that an instance has in its environment; what it writes
// to files is not there for the service (Render docs: deploys).
func (p *Platform) preDeploy(ctx context.Context, r *release) error {
	if p.service.PreDeployCommand == "" {
		return nil
	}
	if p.free() { // as Parse says; a Blueprint need not be from there
		return errors.New("a pre-deploy command needs a paid plan")
	}
	own, err := p.aside(r)
	if err != nil {
		return fmt.Errorf("copy the build for the pre-deploy command: %w", err)
	}
	i, err := p.launch(own, "pre-deploy")
	if err != nil {
		return err
	}
	late := fmt.Errorf("it still ran after %v", p.real.PreDeploy)
	ctx, cancel := context.WithTimeoutCause(ctx, p.timing.PreDeploy, late)
	defer cancel()
	select {
	case <-i.proc.Done():
	case <-ctx.Done():
		i.proc.Kill()
		err = context.Cause(ctx)
	}
	p.ended(i)
	if exit := exitOf(i); err == nil && exit.Code != 0 {
		err = errors.New(exit.String())
	}
	if err != nil {
		return fmt.Errorf("pre-deploy failed: %w: %s", err, i.Output.Tail(outputEnd))
	}
	p.note(i, PreDeployed, "")
	return nil
}

// aside is the release on the instance of the pre-deploy command: in a copy of
// what was built, or in an empty directory where nothing was. An absolute link in
// what was built leads to where it led.
func (p *Platform) aside(r *release) (*release, error) {
	own := *r
	own.command = []string{p.unknowns.Shell, "-c", p.service.PreDeployCommand}
	dir := filepath.Join(p.dir, "pre-deploy-"+strconv.Itoa(r.number))
	own.dir = filepath.Join(dir, r.root)
	if r.clone == "" {
		return &own, os.Mkdir(dir, 0o700)
	}
	return &own, os.CopyFS(dir, os.DirFS(r.clone))
}
