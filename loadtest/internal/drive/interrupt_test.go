package drive_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/target"
	"hookproof/loadtest/internal/drive"
	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/verdict"
)

// interrupter is progress that interrupts the run at a line.
type interrupter struct {
	at        string
	interrupt func()
}

func (i interrupter) Write(line []byte) (int, error) {
	if strings.Contains(string(line), i.at) {
		i.interrupt()
	}
	return len(line), nil
}

// What was measured before an interruption is kept, what it cut short is neither
// a sample nor a failure of the bot, and no process stays behind.
func TestInterruptionKeepsWhatWasMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs a real bot for some seconds")
	}
	p, err := plan.Parse([]byte(`
modes: [{name: webhook, webhook: true, env: {WEBHOOK_ENABLED: "true"}}]
profiles: [{name: steady, rate: 20, slice: 4s, lead: 100ms, restarts: 5}]
cells: [{profile: steady, modes: [webhook], alone: true}]
`))
	require.NoError(t, err)
	bot, err := target.Load(filepath.FromSlash("../../../e2e/targets/hookproof.yaml"))
	require.NoError(t, err)
	require.NoError(t, bot.BuildBinary(t.Context(), filepath.Join(t.TempDir(), "bot")))

	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	d := &drive.Driver{
		Plan: p, Bots: map[string]*target.Spec{"webhook": bot}, Ports: target.NewPorts(os.Getpid()),
		// The first of two twins is done, and the other one is being measured.
		Progress: interrupter{at: "alone", interrupt: func() { time.AfterFunc(3*time.Second, func() { cancel(stop) }) }},
	}
	cells, err := d.Run(ctx)
	require.ErrorIs(t, err, stop)
	require.Len(t, cells, 1)
	require.NotEmpty(t, cells[0].Runs)
	for _, run := range cells[0].Runs {
		require.NotEmpty(t, run.Arms)
		for _, a := range run.Arms {
			assert.Empty(t, a.Failure)
			assert.Len(t, a.Slices, 1)
			assert.NotNil(t, a.Meters, "it was stopped in order")
		}
	}
	assert.NotEqual(t, verdict.ExitNoBot, verdict.ExitCode(result.Result{Cells: cells}, nil))

	lists, err := filepath.Glob("/proc/self/task/*/children") // none where the kernel does not list them
	require.NoError(t, err)
	for _, list := range lists {
		children, _ := os.ReadFile(list) // its thread may have ended
		assert.Empty(t, string(children), "processes left behind")
	}
}
