package matrix_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/e2e/target"
	"hookproof/fakes/telegram"
)

const (
	polling = "polling"
	webhook = "webhook"
)

// The webhook as the bots are told it. The fake stands for the platform's edge
// too, which takes the TLS off, so that the bots serve plain HTTP as they do
// on any platform.
const (
	publicHost = "bot.example.com"
	publicURL  = "https://bot.example.com/webhook"
	secret     = "S3cret_token-of-the-matrix"
)

// patience is how long a peer may take for one thing: the machine may be busy
// with other peers.
const patience = time.Minute

// A session is a peer that runs, a fake of its own, and a person.
type session struct {
	peer    peer
	mode    string
	server  *telegram.Server
	bot     *telegram.Bot
	user    *telegram.User
	chat    *telegram.Chat
	process *target.Process
	addr    string // where the peer listens, in webhook mode
}

var ports = target.NewPorts(os.Getpid())

// start starts the peer and returns when it takes updates.
func start(t *testing.T, p peer, spec *target.Spec, mode string) *session {
	t.Helper()
	port, err := ports.Take()
	require.NoError(t, err)
	s := &session{peer: p, mode: mode, addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	s.server = telegram.NewServer(telegram.Options{
		Strict: true,
		Edges:  map[string]*telegram.Edge{publicHost: {Addr: s.addr}},
	})
	t.Cleanup(s.server.Close)
	s.bot = s.server.NewBot("matrix_bot")
	s.user = s.server.NewUser("Ann")
	s.chat = s.user.Chat(s.bot)
	trap, err := target.NewTrap(nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.Empty(t, trap.Caught(), "what the bot wanted of others than the fake")
		assert.NoError(t, trap.Close())
	})
	s.process, err = spec.Start(target.Launch{Settings: s.settings(port), Trap: trap})
	require.NoError(t, err)
	t.Cleanup(func() { s.end(t) })
	require.NoError(t, s.ready(s.whileRunning(within(t))))
	return s
}

// whileRunning is ctx, ended also when the process ends.
func (s *session) whileRunning(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-s.process.Done():
			cancel(errors.New("the process has ended"))
		case <-ctx.Done():
		}
	}()
	return ctx
}

func (s *session) settings(port int) map[string]string {
	return map[string]string{
		"TELEGRAM_BOT_TOKEN":   s.bot.Token(),
		"TELEGRAM_API_URL":     s.server.URL(),
		"WEBHOOK_ENABLED":      strconv.FormatBool(s.mode == webhook),
		"WEBHOOK_URL":          publicURL,
		"WEBHOOK_PORT":         strconv.Itoa(port),
		"WEBHOOK_SECRET_TOKEN": secret,
	}
}

func (s *session) ready(ctx context.Context) error {
	if s.mode == polling {
		return s.bot.WaitPoll(ctx)
	}
	_, err := s.server.WaitEvent(ctx, func(e telegram.Event) bool { return e.Kind == telegram.EventWebhook })
	return err
}

// seq is the number of the journal's last event.
func (s *session) seq() int64 {
	all := s.server.Journal()
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Seq
}

// called waits until the bot has called the method, after the event with the
// number from, and was answered.
func (s *session) called(t *testing.T, from int64, method string) telegram.Event {
	t.Helper()
	e, err := s.server.WaitEventSince(within(t), from, func(e telegram.Event) bool {
		return e.Kind == telegram.EventCall && e.Method == method && e.Status == http.StatusOK
	})
	require.NoError(t, err)
	return e
}

// end stops the peer and, after a failure, shows what it printed. How a bot
// stops is no cell of this table.
func (s *session) end(t *testing.T) {
	if t.Failed() {
		t.Logf("%s while %s said last:\n%s", s.peer.name, s.mode,
			strings.ReplaceAll(s.process.Output.Tail(4096), s.bot.Token(), "<token>"))
	}
	require.NoError(t, s.process.Close())
}

// within is a context for one thing that a peer is to do.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
