package delivery

import (
	"time"

	"hookproof/fakes/telegram/internal/queue"
)

// An update is one update taken from the queue.
type update struct {
	queue.Update
	wakeAt   time.Time // not sent before; kept while it waits behind others
	moment   int64     // orders wake-up times that the clock cannot tell apart
	delay    int       // seconds; the last step of the backoff
	failures int
	attempts int
}

// A lane holds the loaded updates of one ordering key, oldest first. The first
// is waiting in the heap of ready lanes, or in flight, or stuck for good because
// its request head is too long.
type lane struct {
	key     int64
	updates []*update
	index   int // place in the heap; -1: not in it
}

func (l *lane) first() *update { return l.updates[0] }

// lanes is a heap ordered by the wake-up time of the first update, then by key
// as a number, never by update id: of updates loaded together those of groups,
// whose ids are negative, go first (observed on the real server). What a virtual
// clock does at one time happens at several in the real engine, one after another.
type lanes []*lane

func (h lanes) Len() int { return len(h) }

func (h lanes) Less(i, j int) bool {
	if d := h[i].first().wakeAt.Compare(h[j].first().wakeAt); d != 0 {
		return d < 0
	}
	if a, b := h[i].first().moment, h[j].first().moment; a != b {
		return a < b
	}
	return h[i].key < h[j].key
}

func (h lanes) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is for package heap.
func (h *lanes) Push(x any) {
	l := x.(*lane)
	l.index = len(*h)
	*h = append(*h, l)
}

// Pop is for package heap.
func (h *lanes) Pop() any {
	last := len(*h) - 1
	l := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	l.index = -1
	return l
}
