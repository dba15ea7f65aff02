package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/proof"
	"hookproof/e2e/target"
)

// Lives are those of one instance of the bot after another, each with a port of
// its own.
type lives struct {
	t       *testing.T
	env     *proof.Env
	random  *rand.Rand // decides the moments
	crowd   *crowd
	current *proof.Instance // nil: the next one is still to be started
	calls   int             // made by all before the current one started
	moments []moment        // that have come
	drain   time.Duration   // the longest from SIGTERM to the end
}

// newLives begins with a crowd, who each write so often, and no instance.
func newLives(t *testing.T, r *proof.Runner, mode proof.Mode, every time.Duration) *lives {
	t.Helper()
	e := world(t, r, mode)
	if mode == proof.Webhook {
		hasten(t, e)
	}
	e.API.Intercept("", farAway)
	return &lives{t: t, env: e, random: rand.New(rand.NewPCG(r.Seed, 2)), crowd: gather(t, e, every, r.Seed)}
}

// stopAt is n lives under load that end in one way, and one more to finish. It
// fails if a moment does not come, and if not everything is answered at the end.
func (l *lives) stopAt(w way, modes []proof.Mode, n int) (err error) {
	ctx, cancel := context.WithTimeout(l.t.Context(), 5*time.Minute+time.Duration(n)*10*time.Second)
	defer cancel()
	for k := 0; k < n && err == nil; k++ {
		err = l.live(ctx, w.draw(l.random, k, modes))
	}
	return errors.Join(err, l.settle(ctx))
}

// live has an instance live until the moment comes, and stops it. It fails if
// the moment does not come.
func (l *lives) live(ctx context.Context, m moment) error {
	if l.current == nil {
		if m.unhook {
			_, err := l.env.Bot.Call(ctx, "deleteWebhook", nil)
			require.NoError(l.t, err)
		}
		l.begin(m.mode)
	}
	if err := l.reach(ctx, m); err != nil {
		return fmt.Errorf("%s was not reached: %w; process %d said last:\n%s", m, err, l.current.PID(), l.current.Output.Tail(2048))
	}
	old := l.current
	l.current = nil
	if m.overlap > 0 {
		l.overlap(ctx, m, old)
	}
	l.end(ctx, m, old)
	if l.current != nil {
		l.env.Edge.Route(l.current.Addr())
	}
	return nil
}

// begin starts an instance and gives it the traffic.
func (l *lives) begin(mode proof.Mode) {
	l.env.Mode = mode
	l.calls = len(l.env.API.Calls(0, ""))
	var err error
	l.current, err = l.env.Launch(nil)
	require.NoError(l.t, err)
	l.env.Edge.Route(l.current.Addr())
}

// reach waits until the current instance is at the moment.
func (l *lives) reach(ctx context.Context, m moment) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	defer pause(ctx, m.after)
	switch m.stage {
	case starting:
		return nil
	case registering:
		_, err := l.env.API.Wait(ctx, l.calls, func(c proof.Call) bool { return !m.unhook || c.Is("setWebhook") })
		return err
	}
	if err := l.current.WaitReady(ctx); err != nil {
		return err
	}
	switch m.stage {
	case answering:
		return l.crowd.waitAnswer(ctx)
	case idle:
		l.crowd.hush(true)
		defer l.crowd.hush(false)
		return l.crowd.waitAll(ctx)
	}
	return nil
}

// overlap has the next instance run beside the old one, as on a platform that
// deploys without a gap.
func (l *lives) overlap(ctx context.Context, m moment, old *proof.Instance) {
	l.begin(m.mode)
	require.NoError(l.t, l.current.WaitServing(ctx))
	if m.both {
		l.env.Edge.Route(old.Addr(), l.current.Addr())
	}
	pause(ctx, m.overlap)
}

// end sends the signals of the moment to an instance and waits for its end.
func (l *lives) end(ctx context.Context, m moment, old *proof.Instance) {
	if m.stage == draining {
		_ = old.Terminate() // it may have been faster
		pause(ctx, m.drain)
	}
	m.pid, m.at = old.PID(), time.Now()
	_ = old.Signal(m.signal)
	exit, err := old.WaitExit(ctx, time.Minute, "its end")
	require.NoError(l.t, err, m)
	m.end = exit.String()
	l.moments = append(l.moments, m)
	if m.signal == syscall.SIGTERM && m.stage != draining {
		l.drain = max(l.drain, exit.At.Sub(m.at))
		assert.True(l.t, clean(exit, old.Output), "%s; it said last:\n%s", m, old.Output.Tail(4096))
	}
}

// clean tells a proper end after SIGTERM: without an error, or by the signal
// itself before the bot has said anything, since it can't heed it any sooner.
func clean(exit target.Exit, said *target.Output) bool {
	return exit.Code == 0 || exit.Signal == syscall.SIGTERM && said.String() == ""
}

// settle has a last instance answer what is left, and stops it.
func (l *lives) settle(ctx context.Context) error {
	if l.current == nil {
		l.begin(l.env.Mode)
	}
	l.crowd.disperse()
	err := l.crowd.waitAll(ctx)
	l.end(ctx, moment{n: len(l.moments), stage: idle, signal: syscall.SIGTERM}, l.current)
	return err
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// farAway has a call take a while to arrive at Telegram. One whose caller is
// killed, or hangs up, may be lost on the way.
func farAway(_ http.ResponseWriter, r *http.Request, _ proof.Call) bool {
	pause(r.Context(), rand.N(5*time.Millisecond))
	return false
}

// hasten has the fake's clock run ahead until the test ends: Telegram's delays
// before it repeats a delivery would take most of it.
func hasten(t *testing.T, e *proof.Env) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for every := 10 * time.Millisecond; ctx.Err() == nil; pause(ctx, every) {
			e.Fake.Clock().Advance(20 * every)
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
}
