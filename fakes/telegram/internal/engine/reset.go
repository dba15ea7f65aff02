package engine

import (
	"maps"
	"slices"
	"time"
)

// Reset empties the world: people, chats, queues, webhooks, faults and the
// journal go; bots keep their tokens.
func (w *World) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range w.bots {
		b.poll.finish(b)
		b.clearHook(errRestart)
		b.hook.last, b.life = time.Time{}, life{state: "new"}
		b.poll.reset(w.clock.Now())
		b.queue.Clear()
		b.allowed = defaultTypes
		b.inbox = map[int64]*Chat{}
		b.gates = floodGates{}
		b.profile.init()
	}
	w.users, w.usernames = map[int64]*User{}, map[string]any{}
	for _, b := range w.bots {
		w.users[b.User.ID] = b.User
		w.setUsername(b.User, b.User.Username)
	}
	w.chats, w.faults.list = map[int64]*Chat{}, nil
	w.parts.reset(w.opt)
	for _, u := range w.users {
		u.photos = nil
	}
	w.journal.ring = nil
	w.journal.first = w.journal.seq
	w.changed()
}

// Bots lists the bots by id.
func (w *World) Bots() []*Bot {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*Bot
	for key, b := range w.bots {
		if !key.test {
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(a, b *Bot) int { return int(a.key.id - b.key.id) })
	return out
}

// Users lists the people by id.
func (w *World) Users() []*User {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*User
	for _, id := range slices.Sorted(maps.Keys(w.users)) {
		if u := w.users[id]; !u.IsBot {
			out = append(out, u)
		}
	}
	return out
}

// Chats lists the chats: private ones by bot and person, then the others.
func (w *World) Chats() []*Chat {
	bots := w.Bots()
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*Chat
	for _, b := range bots {
		for _, id := range slices.Sorted(maps.Keys(b.inbox)) {
			if c := b.known(id); c != nil {
				out = append(out, c)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.chats)) {
		out = append(out, w.chats[id])
	}
	return out
}
