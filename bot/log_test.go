package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"hookproof/bot/internal/telegram"
)

// The lines of updates may be late, and are neither lost nor out of order.
func TestLogGathersUpdates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := newLineLog()
		l := newLog(out, &settings{logFormat: "text"})
		lines := func() string {
			var said []string
			for line := range strings.Lines(out.text()) {
				_, line, _ = strings.Cut(line, "msg=")
				word, rest, _ := strings.Cut(line, " ")
				if word == "update" {
					word = rest[:strings.IndexByte(rest, ' ')]
				}
				said = append(said, strings.TrimSpace(word))
			}
			return strings.Join(said, " ")
		}
		update := func(id int64) { l.update(telegram.Update{ID: id, Chat: 5}, "handled", time.Millisecond) }
		update(1)
		assert.Equal(t, "update_id=1", lines(), "alone it is written at once")
		update(2)
		update(3)
		assert.Equal(t, "update_id=1", lines(), "the next wait")
		time.Sleep(updatesEvery)
		synctest.Wait()
		assert.Equal(t, "update_id=1 update_id=2 update_id=3", lines(), "but not long")
		update(4)
		l.Error("trouble")
		assert.Equal(t, "update_id=1 update_id=2 update_id=3 update_id=4 trouble", lines(), "another line brings them along")
		update(5)
		l.flush()
		assert.True(t, strings.HasSuffix(lines(), "trouble update_id=5"), "and so does the end")
		time.Sleep(updatesEvery)
		synctest.Wait()
		assert.Equal(t, 1, strings.Count(out.text(), "update_id=5"))
	})
}

func TestLogLosesNothing(t *testing.T) {
	out := newLineLog()
	l := newLog(out, &settings{})
	var all sync.WaitGroup
	for lane := range 20 {
		all.Go(func() {
			for n := range 200 {
				if l.update(telegram.Update{ID: int64(lane*200 + n + 1), Chat: 5, Text: "hush"}, "handled", 0); n%50 == 0 {
					l.Warn(fmt.Sprint("warning of ", lane))
				}
			}
		})
	}
	all.Wait()
	l.flush()
	seen := map[any]int{}
	for _, line := range out.find("update") {
		seen[line["update_id"]]++
	}
	assert.Len(t, seen, 4000)
	assert.Equal(t, 4080, strings.Count(out.text(), "\n"))
	assert.NotContains(t, out.text(), "hush")
}
