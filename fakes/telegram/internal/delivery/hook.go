package delivery

import (
	"cmp"
	"container/heap"
	"container/list"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"time"

	"hookproof/fakes/telegram/internal/clock"
)

const (
	maxLoad     = 1000                  // updates taken from the queue at a time
	resolveTime = 30 * time.Minute      // a looked-up address is used for so long, and a random part of
	resolveMore = 3 * time.Minute       // this longer
	retryDial   = time.Second           // pause when no address is known
	warmTime    = 10 * time.Second      // a 2xx keeps the pool open for so long
	goneTime    = 23 * time.Hour        // of nothing but 410 end the webhook
	idleTime    = 60 * time.Second      // for an exchange, and for an idle connection
	coldPause   = 2 * time.Second       // between connections while cold
	warmPause   = 50 * time.Millisecond // between connections while warm,
	warmBurst   = 10                    // after so many at once
	ownKeys     = int64(1) << 60        // keys above are those of updates that have none
)

// A Hook delivers the updates of one bot's queue to one webhook.
type Hook struct {
	cfg  Config
	head head

	ip       netip.Addr // zero: not known yet
	ipChange int        // grows when a lookup brings another address; older connections are then retired
	verified bool
	closed   bool

	lanes   map[int64]*lane // by ordering key; every lane has updates
	ready   lanes           // those whose first update waits to be sent
	loaded  int64           // id of the last update loaded
	emptied bool            // nothing was left in the queue behind it
	owns    int64           // keys given to updates that have none
	moment  int64           // of the events so far that gave updates their wake-up times

	conns       map[*Conn]struct{}
	free        *list.List // of *Conn without a request, the one idle longest in front
	opened      int        // connections opened so far
	cold, warm  bucket     // limit new connections
	lastSuccess time.Time  // zero: never
	firstGone   time.Time  // first of the unbroken row of 410; zero: the last answer was another

	wakeAt   time.Time    // when to step next; zero: when something happens
	wake     *clock.Timer // set for armed
	armed    time.Time
	resolver *clock.Timer

	mail    []func() // what is to happen after what is happening now
	working bool
	buffer  []byte // for requests
}

// New returns a hook that does nothing before Start.
func New(cfg Config) *Hook {
	return &Hook{
		cfg:   cfg,
		head:  newHead(cfg.URL, cfg.Secret),
		lanes: map[int64]*lane{},
		conns: map[*Conn]struct{}{},
		free:  list.New(),
		cold:  bucket{every: coldPause, burst: 1},
		warm:  bucket{every: warmPause, burst: warmBurst},
	}
}

// Start checks the webhook and begins to deliver. Exactly one of Verified and
// Failed is called, during Start or, when the host's name must be looked up,
// later; neither if the hook is closed before.
func (h *Hook) Start() {
	h.do(func() {
		if !h.cfg.Local {
			if err := h.cfg.URL.checkPublic(); err != nil {
				h.fail(err)
				return
			}
		}
		if h.cfg.Restored != "" {
			h.restore()
			return
		}
		if h.cfg.IP == "" {
			h.resolve()
			return
		}
		ip, err := parseIP(h.cfg.IP)
		if err != nil {
			h.fail(err)
			return
		}
		h.resolved(ip, nil)
	})
}

// Wake tells the hook that the queue has new updates.
func (h *Hook) Wake() {
	h.do(func() { h.emptied = false })
}

// Close ends delivery at once. Requests in flight are cut off; their updates
// stay in the queue. Nothing is called back any more.
func (h *Hook) Close() {
	if h.closed {
		return
	}
	h.closed = true
	h.wake.Stop()
	h.resolver.Stop()
	byAge := func(a, b *Conn) int { return cmp.Compare(a.n, b.n) }
	for _, c := range slices.SortedFunc(maps.Keys(h.conns), byAge) {
		c.timer.Stop()
		c.link.Close()
	}
	clear(h.conns)
	h.free.Init()
}

// IP returns the address in use; the zero Addr while it is not known.
func (h *Hook) IP() netip.Addr { return h.ip }

// Connections returns how many connections are open or being opened.
func (h *Hook) Connections() int { return len(h.conns) }

// Idle reports that no request is in flight and no connection being opened, so
// that nothing can happen before the clock moves or the queue changes.
func (h *Hook) Idle() bool {
	for c := range h.conns {
		if c.lane != nil || !c.open {
			return false
		}
	}
	return h.closed || h.ip.IsValid()
}

// do runs one event and what follows from it. Events that arise meanwhile, such
// as a reply that was waiting on a connection before its request, happen after
// it in order, as the messages of an actor would.
func (h *Hook) do(event func()) {
	if h.closed {
		return
	}
	h.mail = append(h.mail, event)
	if h.working {
		return
	}
	h.working = true
	for i := 0; i < len(h.mail) && !h.closed; i++ {
		h.mail[i]()
		if !h.closed {
			h.step()
		}
	}
	clear(h.mail)
	h.mail, h.working = h.mail[:0], false
}

