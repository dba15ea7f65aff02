// Package rig puts one bot to work: a fake Telegram, the wires to it with their
// round trip, the bot's process, the meter on it and the ledger of what was
// said.
package rig

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"

	"hookproof/e2e/target"
	"hookproof/fakes/telegram"
	"hookproof/loadtest/internal/network"
	"hookproof/loadtest/internal/plan"
	"hookproof/loadtest/internal/record"
	"hookproof/loadtest/internal/result"
	"hookproof/loadtest/internal/usage"
)

const (
	publicHost = "bot.example.com"
	secret     = "load-harness-secret-of-a-fake-bot"
	// sender is an address of Telegram's, as the platform's proxy reports it.
	sender       = "149.154.167.220"
	readyLimit   = 60 * time.Second
	greetAgain   = 500 * time.Millisecond
	warmUp       = 30 // messages
	quiet        = 200 * time.Millisecond
	stopLimit    = 15 * time.Second
	journalSize  = 1000 // the ledger keeps what matters
	historySize  = 10
	maxOutputEnd = 600 // characters of a dead bot's last words
)

// Options of an arm.
type Options struct {
	Bot        *target.Spec
	Mode       plan.Mode
	Cell       plan.Cell
	Chats      int
	Authority  *Authority // nil: the Bot API is plain HTTP
	Ports      *target.Ports
	Seed       uint64
	GOMAXPROCS string // for every bot alike; "" leaves it to them
}

// Arm is one bot at work.
type Arm struct {
	Ledger  *record.Ledger
	Ready   time.Duration // from the process's start until it answered
	StartUp time.Duration // CPU until then

	opts     Options
	fake     *telegram.Server
	bot      *telegram.Bot
	users    []*telegram.User
	api      *network.Link
	hook     *network.Link // nil when polling
	process  *target.Process
	meter    *usage.Meter
	trap     *target.Trap
	burner   *burner // nil: no handicap
	requests atomic.Int64
	wire     wire
	// maxConnections is what the bot asked for; 0: no webhook.
	maxConnections int
	check          *usage.Check // nil: not compared
	cancel         func()
}

// Reading is a state of an arm's counters.
type Reading struct {
	usage.Reading
	Requests, Connections, BytesIn, BytesOut int64 // In is to the bot
	Answers                                  int
	At                                       time.Time
}

// portTries is how often a bot is started whose port somebody else took between
// its choice and the bot's listening, as happens where several suites run.
const portTries = 3

// Start starts a bot and returns when it has answered its first messages. On
// an error everything is closed again.
func Start(ctx context.Context, o Options) (*Arm, error) {
	for try := 1; ; try++ {
		a := &Arm{opts: o, Ledger: record.NewLedger()}
		err := a.start(ctx)
		if err == nil {
			return a, nil
		}
		err = errors.Join(err, a.Close())
		taken := strings.Contains(strings.ToLower(err.Error()), "address already in use")
		if !taken || try == portTries || ctx.Err() != nil {
			return nil, err
		}
	}
}

func (a *Arm) start(ctx context.Context) error {
	texts := a.opts.Bot.Texts
	if !texts.Echo.Known() || a.opts.Mode.Sleep > 0 && !texts.Sleep.Known() {
		return fmt.Errorf("target %s: answers are matched by a number that they repeat: give texts.echo, and texts.sleep for a mode that sleeps", a.opts.Bot.Name)
	}
	port, err := a.opts.Ports.Take()
	if err != nil {
		return err
	}
	if err := a.connect(ctx, port); err != nil {
		return err
	}
	a.cancel = a.fake.Observe(a.observe)
	if a.process, err = a.opts.Bot.Start(a.launch(port)); err != nil {
		return err
	}
	if a.meter, err = usage.Attach(a.process.PID(), usage.Limits{CPU: a.opts.Cell.CPU}); err != nil {
		return err
	}
	if each := a.opts.Mode.Burn; each > 0 {
		if a.burner, err = startBurner(ctx, each, a.meter); err != nil {
			return err
		}
	}
	return a.warm(ctx)
}

