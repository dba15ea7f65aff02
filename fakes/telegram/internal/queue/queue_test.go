package queue_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/telegram/internal/clock"
	"hookproof/fakes/telegram/internal/queue"
)

const never = 1 << 40

func newQueue() (*queue.Queue, *clock.Clock) {
	c := clock.NewManual(time.Unix(1_000_000, 0))
	return queue.New(c, rand.New(rand.NewPCG(1, 2))), c
}

// fill pushes n updates and returns the first id.
func fill(t testing.TB, q *queue.Queue, n int) int64 {
	t.Helper()
	first := int64(0)
	for i := range n {
		id, ok := q.Push("message", 1, fmt.Appendf(nil, `"message":{"n":%d}`, i), never)
		require.True(t, ok)
		if i == 0 {
			first = id
		}
	}
	return first
}

func ids(first int64, us []queue.Update) []int64 {
	got := []int64{}
	for _, u := range us {
		got = append(got, u.ID-first)
	}
	return got
}

func TestFirstIDIsRandomThenConsecutive(t *testing.T) {
	seen := map[int64]bool{}
	for seed := range uint64(20) {
		q := queue.New(clock.NewManual(time.Unix(0, 0)), rand.New(rand.NewPCG(seed, 0)))
		first := fill(t, q, 3)
		assert.GreaterOrEqual(t, first, int64(2_000_001))
		assert.LessOrEqual(t, first, int64(1_000_000_000))
		assert.Equal(t, []int64{0, 1, 2}, ids(first, q.Get(0, 10)))
		seen[first] = true
	}
	assert.Greater(t, len(seen), 15)
}

func TestIDsKeepCountingAfterTheQueueIsEmpty(t *testing.T) {
	q, _ := newQueue()
	first := fill(t, q, 3)
	q.Clear()
	assert.Equal(t, 0, q.Len())
	assert.Equal(t, first+2, q.LastID())
	assert.Equal(t, first+3, fill(t, q, 1))
}

func TestGetOffset(t *testing.T) {
	for _, tt := range []struct {
		name       string
		offset     int64 // from the first id; absolute below
		absolute   bool
		limit      int
		want       []int64
		wantLength int
	}{
		{"zero confirms nothing", 0, true, 3, []int64{0, 1, 2}, 5},
		{"first", 0, false, 2, []int64{0, 1}, 5},
		{"middle forgets what is before", 3, false, 100, []int64{3, 4}, 2},
		{"next id forgets all", 5, false, 100, []int64{}, 0},
		{"ten beyond the next id still counts", 15, false, 100, []int64{}, 0},
		{"eleven beyond the next id is ignored", 16, false, 100, []int64{0, 1, 2, 3, 4}, 5},
		{"a little in the past", -100_000, false, 100, []int64{0, 1, 2, 3, 4}, 5},
		{"too far in the past", -100_001, false, 100, []int64{0, 1, 2, 3, 4}, 5},
		{"too big", 2_000_000_000, true, 100, []int64{0, 1, 2, 3, 4}, 5},
		{"last one", -1, true, 100, []int64{4}, 1},
		{"last three, limit two", -3, true, 2, []int64{2, 3}, 3},
		{"more than there are", -50, true, 100, []int64{0, 1, 2, 3, 4}, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q, _ := newQueue()
			first := fill(t, q, 5)
			offset := tt.offset
			if !tt.absolute {
				offset += first
			}
			assert.Equal(t, tt.want, ids(first, q.Get(offset, tt.limit)))
			assert.Equal(t, tt.wantLength, q.Len())
		})
	}
}

func TestGetOfANewQueue(t *testing.T) {
	q, _ := newQueue()
	assert.Empty(t, q.Get(-1, 100))
	assert.Empty(t, q.Get(7, 100))
	assert.Equal(t, int64(0), q.LastID())
}

func TestGetIsCutAtFourMiB(t *testing.T) {
	q, _ := newQueue()
	for range 20 {
		_, ok := q.Push("message", 1, bytes.Repeat([]byte("x"), queue.MaxBody-50), never)
		require.True(t, ok)
	}
	assert.Len(t, q.Get(0, 100), 7, "the update that would bring it to 4 MiB, with 50 bytes for each, stays behind")

	q, _ = newQueue()
	for _, size := range []int{7, 7, 7, 7, 7, 7, 7, 7, 7, 7} { // 8 of them are a byte below 4 MiB
		_, ok := q.Push("message", 1, bytes.Repeat([]byte("x"), queue.MaxBody-50-size), never)
		require.True(t, ok)
	}
	assert.Len(t, q.Get(0, 100), 8)
}

