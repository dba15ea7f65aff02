package engine

import (
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/delivery"
)

// Options of a World. The zero value is a Telegram with cloud texts and local
// webhook rules, on the real clock.
type Options struct {
	Clock      *clock.Clock // nil: real time
	Seed       uint64       // of everything random: ids, tokens, long backoff
	LocalTexts bool         // 401 for a malformed token, where the cloud says 404
	CloudRules bool         // webhooks as the cloud accepts them: https, four ports, public addresses
	Strict     bool         // refuse methods that are only typed, not modelled
	Journal    int          // events kept; 0: 10,000
	History    int          // messages kept per chat; 0: 10,000
	Flood      Flood
	Hooks      HookNet
}

// A World is one Telegram.
type World struct {
	opt     Options
	clock   *clock.Clock
	journal *journal
	methods map[string]method // by lower-case name

	mu        sync.Mutex // guards everything below and inside
	rand      *rand.Rand
	started   time.Time
	bots      map[botKey]*Bot
	users     map[int64]*User
	usernames map[string]any  // *User or *Chat by lower-case username
	chats     map[int64]*Chat // groups, supergroups and channels by id
	lastID    int64           // of users, counting up
	lastGroup int64
	queries   int64 // ids of callback and inline queries
	faults    faults
	limits    serverLimits
	held      int // calls that will be answered later
	closed    bool
	edges     map[string]*Edge
	nets      map[string]*delivery.Net // by uploaded certificate; "" without one
	parts
}

// botKey names a bot: the same token in the test data centre is another one.
type botKey struct {
	id   int64
	test bool
}

// New makes an empty world. Close it when done.
func New(o Options) *World {
	if o.Clock == nil {
		o.Clock = clock.New()
	}
	if o.Journal == 0 {
		o.Journal = 10_000
	}
	if o.History == 0 {
		o.History = 10_000
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	w := &World{
		opt:       o,
		clock:     o.Clock,
		methods:   methodTable(),
		rand:      rand.New(rand.NewPCG(o.Seed, 0)),
		started:   o.Clock.Now(),
		bots:      map[botKey]*Bot{},
		users:     map[int64]*User{},
		usernames: map[string]any{},
		chats:     map[int64]*Chat{},
	}
	w.journal = newJournal(o.Journal, o.Clock)
	w.lastID = 100_000_000 + w.rand.Int64N(800_000_000)
	w.lastGroup = 1_000_000_000 + w.rand.Int64N(1_000_000_000)
	w.queries = w.rand.Int64N(1 << 60)
	w.parts.reset(o)
	w.edges, w.nets = map[string]*Edge{}, map[string]*delivery.Net{}
	if _, err := w.transport(nil); err != nil {
		panic("telegram: a transport without a certificate can't fail: " + err.Error())
	}
	w.after(firstCollect, w.collect)
	return w
}

// Close ends every held poll, which gets what is queued, and cuts every
// webhook connection.
func (w *World) Close() {
	w.mu.Lock()
	w.closed = true
	for _, b := range w.bots {
		b.unload()
	}
	nets := maps.Clone(w.nets)
	w.mu.Unlock()
	for _, n := range nets {
		n.Close() // waits for goroutines that need the lock
	}
}

// Do runs f with the world held still.
func (w *World) Do(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// now is the world's time in whole seconds, as Telegram stamps things.
func (w *World) now() int64 { return w.clock.Now().Unix() }

func (w *World) nextID() int64 {
	w.lastID += 1 + w.rand.Int64N(1000)
	return w.lastID
}

// nextQuery makes the id of a callback, inline or payment query.
func (w *World) nextQuery() int64 {
	w.queries += 1 + w.rand.Int64N(1<<20)
	return w.queries
}

// timeUntil is how long it is until a Unix time.
func timeUntil(unix int64, w *World) time.Duration {
	return max(0, time.Unix(unix, 0).Sub(w.clock.Now()))
}
