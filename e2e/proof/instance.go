package proof

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"hookproof/e2e/target"
)

// An Instance is one process of the bot.
type Instance struct {
	*target.Process
	Port int

	env  *Env
	seen int // API calls made before it started
}

// Addr is where its HTTP port is, from here.
func (i *Instance) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(i.Port)) }

// WaitReady waits until the bot works in its mode.
func (i *Instance) WaitReady(ctx context.Context) error {
	ctx, cancel := within(ctx, 30*time.Second, "becoming ready")
	defer cancel()
	ctx, stop := i.orExit(ctx)
	defer stop()
	if err := i.WaitServing(ctx); err != nil {
		return err
	}
	return i.unready("way to get updates", i.env.WaitTaking(ctx, i.seen))
}

// orExit is ctx, ended also when the process ends.
func (i *Instance) orExit(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-i.Done():
			cancel(errors.New("the process has ended"))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// WaitServing waits for the port, or for a 200 of the health path. A foreign
// process tells nobody when it listens, so this asks it again and again.
func (i *Instance) WaitServing(ctx context.Context) error {
	spec := i.env.Spec
	if i.env.Mode == Polling && spec.Health == "" {
		return nil
	}
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for {
		if i.serves(ctx) {
			return nil
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return i.unready("port "+strconv.Itoa(i.Port), context.Cause(ctx))
		}
	}
}

func (i *Instance) serves(ctx context.Context) bool {
	if i.env.Spec.Health != "" {
		status, err := i.Health(ctx)
		return err == nil && status == http.StatusOK
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", i.Addr())
	if err != nil {
		return false
	}
	return c.Close() == nil
}

func (i *Instance) unready(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the bot is not ready, no %s: %w; it said last:\n%s", what, err, i.Output.Tail(2048))
}

// Health asks the health path.
func (i *Instance) Health(ctx context.Context) (status int, err error) {
	return i.get(ctx, i.env.Spec.Health)
}

// get asks any path.
func (i *Instance) get(ctx context.Context, path string) (status int, err error) {
	r, err := Send(ctx, i.Addr(), prober(path))
	return r.Status, err
}

// prober is a request as the platform's health prober makes it: no forwarded
// headers (observed on Render).
func prober(path string) Request {
	return Request{
		Method: "GET", Target: path,
		Headers: []string{"Host: " + publicHost, "User-Agent: Render/1.0", "Connection: close"},
	}
}

// Terminate sends SIGTERM.
func (i *Instance) Terminate() error { return i.Signal(syscall.SIGTERM) }

// StopWithin sends SIGTERM and waits for the end.
func (i *Instance) StopWithin(ctx context.Context, d time.Duration) (target.Exit, error) {
	ctx, cancel := within(ctx, d, "stopping")
	defer cancel()
	return i.Stop(ctx)
}

// WaitExit waits for the end by itself.
func (i *Instance) WaitExit(ctx context.Context, d time.Duration, what string) (target.Exit, error) {
	ctx, cancel := within(ctx, d, what)
	defer cancel()
	return i.Wait(ctx)
}

// WaitTaking waits until a bot takes updates: its webhook is registered on the
// public host, or it polls since the given number of API calls: a call that
// waits, or a second one, for some look first without waiting and forget what
// they see.
func (e *Env) WaitTaking(ctx context.Context, from int) error {
	if e.Mode == Polling {
		return e.API.until(ctx, func() bool {
			calls := e.API.Calls(from, "getUpdates")
			return len(calls) > 1 || len(calls) == 1 && waits(calls[0])
		})
	}
	return e.API.until(ctx, func() bool { return ownHook(e.Bot.Webhook().URL) != nil })
}

// waits reports whether a getUpdates asks for more than a look.
func waits(c Call) bool {
	timeout := c.Params.Get("timeout")
	return timeout != "" && timeout != "0"
}
