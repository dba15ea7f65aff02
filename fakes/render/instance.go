package render

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"hookproof/e2e/target"
)

// An Instance is one process of the service.
type Instance struct {
	ID     string         // RENDER_INSTANCE_ID
	Deploy int            // the deploy it belongs to
	Output *target.Output // what it printed

	proc  *target.Process
	group *controlGroup   // nil: no limits
	addr  string          // its port, as the private network sees it
	wire  *wire           // the edge's connections to it
	busy  atomic.Int64    // requests of the edge that it works on
	gone  context.Context // ended to cut the requests it works on
	cut   context.CancelFunc
}

// launch starts a process of a release; what it is for goes to the log.
func (p *Platform) launch(r *release, what string) (*Instance, error) {
	port, err := p.o.Ports.Take()
	if err != nil {
		return nil, err
	}
	id := p.id + "-" + p.word(5)
	group := p.confine(r, id)
	spec := &target.Spec{Name: id, Command: group.enter(r.command), Dir: r.dir}
	proc, err := spec.Start(target.Launch{Env: p.environment(r, id, port), Trap: p.trap, CAFile: p.caFile()})
	if err != nil {
		return nil, errors.Join(err, group.remove())
	}
	i := &Instance{
		ID: id, Deploy: r.number, Output: proc.Output, proc: proc, group: group,
		addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
	}
	i.wire = &wire{addr: i.addr, keep: p.unknowns.KeepAlive}
	i.gone, i.cut = context.WithCancel(context.Background())
	p.mu.Lock()
	p.instances = append(p.instances, i)
	p.mu.Unlock()
	p.note(i, Started, what)
	return i, nil
}

// note logs an event of an instance.
func (p *Platform) note(i *Instance, kind EventKind, text string) {
	p.log.add(Event{Kind: kind, Deploy: i.Deploy, Instance: i.ID, Text: text})
}

// Addr is its port on the private network, where other services of the
// workspace reach it around the edge, with headers of their choosing.
func (i *Instance) Addr() string { return i.addr }

// PID is its process id.
func (i *Instance) PID() int { return i.proc.PID() }

// Running reports whether its process has not ended yet.
func (i *Instance) Running() bool { return i.proc.Running() }

// Wait waits for the end of its process.
func (i *Instance) Wait(ctx context.Context) (target.Exit, error) { return i.proc.Wait(ctx) }

// Signal sends a signal that the platform knows nothing of: SIGKILL is a crash,
// SIGSTOP a process that hangs.
func (i *Instance) Signal(sig syscall.Signal) error { return i.proc.Signal(sig) }

// exitOf is how an ended instance did so.
func exitOf(i *Instance) target.Exit {
	exit, _ := i.proc.Wait(context.Background()) // it has ended
	return exit
}

// stop sends SIGTERM, and SIGKILL when the service's shutdown delay has passed.
func (p *Platform) stop(i *Instance, why string) {
	p.routes.drop(i)
	if i.Running() {
		p.note(i, Terminated, why)
		_ = i.proc.Signal(syscall.SIGTERM) // it may have just ended
		limit := time.NewTimer(p.timing.Shutdown)
		defer limit.Stop()
		select {
		case <-i.proc.Done():
		case <-limit.C:
			p.note(i, Killed, "it still ran "+p.real.Shutdown.String()+" after SIGTERM")
		case <-p.ctx.Done():
		}
	}
	i.proc.Kill()
	p.ended(i)
}

// ended logs the end of an instance's process, and returns it in Render's own
// words. What it had answered is left on its way; what it had started ends with
// it, as all of a container does.
func (p *Platform) ended(i *Instance) (words string) {
	_ = syscall.Kill(-i.PID(), syscall.SIGKILL) // usually nobody is left
	p.routes.drop(i)
	i.wire.close()
	exit := exitOf(i)
	words = "Application exited with code " + strconv.Itoa(exit.Code)
	if killed := exit.Signal == syscall.SIGKILL || exit.Code == 128+int(syscall.SIGKILL); killed && i.group.starved() {
		words = p.starved()
		p.note(i, OutOfMemory, words)
	}
	p.note(i, Exited, exit.String())
	_ = i.group.remove() // close tries again, and tells
	return words
}

func (i *Instance) close() error {
	i.cut()
	err := i.proc.Close()
	i.wire.close()
	return errors.Join(err, i.group.remove())
}

// serves is nil when the instance passes a health probe: GET of the health path
// answered 200 to 399 in time, or an open port where there is no path (Render
// docs: health checks). The prober's User-Agent and its lack of forwarded
// headers were observed.
func (p *Platform) serves(ctx context.Context, i *Instance) error {
	ctx, cancel := context.WithTimeout(ctx, p.timing.ProbeTimeout)
	defer cancel()
	if p.service.HealthCheckPath == "" {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", i.addr)
		if err != nil {
			return errNoPort
		}
		return c.Close()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+i.addr+p.service.HealthCheckPath, nil)
	if err != nil {
		return err
	}
	req.Host = p.Host()
	req.Header.Set("User-Agent", "Render/1.0")
	resp, err := p.prober.RoundTrip(req)
	if err != nil {
		return errNoAnswer
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 399 {
		return statusError(resp.StatusCode)
	}
	return nil
}

type probeError string

func (e probeError) Error() string { return string(e) }

const (
	errNoPort   probeError = "No open ports detected" // Render's own words
	errNoAnswer probeError = "no answer to the health check"
)

func statusError(code int) probeError {
	return probeError("health check answered " + strings.TrimSpace(strconv.Itoa(code)+" "+http.StatusText(code)))
}
