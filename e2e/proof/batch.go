package proof

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// A batch plays getUpdates with updates of the check's own, in the fake's
// place: it hands them out until the offset has moved past them.
type batch struct {
	mu      sync.Mutex
	ids     []int64          // guarded by mu; ascending
	updates map[int64][]byte // guarded by mu
	passed  map[int64]bool   // guarded by mu; confirmed by the bot's offset
	given   int              // guarded by mu; non-empty answers so far
}

func newBatch() *batch { return &batch{updates: map[int64][]byte{}, passed: map[int64]bool{}} }

func (b *batch) add(id int64, update []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ids = append(b.ids, id)
	b.updates[id] = update
}

// take drops what offset confirms and returns the rest as a result.
func (b *batch) take(offset int64) (result []byte, some bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var rest [][]byte
	for _, id := range b.ids {
		if id < offset {
			b.passed[id] = true
		} else if !b.passed[id] {
			rest = append(rest, b.updates[id])
		}
	}
	if len(rest) > 0 {
		b.given++
	}
	return fmt.Appendf(nil, `{"ok":true,"result":[%s]}`, bytes.Join(rest, []byte(","))), len(rest) > 0
}

func (b *batch) allPassed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.passed) == len(b.ids)
}

// serve answers getUpdates from the batch, and with silence when it is empty.
func (b *batch) serve(a *API) Answer {
	return func(w http.ResponseWriter, r *http.Request, c Call) bool {
		offset, _ := strconv.ParseInt(c.Params.Get("offset"), 10, 64) // none is 0
		result, some := b.take(offset)
		a.announce() // what has passed may be waited for
		if some {
			return replyJSON(w, http.StatusOK, string(result))
		}
		wait, _ := strconv.Atoi(c.Params.Get("timeout"))
		ctx, cancel := context.WithTimeout(r.Context(), time.Duration(wait)*time.Second)
		defer cancel()
		a.hang(r.WithContext(ctx))
		return replyJSON(w, http.StatusOK, `{"ok":true,"result":[]}`)
	}
}

func mismatchedPoll(ctx context.Context, e *Env) error {
	const rule = "the updates around one of an unknown shape are handled, and the offset passes it"
	b, before, after := newBatch(), e.Probe(), e.Probe()
	who, id := e.person(), e.nextID()
	b.add(id, who.message(id, before.Send))
	strange := mismatches(e)
	for _, id := range sortedIDs(strange) {
		b.add(id, strange[id])
	}
	id = e.nextID()
	b.add(id, who.message(id, after.Send))
	defer e.API.Intercept("getUpdates", b.serve(e.API))()
	bot, err := e.Start(ctx, nil)
	if err != nil {
		return err
	}
	ctx, cancel := within(ctx, 15*time.Second, "passing a strange update")
	defer cancel()
	const sent = "a batch of [good, strange, strange, strange, good]"
	for _, x := range []string{before.Want, after.Want} {
		if err := e.API.WaitSaid(ctx, x); err != nil {
			return broken(rule, sent, "%v; it said last:\n%s", err, bot.Output.Tail(1024))
		}
	}
	if err := e.API.until(ctx, b.allPassed); err != nil {
		return broken(rule, sent, "the offset never passed the batch: %v", err)
	}
	for id := range strange {
		if err := bot.reports(ctx, id); err != nil {
			return broken(rule, sent, "%v", err)
		}
	}
	return nil
}