// connect opens the fake and the wires.
func (a *Arm) connect(ctx context.Context, port int) error {
	o := telegram.Options{Seed: a.opts.Seed, JournalSize: journalSize, History: historySize}
	if a.encrypted() {
		o.TLS = a.opts.Authority.TLS
	}
	var err error
	if a.fake, err = telegram.Listen(o); err != nil { //nolint:contextcheck // it lives until Close
		return err
	}
	a.bot = a.fake.NewBot("load_bot")
	for i := range a.opts.Chats {
		a.users = append(a.users, a.fake.NewUser("User "+strconv.Itoa(i)))
	}
	_, address, _ := strings.Cut(a.fake.URL(), "://")
	cond := network.Conditions{RTT: a.opts.Cell.RTT, Jitter: a.opts.Cell.Jitter, Seed: a.opts.Seed}
	if a.api, err = network.Open(ctx, address, cond); err != nil {
		return err
	}
	if a.trap, err = target.NewTrap(nil); err != nil || !a.opts.Mode.Webhook {
		return err
	}
	a.hook, err = network.Open(ctx, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), cond)
	if err != nil {
		return err
	}
	a.fake.SetEdge(publicHost, &telegram.Edge{Addr: a.hook.Addr(),
		Headers: []string{"X-Forwarded-For: " + sender, "X-Forwarded-Proto: https"}})
	return nil
}

// encrypted reports whether the Bot API is served over TLS.
func (a *Arm) encrypted() bool { return a.opts.Authority != nil && !a.opts.Mode.Plain }

func (a *Arm) launch(port int) target.Launch {
	scheme, _, _ := strings.Cut(a.fake.URL(), "://")
	l := target.Launch{Trap: a.trap, Settings: map[string]string{
		"TELEGRAM_BOT_TOKEN":   a.bot.Token(),
		"TELEGRAM_API_URL":     scheme + "://" + a.api.Addr(),
		"WEBHOOK_URL":          "https://" + publicHost + "/webhook",
		"WEBHOOK_SECRET_TOKEN": secret,
		"WEBHOOK_PORT":         strconv.Itoa(port),
		"TRUSTED_PROXY":        "rightmost",
	}}
	maps.Copy(l.Settings, a.opts.Mode.Env)
	for name := range l.Settings {
		if !a.opts.Bot.Has(name) {
			delete(l.Settings, name) // a bot without the setting has its own way
		}
	}
	if a.encrypted() {
		l.CAFile = a.opts.Authority.File
	}
	if a.opts.GOMAXPROCS != "" {
		l.Env = append(l.Env, "GOMAXPROCS="+a.opts.GOMAXPROCS)
	}
	return l
}

// observe books what the fake sees. The fake holds its lock meanwhile.
func (a *Arm) observe(e telegram.Event) {
	a.wire.observe(e)
	switch e.Kind {
	case telegram.EventCall:
		if !e.Inline {
			a.requests.Add(1)
		}
		if e.Method == "sendMessage" && e.Err == "" {
			a.Ledger.Answer(e.Params["text"], e.Time)
		}
	case telegram.EventDelivery:
		a.requests.Add(1)
	}
}

