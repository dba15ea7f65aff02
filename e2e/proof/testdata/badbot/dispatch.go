package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// capacity is how many updates are handled at once.
const capacity = 200

var (
	errFull   = errors.New("full")
	errFailed = errors.New("failed")
)

// A dispatcher handles updates: each once, each chat in order.
type dispatcher struct {
	b    *bot
	all  sync.WaitGroup
	slot chan struct{}
	one  sync.Mutex // all handlers in turn, as a defect

	mu      sync.Mutex
	chats   map[int64]*sync.Mutex // guarded by mu
	results map[int64]*result     // guarded by mu; by update id
	tries   map[int64]int         // guarded by mu
	running map[int64]bool        // guarded by mu
}

// A result is kept for repeats of its update.
type result struct {
	done  chan struct{}
	reply string
	err   error
}

func newDispatcher(b *bot) *dispatcher {
	return &dispatcher{
		b: b, slot: make(chan struct{}, capacity), chats: map[int64]*sync.Mutex{},
		results: map[int64]*result{}, tries: map[int64]int{}, running: map[int64]bool{},
	}
}

func (d *dispatcher) unfinished() (ids []int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id := range d.running {
		ids = append(ids, id)
	}
	return ids
}

// do handles the update, or returns the result of the time it did.
func (d *dispatcher) do(ctx context.Context, u update) (string, error) {
	select {
	case d.slot <- struct{}{}:
		defer func() { <-d.slot }()
	default:
		return "", errFull
	}
	if d.b.bad("D7") {
		return d.attempt(ctx, u)
	}
	d.mu.Lock()
	r, known := d.results[u.id]
	if !known {
		r = &result{done: make(chan struct{})}
		d.results[u.id] = r
	}
	d.mu.Unlock()
	if known {
		<-r.done
		return r.reply, r.err
	}
	r.reply, r.err = d.attempt(ctx, u)
	if r.err != nil { // only success is remembered
		d.mu.Lock()
		delete(d.results, u.id)
		d.mu.Unlock()
	}
	close(r.done)
	return r.reply, r.err
}

// attempt handles the update in its chat's turn, and gives it up after a few
// failures.
func (d *dispatcher) attempt(ctx context.Context, u update) (reply string, err error) {
	d.all.Add(1)
	defer d.all.Done()
	d.mu.Lock()
	chat := d.chats[u.chat]
	if chat == nil {
		chat = new(sync.Mutex)
		d.chats[u.chat] = chat
	}
	d.running[u.id] = true
	crowd := len(d.running)
	d.mu.Unlock()
	if d.b.bad("D12") {
		d.one.Lock()
		defer d.one.Unlock()
	}
	if d.b.bad("F1") && crowd > 10 {
		pause(ctx, 300*time.Millisecond)
	}
	chat.Lock()
	defer chat.Unlock()
	reply, err = d.guarded(ctx, u)
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.running, u.id)
	if err == nil {
		return reply, nil
	}
	if d.tries[u.id]++; d.tries[u.id] >= 3 && !d.b.bad("D8") {
		d.b.logf("update %d given up: %v", u.id, err)
		return "", nil
	}
	return "", err
}

func (d *dispatcher) guarded(ctx context.Context, u update) (reply string, err error) {
	defer func() {
		if p := recover(); p != nil {
			if d.b.bad("D9") {
				os.Exit(2)
			}
			err = fmt.Errorf("handler: %v", p)
		}
	}()
	return d.handle(ctx, u)
}

func (d *dispatcher) handle(ctx context.Context, u update) (string, error) {
	if u.strange {
		d.b.logf("update %d is of an unknown shape", u.id)
		return "", nil
	}
	words := strings.Fields(u.text)
	if len(words) == 0 {
		return "", nil
	}
	switch words[0] {
	case "/ping":
		return "pong", nil
	case "/sleep":
		t, err := time.ParseDuration(words[1])
		if err != nil {
			return "", err
		}
		pause(ctx, t)
		return "slept " + strings.Join(words[1:], " "), nil
	case "/fail":
		return "", errFailed
	case "/panic":
		panic("as asked")
	default:
		return u.text, nil
	}
}
