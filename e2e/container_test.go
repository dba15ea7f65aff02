package e2e_test

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"hookproof/e2e/proof"
)

// TestContainer has the conversation with the image that the Dockerfile makes:
// its entry point, its user, its read-only root. Then it stops it as a platform
// does, in the middle of a message.
func TestContainer(t *testing.T) {
	t.Parallel()
	needDocker(t)
	image := buildImage(t)
	for _, mode := range []proof.Mode{proof.Webhook, proof.Polling} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			ctx, e := deadline(t), world(t, subject(t), mode)
			c, addr := startContainer(ctx, t, e, image, nil, nil)
			e.Edge.Route(addr)
			made, err := c.Inspect(ctx)
			require.NoError(t, err)
			assert.Equal(t, "65532:65532", made.Config.User, "not root")
			assert.Equal(t, []string{"/bot"}, []string(made.Config.Entrypoint), "no shell between the platform's signals and the bot")
			require.NoError(t, e.WaitTaking(ctx, 0))
			talk := e.Talk()
			for range 3 {
				require.NoError(t, talk.Exchange(ctx, e.Probe()))
			}
			busy, x, err := e.Busy(ctx, 1500*time.Millisecond)
			require.NoError(t, err)
			limit := 30 * time.Second
			require.NoError(t, c.Stop(ctx, &limit))
			require.NoError(t, e.WaitHeard(ctx, busy, []string{x.Want}))
			state, err := c.State(ctx)
			require.NoError(t, err)
			assert.Zero(t, state.ExitCode)
			said := logs(ctx, t, c)
			assert.Empty(t, e.Leak(said), "in the container's output")
			assert.Contains(t, said, "listening")
		})
	}
}

// needDocker skips the test where no engine answers.
func needDocker(t *testing.T) {
	t.Helper()
	if err := dockerAnswers(t.Context()); err != nil {
		missing(t, fmt.Sprintf("a Docker engine that answers (%v)", err))
	}
}

func dockerAnswers(ctx context.Context) (err error) {
	p, err := testcontainers.NewDockerProvider()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	return p.Health(ctx)
}

// buildImage makes the image of the Dockerfile and returns its name. It goes with
// the test.
func buildImage(t *testing.T) string {
	t.Helper()
	p, err := testcontainers.NewDockerProvider()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	name, err := p.BuildImage(t.Context(), &testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{Context: imageContext(t)}})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := p.Client().ImageRemove(context.WithoutCancel(t.Context()), name, client.ImageRemoveOptions{Force: true, PruneChildren: true})
		assert.NoError(t, err)
	})
	return name
}

// imageContext makes a build context like the one `make build` leaves behind:
// the Dockerfile and bin/. The binary is the one under test.
func imageContext(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	dockerfile, err := os.ReadFile("../Dockerfile")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Dockerfile"), dockerfile, 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bin", "ca-certificates.crt"), nil, 0o644))
	if *botPath != "" {
		binary, err := os.ReadFile(*botPath)
		require.NoError(t, err)
		image, err := elf.NewFile(bytes.NewReader(binary))
		require.NoError(t, err)
		libraries, err := image.ImportedLibraries()
		require.NoError(t, err)
		require.Empty(t, libraries, "the image has no libraries: build the bot with CGO_ENABLED=0, as make build does")
		require.NoError(t, os.WriteFile(filepath.Join(dir, "bin", "bot"), binary, 0o755))
		return dir
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-tags", "netgo", "-o", filepath.Join(dir, "bin", "bot"), "../bot")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // nothing else is in the image
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return dir
}

// startContainer runs the image in the host's network, where the fake is, with
// more settings than the usual and with limits, if they are not nil. It returns
// where the bot's port is.
func startContainer(ctx context.Context, t *testing.T, e *proof.Env, image string, with proof.Settings, limit func(*container.HostConfig)) (testcontainers.Container, string) {
	t.Helper()
	port, err := e.Port()
	require.NoError(t, err)
	env := map[string]string{"DRILLS_ENABLED": "true"}
	maps.Copy(env, e.Defaults(port))
	maps.Copy(env, with)
	for _, line := range e.Trap.Environment() {
		k, v, _ := strings.Cut(line, "=")
		env[k] = v
	}
	c, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{
		ContainerRequest: testcontainers.ContainerRequest{
			Image:      image,
			Env:        env,
			WaitingFor: wait.ForLog("listening"),
			HostConfigModifier: func(h *container.HostConfig) {
				h.NetworkMode = "host"
				h.ReadonlyRootfs = true
				h.CapDrop = []string{"ALL"}
				h.SecurityOpt = []string{"no-new-privileges"}
				if limit != nil {
					limit(h)
				}
			},
		},
		Started: true,
	})
	testcontainers.CleanupContainer(t, c)
	require.NoError(t, err)
	return c, net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

func logs(ctx context.Context, t *testing.T, c testcontainers.Container) string {
	t.Helper()
	r, err := c.Logs(ctx)
	require.NoError(t, err)
	defer r.Close()
	var b bytes.Buffer
	_, err = io.Copy(&b, r)
	require.NoError(t, err)
	return b.String()
}
