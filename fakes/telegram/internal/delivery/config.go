package delivery

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/queue"
	"hookproof/fakes/telegram/internal/wire"
)

// Config is what a Hook is made of. Fields without a remark are required.
type Config struct {
	URL            URL
	IP             string // address given with the webhook: the host's name is then never looked up; "" looks it up
	MaxConnections int    // at least 1
	Restored       string // address at which the webhook was verified before: it is so still, and its name is looked up again some time later; "" verifies it
	Secret         string // "" sends no secret header
	Local          bool   // any scheme, port and address is accepted

	Clock     *clock.Clock
	Lock      sync.Locker // the world's lock: the hook takes it when a timer calls
	Queue     *queue.Queue
	Rand      *rand.Rand
	Transport Transport

	// Backoff returns the long retry delay in whole seconds, 60 to 120, for an
	// update that failed so many times before. nil draws it from Rand.
	Backoff func(u queue.Update, failures int) int

	// Damage says what is to go wrong with a delivery that is about to be made.
	// nil: nothing ever does.
	Damage func(u queue.Update) Damage

	Events Events
}

// Events are the callbacks of a Hook. Any may be nil. They run in the middle of
// the hook's work, with the world's lock held, and may call only its Wake.
type Events struct {
	Verified func(ip netip.Addr)   // the webhook is accepted: setWebhook answers now; and again when its address has changed
	Failed   func(err error)       // it is not, and the hook is closed; the text follows "bad webhook: "
	Removed  func()                // the hook gave itself up after 23 hours of 410 and is closed
	Error    func(text string)     // the last error changed, or came again
	Inline   func(m *wire.Message) // a reply carried a method call that is to be run
	Attempt  func(a Attempt)       // a delivery was tried and ended, well or not
	Dropped  func(u queue.Update)  // the update was discarded: its next try would come after its expiry
}

// An Attempt is one finished try to deliver one update.
type Attempt struct {
	Update  queue.Update
	N       int           // 1 for the first
	Conn    int           // number of the connection, counted from 1 in order of opening
	Start   time.Time     // when the request was written
	Latency time.Duration // from then to the end of the attempt
	Status  int           // of the reply; 0: no readable reply
	Err     string        // why it failed, as in last_error_message; "" also for a connection closed without an answer
	OK      bool          // delivered
}

// A Transport opens connections for hooks. Its methods are called with the
// world's lock held and must not block; what they start reports to the Conn, or
// to done, with the lock held, during the call or later.
type Transport interface {
	// Resolve finds the address of a webhook's host. The error's text is what
	// getaddrinfo would say.
	Resolve(u URL, done func(ip netip.Addr, err error))
	// Dial begins to open c to the address.
	Dial(c *Conn, u URL, ip netip.Addr) Link
}

// A Link is the transport's side of one connection. Its methods must not block.
type Link interface {
	Write(p []byte) // queues p, which may be reused afterwards; also before the connection is open
	Unsent() bool   // something written has not left yet
	Close()         // sends what is queued, if the peer takes it soon, and closes; nothing is reported afterwards
}
