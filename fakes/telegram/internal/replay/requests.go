package replay

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// An attempt names a request: the n-th of an update that reached the endpoint.
type attempt struct{ update, n int }

// requests compares every request byte by byte, and their order within each key.
func (c *comparison) requests() {
	want, _ := c.wanted("request")
	happened, _ := c.happened("request", len(want))
	got := map[attempt]observed{}
	order := map[int64][]attempt{}
	for _, g := range happened {
		a := attempt{g.Update, g.Attempt}
		got[a] = g
		order[g.key] = append(order[g.key], a)
	}
	for _, w := range want {
		a, key := attempt{w.Update, w.Attempt}, c.run.net.keys[w.Update]
		g, ok := got[a]
		if !ok {
			c.differ("request: attempt %d of update %d at %s is missing in the run", w.Attempt, w.Update, w.T)
			continue
		}
		delete(got, a)
		if key != 0 && order[key][0] != a {
			c.differ("request: attempt %d of update %d at %s is out of order in its key", w.Attempt, w.Update, w.T)
		}
		order[key] = slices.DeleteFunc(order[key], func(b attempt) bool { return a == b })
		c.request(w, g)
	}
	byTime := func(a, b observed) int { return cmp.Compare(a.written, b.written) }
	for _, g := range slices.SortedFunc(maps.Values(got), byTime) {
		c.differ("request: attempt %d of update %d at %s in the run was not recorded", g.Attempt, g.Update, g.written)
	}
}

// request compares one request with the recorded one.
func (c *comparison) request(w event, g observed) {
	if !c.sameTime(w.T, g.written) {
		c.differ("request: attempt %d of update %d: recorded at %s, in the run at %s", w.Attempt, w.Update, w.T, g.written)
	}
	id := strconv.FormatInt(c.run.ids[w.Update], 10)
	body := "{\"update_id\":" + id + ",\n" + c.run.texts[w.Update] + "}"
	if !c.trace.Compact {
		body = strings.Replace(c.trace.Bodies[w.Body], fmt.Sprintf("@%d@", w.Update), id, 1)
	}
	if g.body != body {
		c.differ("request: body of update %d: recorded %q, in the run %q", w.Update, body, g.body)
	}
	if head := c.head(w, len(id)); g.head != head {
		c.differ("request: head of update %d: recorded %q, in the run %q", w.Update, head, g.head)
	}
}

// head returns the recorded head as it is with this run's host and length of ids.
func (c *comparison) head(w event, digits int) string {
	head := c.trace.Heads[w.Head]
	if h := c.trace.Settings.HostHeader; h != nil {
		head = strings.Replace(head, "@HOST@", *h, 1)
	}
	return contentLength.ReplaceAllStringFunc(head, func(line string) string {
		digitsAt := strings.IndexAny(line, "0123456789")
		n, err := strconv.Atoi(strings.TrimSpace(line[digitsAt:]))
		if err != nil {
			return line // too large for any request: it will not compare
		}
		return line[:digitsAt] + strconv.Itoa(n+digits-c.trace.IDDigits) + "\r\n"
	})
}
