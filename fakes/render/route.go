package render

import (
	"slices"
	"sync"
	"time"
)

// routes are the instances that the edge sends requests to.
type routes struct {
	routing Routing
	number  func(int) int // random below

	mu   sync.Mutex
	list []route // guarded by mu
	turn int     // guarded by mu
}

type route struct {
	to    *Instance
	until time.Time // zero: for good
}

func newRoutes(how Routing, number func(int) int) *routes {
	return &routes{routing: how, number: number}
}

// add sends requests to i from now on.
func (r *routes) add(i *Instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropLocked(i)
	r.list = append(r.list, route{to: i})
}

// leave sends no requests to i once d has passed.
func (r *routes) leave(i *Instance, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := range r.list {
		if r.list[n].to == i {
			r.list[n].until = time.Now().Add(d)
		}
	}
}

// drop sends no requests to i.
func (r *routes) drop(i *Instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropLocked(i)
}

func (r *routes) dropLocked(i *Instance) {
	r.list = slices.DeleteFunc(r.list, func(x route) bool { return x.to == i })
}

// next chooses the instance for a request, other than those tried; nil is none.
func (r *routes) next(tried []*Instance) *Instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.list = slices.DeleteFunc(r.list, func(x route) bool { return !x.until.IsZero() && !now.Before(x.until) })
	var open []*Instance
	switching := false
	for _, x := range r.list {
		if !slices.Contains(tried, x.to) {
			open = append(open, x.to)
			switching = switching || !x.until.IsZero()
		}
	}
	if len(open) == 0 {
		return nil
	}
	r.turn++
	switch {
	case switching, r.routing == Random: // old and new, each request at random
		return open[r.number(len(open))]
	case r.routing == LeastBusy:
		return slices.MinFunc(open, func(a, b *Instance) int { return int(a.busy.Load() - b.busy.Load()) })
	}
	return open[r.turn%len(open)]
}
