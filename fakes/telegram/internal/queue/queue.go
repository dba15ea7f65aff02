// Package queue holds the updates of one bot until they are fetched, delivered
// or expired. Polling and webhook read the same queue, so switching between them
// loses nothing.
//
// A Queue is not locked: its callers hold the lock of their world.
package queue

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"

	"hookproof/fakes/telegram/internal/clock"
)

// Limits of one bot's queue (Bot API server source: TDLib's TQueue). What does
// not fit is discarded silently; the oldest are kept.
const (
	MaxUpdates = 100_000
	MaxBytes   = 128 << 20
	MaxBody    = 512 << 10 // of one update
)

const (
	maxID        = 2_000_000_000 // ids stay below
	firstLow     = 2_000_001     // the first id of a queue is drawn from [firstLow, firstHigh]
	firstHigh    = 1_000_000_000
	maxAhead     = 10      // an offset further beyond the next id is ignored
	responseSize = 4 << 20 // a getUpdates answer stays below this
	updateCost   = 50      // bytes counted for each update besides its body
)

// An Update is one update as it waits.
type Update struct {
	ID      int64
	Kind    string // the field's name: "message", "callback_query", ...
	Key     int64  // ordering key: updates of one key are delivered one after another
	Expires int64  // last unix second in which it is still handed out
	Body    []byte // the text after the update id: `"message":{...}`; not to be changed
}

// AppendUpdate appends the update as the Bot API server writes it. The line
// break after the id is part of the format (observed on the real server).
func AppendUpdate(dst []byte, u Update) []byte {
	dst = append(dst, `{"update_id":`...)
	dst = strconv.AppendInt(dst, u.ID, 10)
	dst = append(dst, ",\n"...)
	dst = append(dst, u.Body...)
	return append(dst, '}')
}

// A Queue is one bot's updates, ordered by id.
type Queue struct {
	clock *clock.Clock
	rand  *rand.Rand

	items []Update // ascending ids; a removed one keeps its place with a nil body
	head  int      // items before it are removed
	live  int      // updates not removed
	bytes int      // of their bodies
	next  int64    // id of the next update; 0: not drawn yet

	collectAt int64 // unix second after which Collect looks at the updates; 0: never
}

// New returns an empty queue. Its first id is drawn from r at the first Push.
func New(c *clock.Clock, r *rand.Rand) *Queue { return &Queue{clock: c, rand: r} }

// Push adds an update that expires after the unix second given. It keeps body.
// It reports false, and takes no id, when the update does not fit.
func (q *Queue) Push(kind string, key int64, body []byte, expires int64) (id int64, ok bool) {
	if len(body) == 0 || len(body) > MaxBody || q.live >= MaxUpdates || q.bytes+len(body) > MaxBytes {
		return 0, false
	}
	if q.next >= maxID {
		// The real queue starts over: it empties itself and draws a new id.
		q.Clear()
		q.next = 0
	}
	if q.next == 0 {
		q.next = firstLow + q.rand.Int64N(firstHigh-firstLow+1)
	}
	if q.live == 0 {
		q.collectAt = expires
	}
	id = q.next
	q.next++
	q.items = append(q.items, Update{ID: id, Kind: kind, Key: key, Expires: expires, Body: body})
	q.live++
	q.bytes += len(body)
	return id, true
}

// Len returns the number of updates, including those in flight to a webhook and
// expired ones that nothing has looked at yet (pending_update_count).
func (q *Queue) Len() int { return q.live }

// LastID returns the id given last, 0 before the first. It survives removal.
func (q *Queue) LastID() int64 { return max(q.next-1, 0) }

// Remove forgets one update; false if it was not there.
func (q *Queue) Remove(id int64) bool {
	i, ok := q.find(id)
	if !ok || q.items[i].Body == nil {
		return false
	}
	q.removeAt(i)
	q.tidy()
	return true
}

// Clear forgets all updates. Ids keep counting.
func (q *Queue) Clear() {
	q.items, q.head, q.live, q.bytes = nil, 0, 0, 0
}

// Collect forgets expired updates, which the real server does after 600 s and
// then every 60 s. It looks at a queue once that queue's first update should have
// expired, and no further than to the second that has not: what is short-lived
// and behind others may wait for long (Bot API server source: TDLib's TQueue).
func (q *Queue) Collect() {
	now := q.clock.Now().Unix()
	if q.collectAt == 0 || q.collectAt >= now {
		return
	}
	q.collectAt = 0
	defer q.tidy()
	for i := q.head; i < len(q.items); i++ {
		switch u := &q.items[i]; {
		case u.Body == nil:
		case u.Expires < now:
			q.removeAt(i)
		case q.collectAt != 0:
			return
		default:
			q.collectAt = u.Expires
		}
	}
}

// After returns up to n updates with ids above id, oldest first. Expired ones it
// comes across are forgotten.
func (q *Queue) After(id int64, n int) []Update { return q.from(id+1, n) }

// find returns the place of the first update with at least this id, and whether
// it has exactly this id.
func (q *Queue) find(id int64) (int, bool) {
	items := q.items[q.head:]
	if len(items) == 0 || id < items[0].ID {
		return q.head, false
	}
	// Ids are consecutive except where holes were closed.
	if guess := id - items[0].ID; guess < int64(len(items)) && items[guess].ID == id {
		return q.head + int(guess), true
	}
	i, ok := slices.BinarySearchFunc(items, id, func(u Update, id int64) int { return cmp.Compare(u.ID, id) })
	return q.head + i, ok
}

// from is After for ids of at least first.
func (q *Queue) from(first int64, n int) []Update {
	var got []Update
	now := q.clock.Now().Unix()
	i, _ := q.find(first)
	for ; i < len(q.items) && len(got) < n; i++ {
		switch u := q.items[i]; {
		case u.Body == nil:
		case u.Expires < now:
			q.removeAt(i)
		default:
			got = append(got, u)
		}
	}
	q.tidy()
	return got
}

// removeAt forgets the update at a place and leaves a hole.
func (q *Queue) removeAt(i int) {
	q.live--
	q.bytes -= len(q.items[i].Body)
	q.items[i] = Update{ID: q.items[i].ID}
}

// tidy closes holes once they are the larger part, which keeps removal constant
// on average and the memory proportional to what waits.
func (q *Queue) tidy() {
	for q.head < len(q.items) && q.items[q.head].Body == nil {
		q.head++
	}
	if len(q.items) < 64 || q.live*2 > len(q.items) {
		return
	}
	kept := make([]Update, 0, q.live+q.live/4+16)
	for _, u := range q.items[q.head:] {
		if u.Body != nil {
			kept = append(kept, u)
		}
	}
	q.items, q.head = kept, 0
}
