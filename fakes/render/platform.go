package render

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"hookproof/e2e/target"
)

// A Platform is Render with one service of a Blueprint.
type Platform struct {
	o        Options
	service  Service
	preview  bool
	id       string // RENDER_SERVICE_ID
	timing   Timing // scaled
	real     Timing // before
	unknowns Unknowns
	log      *eventLog
	claims   *claims
	routes   *routes
	turns    turns
	prober   *http.Transport // of health checks
	ca       *authority
	edge     *edge // nil of a service that has no public side
	trap     *target.Trap
	machine  hierarchy
	dir      string
	own      *target.Ports // nil when they were given
	inbound  atomic.Int64  // when the last public request came or ended, Unix nanoseconds
	open     atomic.Int64  // public requests being answered

	ctx context.Context // the platform's life
	end context.CancelFunc
	wg  sync.WaitGroup

	closing sync.Once
	closed  error // what Close said; written by closing

	mu        sync.Mutex
	random    *rand.Rand        // guarded by mu
	vars      map[string]string // guarded by mu; the service's variables as the next deploy has them
	deploys   int               // guarded by mu; so far
	release   *release          // guarded by mu; that is live
	slots     []*slot           // guarded by mu; those of release
	count     int               // guarded by mu; instances wanted
	instances []*Instance       // guarded by mu; all there ever were
	asleep    bool              // guarded by mu
	waking    chan struct{}     // guarded by mu; not nil while awaking; closed when that ends
}

// New sets up the service and its public side. Nothing runs until Deploy.
func New(o Options) (*Platform, error) {
	s, err := pick(o.Blueprint, o.Name)
	if err != nil {
		return nil, err
	}
	return newPlatform(o, s, false)
}

func pick(b *Blueprint, name string) (Service, error) {
	if b == nil || len(b.Services) == 0 {
		return Service{}, errors.New("no service: give Options.Blueprint a file with one")
	}
	if name == "" {
		return b.Services[0], nil
	}
	s, ok := b.Service(name)
	if !ok {
		return s, fmt.Errorf("the Blueprint has no service %q", name)
	}
	return s, nil
}

func newPlatform(o Options, s Service, preview bool) (*Platform, error) {
	if !slices.Contains([]string{"web", "pserv", "worker"}, s.Type) {
		return nil, fmt.Errorf("service %s is of type %s: the fake runs web, pserv and worker", s.Name, s.Type)
	}
	scale := cmp.Or(o.Scale, 1)
	p := &Platform{
		o: o, service: s, preview: preview, machine: machine, log: newEventLog(), claims: newClaims(),
		prober:   &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		real:     PlatformTiming().over(o.Timing, 1),
		unknowns: o.Unknowns.filled(scale),
		random:   rand.New(rand.NewPCG(cmp.Or(o.Seed, 1), 0)),
		count:    max(1, s.NumInstances),
	}
	if p.o.Ports == nil {
		p.own = target.NewPorts(rand.Int())
		p.o.Ports = p.own
	}
	p.real.Shutdown = cmp.Or(p.real.Shutdown, s.ShutdownDelay())
	p.timing = p.real.over(Timing{}, scale)
	p.id = "srv-" + p.word(20)
	p.o.Commit = cmp.Or(o.Commit, p.word(40))
	p.routes = newRoutes(p.unknowns.Routing, p.number)
	p.ctx, p.end = context.WithCancel(context.Background())
	if err := p.build(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// build makes what the constructor can fail at.
func (p *Platform) build() (err error) {
	if p.vars, err = p.variables(); err != nil {
		return err
	}
	if p.dir, err = os.MkdirTemp("", "render-"); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	if p.ca, err = newAuthority(); err != nil {
		return err
	}
	if err := os.WriteFile(p.caFile(), p.ca.pem(), 0o600); err != nil {
		return fmt.Errorf("write the test authority: %w", err)
	}
	reach := map[string]string{}
	maps.Copy(reach, p.o.Reach)
	if p.service.Type == "web" {
		if p.edge, err = newEdge(p); err != nil {
			return err
		}
		reach[p.Host()+":443"] = p.Addr()
		p.wg.Go(p.doze)
	}
	p.trap, err = target.NewTrap(reach)
	return err
}

// Host is the service's public name; there is no DNS for it, see Addr.
func (p *Platform) Host() string { return p.service.Name + ".onrender.com" }

// URL is the service's public URL, https.
func (p *Platform) URL() string { return "https://" + p.Host() }

// Addr is where Host's HTTPS port really is; "" of a service without a public
// side.
func (p *Platform) Addr() string {
	if p.edge == nil {
		return ""
	}
	return p.edge.secure.Addr().String()
}

// PlainAddr is where Host's HTTP port really is, which redirects.
func (p *Platform) PlainAddr() string {
	if p.edge == nil {
		return ""
	}
	return p.edge.plain.Addr().String()
}

// RootCAs trust the certificate of the public side.
func (p *Platform) RootCAs() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.ca.cert)
	return pool
}

func (p *Platform) caFile() string { return filepath.Join(p.dir, "ca.pem") }

// Caught lists what instances tried to send to names they can't reach, as
// "CONNECT api.telegram.org:443".
func (p *Platform) Caught() []string { return p.trap.Caught() }

// Instances lists all there ever were, oldest first.
func (p *Platform) Instances() []*Instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.instances)
}

// Serving lists the instances of the live release, in the order they started.
func (p *Platform) Serving() []*Instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []*Instance
	for _, s := range p.slots {
		all = append(all, s.current())
	}
	return all
}

// PrivateAddr is where other services of the workspace and region reach an
// instance: around the edge, with headers of their choosing. The free plan has
// no such door (Render docs: private network).
func (p *Platform) PrivateAddr() (string, error) {
	serving := p.Serving()
	switch {
	case p.free():
		return "", errors.New("a service on the free plan receives no private traffic")
	case len(serving) == 0:
		return "", errors.New("nothing is deployed")
	}
	return serving[0].addr, nil
}

// Close kills all instances, closes the public side, and waits until every
// goroutine of the platform is gone. It may be called more than once.
func (p *Platform) Close() error {
	p.closing.Do(func() { p.closed = p.close() })
	return p.closed
}

func (p *Platform) close() error {
	p.end()
	var errs []error
	if p.edge != nil {
		errs = append(errs, p.edge.close())
	}
	_, _, err := p.turns.queue(context.Background()) // a deploy under way ends now; there is no next
	errs = append(errs, err)
	p.wg.Wait()
	for _, i := range p.Instances() {
		errs = append(errs, i.close())
	}
	if p.trap != nil {
		errs = append(errs, p.trap.Close())
	}
	if p.own != nil {
		errs = append(errs, p.own.Close())
	}
	if p.dir != "" {
		errs = append(errs, os.RemoveAll(p.dir))
	}
	return errors.Join(errs...)
}

// number is random, at least 0 and below n.
func (p *Platform) number(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.random.IntN(n)
}

// word is random, of small letters and digits.
func (p *Platform) word(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[p.number(len(alphabet))]
	}
	return string(b)
}
