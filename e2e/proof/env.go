package proof

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"hookproof/e2e/target"
	"hookproof/fakes/telegram"
)

// Where the bot lives in public. The name does not exist: the fake is told
// where it is, and the bot finds it through the trap.
const (
	publicHost = "bot.example.com"
	publicPath = "/webhook"
	publicURL  = "https://" + publicHost + publicPath
	// Somebody else's webhook; its host has no certificate here.
	foreignHost = "other.example.com"
	foreignURL  = "https://" + foreignHost + "/hook"
)

// telegramIP is an address out of Telegram's published ranges.
const telegramIP = "149.154.167.231"

// An Env is the world of one check: a fake Telegram, a bot registered there,
// and the places to watch and disturb it. Close ends everything in it.
type Env struct {
	Mode Mode
	Spec *target.Spec
	Fake *telegram.Server
	Bot  *telegram.Bot // the account of the bot under test
	API  *API          // between the bot and Fake
	Edge *Edge         // between Fake and the bot
	Trap *target.Trap

	Secret string // the webhook's secret token

	ports  *target.Ports
	seed   uint64
	random *rand.Rand
	dir    string
	dial   Dialer // for Fake's deliveries; nil: by TCP
	// The certificate of the public name, which the bot and Fake trust, and its key.
	caFile, keyFile string

	mu        sync.Mutex
	instances []*Instance // guarded by mu
	updateID  int64       // guarded by mu; of the last update made here
}

// Env builds a world for the runner's bot. Callers that are not checks, such as
// suites with a story of their own, must Close it.
func (r *Runner) Env(mode Mode) (*Env, error) {
	e := &Env{Mode: mode, Spec: r.Spec, ports: r.Ports, seed: cmp.Or(r.Seed, 1), dial: r.Dial, updateID: 900_000_000}
	e.random = rand.New(rand.NewPCG(e.seed, 0))
	e.Secret = randomWord(e.random, 64)
	if err := e.build(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Env) build() (err error) {
	if e.dir, err = os.MkdirTemp("", "proof-"); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	ca, err := newAuthority(publicHost)
	if err != nil {
		return err
	}
	e.caFile, e.keyFile = e.dir+"/ca.pem", e.dir+"/key.pem"
	if err := errors.Join(os.WriteFile(e.caFile, ca.pem, 0o600), os.WriteFile(e.keyFile, ca.key, 0o600)); err != nil {
		return fmt.Errorf("write the test authority: %w", err)
	}
	if e.Edge, err = newEdge(ca.tls); err != nil {
		return err
	}
	hosts := map[string]string{publicHost + ":443": e.Edge.Addr(), foreignHost + ":443": e.Edge.Addr()}
	if e.Trap, err = target.NewTrap(hosts); err != nil {
		return err
	}
	e.Fake, err = telegram.Listen(telegram.Options{Hosts: hosts, RootCAs: ca.pool, Seed: e.seed, Dial: e.dial})
	if err != nil {
		return fmt.Errorf("start the fake Telegram: %w", err)
	}
	e.Bot = e.Fake.NewBot("proof_bot")
	if e.API, err = newAPI(e.Fake.URL()); err != nil {
		return err
	}
	e.Fake.Observe(func(telegram.Event) { e.API.announce() })
	return nil
}

// Close ends the bot's processes and everything around it, and reports what no
// bot may do: leak its token or secret, or talk to anyone else.
func (e *Env) Close() error {
	var errs []error
	for _, i := range e.Instances() {
		errs = append(errs, i.Close())
	}
	errs = append(errs, e.leaks())
	if e.Trap != nil {
		if caught := e.Trap.Caught(); len(caught) > 0 {
			errs = append(errs, broken("a bot talks to its Bot API server and its own public URL only",
				"nothing", "outgoing requests to %s", strings.Join(caught, ", ")))
		}
		errs = append(errs, e.Trap.Close())
	}
	if e.Edge != nil {
		errs = append(errs, e.Edge.Close())
	}
	if e.API != nil {
		errs = append(errs, e.API.Close())
	}
	if e.Fake != nil {
		e.Fake.Close()
	}
	return errors.Join(append(errs, os.RemoveAll(e.dir))...)
}

// leaks searches all output for the token and the secret.
func (e *Env) leaks() error {
	for _, i := range e.Instances() {
		if what := e.Leak(i.Output.String()); what != "" {
			return &Leak{Breach: &Breach{"neither token nor secret is ever printed", "nothing special",
				fmt.Sprintf("the %s in the output of process %d", what, i.PID())}}
		}
	}
	return nil
}

// Leak names the secret thing found in text, if any. Half a token is a leak
// too: the part after the colon is the secret one.
func (e *Env) Leak(text string) string {
	_, key, _ := strings.Cut(e.Bot.Token(), ":")
	switch {
	case strings.Contains(text, key):
		return "token"
	case strings.Contains(text, e.Secret):
		return "webhook secret"
	default:
		return ""
	}
}

// Instances lists the bot's processes, oldest first.
func (e *Env) Instances() []*Instance {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]*Instance(nil), e.instances...)
}