// warm waits until the bot answers and lets it do its first work unmeasured:
// connections, caches and the runtime's own warm-up are no cost of a mode.
func (a *Arm) warm(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyLimit, fmt.Errorf("%s is not ready after %s", a.opts.Mode.Name, readyLimit))
	defer cancel()
	if err := a.greet(ctx); err != nil {
		return err
	}
	a.Ready = time.Since(a.process.Started())
	a.maxConnections = a.bot.Webhook().MaxConnections
	var err error
	if a.StartUp, err = usage.Clock(a.process.PID()); err != nil {
		return err
	}
	for i := range warmUp {
		a.Send(plan.Arrival{Slice: -1, Chat: i % len(a.users), Text: "warm up {n}"}, time.Now())
	}
	if err := a.settle(ctx); err != nil {
		return err
	}
	select {
	case <-time.After(quiet):
		a.wire.measure()
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// greet says hello until the bot answers. Once is not enough: some libraries
// throw away what was sent before they first ask for updates.
func (a *Arm) greet(ctx context.Context) error {
	ctx, cancel := a.whileRunning(ctx)
	defer cancel(nil)
	again := time.NewTicker(greetAgain)
	defer again.Stop()
	for {
		a.Send(plan.Arrival{Slice: -1, Text: "hello {n}"}, time.Now())
		select {
		case <-a.Ledger.First():
			a.Ledger.Waive()
			return nil
		case <-again.C:
		case <-ctx.Done():
			return a.lastWords(context.Cause(ctx))
		}
	}
}

// whileRunning is a context that also ends with the bot's process.
func (a *Arm) whileRunning(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-a.process.Done():
			cancel(errors.New("its process has ended"))
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// settle waits until everything is answered, or the bot has gone.
func (a *Arm) settle(ctx context.Context) error {
	ctx, cancel := a.whileRunning(ctx)
	defer cancel(nil)
	if err := a.Ledger.Settle(ctx); err != nil {
		return a.lastWords(err)
	}
	return nil
}

func (a *Arm) lastWords(err error) error {
	said := strings.NewReplacer(a.bot.Token(), "TOKEN", secret, "SECRET").Replace(a.process.Output.Tail(2 * maxOutputEnd))
	said = strings.Map(printable, said[max(0, len(said)-maxOutputEnd):])
	return fmt.Errorf("%s: %w; the bot said last: %s", a.opts.Mode.Name, err, said)
}

// printable drops what would colour or move the terminal.
func printable(r rune) rune {
	if unicode.IsPrint(r) || r == '\n' {
		return r
	}
	return -1
}

// Send sends one message, as a person would.
func (a *Arm) Send(m plan.Arrival, planned time.Time) {
	x, texts := a.opts.Bot.Texts.Echo, a.opts.Bot.Texts
	if d := a.opts.Mode.Sleep; d > 0 {
		x, m.Text = texts.Sleep.With("{duration}", d.String()), "{n}"
	}
	text := a.Ledger.Post(m, planned, time.Now())
	a.users[m.Chat%len(a.users)].Send(a.bot, x.With("{text}", text, "{tag}", text).Send)
	a.burner.burn()
}

// Freeze stops the bot's process and lets it go on after a while.
func (a *Arm) Freeze(ctx context.Context, d time.Duration) error {
	if err := a.process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
	return a.process.Signal(syscall.SIGCONT)
}

// Read reads all counters.
func (a *Arm) Read() (Reading, error) {
	r := Reading{At: time.Now(), Requests: a.requests.Load(), Answers: a.wire.answers()}
	up := a.api.Count()
	r.Connections, r.BytesOut, r.BytesIn = up.Connections, up.Up, up.Down
	if a.hook != nil {
		down := a.hook.Count()
		r.Connections, r.BytesIn, r.BytesOut = r.Connections+down.Connections, r.BytesIn+down.Up, r.BytesOut+down.Down
	}
	var err error
	r.Reading, err = a.meter.Read()
	return r, err
}

// Drain waits until every message is answered, at most for a while.
func (a *Arm) Drain(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return a.settle(ctx)
}

// Meter names where CPU figures come from.
func (a *Arm) Meter() string { return a.meter.Source() }

// PID is the bot's process.
func (a *Arm) PID() int { return a.process.PID() }

// Stop stops the bot as a platform does and reports an unclean end. It also
// lets the meters be compared over the bot's whole life.
func (a *Arm) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	check, checkErr := a.meter.Check()
	exit, err := a.process.Stop(ctx)
	if err != nil {
		return err
	}
	if checkErr == nil {
		if check, checkErr = a.meter.AtExit(check, exit.CPU); checkErr == nil {
			a.check = &check
		}
	}
	if exit.Code != 0 {
		return fmt.Errorf("%s after SIGTERM: %s", a.opts.Mode.Name, exit)
	}
	return nil
}

// Meters is the bot's CPU by several meters; nil if it was not stopped by Stop.
func (a *Arm) Meters() *usage.Check { return a.check }

// Wire is how the bot spoke with Telegram.
func (a *Arm) Wire() result.Wire {
	w := a.wire.sum()
	w.MaxConnections = a.maxConnections
	if a.hook != nil {
		w.Opened = a.hook.Count().Connections
	}
	return w
}

// Caught is what the bot tried to send outside.
func (a *Arm) Caught() []string { return a.trap.Caught() }

// Close ends everything. It may be called at any time.
func (a *Arm) Close() error {
	var errs []error
	if a.process != nil {
		errs = append(errs, a.process.Close())
	}
	errs = append(errs, a.burner.close())
	if a.meter != nil {
		errs = append(errs, a.meter.Close())
	}
	if a.cancel != nil {
		a.cancel()
	}
	for _, link := range []*network.Link{a.api, a.hook} {
		if link != nil {
			errs = append(errs, link.Close())
		}
	}
	if a.trap != nil {
		errs = append(errs, a.trap.Close())
	}
	if a.fake != nil {
		a.fake.Close()
	}
	return errors.Join(errs...)
}
