package queue

// Get returns up to limit updates as getUpdates does (Bot API server source):
//
//   - a positive offset forgets every update with a smaller id;
//   - a negative offset forgets all but the last -offset updates;
//   - 0, an offset of 2·10^9 or more, one more than 10 beyond the next id or more
//     than 100,000 before the oldest update, forgets nothing and starts at the oldest.
//
// Expired updates are skipped and forgotten. The answer ends early, before the
// update that would bring it to 4 MiB.
func (q *Queue) Get(offset int64, limit int) []Update {
	if q.next == 0 {
		return nil
	}
	switch {
	case offset < 0:
		q.keepLast(-offset)
	case q.accepts(offset):
		q.forgetBefore(offset)
	}
	got := q.from(0, limit)
	size := 0
	for i, u := range got {
		if size += updateCost + len(u.Body); size >= responseSize {
			return got[:i]
		}
	}
	return got
}

// accepts reports whether the queue believes a positive offset.
func (q *Queue) accepts(offset int64) bool {
	return offset > 0 && offset < maxID && offset <= q.next+maxAhead && offset >= q.oldest()-MaxUpdates
}

// oldest returns the id of the oldest update, or the last id given when there is
// none: the real queue keeps a mark in its place.
func (q *Queue) oldest() int64 {
	if q.head < len(q.items) {
		return q.items[q.head].ID
	}
	return q.LastID()
}

// forgetBefore forgets all updates with ids below id.
func (q *Queue) forgetBefore(id int64) {
	end, _ := q.find(id)
	for i := q.head; i < end; i++ {
		if q.items[i].Body != nil {
			q.removeAt(i)
		}
	}
	q.tidy()
}

// keepLast forgets all but the n newest updates.
func (q *Queue) keepLast(n int64) {
	for i := q.head; i < len(q.items) && int64(q.live) > n; i++ {
		if q.items[i].Body != nil {
			q.removeAt(i)
		}
	}
	q.tidy()
}
