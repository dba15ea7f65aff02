package render_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// before is a service with a pre-deploy command.
func before(command string) *render.Blueprint {
	return blueprint(func(s *render.Service) { s.PreDeployCommand = command })
}

// TestPreDeploy: after the build, before the new instance, in files and with a
// process of its own, with the service's environment.
func TestPreDeploy(t *testing.T) {
	t.Parallel()
	seen := filepath.Join(t.TempDir(), "seen")
	b := before(`echo "$PLAIN $RENDER $RENDER_EXTERNAL_HOSTNAME $(cat built)" >> ` + seen + `; echo mine > built; echo migrated`)
	b.Services[0].RootDir = "app"
	b.Services[0].BuildCommand = `echo theirs > built`
	b.Services[0].StartCommand = `test "$(cat built)" = theirs && exec ./tool`
	o := fast(b)
	o.Source = fstest.MapFS{"app/tool": {Data: []byte("#!/bin/sh\nexec " + o.Command[0] + "\n"), Mode: 0o755}}
	o.Command = nil
	p := deployed(t, o)
	visit(t, p, tg).hear()
	order(t, p, render.DeployStarted, render.Built, render.Started, render.Exited, render.PreDeployed,
		render.Started, render.Healthy, render.Switched, render.Live)
	own := p.Instances()[0]
	assert.Equal(t, "pre-deploy", waitOf(t, p, own, render.Started).Text)
	assert.Equal(t, "migrated\n", own.Output.String())
	assert.NotEqual(t, own.ID, p.Serving()[0].ID)

	require.NoError(t, p.Restart(deadline(t)), "a restart prepares nothing anew")
	assert.Equal(t, 1, kinds(p, render.PreDeployed))
	assert.Equal(t, 1, kinds(p, render.Built))
	require.NoError(t, p.Deploy(deadline(t), render.Change{}))
	assert.Equal(t, 2, kinds(p, render.PreDeployed))
	text, err := os.ReadFile(seen)
	require.NoError(t, err)
	const line = "as it is true echo.onrender.com theirs\n"
	assert.Equal(t, line+line, string(text))
}

// TestPreDeployFails: the deploy is cancelled, and the old instance serves on.
func TestPreDeployFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, command, want string }{
		{"exits", "test -z $BREAK || { echo the table is locked; exit 7; }", "pre-deploy failed: exit code 7: the table is locked"},
		{"is killed", "test -z $BREAK || kill -9 $$", "pre-deploy failed: ended by killed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := deployed(t, fast(before(tt.command)))
			good := p.Serving()[0]
			from := p.Mark()
			err := p.Deploy(deadline(t), render.Change{Set: map[string]string{"BREAK": "it"}})
			require.ErrorContains(t, err, tt.want)
			assert.Contains(t, waitKind(t, p, from, render.DeployFailed).Text, tt.want)
			assert.Equal(t, good.ID, visit(t, p, tg).hear().Instance)
			assert.Equal(t, 1, kinds(p, render.PreDeployed), "the first deploy's")
			assert.Equal(t, 1, kinds(p, render.Switched), "no new instance was started")
			assert.Zero(t, kinds(p, render.Terminated))
			assert.True(t, good.Running())
		})
	}
}

// TestPreDeployDeadline: a command that does not end fails the deploy.
func TestPreDeployDeadline(t *testing.T) {
	t.Parallel()
	o := fast(before("sleep 3600"))
	o.Timing.PreDeploy = 50 * time.Second
	p := platform(t, o)
	assert.ErrorContains(t, p.Deploy(deadline(t), render.Change{}), "pre-deploy failed: it still ran after 50s")
	assert.Equal(t, 1, kinds(p, render.Exited))
	assert.Zero(t, kinds(p, render.Switched))
}

// TestPreDeployIsOverridden: a deploy that overrides ends the command, too.
func TestPreDeployIsOverridden(t *testing.T) {
	t.Parallel()
	p := deployed(t, fast(before("test -z $STAY || sleep 3600")))
	from, failed := p.Mark(), make(chan error, 1)
	ctx := deadline(t)
	go func() { failed <- p.Deploy(ctx, render.Change{Set: map[string]string{"STAY": "on"}}) }()
	waitKind(t, p, from, render.Started)
	require.NoError(t, p.Deploy(ctx, render.Change{Unset: []string{"STAY"}, Override: true}))
	assert.ErrorIs(t, <-failed, render.ErrOverridden)
}

// TestPreDeployIsPaid: Parse refuses it, and so does a platform whose Blueprint
// did not pass there.
func TestPreDeployIsPaid(t *testing.T) {
	t.Parallel()
	b := before("true")
	b.Services[0].Plan = "free"
	p := platform(t, fast(b))
	assert.ErrorContains(t, p.Deploy(deadline(t), render.Change{}), "a pre-deploy command needs a paid plan")
	assert.Zero(t, kinds(p, render.Started))
}

// TestBuildDeadline: a build that does not end fails the deploy.
func TestBuildDeadline(t *testing.T) {
	t.Parallel()
	o := fast(blueprint(func(s *render.Service) { s.BuildCommand, s.StartCommand = "sleep 3600", "true" }))
	o.Source, o.Command = fstest.MapFS{}, nil
	o.Timing.Build = 50 * time.Second
	p := platform(t, o)
	assert.ErrorContains(t, p.Deploy(deadline(t), render.Change{}), "build failed: it still ran after 50s")
}
