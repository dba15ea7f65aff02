package telegram

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"sync"
	"time"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/engine"
	"hookproof/fakes/telegram/internal/wire"
)

// A Profile picks one of the two ways in which Bot API servers run.
type Profile int

const (
	// Default is what suits tests: Cloud for texts, Local for rules.
	Default Profile = iota
	// Cloud behaves as api.telegram.org does.
	Cloud
	// Local behaves as a self-hosted server started with --local does.
	Local
)

// Options of a Server. The zero value works.
type Options struct {
	// Addr is the address to listen on; "" is a free port of 127.0.0.1.
	Addr string
	// TLS, if not nil, makes the server speak HTTPS.
	TLS *tls.Config
	// Texts picks the front end's texts and limits: a malformed token is a
	// 404 on the cloud and a 401 on a local server. Default is Cloud.
	Texts Profile
	// Rules picks which webhooks are accepted: the cloud insists on https, on
	// ports 80, 88, 443 and 8443, and on public addresses. Default is Local.
	Rules Profile
	// Hosts maps the host, or host:port, of a webhook's URL to the address to
	// connect to, so that tests can use public names without DNS.
	Hosts map[string]string
	// Edges maps the host of a webhook's URL to a reverse proxy's behaviour.
	Edges map[string]*Edge
	// Dial connects to webhooks; nil is by TCP. It is for endpoints in memory.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// RootCAs are trusted when a webhook is https; nil trusts the system's.
	RootCAs *x509.CertPool
	// Seed decides everything random: ids, tokens, long back-off. 0 is 1.
	Seed uint64
	// Strict refuses methods that are typed only; see docs/fidelity.md.
	Strict bool
	// Flood switches Telegram's limits on sending on.
	Flood Flood
	// JournalSize is how many events are kept; 0 is 10,000.
	JournalSize int
	// History is how many messages are kept in each chat; 0 is 10,000.
	History int
	// Start is the time the server's clock begins with; zero is now.
	Start time.Time
}

// An Edge stands for a platform's TLS-terminating proxy in front of a bot:
// deliveries to its host are made over plain HTTP to Addr, with Headers added.
type Edge struct {
	Addr    string   // host:port to connect to
	Headers []string // header lines, such as "X-Forwarded-Proto: https"
}

// A Server is a fake Bot API server.
type Server struct {
	world   *engine.World
	clock   *clock.Clock
	ln      net.Listener
	url     string
	stop    context.CancelFunc
	wg      sync.WaitGroup
	serve   func(context.Context, net.Conn, wire.Handler) error
	closing sync.Once

	mu    sync.Mutex
	conns map[net.Conn]struct{} // guarded by mu; nil once closed
	users map[*engine.User]*User
	bots  map[*engine.Bot]*Bot
	chats map[*engine.Chat]*Chat
}

// NewServer starts a Server and panics if it can't listen, as
// httptest.NewServer does. Close it when done.
func NewServer(o Options) *Server {
	s, err := Listen(o)
	if err != nil {
		panic("telegram: " + err.Error())
	}
	return s
}

// Listen starts a Server. When it returns, the port answers.
func Listen(o Options) (*Server, error) {
	addr := o.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	scheme := "http"
	if o.TLS != nil {
		ln, scheme = tls.NewListener(ln, o.TLS), "https"
	}
	s := New(o)
	s.ln, s.url = ln, scheme+"://"+ln.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.wg.Go(func() { s.accept(ctx) })
	return s, nil
}

// New makes a Server that does not listen: it has no URL, and bots reach it by
// [Bot.Call] only. Without sockets it fits into a testing/synctest bubble, with
// Options.Dial its webhooks too. Addr and TLS are ignored. Close it when done.
func New(o Options) *Server {
	s := &Server{
		stop:  func() {},
		clock: clock.New(),
		serve: wire.ServeBehindProxy,
		conns: map[net.Conn]struct{}{},
		users: map[*engine.User]*User{},
		bots:  map[*engine.Bot]*Bot{},
		chats: map[*engine.Chat]*Chat{},
	}
	if !o.Start.IsZero() {
		s.clock = clock.NewAt(o.Start)
	}
	if o.Texts == Local {
		s.serve = wire.Serve
	}
	s.world = engine.New(engine.Options{
		Clock: s.clock, Seed: o.Seed, Strict: o.Strict, Journal: o.JournalSize, History: o.History,
		LocalTexts: o.Texts == Local, CloudRules: o.Rules == Cloud, Flood: o.Flood.engine(),
		Hooks: engine.HookNet{Hosts: o.Hosts, RootCAs: o.RootCAs, Dial: o.Dial},
	})
	for host, e := range o.Edges {
		s.SetEdge(host, e)
	}
	return s
}

// URL is the server's base address, without a slash at its end; "" if it does
// not listen.
func (s *Server) URL() string { return s.url }

// SetEdge puts a proxy in front of the webhooks at host, from the next
// connection on; nil takes it away.
func (s *Server) SetEdge(host string, e *Edge) {
	if e == nil {
		s.world.SetEdge(host, nil)
		return
	}
	s.world.SetEdge(host, &engine.Edge{Addr: e.Addr, Headers: e.Headers})
}

// Close stops listening, answers the polls that are held, cuts the webhooks'
// connections, and waits until every goroutine of the server is gone.
func (s *Server) Close() { s.closing.Do(s.close) }

func (s *Server) close() {
	if s.ln != nil {
		s.ln.Close()
	}
	s.world.Close()
	s.stop()
	s.mu.Lock()
	conns := s.conns
	s.conns = nil
	s.mu.Unlock()
	for conn := range conns {
		_ = conn.SetReadDeadline(time.Now()) // no more requests; what is ready still goes out
	}
	late := time.AfterFunc(lastReply, func() {
		for conn := range conns {
			conn.Close()
		}
	})
	s.wg.Wait()
	late.Stop()
	s.clock.Close()
}

// lastReply is how long bots may take to read their replies when the server
// closes.
const lastReply = time.Second

func (s *Server) accept(ctx context.Context) {
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			return
		}
		if !s.track(conn) {
			conn.Close()
			return
		}
		s.wg.Go(func() {
			defer s.untrack(conn)
			// Its context ends calls that are held, and not the connection: see close.
			_ = s.serve(context.Background(), conn, s.handler(ctx, conn)) // how it ended is the peer's business
		})
	}
}

func (s *Server) track(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		return false
	}
	s.conns[conn] = struct{}{}
	return true
}

func (s *Server) untrack(conn net.Conn) {
	conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns != nil {
		delete(s.conns, conn)
	}
}