// Settings are values by this project's names.
type Settings map[string]string

// unset in Settings takes a setting away that bots get by default.
const unset = "\x00"

// Defaults are the settings of a bot that is set up properly, as far as it can
// be told them.
func (e *Env) Defaults(port int) Settings {
	all := Settings{
		"TELEGRAM_BOT_TOKEN":   e.Bot.Token(),
		"TELEGRAM_API_URL":     e.API.URL(),
		"WEBHOOK_ENABLED":      strconv.FormatBool(e.Mode == Webhook),
		"WEBHOOK_URL":          publicURL,
		"WEBHOOK_SECRET_TOKEN": e.Secret,
		"WEBHOOK_PORT":         strconv.Itoa(port),
		"TRUSTED_PROXY":        "rightmost",
	}
	maps.DeleteFunc(all, func(name, _ string) bool { return !e.Spec.Has(name) })
	return all
}

// KeyPair is where the public name's certificate and its key are, in PEM, for
// who serves that name in the place of Edge.
func (e *Env) KeyPair() (certFile, keyFile string) { return e.caFile, e.keyFile }

// Port takes a port for a bot that somebody else starts.
func (e *Env) Port() (int, error) { return e.ports.Take() }

// Launch starts the bot without waiting for anything.
func (e *Env) Launch(with Settings) (*Instance, error) {
	port, err := e.ports.Take()
	if err != nil {
		return nil, err
	}
	return e.launch(port, with)
}

func (e *Env) launch(port int, with Settings) (*Instance, error) {
	settings := e.Defaults(port)
	maps.Copy(settings, with)
	maps.DeleteFunc(settings, func(_, v string) bool { return v == unset })
	return e.start(target.Launch{Settings: settings}, port)
}

// start starts a process of the bot in this world.
func (e *Env) start(l target.Launch, port int) (*Instance, error) {
	l.Trap, l.CAFile = e.Trap, e.caFile
	i := &Instance{env: e, Port: port, seen: e.API.mark()}
	var err error
	if i.Process, err = e.Spec.Start(l); err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.instances = append(e.instances, i)
	e.mu.Unlock()
	return i, nil
}

// Start starts the bot, routes the public name to it, and waits until it works:
// the port answers, health is 200 where there is one, and it is registered or
// polling.
func (e *Env) Start(ctx context.Context, with Settings) (*Instance, error) {
	i, err := e.Launch(with)
	if err != nil {
		return nil, err
	}
	e.Edge.Route(i.Addr())
	return i, i.WaitReady(ctx)
}

// Restart is Start, a second later for Telegram, which allows one setWebhook a
// second (observed on the real server). A bot that sets its webhook at every start
// and does not wait when it is told to may not come up otherwise: that is L3's
// matter and no other check's.
func (e *Env) Restart(ctx context.Context, with Settings) (*Instance, error) {
	e.Fake.Clock().Advance(time.Second)
	return e.Start(ctx, with)
}

// nextID makes an update_id of its own, above those of the fake.
func (e *Env) nextID() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.updateID++
	return e.updateID
}

// randomWord is made of letters and digits; no two checks share one.
func randomWord(r *rand.Rand, n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

// within gives ctx a shorter deadline, with a cause that says for what.
func within(ctx context.Context, d time.Duration, what string) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, fmt.Errorf("%s took more than %v", what, d))
}