// step does what can be done now. It runs once after every event: the number of
// steps is visible, since each loads another part of the queue.
func (h *Hook) step() {
	h.wakeAt = time.Time{}
	h.load()
	h.connect()
	h.send()
	h.arm()
}

// stepAgain makes another step follow the one after this event: the end of a
// connection is two events in the real engine, whoever ended it.
func (h *Hook) stepAgain() { h.mail = append(h.mail, func() {}) }

// relax makes the hook step at t if not earlier.
func (h *Hook) relax(t time.Time) {
	if h.wakeAt.IsZero() || t.Before(h.wakeAt) {
		h.wakeAt = t
	}
}

// arm sets the timer for the next step. With nothing to wait for the engine
// leaves an earlier timer running, which makes it step once for nothing; with a
// name to look up again there is always something (Bot API server source).
func (h *Hook) arm() {
	if h.wakeAt.Equal(h.armed) || h.wakeAt.IsZero() && h.cfg.IP != "" {
		return
	}
	h.wake.Stop()
	h.armed = h.wakeAt
	if h.armed.IsZero() {
		return
	}
	h.wake = h.after(h.armed.Sub(h.cfg.Clock.Now()), func(t *clock.Timer) {
		if h.wake != t {
			return
		}
		h.armed = time.Time{}
		h.do(func() {})
	})
}

// after runs f under the world's lock when d has passed. It passes the timer,
// because a stopped one may already be waiting for the lock.
func (h *Hook) after(d time.Duration, f func(t *clock.Timer)) *clock.Timer {
	var t *clock.Timer
	t = h.cfg.Clock.AfterFunc(d, func() {
		h.cfg.Lock.Lock()
		defer h.cfg.Lock.Unlock()
		if !h.closed {
			f(t)
		}
	})
	return t
}

// fail gives a webhook up that could not be verified.
func (h *Hook) fail(err error) {
	h.Close()
	if h.cfg.Events.Failed != nil {
		h.cfg.Events.Failed(err)
	}
}

// resolve looks the host's name up, now and every half an hour.
func (h *Hook) resolve() {
	h.cfg.Transport.Resolve(h.cfg.URL, func(ip netip.Addr, err error) {
		h.do(func() { h.resolved(ip, err) })
	})
	again := resolveTime + time.Duration(h.cfg.Rand.Int64N(int64(resolveMore)))
	h.resolver = h.after(again, func(*clock.Timer) { h.do(h.resolve) })
}

// restore takes up a webhook that was verified before, as after a restart: no
// connection is opened before there is an update.
func (h *Hook) restore() {
	ip, err := parseIP(h.cfg.Restored)
	if err != nil {
		h.fail(err)
		return
	}
	h.ip, h.verified = ip, true
	h.ipChange++
	h.tellVerified()
	if h.cfg.IP == "" {
		h.resolver = h.after(time.Duration(h.cfg.Rand.Int64N(int64(resolveTime))), func(*clock.Timer) { h.do(h.resolve) })
	}
}

// resolved takes the result of a lookup. Once the webhook is verified an address
// that is wrong or missing changes nothing: the old one stays in use.
func (h *Hook) resolved(ip netip.Addr, err error) {
	if err != nil {
		err = errors.New("Failed to resolve host: " + err.Error())
	} else if !h.cfg.Local {
		err = checkAddress(ip)
	}
	switch {
	case err == nil && ip != h.ip:
		h.ip = ip
		h.ipChange++
		if h.verified {
			h.tellVerified()
		}
	case err != nil && !h.verified:
		h.fail(err)
	}
}

// load takes updates from the queue into lanes. A load takes at most twice the
// connections, less the lanes there are, counted in updates (observed on the
// real server); so a busy chat does not fill the window, but twice as many
// failing chats as connections keep all others waiting.
func (h *Hook) load() {
	n := min(maxLoad, 2*h.cfg.MaxConnections-len(h.lanes))
	if h.emptied || n <= 0 {
		return
	}
	updates := h.cfg.Queue.After(h.loaded, n)
	h.emptied = len(updates) == 0
	now := h.cfg.Clock.Now()
	h.moment++
	for _, u := range updates {
		h.loaded = u.ID
		key := u.Key
		if key == 0 {
			h.owns++
			key = ownKeys + h.owns
		}
		l := h.lanes[key]
		if l == nil {
			l = &lane{key: key, index: -1}
			h.lanes[key] = l
		}
		l.updates = append(l.updates, &update{Update: u, wakeAt: now, moment: h.moment, delay: 1})
		if len(l.updates) == 1 {
			heap.Push(&h.ready, l)
		}
	}
}
