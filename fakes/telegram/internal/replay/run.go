package replay

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"time"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/delivery"
	"hookproof/fakes/telegram/internal/queue"
	"hookproof/fakes/telegram/internal/wire"
)

// address stands for the one the recording hides as "@IP@".
const address = "127.0.0.1"

// A run replays the inputs of one trace against the engine on a manual clock and
// records what happens. All of it runs on one goroutine.
type run struct {
	trace *trace
	hints *hints
	clock *clock.Clock
	zero  time.Time // t = 0 of the trace
	lock  sync.Mutex
	queue *queue.Queue
	hook  *delivery.Hook // nil: no webhook
	net   *network

	updates map[int64]int // index of an update by its id
	ids     []int64       // and the other way round
	texts   []string      // of the updates, without their ids
	got     []observed
	end     final // the state at observed_until
}

// observed is an event of the run with what only the run knows.
type observed struct {
	event
	key        int64   // ordering key of the update concerned; noKey if none
	head, body string  // of a request
	written    seconds // when the engine wrote a request,
	behind     int     // and after how many of the run's events
	replied    seconds // when the endpoint finished answering a request; -1: it did not
}

// noKey is no ordering key: no chat or user has such an id.
const noKey = -1 << 62

func newRun(tr *trace) *run {
	// Lifetimes count whole seconds of the wall clock, so its fraction matters.
	zero := time.Unix(1_700_000_000, 0).Add(time.Duration(tr.UnixFraction * float64(time.Second)).Round(time.Millisecond))
	start := min(tr.Inputs[0].T, 0)
	r := &run{
		trace:   tr,
		hints:   newHints(tr),
		clock:   clock.NewManual(zero.Add(time.Duration(start))),
		zero:    zero,
		updates: map[int64]int{},
	}
	r.queue = queue.New(r.clock, rand.New(rand.NewPCG(1, 1)))
	r.net = newNetwork(r)
	return r
}

// play runs to the end of the recording.
func (r *run) play() error {
	for _, in := range r.trace.Inputs {
		r.clock.Advance(time.Duration(in.T - r.now()))
		if err := r.do(in); err != nil {
			return err
		}
	}
	r.clock.Advance(time.Duration(r.trace.ObservedUntil - r.now()))
	r.end = r.final()
	if n := len(r.trace.Events); n > 0 && r.trace.Events[n-1].T > r.now() {
		r.clock.Advance(time.Duration(r.trace.Events[n-1].T - r.now())) // seen while the recording ended
	}
	return nil
}

func (r *run) now() seconds { return seconds(r.clock.Now().Sub(r.zero)) }

// after runs f under the lock when d has passed.
func (r *run) after(d seconds, f func()) *clock.Timer {
	return r.clock.AfterFunc(time.Duration(d), func() {
		r.lock.Lock()
		defer r.lock.Unlock()
		f()
	})
}

func (r *run) do(in input) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	switch in.Do {
	case "push":
		return r.push(in)
	case "set_webhook":
		if in.Settings != nil {
			return r.setWebhook(*in.Settings)
		}
		return r.setWebhook(r.trace.Settings)
	case "delete_webhook":
		if r.hook != nil {
			r.hook.Close()
			r.removed()
		}
	case "listen":
		r.net.listening = true
	case "unlisten":
		r.net.listening = false
	default:
		return fmt.Errorf("input %q is not known", in.Do)
	}
	return nil
}

func (r *run) push(in input) error {
	kind, _, _ := strings.Cut(strings.TrimPrefix(in.JSON, `"`), `"`)
	id, ok := r.queue.Push(kind, in.Key, []byte(in.JSON), r.clock.Now().Unix()+in.TTL)
	if !ok {
		return fmt.Errorf("the queue refuses update %d", in.Update)
	}
	r.updates[id] = in.Update
	r.ids, r.texts = append(r.ids, id), append(r.texts, in.JSON)
	if r.hook != nil {
		r.hook.Wake()
	}
	return nil
}

func (r *run) setWebhook(s settings) error {
	u, err := delivery.ParseURL(s.URL)
	if err != nil {
		return fmt.Errorf("parse %q: %w", s.URL, err)
	}
	c := delivery.Config{
		URL: u, MaxConnections: s.MaxConnections, Local: s.Local,
		Clock: r.clock, Lock: &r.lock, Queue: r.queue, Rand: rand.New(rand.NewPCG(2, 2)), Transport: r.net,
		Backoff: r.backoff,
		Events: delivery.Events{
			Verified: func(netip.Addr) { r.add(event{Ev: "verified"}, noKey) },
			Failed:   r.failed,
			Removed:  r.removed,
			Error:    r.failure,
			Inline:   r.inline,
			Dropped:  r.dropped,
		},
	}
	if s.SecretToken != nil {
		c.Secret = *s.SecretToken
	}
	if s.IPFixed {
		c.IP = address
	}
	if r.hook != nil {
		r.hook.Close()
	}
	r.hook = delivery.New(c)
	r.hook.Start()
	return nil
}

// backoff returns the random delay the recording had.
func (r *run) backoff(u queue.Update, _ int) int {
	i := r.updates[u.ID]
	return r.hints.backoff(attempt{i, r.net.attempts[i]}, r.now())
}

func (r *run) add(e event, key int64) *observed {
	e.T = r.now()
	r.got = append(r.got, observed{event: e, key: key, replied: -1})
	return &r.got[len(r.got)-1]
}

func (r *run) failed(err error) {
	r.hook = nil
	r.add(event{Ev: "webhook_removed", Reason: strings.ReplaceAll(err.Error(), address, "@IP@")}, noKey)
}

func (r *run) removed() {
	r.hook = nil
	r.add(event{Ev: "webhook_removed", Reason: "OK"}, noKey)
}

func (r *run) failure(text string) {
	r.add(event{Ev: "error", Message: text}, r.net.current)
}

func (r *run) dropped(u queue.Update) {
	r.add(event{Ev: "drop", Update: r.updates[u.ID]}, u.Key)
}

func (r *run) inline(m *wire.Message) {
	e := event{Ev: "inline_call", Method: m.NamedMethod()}
	for _, a := range m.Args {
		e.Args = append(e.Args, [2]string{a.Name, a.Value})
	}
	for _, f := range m.Files {
		e.Files = append(e.Files, file{Field: f.Field, Name: f.Name, ContentType: f.ContentType, Size: len(f.Data)})
	}
	r.add(e, r.net.current)
}

// final is the state now.
func (r *run) final() final {
	f := final{Pending: r.queue.Len(), WebhookSet: r.hook != nil}
	for _, u := range r.queue.After(0, r.queue.Len()) {
		f.PendingUpdates = append(f.PendingUpdates, r.updates[u.ID])
	}
	for _, e := range r.got {
		switch e.Ev {
		case "drop":
			f.DroppedUpdates = append(f.DroppedUpdates, e.Update)
		case "error":
			f.LastErrorMessage, f.LastErrorT = &e.Message, &e.T
		}
	}
	if r.hook != nil {
		f.OpenConnections = r.hook.Connections()
	}
	return f
}