func TestCollectLooksAtTheFirstUpdates(t *testing.T) {
	q, c := newQueue()
	in := func(seconds ...int64) {
		for _, s := range seconds {
			_, ok := q.Push("message", 1, []byte("x"), c.Now().Unix()+s)
			require.True(t, ok)
		}
	}
	in(1000, 10)
	c.Advance(time.Minute)
	q.Collect()
	assert.Equal(t, 2, q.Len(), "the first has not expired: nobody looks")
	in(2000, 10, 3000, 10)
	c.Advance(1000 * time.Second)
	q.Collect()
	assert.Equal(t, 3, q.Len(), "it looks up to the second that lives")
	c.Advance(1000 * time.Second)
	q.Collect()
	assert.Equal(t, 3, q.Len(), "and again when the first of those should have expired")
	c.Advance(100 * time.Second)
	q.Collect()
	assert.Equal(t, 1, q.Len())
	c.Advance(time.Hour)
	q.Collect()
	assert.Zero(t, q.Len())
	in(10)
	c.Advance(11 * time.Second)
	q.Collect()
	assert.Zero(t, q.Len(), "an empty queue begins anew")
}

func TestExpiredUpdatesVanish(t *testing.T) {
	q, c := newQueue()
	now := c.Now().Unix()
	for _, expires := range []int64{now, now + 10, now + 1} {
		_, ok := q.Push("message", 1, []byte("x"), expires)
		require.True(t, ok)
	}
	first := q.LastID() - 2
	assert.Len(t, q.Get(0, 100), 3, "an update lives through the second it expires in")
	c.Advance(2 * time.Second)
	assert.Equal(t, 3, q.Len(), "until something looks at them")
	assert.Equal(t, []int64{1}, ids(first, q.Get(0, 100)))
	assert.Equal(t, 1, q.Len())
	c.Advance(10 * time.Second)
	q.Collect()
	assert.Equal(t, 0, q.Len())
}

func TestAfterSkipsExpired(t *testing.T) {
	q, c := newQueue()
	first := fill(t, q, 2)
	_, ok := q.Push("callback_query", 1, []byte("x"), c.Now().Unix()-1)
	require.True(t, ok)
	fill(t, q, 2)
	assert.Equal(t, []int64{1, 3}, ids(first, q.After(first, 2)))
	assert.Equal(t, 4, q.Len())
}

func TestCapacity(t *testing.T) {
	q, _ := newQueue()
	_, ok := q.Push("message", 1, make([]byte, queue.MaxBody+1), never)
	assert.False(t, ok, "an update too large")
	_, ok = q.Push("message", 1, nil, never)
	assert.False(t, ok, "an empty one")
	first := fill(t, q, queue.MaxUpdates)
	_, ok = q.Push("message", 1, []byte("x"), never)
	assert.False(t, ok, "one too many")
	assert.Equal(t, first+queue.MaxUpdates-1, q.LastID(), "no id is used up")

	q, _ = newQueue()
	for range queue.MaxBytes / queue.MaxBody {
		_, ok = q.Push("message", 1, make([]byte, queue.MaxBody), never)
		require.True(t, ok)
	}
	_, ok = q.Push("message", 1, []byte("x"), never)
	assert.False(t, ok, "too many bytes")
}

func TestRemoveAgainstModel(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	q, _ := newQueue()
	var model []int64
	for range 20_000 {
		if len(model) > 0 && r.IntN(100) < 49 {
			i := r.IntN(min(len(model), 40))
			require.True(t, q.Remove(model[i]))
			require.False(t, q.Remove(model[i]))
			model = append(model[:i:i], model[i+1:]...)
		} else {
			id, ok := q.Push("message", 1, []byte("x"), never)
			require.True(t, ok)
			model = append(model, id)
		}
		require.Equal(t, len(model), q.Len())
	}
	assert.Equal(t, model, ids(0, q.After(0, 1<<30)))
}

func TestAppendUpdate(t *testing.T) {
	got := queue.AppendUpdate(nil, queue.Update{ID: 42, Body: []byte(`"message":{}`)})
	assert.Equal(t, "{\"update_id\":42,\n\"message\":{}}", string(got))
}

func BenchmarkPushRemove(b *testing.B) {
	q, _ := newQueue()
	fill(b, q, 1000)
	oldest, body := q.LastID()-999, []byte("x")
	for b.Loop() {
		q.Push("message", 1, body, never)
		q.Remove(oldest)
		oldest++
	}
}
