package e2e_test

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
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
	needDocker(t)
	image := imageContext(t)
	for _, mode := range []proof.Mode{proof.Webhook, proof.Polling} {
		t.Run(string(mode), func(t *testing.T) {
			ctx, e := deadline(t), world(t, subject(t), mode)
			c := startContainer(ctx, t, e, image)
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

// needDocker skips the test where no engine answers; in CI that is a failure,
// or the test would be skipped for ever unnoticed.
func needDocker(t *testing.T) {
	t.Helper()
	t.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true") // its image would have to be pulled; Cleanup does its work
	t.Setenv("TESTCONTAINERS_HOST_OVERRIDE", "localhost")
	if err := dockerAnswers(t.Context()); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Docker engine answers, and CI=true: %v", err)
		}
		t.Skipf("no Docker engine answers: %v", err)
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

// startContainer runs the image in the host's network, where the fake is.
func startContainer(ctx context.Context, t *testing.T, e *proof.Env, image string) testcontainers.Container {
	t.Helper()
	port, err := e.Port()
	require.NoError(t, err)
	env := map[string]string{"DRILLS_ENABLED": "true"}
	maps.Copy(env, e.Defaults(port))
	for _, line := range e.Trap.Environment() {
		k, v, _ := strings.Cut(line, "=")
		env[k] = v
	}
	e.Edge.Route(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	c, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{
		ContainerRequest: testcontainers.ContainerRequest{
			FromDockerfile: testcontainers.FromDockerfile{Context: image},
			Env:            env,
			WaitingFor:     wait.ForLog("listening"),
			HostConfigModifier: func(h *container.HostConfig) {
				h.NetworkMode = "host"
				h.ReadonlyRootfs = true
				h.CapDrop = []string{"ALL"}
			},
		},
		Started: true,
	})
	testcontainers.CleanupContainer(t, c)
	require.NoError(t, err)
	return c
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
